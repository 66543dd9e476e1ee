"""Services with API keys and tight limits, and one that tells all it gets."""

from collections.abc import Iterator
from contextlib import contextmanager
from subprocess import PIPE, STDOUT, run

from lab import pulumi
from lab.hosts import entry
from tests.e2e.harness import Lab, checkout_file
from tests.e2e.shipped import ASR, TTS, shipped

ALICE = "alice-0123456789abcdefABCDEF-marked"
BOB = "bobs-0123456789abcdefABCDEF-marked"
NEW = "newly-0123456789abcdefABCDEF-marked"
DORA = "doras-0123456789abcdefABCDEF-marked"
HASTY = "hasty-0123456789abcdefABCDEF-marked"
ECHO = {"name": "echo", "port": 8082, "upstreams": ["127.0.0.1:8667"]}
ECHO_UNIT = "echo-service"
STREAM = "/v1/stream/asr"
BURST = 30
LIMITS = {
    "requests_per_second": 1000,
    "burst": BURST,
    "connections": 3,
    "key_requests_per_second": 1,
    "key_connections": 1,
    "body_megabytes": 1,
}


def set_key(lab: Lab, service: int, name: str, key: str) -> None:
    """What the user types, the key at the prompt."""
    argv = ["pulumi", "config", "set", "--stack", "dev", "--secret", "--path"]
    done = run(
        [
            *entry(lab.name, "wsl"),
            *pulumi.as_user([*argv, f"vps-reverse-proxy:services[{service}].api_keys.{name}"]),
        ],
        env=pulumi.environment(lab.name),
        cwd="/",
        input=key,
        stdout=PIPE,
        stderr=STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def configure(lab: Lab, keys: dict[str, str]) -> str:
    """Deploy ASR with these keys, and the echo with two of its own; what `pulumi up` said."""
    some = shipped()
    edge = {**some["edge"], "hsts": True}
    lab.configure({**some, "edge": edge, "services": [ASR, TTS, ECHO], "limits": LIMITS})
    for name, key in keys.items():
        set_key(lab, 0, name, key)
    set_key(lab, 2, "bob", BOB)
    set_key(lab, 2, "hasty", HASTY)
    return lab.up().text


@contextmanager
def echoing(lab: Lab) -> Iterator[None]:
    """The echo runs on the WSL host."""
    lab.write("wsl", "/run/echo_service.py", checkout_file("tests/e2e/echo_service.py"))
    lab.on(
        *("wsl", "systemd-run", "--quiet", f"--unit={ECHO_UNIT}"),
        *("/opt/lab/lab-venv/bin/python", "-I", "/run/echo_service.py"),
    )
    try:
        yield
    finally:
        lab.on("wsl", "systemctl", "stop", ECHO_UNIT, check=False)
        lab.on("wsl", "rm", "-f", "/run/echo_service.py")


def ask(
    lab: Lab, query: str = "", *headers: str, path: str = STREAM, service: str = "asr"
) -> tuple[str, str]:
    """Status and body of a plain request."""
    given = [part for header in headers for part in ("-H", header)]
    url = f"https://{service}.gonova.one{path}{query}"
    answer = lab.get(url, "--http1.1", *given)
    body, _, status = answer.text.rpartition("\n")
    return status, body
