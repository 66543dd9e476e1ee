"""How the things of one stack are called, so that two stacks never touch each other's."""

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
        """The stack in a file name, label or variable: lower case, digits and underscores."""
        return re.sub(r"[^a-z0-9]+", "_", self.stack.lower())

    @property
    def labels(self) -> dict[str, str]:
        """What marks a rented thing as this stack's (Hetzner: at most 63 of [A-Za-z0-9_.-])."""
        return {"managed-by": self.project, "stack": self.stack}
