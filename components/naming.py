"""How the things of one stack are called, so that two stacks never touch each other's."""

import hashlib
import re
from dataclasses import dataclass

LONGEST_SLUG = 29
"""What all names have room for that hold one; a variable of nginx, the tightest, ends at 46.

A longer one does not fit into nginx's table of them (variables_hash_bucket_size, 64 bytes), which
is not ours to widen where the nginx is the user's. A shorter cut would call stacks that are up
otherwise, and leave behind what their names lead to.
"""


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
    key = " ".join(host_key.split()[:2])
    return hashlib.sha256(key.encode()).hexdigest()[:8]


def label_step(step: str, machine: str) -> str:
    """The name of the resource that is a step on a machine with this label."""
    return f"{step}{_LABELLED}{machine}"


def step_of(resource: str) -> str:
    """The step that a resource of this name is."""
    return resource.partition(_LABELLED)[0]
