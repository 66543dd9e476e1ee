"""`bin/ops logs`: whose lines, when they were written, and one order for all of them."""

import calendar
import json
import os
import queue
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from ops.day2.logs import Line, _listening, _read, followed, ordered, requests_for, shown
from ops.remote.follow import journal_line, moment
from ops.sending import LISTENING, program
from tests.unit.ops.health.support import operations

AT = float(calendar.timegm((2026, 11, 26, 4, 45, 31, 0, 0, 0)))


@pytest.mark.parametrize(
    "line",
    [
        '192.0.2.10 - - [26/Nov/2026:04:45:31 +0000] "GET / HTTP/1.1" 200',
        '192.0.2.10 - - [26/Nov/2026:05:45:31 +0100] "GET / HTTP/1.1" 200',
        '192.0.2.10 - - [25/Nov/2026:23:15:31 -0530] "GET / HTTP/1.1" 200',
        '{"time": 1795668331, "service": "asr"}',
        '{"time": "2026-11-26T05:45:31+01:00", "service": "asr"}',
    ],
)
def test_nginx_lines_tell_when_they_were_written(line: str) -> None:
    assert moment(line, 0.0) == AT


@pytest.mark.parametrize("line", ["no time here", "{broken", '{"time": null}', ""])
def test_a_line_without_a_time_was_written_now(line: str) -> None:
    assert moment(line, 7.0) == 7.0


def test_a_line_of_nginxs_error_log_is_in_its_hosts_own_time() -> None:
    local = time.strftime("%Y/%m/%d %H:%M:%S", time.localtime(AT))

    assert moment(f"{local} [error] 1#1: connect() failed", 0.0) == AT


@pytest.mark.parametrize(
    ("fields", "source", "text"),
    [
        ({"_SYSTEMD_UNIT": "vps-tunnel.service", "MESSAGE": "up"}, "vps-tunnel", "up"),
        ({"UNIT": "nginx.service", "MESSAGE": "Started"}, "nginx", "Started"),
        ({"SYSLOG_IDENTIFIER": "kernel", "MESSAGE": [104, 105]}, "kernel", "hi"),
        ({"MESSAGE": None}, "system", ""),
    ],
)
def test_a_line_of_the_journal_names_its_unit(
    fields: dict[str, Any], source: str, text: str
) -> None:
    line = json.dumps({"__REALTIME_TIMESTAMP": "1500000", **fields})

    assert journal_line(line) == (1.5, source, text)


def queued(*lines: Line | None) -> "queue.Queue[Line | None]":
    waiting: queue.Queue[Line | None] = queue.Queue()
    for line in lines:
        waiting.put(line)
    return waiting


def line(at: float, host: str = "vps") -> Line:
    return Line(at, host, "nginx", f"line {at}")


def test_the_lines_of_both_hosts_are_in_one_order_and_the_last_ones_shown() -> None:
    waiting = queued(line(3), line(5), None, line(1, "wsl"), line(4, "wsl"), None)

    assert [one.moment for one in ordered(waiting, 2, last=3)] == [3, 4, 5]


def test_a_followed_line_waits_for_an_older_one_of_the_other_host() -> None:
    waiting = queued(line(2), line(1, "wsl"), None, None)

    assert [one.moment for one in followed(waiting, 2, hold=0.2)] == [1, 2]


def test_a_followed_line_is_shown_while_both_hosts_go_on() -> None:
    waiting = queued(line(2))
    reading = followed(waiting, 2, hold=0.05)
    began = time.monotonic()

    assert next(reading).moment == 2
    assert time.monotonic() - began < 5


def test_of_a_host_that_we_do_not_listen_to_any_more_nothing_is_said() -> None:
    found = queued()
    with subprocess.Popen(["cat"], stdin=-1, stdout=-1, stderr=-1, text=True) as child:
        child.terminate()
        assert child.stderr is not None
        child.stderr.close()
        _read("vps", child, found)

    assert found.get_nowait() is None


def test_a_login_shells_own_words_are_passed_over() -> None:
    found = queued()
    said = r"""printf 'Welcome!\n7\n{"t": 2, "source": "x", "text": "words"}\n'"""
    with subprocess.Popen(["sh", "-c", said], stdin=-1, stdout=-1, stderr=-1, text=True) as child:
        _read("vps", child, found)

    assert found.get_nowait() == Line(2, "vps", "x", "words")
    assert found.get_nowait() is None


@pytest.mark.timeout(60)
def test_bytes_that_are_no_text_do_not_end_the_listening() -> None:
    found = queued()
    said = r"""printf '\377\n{"t": 2, "source": "x", "text": "words"}\n'; cat >/dev/null"""
    with _listening("vps", ["sh", "-c", said], {}, found):
        assert found.get(timeout=10) == Line(2, "vps", "x", "words")


@pytest.mark.timeout(60)
def test_a_host_with_much_to_say_beside_its_lines_is_not_held_up() -> None:
    found = queued()
    said = r"""yes words | head -n 50000 >&2; printf '{"t": 2, "source": "x", "text": "y"}\n'
echo the last one >&2; exit 3"""
    with subprocess.Popen(["sh", "-c", said], stdin=-1, stdout=-1, stderr=-1, text=True) as child:
        _read("vps", child, found)

    assert found.get_nowait() == Line(2, "vps", "x", "y")
    told = found.get_nowait()
    assert told is not None
    assert (told.source, told.text) == ("ops", "the last one")
    assert found.get_nowait() is None


def test_a_line_is_shown_with_host_source_and_thousandths() -> None:
    text = shown(Line(AT + 0.25, "vps", "nginx", "words"))

    assert text.endswith(".250 vps  nginx        words")


@pytest.mark.parametrize(
    ("source", "hosts"),
    [
        ("vps", {"vps"}),
        ("tunnel", {"vps", "wsl"}),
        ("nginx", {"vps", "wsl"}),
        ("service", {"wsl"}),
        ("all", {"vps", "wsl"}),
    ],
)
def test_only_the_hosts_with_something_of_it_are_asked(source: Any, hosts: set[str]) -> None:
    assert set(requests_for(operations(), source, lines=5, follow=False)) == hosts


def test_without_a_load_balancer_nginx_is_on_the_vps_alone() -> None:
    plain = operations(balancer_port=None)

    assert set(requests_for(plain, "nginx", lines=5, follow=False)) == {"vps"}


def test_the_program_tells_a_files_lines_and_ends_with_its_input(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    log.write_text('{"time": 1, "n": "first"}\n{"time": 2, "n": "second"}\n')
    text = program({"lines": 1, "follow": True, "files": [str(log)]}, ("follow",))
    with subprocess.Popen(
        ["bash", "-c", LISTENING.replace("python3", sys.executable)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(f"{len(text)}\n{text}")
        child.stdin.flush()
        told = json.loads(child.stdout.readline())
        closing = threading.Timer(0.0, child.stdin.close)
        closing.start()
        child.wait(10)

    assert told == {"t": 2.0, "source": "nginx access", "text": '{"time": 2, "n": "second"}'}
    assert child.returncode != 0  # ended by its own signal, and its tail with it


@pytest.mark.timeout(60)
@pytest.mark.parametrize("follow", [True, False])
def test_a_program_of_roots_that_we_may_not_end_ends_with_its_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, follow: bool
) -> None:
    def denied(_child: Any, _signal: int) -> None:
        raise PermissionError

    monkeypatch.setattr(subprocess.Popen, "send_signal", denied)
    endless = tmp_path / "log"
    os.mkfifo(endless)  # to which nobody writes: its tail waits, with `follow` or without
    found = queued()
    threads = threading.active_count()
    asked = {"lines": 1, "follow": follow, "files": [str(endless)]}
    with _listening("wsl", ["bash", "-c", LISTENING], asked, found):
        pass
    assert found.get_nowait().source == "ops"  # type: ignore[union-attr] # a line, not the end
    assert found.get_nowait() is None
    assert threading.active_count() == threads


def test_an_error_while_lines_are_shown_is_told_as_it_is() -> None:
    asked = {"lines": 1, "follow": True}
    with (
        pytest.raises(BrokenPipeError),
        _listening("wsl", ["sh", "-c", "cat >/dev/null"], asked, queued()),
    ):
        raise BrokenPipeError  # of our own output: `bin/ops logs | head`
