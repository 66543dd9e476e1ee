"""What a person at a terminal is asked, and asked again."""

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from components.modes import MODES
from ops.init.answers import Answers
from ops.init.interview import Interview


@pytest.fixture
def said() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def interview(said: io.StringIO) -> Interview:
    return Interview(Console(file=said, soft_wrap=True))


def _typed(monkeypatch: pytest.MonkeyPatch, *texts: str) -> Iterator[str]:
    typed = iter(texts)
    monkeypatch.setattr("typer.prompt", lambda *_args, **_kwargs: next(typed))
    return typed


def test_services_in_another_form_are_asked_for_again(
    interview: Interview, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    rest = _typed(monkeypatch, "asr", "asr=127.0.0.1:8001 tts=127.0.0.1:8002")

    answers = interview.services(Answers(provider="hcloud"))

    assert [one.name for one in answers.services] == ["asr", "tts"]
    assert "\nasr: use NAME=HOST:PORT, for example asr=127.0.0.1:8001" in said.getvalue()
    assert list(rest) == []


def test_a_choice_that_there_is_not_is_asked_for_again(
    interview: Interview, said: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    _typed(monkeypatch, "hetzner", "hcloud")

    assert interview.provider(Answers()).provider == "hcloud"
    assert 'did you mean "hcloud"?' in said.getvalue()


@pytest.mark.parametrize(
    ("dns", "offered", "proposed"),
    [
        ("manual", ["direct-http", "direct"], "direct"),
        ("cloudflare", [*MODES], "strict"),
        (None, [*MODES], "strict"),
    ],
)
def test_the_modes_that_go_with_the_dns_records_are_offered(
    interview: Interview,
    said: io.StringIO,
    monkeypatch: pytest.MonkeyPatch,
    *,
    dns: str | None,
    offered: list[str],
    proposed: str,
) -> None:
    asked: list[str] = []

    def prompt(words: str, default: str) -> str:
        asked.append(words)
        return default

    monkeypatch.setattr("typer.prompt", prompt)

    assert interview.mode(Answers(dns=dns)).mode == proposed
    assert asked == [f"Who answers visitors ({', '.join(offered)})"]
    assert [line.split()[0] for line in said.getvalue().splitlines()] == offered


def test_what_a_flag_has_answered_is_not_asked(
    interview: Interview, monkeypatch: pytest.MonkeyPatch
) -> None:
    _typed(monkeypatch)
    given = Answers(provider="hcloud", region="nbg1", zone="example.org", mode="full")

    assert interview.mode(interview.zone(interview.region(interview.provider(given)), [])) == given
