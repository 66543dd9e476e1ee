"""The lab's Linode API, proven with Linode's own Python client."""
