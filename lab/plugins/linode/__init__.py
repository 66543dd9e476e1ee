"""Stand-in for the `linode` provider plugin, over Linode's own Python client."""
