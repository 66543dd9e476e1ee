"""What is announced of a server's change, before anything is touched."""

import pytest

from components.recorded import describe_server
from components.server_changes import announce_changes
from settings import ExistingServer, ServerSettings
from tests.unit.components.engine import deploy
from tests.unit.components.samples import ADOPTED, RUNNING, server, settings
from tests.unit.settings_support import EXISTING


def described(wanted: ServerSettings) -> dict[str, str]:
    """As the stack records it, once it runs where it is wanted most."""
    return describe_server(
        wanted, "" if isinstance(wanted, ExistingServer) else wanted.wanted_regions[0]
    )


def said_of(wanted: ServerSettings, recorded: dict[str, str] | None) -> str:
    """What is announced."""
    return deploy(lambda: announce_changes(described(wanted), recorded)).log.getvalue()


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


@pytest.mark.parametrize(
    ("provider", "words"),
    [
        ("linode", "an hour and more where Linode first has to copy its disk"),
        ("digitalocean", "switched off as if its power was cut, resized"),
    ],
)
def test_a_resize_is_announced_with_what_that_means_at_the_provider(
    provider: str, words: str
) -> None:
    before = {**RUNNING, "provider": provider}

    said = deploy(lambda: announce_changes({**before, "size": "larger"}, before)).log.getvalue()

    assert words in said
    assert "the address stays" in said


def test_a_size_that_it_cannot_change_to_is_announced_as_a_replacement() -> None:
    wanted = server(size="cx33")
    said = deploy(
        lambda: announce_changes(described(wanted), RUNNING, replaces=True)
    ).log.getvalue()

    why = "because it cannot change to that size"
    assert f"server.size cx23 -> cx33: the VPS is replaced, {why}" in said
    assert "the address changes" in said
    assert "resized" not in said


@pytest.mark.parametrize("change", [{"image": "debian-12"}, {"region": "fsn1"}])
def test_another_image_or_region_is_announced_as_a_replacement(change: dict[str, str]) -> None:
    said = said_of(server(size="cx33", **change), RUNNING)

    (key,) = change
    assert f"server.{key} {RUNNING[key]} -> {change[key]}" in said
    assert "server.size cx23 -> cx33" in said
    assert "the VPS is replaced" in said
    assert "the address changes" in said


@pytest.mark.parametrize(
    ("wanted", "recorded"),
    [
        (server(image="debian-12"), RUNNING),
        (server(), ADOPTED),
        (settings(EXISTING).server, RUNNING),
    ],
)
def test_records_that_are_the_users_are_not_said_to_move(
    wanted: ServerSettings, recorded: dict[str, str]
) -> None:
    names = ["asr.example.org", "tts.example.org"]
    said = deploy(
        lambda: announce_changes(described(wanted), recorded, by_hand=names)
    ).log.getvalue()

    assert "DNS records move" not in said
    assert "the tunnel moves" in said
    assert "yours to change" in said
    assert "A (and AAAA) of asr.example.org, tts.example.org" in said


def test_leaving_the_users_own_machine_tells_what_becomes_of_it() -> None:
    said = said_of(server(), ADOPTED)

    assert "added to 203.0.113.5 is taken away, if that machine still answers" in said
    assert "deleted" not in said


def test_moving_to_the_users_own_machine_rents_no_new_one() -> None:
    said = said_of(settings(EXISTING).server, RUNNING)

    assert "203.0.113.5 takes over" in said
    assert "A new one is built" not in said
