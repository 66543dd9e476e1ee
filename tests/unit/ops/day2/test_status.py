"""The one screen, its JSON and its exit status."""

import json
import time
from dataclasses import replace

import pytest
import typer
from rich.console import Console

from ops.day2 import look_commands, looking
from ops.day2.looking import Subject
from ops.day2.status import as_json, overall, problems, screen
from ops.day2.words import ms, since, span
from ops.exits import status_of
from ops.health.facts import Facts, Seen
from ops.health.judging import judge
from ops.health.model import Path
from tests.unit.ops.conftest import Ops
from tests.unit.ops.health.support import DEAD, STOPPED, answers, operations, vps, well


def shown(facts: Facts) -> str:
    console = Console(width=120, record=True, force_terminal=False)
    console.print(screen(facts, judge(facts)))
    return console.export_text()


def stopped_nginx() -> Facts:
    facts = vps(units={**vps().units, "nginx.service": STOPPED}, listeners=())
    return well(visits=answers(521), vps=Seen(facts=facts, ahead=0.0))


def test_the_screen_names_the_broken_hop_since_when_and_what_mends_it() -> None:
    text = shown(stopped_nginx())

    assert "does not serve" in text
    assert "nginx: nginx.service on the VPS is inactive (dead)  (asr)" in text
    assert "bin/ops restart nginx" in text
    assert "for 1 min" in text


def test_the_screen_of_a_healthy_stack_has_its_services_and_no_complaint() -> None:
    text = shown(well())

    assert "asr  asr.gonova.one  serves  21 ms there and back" in text
    assert "broken" not in text


def test_a_token_that_is_missing_is_told_and_no_fault() -> None:
    facts = replace(well(), zone=None, zone_trouble="no token for Cloudflare here")

    assert "Cloudflare was not asked: no token" in shown(facts)
    assert overall(judge(facts)) == "ok"


def test_a_fault_on_the_path_of_two_services_is_told_once() -> None:
    first = operations().services[0]
    second = first.model_copy(update={"name": "tts", "hostname": "tts.gonova.one"})
    both = operations(services=[first, second])
    asked = answers(522)["asr"]
    facts = well(operations=both, visits={"asr": asked, "tts": asked}, vps=DEAD)
    found = [(hop.cause, services) for hop, services in problems(judge(facts))]

    assert ("vps-silent", ["asr", "tts"]) in found
    assert found[0][0] == "vps-silent"


def test_json_has_verdict_blame_and_every_hop() -> None:
    facts = stopped_nginx()
    told = json.loads(json.dumps(as_json(facts, judge(facts))))
    (service,) = told["services"]

    assert told["verdict"] == "broken"
    assert (service["blamed"], service["cause"]) == ("nginx", "nginx-stopped")
    assert {"hop", "verdict", "cause", "latencyMs", "since", "evidence", "remedy"} == {
        *service["hops"][0]
    }


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        (["ok"], 0),
        (["ok", "unknown"], 4),
        (["unknown", "broken"], 3),
    ],
)
def test_the_exit_status_is_that_of_the_worst(verdicts: list[str], status: int) -> None:
    assert status_of(verdicts) == status  # type: ignore[arg-type] # all are verdicts


def test_times_are_told_in_words() -> None:
    assert [span(value) for value in (0, 59, 60, 7200, 200000)] == [
        *("0 s", "59 s", "1 min", "2 h", "2 d"),
    ]
    assert since(None, 5.0) == ""
    assert since(0.0, 120.0) == "for 2 min"
    assert [ms(value) for value in (None, 1.25, 12.5)] == ["", "1.2 ms", "12 ms"]


@pytest.mark.parametrize("other", [["--json"], ["--html", "page.html"]])
def test_watching_draws_on_the_terminal_alone(ops: Ops, other: list[str]) -> None:
    done = ops.run("status", "--watch", *other)

    assert done.returncode == 1
    assert "--watch draws on the terminal alone" in done.stderr


def test_ctrl_c_ends_the_watch_with_the_status_of_the_last_look(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    looks = iter([well(), stopped_nginx()])
    naps = iter([None])

    def look(_: Subject) -> tuple[Facts, tuple[Path, ...]]:
        facts = next(looks)
        return facts, judge(facts)

    def nap(_: float) -> None:
        if next(naps, "over") == "over":
            raise KeyboardInterrupt

    monkeypatch.setattr(looking, "find_subject", lambda _: None)
    monkeypatch.setattr(looking, "look", look)
    monkeypatch.setattr(time, "sleep", nap)

    with pytest.raises(typer.Exit) as ended:
        look_commands.status(watch=True)

    assert ended.value.exit_code == 3
    assert "does not serve" in capsys.readouterr().out
