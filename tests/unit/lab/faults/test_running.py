"""Which faults there are, how they are chosen, and what is written of them."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from lab import lifecycle, paths, pulumi, wsl
from lab.cache import BuildError
from lab.faults import running
from lab.faults.cloud import expired_pem
from lab.faults.fault import Fault
from lab.faults.ground import Ground
from lab.faults.hosts import libfaketime
from lab.faults.running import FAULTS, Named, blame, chosen, figures, row
from lab.lifecycle import LabError
from lab.variant import Variant
from ops.health.judging import ORDER

STOPPED = FAULTS[0]
RIGHT = Named(
    fault=STOPPED,
    status=(STOPPED.hop, STOPPED.cause),
    doctor=True,
    seconds=3.0,
    look_seconds=2.0,
    exit_status=3,
)


def test_every_fault_of_the_list_is_there_with_a_hop_of_the_path() -> None:
    assert len(FAULTS) == 17
    assert len({fault.name for fault in FAULTS}) == 17
    assert {fault.hop for fault in FAULTS} <= {*ORDER}


def test_a_part_of_a_name_chooses_and_none_chooses_all() -> None:
    assert [fault.name for fault in chosen(["sshd", "loss"])] == ["sshd stopped", "3 % loss"]
    assert chosen([]) == list(FAULTS)
    with pytest.raises(LabError, match="there are service stopped"):
        chosen(["flood"])


@pytest.mark.parametrize(
    "wrong",
    [
        replace(RIGHT, status=("", "")),
        replace(RIGHT, status=("tunnel", "tunnel-down")),
        replace(RIGHT, doctor=False),
        replace(RIGHT, exit_status=0),
        replace(RIGHT, look_seconds=15.0),
    ],
)
def test_a_fault_is_named_rightly_only_by_status_doctor_and_exit_status_within_seconds(
    wrong: Named,
) -> None:
    assert RIGHT.right
    assert not wrong.right
    assert "NOT NAMED" in row(wrong)


def test_a_look_that_took_too_long_is_told_in_its_row() -> None:
    assert RIGHT.quick
    assert "took" not in row(RIGHT)
    assert "(a look took 16 s)" in row(replace(RIGHT, look_seconds=16.4))


def test_the_figures_are_a_list_of_name_figure_bar_and_met() -> None:
    told = json.loads(json.dumps(figures([RIGHT, replace(RIGHT, doctor=False)], 2)))

    assert all({*one} == {"name", "figure", "bar", "met"} for one in told)
    assert told[0] == {"name": "faults named rightly", "figure": 1, "bar": 2, "met": False}
    assert told[1]["figure"] == told[1]["bar"] == "service: service-stopped"


def test_what_was_found_is_written_when_a_later_fault_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def try_out(_: Ground, fault: Fault) -> Named:
        if fault is not STOPPED:
            raise LabError("after 120 s still not: mended")
        return RIGHT

    said = list[str]()
    monkeypatch.setattr(running, "try_out", try_out)
    monkeypatch.setattr(paths, "checkout_dir", lambda: tmp_path)

    with pytest.raises(LabError, match="still not"):
        running.run(Ground("x"), FAULTS[:3], said.append)

    told = json.loads((tmp_path / "build/faults.json").read_text())
    assert told[0] == {"name": "faults named rightly", "figure": 1, "bar": 3, "met": False}
    assert len(told) == 2
    assert "1 of 3 faults named rightly" in said[-1]


def test_the_checkouts_own_provider_and_mode_are_configured_before_pulumi_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    done = list[str]()
    monkeypatch.setattr(lifecycle, "up", lambda *_: None)
    monkeypatch.setattr(wsl, "sync_program", lambda _: None)
    monkeypatch.setattr(pulumi, "ensure_stack", lambda _: None)
    monkeypatch.setattr(running, "configure", lambda _, variant: done.append(str(variant)))
    monkeypatch.setattr(Ground, "pulumi", lambda _, *words: done.append(words[0]))
    monkeypatch.setattr(Ground, "serves", lambda _: True)

    running.prepare("x", lambda _: None)

    assert done == [str(Variant()), "up"]


@pytest.mark.parametrize("count", [0, 2])
def test_a_lab_without_the_one_server_is_named(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Ground, "api", lambda *_: {"servers": [{"id": 1}] * count})

    with pytest.raises(LabError, match=f"has {count} servers rented"):
        _ = Ground("x").server


def test_what_apt_says_when_it_has_no_libfaketime_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text("#!/bin/sh\necho 'E: Unable to locate package libfaketime' >&2; exit 100\n")
    apt.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    with pytest.raises(BuildError, match="Unable to locate package libfaketime"):
        libfaketime()


def test_the_blame_is_that_of_the_service_asr() -> None:
    services = [
        {"service": "tts", "blamed": None, "cause": None},
        {"service": "asr", "blamed": "dns", "cause": "record-missing"},
    ]

    assert blame({"services": services}) == ("dns", "record-missing")


def test_the_expired_certificate_brings_its_key() -> None:
    pem = expired_pem().decode()

    assert pem.count("-----BEGIN") == 2
    assert "PRIVATE KEY" in pem
