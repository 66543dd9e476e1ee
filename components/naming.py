"""How the things of one stack are called, so that two stacks never touch each other's."""

import hashlib
import re
from dataclasses import dataclass


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
        """The stack in a file name or variable: lower case, digits, underscores; one per stack."""
        plain = re.sub(r"[^a-z0-9]+", "_", self.stack.lower())[:40]
        if plain == self.stack:
            return plain
        # "my-stack" and "my.stack" on one machine must not write to the same file.
        return f"{plain}_{hashlib.sha256(self.stack.encode()).hexdigest()[:8]}"

    @property
    def labels(self) -> dict[str, str]:
        """What marks a rented thing as this stack's.

        Hetzner takes at most 63 of [A-Za-z0-9_.-], with a letter or digit at both ends.
        """
        return {
            "managed-by": self.project,
            "stack": re.sub(r"^[^A-Za-z0-9]+|[^A-Za-z0-9]+$", "", self.stack[:63]) or "unnamed",
        }
