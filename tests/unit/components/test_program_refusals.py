"""What ends the whole program before anything is made, and what does not."""

from functools import partial

import pulumi
import pytest

from tests.unit.components.conftest import TOKENS, Up
from tests.unit.components.engine import Clouds
from tests.unit.settings_support import EXISTING


@pytest.mark.parametrize("missing", TOKENS)
def test_a_missing_token_ends_the_run_before_anything_is_asked_or_made(
    up: Up, missing: str
) -> None:
    clouds = Clouds()
    tokens = {name: token for name, token in TOKENS.items() if name != missing}
    with pytest.raises(pulumi.RunError) as caught:
        up(clouds=clouds, tokens=tokens)

    assert f"{missing} is missing" in str(caught.value)
    assert "bin/rehearse" in str(caught.value)
    assert clouds.asked == []


def test_a_wrong_configuration_ends_the_run_before_anything_is_asked(up: Up) -> None:
    clouds = Clouds()
    with pytest.raises(pulumi.RunError, match=r"server\.sise"):
        up({"provider": "hcloud", "sise": "cx23"}, clouds=clouds)

    assert clouds.asked == []


def test_up_on_another_machine_ends_before_the_clouds_are_asked(up: Up) -> None:
    clouds = Clouds()
    recorded = {"wslHost": {"hostname": "desk", "machineId": "f" * 32}}
    with pytest.raises(pulumi.RunError, match="desk"):
        up(clouds=clouds, recorded=recorded)

    assert clouds.asked == ["readStackOutputs"]


def test_a_sold_out_size_stops_a_new_stack_and_not_a_running_one(up: Up) -> None:
    with pytest.raises(pulumi.RunError, match="hel1"):
        up(sold_in=("hel1",))

    server = up().outputs["server"]
    assert up(sold_in=("hel1",), recorded={"server": server}).outputs["server"] == server


@pytest.mark.parametrize(
    ("mode", "address6", "before", "refused"),
    [
        ("direct", None, {"provider": "vultr"}, True),
        ("direct", None, {"provider": "existing", "address": "203.0.113.9"}, True),
        ("direct", "2001:db8:5::1", {"provider": "vultr"}, False),
        ("direct-http", None, {"provider": "vultr"}, False),
        ("direct", None, {"provider": "existing", "address": EXISTING["address"]}, False),
    ],
)
def test_no_certificate_is_asked_for_while_a_name_has_another_machines_address(
    up: Up, mode: str, address6: str | None, before: dict[str, str], *, refused: bool
) -> None:
    recorded = {"vpsAddress6": "2001:db8:200:1::1", "server": before}
    run = partial(
        up, server={**EXISTING, "address6": address6}, edge={"mode": mode}, recorded=recorded
    )

    if refused:
        with pytest.raises(pulumi.RunError, match=r"server\.address6"):
            run()
    else:
        assert run().named("DnsRecord")


@pytest.mark.parametrize(
    ("owner", "before"),
    [
        ("vps-reverse-proxy/old", "old"),
        ("before/dev", "organization/before/dev"),
    ],
)
def test_a_renamed_stack_is_told_before_anything_is_asked(up: Up, owner: str, before: str) -> None:
    clouds = Clouds()
    with pytest.raises(pulumi.RunError, match=f"was deployed as {owner} and") as refused:
        up(clouds=clouds, recorded={"operations": {"owner": owner}})

    assert f"  pulumi stack rename {before}\n" in str(refused.value)
    assert "  pulumi destroy\n" in str(refused.value)
    assert clouds.asked == ["readStackOutputs"]


def test_a_stack_that_kept_its_name_goes_on(up: Up) -> None:
    assert up(recorded={"operations": up().outputs["operations"]}).named("DnsRecord")
