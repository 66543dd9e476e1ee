"""Attempts on the VPS's web ports, each counted, while a legitimate stream goes on undisturbed."""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from posixpath import normpath
from urllib.parse import unquote

import pytest

from lab import world
from tests.e2e.harness import Lab, checkout_file
from tests.e2e.shipped import ASR, TTS, shipped
from tests.e2e.streams import HeldStream
from tests.e2e.waiting import until

pytestmark = pytest.mark.timeout(900)

ACCESS_LOG = "/var/log/nginx/vps-reverse-proxy-dev.json"
NAME = "asr.gonova.one"
EVIL = {"name": "evil", "port": 8083, "upstreams": ["127.0.0.1:8666"]}
UNIT = "evil-service"
CALM_SECONDS = 5.0


@dataclass(frozen=True)
class Seen:
    """How an attack went.

    Attributes:
        tried: How many attempts there were.
        outcomes: How many of them ended how; see tests/e2e/attacker.py.
    """

    tried: int
    outcomes: dict[str, int]


@pytest.fixture(scope="module")
def target(deployed: Lab) -> Iterator[Lab]:
    """A VPS that anybody reaches, with a third service that answers badly."""
    deployed.write("wsl", "/run/evil_service.py", checkout_file("tests/e2e/evil_service.py"))
    deployed.on(
        *("wsl", "systemd-run", "--quiet", f"--unit={UNIT}"),
        *("/opt/lab/lab-venv/bin/python", "-I", "/run/evil_service.py"),
    )
    deployed.configure(
        {
            **shipped(),
            "edge": {"mode": "direct-http", "zone": "gonova.one"},
            "load_balancer": {"enabled": False},
            "services": [ASR, TTS, EVIL],
        }
    )
    deployed.up()
    until(
        lambda: deployed.get(f"http://{NAME}/health").text.endswith("200"),
        seconds=60,
        what="the VPS serves by itself",
    )
    yield deployed
    deployed.on("wsl", "systemctl", "stop", UNIT)
    deployed.on("wsl", "rm", "-f", "/run/evil_service.py")


def attack(lab: Lab, kind: str) -> Seen:
    """Run one kind of attack from the client, over IPv4, while a stream is held over IPv6."""
    address = lab.outputs()["vpsAddress"]
    stream = HeldStream(lab, f"ws://{NAME}/v1/stream/asr")
    with stream:
        said = lab.on(
            *("client", "/opt/lab/lab-venv/bin/python", "-I", "-", address, NAME, kind),
            input=checkout_file("tests/e2e/attacker.py"),
        ).text
    assert stream.report["opened"], stream.report
    assert not stream.report["cut"], stream.report
    seen = Seen(**json.loads(said.strip().splitlines()[-1]))
    print(f"{kind}: {seen.tried} tried, {seen.outcomes}")
    assert lab.get(f"http://{NAME}/health").text.endswith("200")
    return seen


def asked_elsewhere(lab: Lab) -> float:
    """How often the service was asked for what is none of its paths: it counts them as one."""
    metrics = lab.on("wsl", "curl", "-sS", "http://127.0.0.1:8001/metrics").text
    assert 'path="/health"' in metrics, metrics
    counts = re.findall(r'speech_requests_total\{[^}]*path="other"[^}]*\} (\S+)', metrics)
    return sum(map(float, counts))


def written(lab: Lab) -> int:
    """How many lines nginx's access log has."""
    return int(lab.sh(lab.vps(), f"wc -l <{ACCESS_LOG}").text)


def passed_on(lab: Lab, after: int) -> list[str]:
    """The client's paths over IPv4 that nginx passed on, as it reads them; after so many lines."""
    log = lab.sh(lab.vps(), f"tail -n +{after + 1} {ACCESS_LOG}").text
    lines = map(json.loads, log.splitlines())
    mine = [one for one in lines if one["visitor"] == str(world.CLIENT.address)]
    return [normpath(unquote(one["path"])) for one in mine if one["upstream"]]


@pytest.mark.parametrize("kind", ["bare_address", "unknown_name"])
def test_a_name_that_is_no_services_is_closed_without_a_byte(target: Lab, kind: str) -> None:
    seen = attack(target, kind)

    assert seen.outcomes == {"closed": seen.tried}


def test_two_host_lines_are_refused(target: Lab) -> None:
    seen = attack(target, "duplicate_name")

    # Where the first is no name at all, the default server is asked, which closes.
    assert set(seen.outcomes) <= {"400", "closed"}
    assert seen.outcomes["400"] >= seen.tried * 3 // 5


def test_a_port_or_a_whole_address_is_served_as_the_plain_name(target: Lab) -> None:
    seen = attack(target, "legal_name")

    assert seen.outcomes == {"200": seen.tried}


def test_more_header_than_anybody_needs_is_refused(target: Lab) -> None:
    seen = attack(target, "oversized")

    assert set(seen.outcomes) <= {"400", "414", "431", "closed"}


def test_no_request_is_smuggled_behind_another(target: Lab) -> None:
    before = asked_elsewhere(target)
    seen = attack(target, "smuggling")

    assert asked_elsewhere(target) == before
    # One answer, or a refusal; two would be one request that passed for two.
    log = target.sh(target.vps(), f"grep -c smuggled {ACCESS_LOG}", check=False).text
    assert log.strip() == "0", log
    assert all(len(outcome.split()) == 1 for outcome in seen.outcomes), seen


def test_no_path_leads_around_those_of_the_service(target: Lab) -> None:
    before = written(target)
    seen = attack(target, "traversal")

    assert set(seen.outcomes) <= {"400", "404"}
    passed = passed_on(target, before)
    assert [path for path in passed if path.endswith("/admin")]  # what stays below a path of it
    assert [path for path in passed if not path.startswith(("/v1/stream/asr", "/health"))] == []


def test_who_says_to_be_somebody_else_is_not_believed(target: Lab) -> None:
    seen = attack(target, "forged")

    log = target.sh(target.vps(), f"grep -F /health/forged {ACCESS_LOG}").text.splitlines()
    assert {json.loads(line)["visitor"] for line in log} == {str(world.CLIENT.address)}
    assert len(log) == seen.tried


@pytest.mark.parametrize("kind", ["slow_headers", "slow_bodies"])
def test_slow_requests_are_ended(target: Lab, kind: str) -> None:
    seen = attack(target, kind)

    assert set(seen.outcomes) <= {"408", "closed"}, seen


def test_a_crowd_from_one_address_keeps_nobody_else_out(target: Lab) -> None:
    seen = attack(target, "crowd")

    assert seen.outcomes == {"opened": 10_000}


def jail(lab: Lab) -> str:
    """What fail2ban on the VPS tells of those who ask too fast."""
    return lab.on(lab.vps(), "fail2ban-client", "status", "nginx-limit-req").text


def unbanned(lab: Lab) -> bool:
    """Whether nobody was shut out any more before this: it lets everybody in again."""
    told = lab.on(lab.vps(), "fail2ban-client", "unban", "--all").text
    return told.strip() == "0"


def test_who_asks_too_fast_is_told_so_and_in_the_end_shut_out(target: Lab) -> None:
    client = str(world.CLIENT.address)
    try:
        seen = attack(target, "hurry")
        until(lambda: client in jail(target), seconds=60, what="the address is shut out")
        shut_out = target.get(f"http://{NAME}/health", "-4")
    finally:
        # More than once: fail2ban may still be reading the log of the attack.
        calm: list[float] = []

        def is_calm() -> bool:
            if not unbanned(target):
                calm.clear()
            calm.append(time.monotonic())
            return calm[-1] - calm[0] > CALM_SECONDS

        until(is_calm, seconds=120, what="fail2ban shuts nobody out any more")

    # On a slow machine it is shut out before the last one is answered.
    assert {"403", "429"} <= set(seen.outcomes) <= {"403", "429", "closed", "refused", "open"}
    assert seen.outcomes["403"] >= 1000
    assert shut_out.code != 0, shut_out.text
    assert target.get(f"http://{NAME}/health", "-4").text.endswith("200")


def test_a_service_with_endless_headers_harms_itself_alone(target: Lab) -> None:
    seen = attack(target, "evil_service")

    assert seen.outcomes == {"502": seen.tried}
    ours = target.get("http://evil.gonova.one/v1/stream/evil/many", "-i").text
    assert "retry-after: 5" in ours.lower()
    assert '{"error": "no answer from the service"}' in ours
    own = target.get("http://evil.gonova.one/v1/stream/evil/own").text
    assert own == "mine\n502"
    memory = target.sh(
        target.vps(), "for p in $(pgrep nginx); do grep VmRSS /proc/$p/status; done"
    ).text
    sizes = [int(line.split()[1]) for line in memory.splitlines()]
    assert max(sizes) < 100_000, memory  # kB; such answers are 10 MB and more each
