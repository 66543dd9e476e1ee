"""Fifty services work as two do."""

import pytest

from tests.e2e.harness import Lab
from tests.e2e.shipped import ASR, shipped
from tests.e2e.waiting import until

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

MANY = [
    {"name": f"asr{number}", "port": 9000 + number, "upstreams": ASR["upstreams"]}
    for number in range(50)
]


def test_fifty_services_are_reached_each_by_its_own_name_and_port(edited: Lab) -> None:
    lab = edited
    lab.configure({**shipped(), "services": MANY})
    lab.up()

    ports = " ".join(str(one["port"]) for one in MANY)
    ask = "curl -s -o /dev/null -w '%{http_code}\\n' http://127.0.0.1:$port/health"
    inside = lab.sh(lab.vps(), f"for port in {ports}; do {ask}; done").text
    assert inside.split() == ["200"] * len(MANY)
    until(
        lambda: all(
            lab.get(f"https://{one['name']}.gonova.one/health").text.endswith("200") for one in MANY
        ),
        seconds=60,
        what="all public names answer",
    )
    lab.up("--expect-no-changes")
