"""How the things of one stack are called, so that two stacks never touch each other's."""

import hashlib
import re
from dataclasses import dataclass

from components.ssh_keys import bare_key

LONGEST_SLUG = 29
"""What all names have room for that hold one; a variable of nginx, the tightest, ends at 46.

A longer one does not fit into nginx's table of them (variables_hash_bucket_size, 64 bytes), which
is not ours to widen where the nginx is the user's. A shorter cut would call stacks that are up
otherwise, and leave behind what their names lead to.
"""


@dataclass(frozen=True)
class Names:
    """What the things of one stack are called on its hosts and at the edge.

    bin/ops looks for them, so both sides ask here; scripts are handed what they cannot derive.

    Attributes:
        slug: The stack in a file name, see `StackName.slug`.
    """

    slug: str

    @property
    def firewall_table(self) -> str:
        """The nftables table on the VPS: what may come in."""
        return f"vps_reverse_proxy_{self.slug}"

    @property
    def firewall_unit(self) -> str:
        """The systemd unit that loads it; `hardening.sh` writes it."""
        return f"vps-reverse-proxy-{self.slug}-firewall.service"

    @property
    def ssl_rule(self) -> str:
        """The `ref` of the rule that sets Cloudflare's SSL mode for the hostnames."""
        return f"vps_reverse_proxy_{self.slug}_ssl"

    @property
    def tls_folder(self) -> str:
        """Where certificate and key are on the VPS, and what renews them; `tls.sh` makes it."""
        return f"/var/lib/vps-reverse-proxy/tls-{self.slug}"

    @property
    def certificate(self) -> str:
        """The certificate, with its key, that nginx on the VPS shows on port 443."""
        return f"{self.tls_folder}/tls.pem"

    @property
    def certificate_unit(self) -> str:
        """The unit and timer that renew it in the mode `direct`; `nginx-acme.sh` writes them."""
        return f"vps-reverse-proxy-{self.slug}-certificate"

    @property
    def access_log(self) -> str:
        """The stack's requests in nginx, one JSON object a line; the same path on both hosts.

        Not `*.log`: those are rotated by the distribution, by day and whatever their size.
        """
        return f"/var/log/nginx/vps-reverse-proxy-{self.slug}.json"

    @property
    def watcher(self) -> str:
        """The watcher's unit on the VPS and its folders below /run and /var/lib."""
        return f"vps-reverse-proxy-watch-{self.slug}"


@dataclass(frozen=True, kw_only=True)
class StackName:
    """One environment: a Pulumi project and stack."""

    project: str
    stack: str

    @property
    def owner(self) -> str:
        """What marks a file, record or rule as this stack's: "project/stack"."""
        return f"{self.project}/{self.stack}"

    @property
    def slug(self) -> str:
        """The stack in a file name or variable; one per stack.

        At most LONGEST_SLUG lower-case letters, digits and underscores.
        """
        plain = re.sub(r"[^a-z0-9]+", "_", self.stack.lower())
        if plain == self.stack and len(plain) <= LONGEST_SLUG:
            return plain
        # "my-stack" and "my.stack" on one machine must not write to the same file.
        digest = hashlib.sha256(self.stack.encode()).hexdigest()[:8]
        return f"{plain[: LONGEST_SLUG - 9]}_{digest}"

    @property
    def names(self) -> Names:
        """What its things are called."""
        return Names(self.slug)

    @property
    def labels(self) -> dict[str, str]:
        """What marks a rented thing as this stack's.

        Hetzner takes at most 63 of [A-Za-z0-9_.-], with a letter or digit at both ends.
        """
        return {
            "managed-by": self.project,
            "stack": re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "", self.stack[:63]) or "unnamed",
        }


_LABELLED = "@"
"""Parts a step's name from its machine's label; no step's name has it."""


def label_machine(host_key: str) -> str:
    """What tells a machine of the user's from another one: a digest of its host key.

    Args:
        host_key: In authorized_keys format; its comment does not count.
    """
    return hashlib.sha256(bare_key(host_key).encode()).hexdigest()[:8]


def label_step(step: str, machine: str) -> str:
    """The name of the resource that is a step on a machine with this label."""
    return f"{step}{_LABELLED}{machine}"


def step_of(resource: str) -> str:
    """The step that a resource of this name is."""
    return resource.partition(_LABELLED)[0]
