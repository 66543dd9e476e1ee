"""API tokens of a lab's clouds: made anew for each lab."""

import secrets
import string


def new_tokens() -> dict[str, str]:
    """As the published plugins check them: 64 characters for Hetzner, 40 for Cloudflare."""
    alphabet = string.ascii_letters + string.digits
    sizes = {"hcloud": 64, "vultr": 36, "cloudflare": 40, "linode": 64, "digitalocean": 64}
    sizes["cloudflare-records"] = sizes["cloudflare"]
    return {
        cloud: "".join(secrets.choice(alphabet) for _ in range(size))
        for cloud, size in sizes.items()
    }
