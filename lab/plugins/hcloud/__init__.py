"""Stand-in for the `hcloud` provider plugin, over Hetzner's own Python client."""
