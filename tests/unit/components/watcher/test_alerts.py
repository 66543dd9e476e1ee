"""Alerts, to a receiver on loopback: sent once, in order, kept when they cannot be sent."""

import json
from pathlib import Path

import pytest

from components.watcher.alerts import Outbox
from components.watcher.incidents import News
from tests.unit.components.watcher.receiver import Receiver

NOW = 1_795_670_000.0


def news(key: str = "tunnel", *, over: bool = False) -> News:
    """Something to tell."""
    return News(key, f"{key} is down", NOW - 60, NOW, over=over)


def outbox(folder: Path, **addresses: str) -> Outbox:
    return Outbox(folder / "outbox.json", "p/dev", addresses)


def tell(box: Outbox, *some: News, now: float = NOW) -> None:
    box.put(some)
    box.send(now)


def test_a_webhook_gets_json_that_chats_can_show(receiver: Receiver, tmp_path: Path) -> None:
    tell(outbox(tmp_path, webhook=receiver.url), news(), news(over=True))

    bodies = [json.loads(body) for _, _, body in receiver.taken]
    assert [body["status"] for body in bodies] == ["open", "resolved"]
    assert bodies[0] == {
        "stack": "p/dev",
        "incident": "tunnel",
        "status": "open",
        "since": NOW - 60,
        "time": NOW,
        "text": "p/dev: tunnel is down (for 60 s now)",
        "content": "p/dev: tunnel is down (for 60 s now)",
    }
    assert receiver.taken[0][1]["Content-Type"] == "application/json"


def test_ntfy_gets_a_title_a_priority_and_words(receiver: Receiver, tmp_path: Path) -> None:
    tell(outbox(tmp_path, ntfy=receiver.url), news(), news(over=True))

    (_, first, words), (_, second, over) = receiver.taken
    assert (first["Title"], first["Priority"]) == ("p/dev: tunnel is in trouble", "high")
    assert (second["Title"], second["Priority"]) == ("p/dev: tunnel is well again", "default")
    assert (words, over) == (
        b"p/dev: tunnel is down (for 60 s now)",
        b"p/dev: over after 60 s: tunnel is down",
    )


def test_what_cannot_be_sent_is_sent_later_in_its_order_also_after_a_restart(
    receiver: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    receiver.status = 503
    tell(outbox(tmp_path, webhook=receiver.url), news(), news(over=True))
    assert receiver.taken == []
    said = capsys.readouterr()
    assert "alert about tunnel not sent by webhook: HTTP 503" in said.err
    assert "SECRET" not in said.err + said.out + (tmp_path / "outbox.json").read_text()

    receiver.status = 200
    later = outbox(tmp_path, webhook=receiver.url)
    later.load()
    tell(later, news("certificate"), now=NOW + 30)
    tell(later, now=NOW + 60)

    told = [json.loads(body) for _, _, body in receiver.taken]
    assert [(one["incident"], one["status"]) for one in told] == [
        ("tunnel", "open"),
        ("tunnel", "resolved"),
        ("certificate", "open"),
    ]


def test_one_dead_address_does_not_hold_up_the_other(receiver: Receiver, tmp_path: Path) -> None:
    box = outbox(tmp_path, webhook="http://127.0.0.1:9/SECRET", ntfy=receiver.url)
    tell(box, news())

    assert len(receiver.taken) == 1
    assert [kind for kind, _ in box.waiting] == ["webhook"]


def test_old_news_are_forgotten_and_so_is_an_address_that_is_no_more(tmp_path: Path) -> None:
    box = outbox(tmp_path, webhook="http://127.0.0.1:9/SECRET")
    tell(box, news())
    other = outbox(tmp_path)
    other.load()
    other.send(NOW)
    assert other.waiting == []

    box.send(NOW + 25 * 3600)
    assert box.waiting == []


def test_news_wait_on_disk_before_they_are_told_and_no_longer_than_that(
    receiver: Receiver, tmp_path: Path
) -> None:
    """Whenever the watcher is ended, what was not told is told by the next one."""
    waiting: list[list[str]] = []

    def look() -> None:
        later = outbox(tmp_path)
        later.load()
        waiting.append([one.key for _, one in later.waiting])

    receiver.meanwhile = look
    tell(outbox(tmp_path, webhook=receiver.url), news(), news("certificate"))
    look()

    assert waiting == [["tunnel", "certificate"], ["certificate"], []]


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_an_alert_does_not_follow_where_its_address_leads_and_waits(
    receiver: Receiver, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    receiver.status, receiver.moved = status, receiver.url
    box = outbox(tmp_path, webhook=receiver.url)
    tell(box, news())

    assert [kind for kind, _ in box.waiting] == ["webhook"]
    said = capsys.readouterr().err
    assert f"HTTP {status}, it leads elsewhere: set that address instead" in said
    assert "SECRET" not in said
