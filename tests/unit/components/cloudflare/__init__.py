"""Cloudflare's API as the program uses it, against the lab's."""
