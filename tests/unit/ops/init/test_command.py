"""The whole of bin/ops init but for providers and pulumi: questions, proposals, order of checks."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
import pytest
from rich.console import Console

from components.vps.catalog import Catalog, Size
from ops.errors import OpsError
from ops.init.answers import Answers
from ops.init.command import init, next_commands
from ops.init.writing import Backend
from ops.regions.ranking import Offer
from settings import EdgeSettings

TOKEN = "".join(chr(97 + number % 26) for number in range(64))
CLOUDFLARE = TOKEN[:40]
HERE = Offer(
    provider="hcloud",
    region="hel1",
    place="Helsinki, FI",
    host="hel1.test",
    milliseconds=9.0,
    trouble="",
    size="cx23",
    price=5.49,
    currency="EUR",
    note="",
)
CATALOG = Catalog(
    sizes={
        "cx23": Size(name="cx23", memory_mb=4096, prices={"hel1": 5.49}),
        "tiny": Size(name="tiny", memory_mb=1024, prices={"hel1": 2.0, "nbg1": 3.0}),
    },
    currency="EUR",
    source="test",
    regions={"hel1": "Helsinki, FI", "nbg1": "Nuremberg, DE"},
)
FLAGS = Answers(provider="hcloud", region="hel1", zone="example.org")


class World:
    """Providers and pulumi that say yes, and note what was written."""

    def __init__(self) -> None:
        self.stack = ""
        self.config: Mapping[str, Any] = {}
        self.secrets: Mapping[str, str] = {}
        self.checked: list[str] = []

    def write(
        self, stack: str, config: Mapping[str, Any], secrets: Mapping[str, str], **_: object
    ) -> Path:
        self.stack, self.config, self.secrets = stack, config, secrets
        return Path(f"Pulumi.{stack}.yaml")


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    made = World()
    command = "ops.init.command."
    monkeypatch.setattr(
        command + "read_backend", lambda: Backend(url="https://app.pulumi.com", stacks=())
    )
    monkeypatch.setattr(
        command + "check_provider",
        lambda credential, _: made.checked.append(credential.namespace),
    )
    monkeypatch.setattr(command + "visible_zones", lambda _: {"example.org": "id"})
    monkeypatch.setattr(command + "check_zone", lambda *_: made.checked.append("zone"))
    monkeypatch.setattr(command + "read_catalog", lambda _: CATALOG)
    monkeypatch.setattr(command + "write_stack", made.write)
    monkeypatch.setattr("ops.init.interview.find_regions", lambda *_, **__: ([HERE], HERE))
    monkeypatch.setenv("HCLOUD_TOKEN", TOKEN)
    monkeypatch.setenv("CLOUDFLARE_API_TOKEN", CLOUDFLARE)
    return made


def run(answers: Answers, *, terminal: bool = False, confirmed: bool = True) -> None:
    init(
        "prod",
        answers,
        token_file=None,
        secrets_provider=None,
        terminal=terminal,
        confirmed=confirmed,
        console=Console(quiet=True),
    )


def prompts(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, object], object]) -> list[str]:
    """Answer every question by this; returns the questions, as they come."""
    asked: list[str] = []

    def prompt(words: str, default: object = None, **_: object) -> object:
        asked.append(words.partition(" (")[0])
        return answer(words, default)

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("typer.confirm", lambda *_, **__: True)
    return asked


def test_without_a_terminal_flags_are_enough(world: World) -> None:
    run(FLAGS)

    assert world.stack == "prod"
    assert world.config["edge"] == {"mode": "strict", "zone": "example.org", "dns": "cloudflare"}
    assert [one["name"] for one in world.config["services"]] == ["asr", "tts"]
    assert world.secrets == {"hcloud:token": TOKEN, "cloudflare:apiToken": CLOUDFLARE}
    assert world.checked == ["hcloud", "zone"]


def test_the_cheapest_size_of_the_region_is_taken_unless_told(world: World) -> None:
    run(FLAGS)
    cheapest = world.config["server"]["size"]
    run(replace(FLAGS, size="cx23"))

    assert cheapest == "tiny"
    assert world.config["server"]["size"] == "cx23"


def test_a_size_that_the_region_lacks_is_refused_with_what_works(world: World) -> None:
    with pytest.raises(OpsError, match="it can be ordered in hel1") as refused:
        run(replace(FLAGS, region="nbg1", size="cx23"))

    assert "--size tiny" in str(refused.value)
    assert "pulumi config" not in str(refused.value)

    assert world.stack == ""


def test_with_dns_by_hand_cloudflare_is_not_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN")

    run(replace(FLAGS, dns="manual", mode="direct"))

    assert set(world.secrets) == {"hcloud:token"}


def test_with_dns_by_hand_the_vps_itself_answers_unless_told(world: World) -> None:
    run(replace(FLAGS, dns="manual"))

    assert world.config["edge"] == {"mode": "direct", "zone": "example.org", "dns": "manual"}


@pytest.mark.parametrize("mode", ["flexible", "full", "strict"])
def test_a_mode_that_does_not_go_with_dns_by_hand_is_refused_before_anything_is_asked(
    world: World, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    asked = prompts(monkeypatch, lambda _, default: default)

    with pytest.raises(OpsError, match="Use --mode direct or direct-http, or leave --dns out"):
        run(Answers(dns="manual", mode=mode), terminal=True, confirmed=False)

    assert asked == []


def test_a_person_is_asked_for_all_that_no_flag_answers(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = prompts(monkeypatch, lambda _, default: default)

    run(Answers(), terminal=True, confirmed=False)

    assert asked == ["Provider", "Region", "DNS zone", "Who answers visitors", "Services"]
    # What was proposed: the nearest region, the token's only zone, the strictest mode.
    assert world.config["server"]["region"] == "hel1"
    assert world.config["edge"]["zone"] == "example.org"
    assert world.config["edge"]["mode"] == "strict"


def test_a_token_that_lacks_a_permission_is_refused_before_more_is_asked(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacks(_: str, edge: EdgeSettings, zones: Mapping[str, str]) -> None:
        raise OpsError(f"the token lacks for {edge.zone} in {edge.mode}: {sorted(zones)}")

    monkeypatch.setattr("ops.init.command.check_zone", lacks)
    asked = prompts(monkeypatch, lambda _, default: default)

    with pytest.raises(OpsError, match=r"lacks for example\.org in strict"):
        run(Answers(), terminal=True, confirmed=False)

    assert asked == ["Provider", "Region", "DNS zone", "Who answers visitors"]


def test_a_mode_that_is_none_is_told_as_the_settings_tell_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts(monkeypatch, lambda _, default: default)

    with pytest.raises(OpsError, match=r"edge\.mode: .*flexible"):
        run(replace(FLAGS, mode="https"), terminal=True, confirmed=False)


def test_an_answer_that_is_none_of_the_choices_is_asked_for_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    modes = iter(["https", "full"])
    prompts(
        monkeypatch,
        lambda words, default: next(modes) if words.startswith("Who") else default,
    )

    run(FLAGS, terminal=True, confirmed=False)

    assert world.config["edge"]["mode"] == "full"


def test_nothing_is_written_when_the_person_says_no(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    prompts(monkeypatch, lambda _, default: default)

    def no(*_: object, **__: object) -> bool:
        raise click.Abort

    monkeypatch.setattr("typer.confirm", no)
    with pytest.raises(click.Abort):
        run(FLAGS, terminal=True, confirmed=False)

    assert world.stack == ""


@pytest.mark.parametrize("provider", ["azure", "HCLOUD"])
def test_an_unknown_provider_is_refused_with_the_list(world: World, provider: str) -> None:
    with pytest.raises(OpsError, match="use one of hcloud"):
        run(replace(FLAGS, provider=provider))


def test_nobody_to_ask_and_not_told_to_go_on_is_refused(world: World) -> None:
    with pytest.raises(OpsError, match="add --yes"):
        run(FLAGS, confirmed=False)


@pytest.mark.parametrize(("terminal", "confirmed"), [(False, True), (True, False)])
def test_vultr_is_refused_where_pulumi_up_would_refuse_to_rent_there(
    world: World, monkeypatch: pytest.MonkeyPatch, *, terminal: bool, confirmed: bool
) -> None:
    monkeypatch.setenv("VULTR_API_KEY", "K0" + "abcdefghij" * 3)
    monkeypatch.setattr("ops.init.command.is_readable", lambda _: False)
    prompts(monkeypatch, lambda _, default: default)

    with pytest.raises(OpsError, match=r"--provider vultr: .*VPC 2\.0, which Vultr has switched"):
        run(replace(FLAGS, provider="vultr"), terminal=terminal, confirmed=confirmed)

    assert world.stack == ""


def test_the_next_commands_name_the_stack() -> None:
    assert all("--stack prod" in line for line in next_commands("prod"))
