"""Makes the steps that manage a changed thing differ from the last run, so that they run again.

A step's input gets a first line that says when the change was found. The line stays in all later
runs, for it is recorded in the outputs: so the run after the repair has the same input again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pulumi

from components.drift.look import WORDS, HostLook
from components.drift.report import EVERY_STEP
from components.naming import step_of

Times = Mapping[str, Mapping[str, str]]
"""Host -> step -> when its last repair was planned (ISO 8601, UTC)."""

# A step on a VPS that the user has runs from the WSL host, so the type does not tell the host;
# no two steps have one name.
_TYPES = ("command:remote:Command", "command:local:Command")

# A guarded change is undone unless its confirmation follows (ADR 0018): they are repaired together.
_CHANGE, _CONFIRM = "-change", "-confirm"


@dataclass(frozen=True, kw_only=True)
class Repairs:
    """What is repaired in this run, and what was in earlier ones.

    Attributes:
        times: For the output `repaired`.
        warnings: One for each thing that was changed, or host that is unknown.
    """

    times: Times
    warnings: tuple[str, ...] = ()

    def warn(self) -> None:
        """Say what was changed, and which host is unknown."""
        for warning in self.warnings:
            pulumi.log.warn(warning)

    def mark_steps(self) -> None:
        """Mark every step that this program registers from here on."""
        pulumi.runtime.register_stack_transformation(self._mark)

    def line(self, step: str) -> str:
        """The first line of a step's input; "" for a step that was never repaired."""
        change = step.removesuffix(_CONFIRM) + _CHANGE if step.endswith(_CONFIRM) else step
        stamps = sorted(
            {
                times[name]
                for times in self.times.values()
                for name in (EVERY_STEP, step, change)
                if name in times
            }
        )
        return f"# repaired {' '.join(stamps)}\n" if stamps else ""

    def _mark(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        line = self.line(step_of(args.name)) if args.type_ in _TYPES else ""
        if not line:
            return None
        stdin = pulumi.Output.concat(line, args.props["stdin"])
        return pulumi.ResourceTransformationResult({**args.props, "stdin": stdin}, args.opts)


def plan_repairs(
    looks: Sequence[HostLook], recorded: Mapping[str, Any], *, now: datetime | None = None
) -> Repairs:
    """What to repair.

    Args:
        looks: What was found on the hosts.
        recorded: The last run's outputs.
        now: The present, unless told.
    """
    moment = (now or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
    times: dict[str, dict[str, str]] = {
        host: dict(steps) for host, steps in (recorded.get("repaired") or {}).items()
    }
    warnings: list[str] = []
    for look in looks:
        where = WORDS[look.host]
        if look.unknown:
            warnings.append(
                f"drift on {where} is unknown ({look.unknown}): what was changed there by hand"
                " is neither shown nor put back by this run"
            )
        for finding in look.findings:
            times.setdefault(look.host, {})[finding.step] = moment
            if finding.step == EVERY_STEP:
                warnings.append(
                    f"{where} has no notes of what this stack manages there: pulumi up runs every"
                    " step again"
                )
            else:
                warnings.append(
                    f"drift on {where}: {finding}; pulumi up puts it back (step {finding.step})"
                )
    return Repairs(times=times, warnings=tuple(warnings))
