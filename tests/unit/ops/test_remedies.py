"""What is to be typed against a fault means the machine and the stack that it is about."""

import shlex

import pytest

from ops.health.facts import Disk
from ops.health.model import Hop
from ops.remedies import MAKE_ROOM, for_stack, on_vps
from ops.ssh import remote_command
from tests.unit.ops.doctor.test_checking import found, quiet, there
from tests.unit.ops.health.support import path_of, well

FULL = Disk(place="/", size=20_000_000_000, free=0, files=1000, left=900)


def typed(remedy: str) -> list[str]:
    """What bin/ops ssh hands to the VPS when the remedy is typed in a shell."""
    words = shlex.split(remedy)
    assert words[:2] == ["bin/ops", "ssh"]
    return remote_command(words[1:], words[3:])


def test_a_full_vps_is_emptied_on_the_vps_and_not_here() -> None:
    full = there(disks=(FULL,))
    (hop,) = [hop for hop in path_of(well(vps=full)).hops if hop.name == "vps"]

    assert typed(hop.remedy) == [MAKE_ROOM]
    assert typed(found(quiet(vps=full), "disk of the VPS").remedy) == [MAKE_ROOM]


def test_a_plain_command_needs_no_quotes() -> None:
    assert on_vps("sudo nginx -t") == "bin/ops ssh -- sudo nginx -t"


@pytest.mark.parametrize(
    ("remedy", "named"),
    [
        ("pulumi up --refresh", "pulumi up --stack prod --refresh"),
        ("bin/ops restart nginx", "bin/ops restart --stack prod nginx"),
        (
            "bin/ops ssh -- sudo nginx -t; pulumi up",
            "bin/ops ssh --stack prod -- sudo nginx -t; pulumi up --stack prod",
        ),
        (
            'pulumi up --replace "$(pulumi stack --show-urns)"',
            'pulumi up --stack prod --replace "$(pulumi stack --stack prod --show-urns)"',
        ),
        (
            "bin/ops regions, then pulumi config set --path a b",
            "bin/ops regions, then pulumi config set --stack prod --path a b",
        ),
        (
            "pulumi preview, pulumi refresh",
            "pulumi preview --stack prod, pulumi refresh --stack prod",
        ),
        ("pulumi destroy --yes", "pulumi destroy --stack prod --yes"),
        ("sudo systemctl start vps-tunnel", "sudo systemctl start vps-tunnel"),
    ],
)
def test_commands_name_the_stack_that_was_named_once(remedy: str, named: str) -> None:
    assert for_stack(remedy, "prod") == named
    assert for_stack(named, "prod") == named
    assert for_stack(remedy, None) == remedy


def test_a_hop_without_a_remedy_stays_without() -> None:
    assert for_stack(Hop(name="vps", verdict="ok").remedy, "prod") == ""
