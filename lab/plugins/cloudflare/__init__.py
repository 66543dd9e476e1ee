"""Stand-in for the `cloudflare` plugin, over the official client."""
