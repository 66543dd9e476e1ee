"""Which faults there are, how they are chosen, and what is written of them."""

import json
from dataclasses import replace

import pytest

from lab.faults.cloud import expired_pem
from lab.faults.running import FAULTS, Named, blame, chosen, figures, row
from lab.lifecycle import LabError
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
    ],
)
def test_a_fault_is_named_rightly_only_by_status_doctor_and_exit_status(wrong: Named) -> None:
    assert RIGHT.right
    assert not wrong.right
    assert "NOT NAMED" in row(wrong)


def test_the_figures_are_a_list_of_name_figure_bar_and_met() -> None:
    told = json.loads(json.dumps(figures([RIGHT, replace(RIGHT, doctor=False)])))

    assert all({*one} == {"name", "figure", "bar", "met"} for one in told)
    assert told[0] == {"name": "faults named rightly", "figure": 1, "bar": 2, "met": False}
    assert told[1]["figure"] == told[1]["bar"] == "service: service-stopped"


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
