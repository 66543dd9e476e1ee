"""What is refused of a server, and announced of its change, before anything is touched."""

from typing import Any

import pulumi
import pytest

from components.recorded import announce_changes, describe_server, read_outputs
from components.vps import preflight_server
from settings import ServerSettings
from tests.unit.components.engine import Clouds, Refused, deploy, place
from tests.unit.components.samples import STACK, settings
from tests.unit.settings_support import EXISTING, HCLOUD

RUNNING = {
    "provider": "hcloud",
    "region": "nbg1",
    "size": "cx23",
    "image": "debian-13",
    "admin": "admin",
}
ADOPTED = {"provider": "existing", "address": "203.0.113.5"}


def server(**changes: Any) -> ServerSettings:
    """A rented server."""
    return settings({**HCLOUD, **changes}).server


def sold_in(*places: dict[str, Any]) -> Clouds:
    """A Hetzner that sells this size there."""
    return Clouds(calls={"getServerType": lambda _: {"locations": list(places)}})


def preflight(
    wanted: ServerSettings, recorded: dict[str, str] | None, clouds: Clouds | None = None
) -> Clouds:
    """Run the preflight; returns the clouds, which know what they were asked."""
    clouds = clouds or Clouds()
    deploy(lambda: preflight_server(wanted, recorded), clouds=clouds)
    return clouds


def test_a_size_that_can_be_ordered_passes() -> None:
    assert preflight(server(), None).asked == ["getServerType"]


def test_a_running_server_is_not_asked_about() -> None:
    assert preflight(server(), RUNNING, sold_in()).asked == []


def test_the_users_own_machine_is_not_asked_about() -> None:
    assert preflight(settings(EXISTING).server, None).asked == []


@pytest.mark.parametrize(
    "nbg1", [place("nbg1", available=False), place("nbg1", deprecated=True), place("ash")]
)
def test_a_size_sold_elsewhere_is_refused_with_the_line_to_set(nbg1: dict[str, Any]) -> None:
    with pytest.raises(pulumi.RunError) as caught:
        preflight(server(), None, sold_in(nbg1, place("fsn1"), place("hel1")))

    said = str(caught.value)
    assert "does not sell cx23 in nbg1" in said
    assert "fsn1, hel1" in said
    assert "pulumi config set --path vps-reverse-proxy:server.region" in said


def test_a_size_sold_nowhere_is_refused() -> None:
    with pytest.raises(pulumi.RunError, match=r"ordered nowhere now; set another server\.size"):
        preflight(server(), None, sold_in(place("nbg1", available=False)))


def test_another_image_asks_again_because_it_buys_a_new_server() -> None:
    with pytest.raises(pulumi.RunError, match="does not sell"):
        preflight(server(image="debian-12"), RUNNING, sold_in())


def test_an_unknown_size_or_a_refused_token_is_told_in_hetzners_words() -> None:
    def refuse(_: object) -> dict[str, Any]:
        raise Refused("server type not found")

    with pytest.raises(pulumi.RunError) as caught:
        preflight(server(), None, Clouds(calls={"getServerType": refuse}))

    said = str(caught.value)
    assert "server type not found" in said
    assert "'cx23'" in said
    assert "hcloud:token" in said


def test_the_administrator_of_a_running_server_cannot_be_renamed() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        preflight(server(admin="boss"), RUNNING)

    assert "vps-reverse-proxy:server.admin admin" in str(caught.value)


def test_a_stack_that_moves_to_hetzner_may_name_its_administrator() -> None:
    assert preflight(server(admin="boss"), ADOPTED).asked == ["getServerType"]


def said_of(wanted: ServerSettings, recorded: dict[str, str] | None) -> str:
    """What is announced."""
    return deploy(lambda: announce_changes(wanted, recorded)).log.getvalue()


def test_what_is_recorded_is_what_is_compared() -> None:
    assert describe_server(server()) == RUNNING
    assert describe_server(settings(EXISTING).server) == ADOPTED


@pytest.mark.parametrize("recorded", [None, RUNNING])
def test_nothing_is_announced_of_a_new_or_unchanged_server(
    recorded: dict[str, str] | None,
) -> None:
    assert said_of(server(), recorded) == ""


def test_another_size_is_announced_as_a_restart_that_keeps_the_address() -> None:
    said = said_of(server(size="cx33"), RUNNING)

    assert "server.size cx23 -> cx33" in said
    assert "shut down, resized" in said
    assert "the address stays" in said


@pytest.mark.parametrize("change", [{"image": "debian-12"}, {"region": "fsn1"}])
def test_another_image_or_region_is_announced_as_a_replacement(change: dict[str, str]) -> None:
    said = said_of(server(size="cx33", **change), RUNNING)

    (key,) = change
    assert f"server.{key} {RUNNING[key]} -> {change[key]}" in said
    assert "server.size cx23 -> cx33" in said
    assert "the VPS is replaced" in said
    assert "the address changes" in said


def test_leaving_the_users_own_machine_tells_what_stays_there() -> None:
    said = said_of(server(), ADOPTED)

    assert "stays there" in said
    assert "203.0.113.5" in said
    assert "deleted" not in said


def test_moving_to_the_users_own_machine_rents_no_new_one() -> None:
    said = said_of(settings(EXISTING).server, RUNNING)

    assert "203.0.113.5 takes over" in said
    assert "A new one is built" not in said


def test_the_recorded_outputs_are_read_from_the_stacks_own_state() -> None:
    names: list[object] = []

    def answer(args: Any) -> dict[str, Any]:
        names.append(args["name"])
        return {"outputs": {"server": RUNNING}}

    found: list[object] = []
    deploy(
        lambda: found.append(read_outputs(STACK)), clouds=Clouds(calls={"readStackOutputs": answer})
    )

    assert names == ["organization/vps-reverse-proxy/dev"]
    assert found == [{"server": RUNNING}]


def test_a_state_that_is_being_written_is_read_again() -> None:
    answers = [{"outputs": {"server": RUNNING}}]
    tries: list[int] = []

    def answer(_: object) -> dict[str, Any]:
        tries.append(1)
        if len(tries) == 1:
            raise Refused("unexpected end of JSON input")
        return answers[0]

    deploy(lambda: void(read_outputs(STACK)), clouds=Clouds(calls={"readStackOutputs": answer}))

    assert len(tries) == 2


def test_a_state_that_stays_unreadable_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(_: object) -> dict[str, Any]:
        raise Refused("unexpected end of JSON input")

    monkeypatch.setattr("components.recorded.READ_DEADLINE", 0)
    with pytest.raises(Exception, match="unexpected end"):
        deploy(lambda: void(read_outputs(STACK)), clouds=Clouds(calls={"readStackOutputs": answer}))


def void(_: object) -> None:
    """A program has no result."""
