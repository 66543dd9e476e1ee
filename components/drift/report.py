"""What `drift.sh` prints, as data: one finding for each thing that is not as its step noted it."""

from dataclasses import dataclass

_FIELDS = 6
_NONE = "none"
_END = "done"
EVERY_STEP = "*"  # in the place of a step's name: there are no notes at all


class Unknown(Exception):  # noqa: N818 - not an error: a state the caller goes on with
    """A host could not be asked; the text says why."""


class Unreachable(Unknown):
    """A host takes no connection, or says nothing over one."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One difference.

    Attributes:
        step: The step that manages the thing, by its name in the program.
        kind: "file", "unit", "package", "account", "port", "sysctl", "limits", "table",
            "mount", "mode" or "step".
        name: Of the thing: a path, a unit, a port's number, a firewall's table.
        wanted: How it was noted.
        found: How it is.
    """

    step: str
    kind: str
    name: str
    wanted: str
    found: str

    def __str__(self) -> str:
        """The thing and what happened to it; a port "is" who listens there."""
        return f"{self.kind} {self.name} {self._what()}"

    def _what(self) -> str:
        match self.kind, self.found:
            case "step", _:
                return "was interrupted"
            case "file" | "package" | "account" | "table", "absent":
                return "was removed"
            case "table" | "limits", _:
                return "was changed"  # digests tell a reader nothing
            case "file", link if link.startswith("link to "):
                return f"was replaced by a {link}"
            case "file", _:
                return self._difference()
        return f"is {self.found} (not {self.wanted})"

    def _difference(self) -> str:
        """What differs of a file: that it is there, its text, or only mode and owner."""
        if self.wanted == "absent":
            return "was put back"
        wanted, _, access = self.wanted.partition(" ")
        found, _, now = self.found.partition(" ")
        return "was changed" if wanted != found else f"has mode and owner {now} (not {access})"


def read_report(text: str) -> tuple[Finding, ...]:
    """The findings of one host, in the order of its steps.

    Raises:
        Unknown: The report does not come to its end.
    """
    lines = text.splitlines()
    last = lines[-1] if lines else ""
    if last == _NONE:
        return (Finding(step=EVERY_STEP, kind="notes", name=_NONE, wanted="there", found="gone"),)
    if last != _END:
        raise Unknown(f"its answer broke off after {len(lines)} lines")
    rows = [line.split("\t") for line in lines if line.startswith("drift\t")]
    return tuple(
        Finding(step=row[1], kind=row[2], name=row[3], wanted=row[4], found=row[5])
        for row in rows
        if len(row) == _FIELDS
    )
