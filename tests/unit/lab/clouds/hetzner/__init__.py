"""The lab's Hetzner Cloud API, proven with Hetzner's own client."""
