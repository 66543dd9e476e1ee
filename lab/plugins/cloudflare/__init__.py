"""Stand-in for the `cloudflare` plugin, over Cloudflare's own Python client.

It follows pulumi-cloudflare 6.x, which wraps the Terraform provider: the same checks, calls and
words, as far as they are known. A setting of a zone is never put back, as in the published one.
"""
