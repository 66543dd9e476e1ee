"""A look at a stack: its outputs, every fact, the judgement."""

from dataclasses import dataclass, replace
from typing import Any

from ops.health.collecting import collect
from ops.health.facts import Facts
from ops.health.judging import judge
from ops.health.model import Path
from ops.login import Login, login_of
from ops.operations import Operations, operations_of
from ops.remedies import for_stack
from ops.stack import read_outputs


@dataclass(frozen=True, kw_only=True)
class Subject:
    """The stack that is looked at; read once, looked at as often as one likes."""

    stack: str | None
    outputs: dict[str, Any]
    operations: Operations
    login: Login

    def typed(self, command: str) -> str:
        """A command as it is typed for this stack."""
        return for_stack(command, self.stack)


def find_subject(stack: str | None) -> Subject:
    """A stack by its outputs.

    Raises:
        OpsError: It has none, or they cannot be read.
    """
    outputs = read_outputs(stack)
    return Subject(
        stack=stack,
        outputs=outputs,
        operations=operations_of(outputs),
        login=login_of(outputs),
    )


def look(subject: Subject, *, thorough: bool = False) -> tuple[Facts, tuple[Path, ...]]:
    """What is seen now, and what it means."""
    outputs = subject.outputs if thorough else None
    facts = collect(subject.operations, subject.login, stack=subject.stack, outputs=outputs)
    return facts, tuple(_for_stack(path, subject.stack) for path in judge(facts))


def _for_stack(path: Path, stack: str | None) -> Path:
    hops = (replace(hop, remedy=for_stack(hop.remedy, stack)) for hop in path.hops)
    return replace(path, hops=tuple(hops))
