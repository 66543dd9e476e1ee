"""Fifty services work as two do."""

import json
from typing import Any

import pytest

from tests.e2e.harness import Lab
from tests.e2e.shipped import ASR, shipped
from tests.e2e.waiting import until

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

MANY = [
    {
        "name": f"asr{number}",
        "port": 9000 + number,
        "upstreams": ASR["upstreams"],
        "stream_path": "/v1/stream/asr",
    }
    for number in range(50)
]


def test_fifty_services_are_reached_each_by_its_own_name_and_port(edited: Lab) -> None:
    lab = edited
    lab.configure({**shipped(), "services": MANY})
    lab.up()

    assert answered_inside(lab) == ["200"] * len(MANY)
    until(
        lambda: all(
            lab.get(f"https://{one['name']}.gonova.one/health").text.endswith("200") for one in MANY
        ),
        seconds=60,
        what="all public names answer",
    )
    lab.up("--expect-no-changes")

    watched = until(lambda: watched_all(lab), seconds=90, what="the watcher has visited all")
    assert {service["stage"] for service in watched.values()} == {""}
    looked = lab.typed("bin/ops", "status", "--json")
    assert looked.code == 0, looked.text

    lab.on("wsl", "systemctl", "kill", "--signal=KILL", "vps-tunnel")
    until(
        lambda: answered_inside(lab) == ["200"] * len(MANY),
        seconds=10,
        what="all services are back after the client was killed",
    )


def answered_inside(lab: Lab) -> list[str]:
    """What each service answers at the tunnel's end on the VPS."""
    ports = " ".join(str(one["port"]) for one in MANY)
    ask = "curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:$port/health"
    return lab.sh(lab.vps(), f"for port in {ports}; do {ask}; done", check=False).text.split()


def watched_all(lab: Lab) -> dict[str, dict[str, Any]]:
    """What the watcher found of each service, once it knows all of them; else nothing."""
    path = "/run/vps-reverse-proxy-watch-dev/status.json"
    told = json.loads(lab.sh(lab.vps(), f"cat {path}").text)
    services: dict[str, dict[str, Any]] = told["services"]
    return services if {*services} == {one["name"] for one in MANY} else {}
