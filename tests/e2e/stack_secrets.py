"""The secrets of a stack, and where in a lab one of them stands in clear."""

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen
from typing import Any
from uuid import uuid4

from lab.hosts import ENVIRONMENT, entry
from lab.paths import lab_dir
from tests.e2e.harness import PROGRAM, Lab
from tests.e2e.waiting import until

WATCH = Path(__file__).with_name("secret_watch.py")
PLANTED = "planted"  # what every watch must find, as one of the secrets' names
# Beside the logs: what the engine keeps of a stack, and its configuration.
PLACES = {"wsl": ("/var/log", "/home/speech/.pulumi-state", f"{PROGRAM}/Pulumi.dev.yaml")}
ENGINE_LOGS = "/home/speech/.pulumi/logs"  # compressed until the engine knows the stack's key
_LINES = {"privateKeyOpenssh": 3, "privateKeyPem": 1}  # not those that every key begins with


def secrets_of(lab: Lab) -> dict[str, str]:
    """The tokens, the passphrase, and one whole line of each private key of the stack."""
    tokens = {name: lab.token(name) for name in ("hcloud", "cloudflare")}
    passphrase = (lab_dir(lab.name) / "passphrase").read_text().strip()
    found = {**tokens, "passphrase": passphrase}
    for one in resources(lab):
        for form, line in _LINES.items():
            key = one.get("outputs", {}).get(form)
            if isinstance(key, dict):
                key = json.loads(key["plaintext"])
            if key:
                name = one["urn"].rpartition("::")[2]
                found[name if form == "privateKeyOpenssh" else f"{name}:pem"] = (
                    key.strip().splitlines()[line]
                )
    return found


def resources(lab: Lab) -> list[dict[str, Any]]:
    """The stack's resources as its state has them, secrets in clear."""
    state = lab.pulumi("stack", "export", "--show-secrets", check=False).text
    if not state:
        return []
    found: list[dict[str, Any]] = json.loads(state)["deployment"].get("resources", [])
    return found


@contextmanager
def watched(lab: Lab, secrets: Mapping[str, str], *hosts: str) -> Iterator[list[str]]:
    """All findings in the processes of these hosts, once the context has ended."""
    findings: list[str] = []
    with ExitStack() as stack:
        for host in hosts:
            stack.enter_context(_watched(lab, host, secrets, findings))
        yield findings


@contextmanager
def _watched(
    lab: Lab, host: str, secrets: Mapping[str, str], findings: list[str]
) -> Iterator[None]:
    argv = [*entry(lab.name, host), "python3", "-c", WATCH.read_text()]
    planted = uuid4().hex
    given = "".join(
        f"{name} {base64.b64encode(text.encode()).decode()}\n"
        for name, text in {**secrets, PLANTED: planted}.items()
    )
    with (
        _holding(lab, host, planted),
        Popen(argv, stdin=PIPE, stdout=PIPE, text=True, env=ENVIRONMENT, cwd="/") as child,
    ):
        assert child.stdin is not None
        child.stdin.write(given)
        child.stdin.close()
        child.stdin = None
        until(
            lambda: lab.on(host, "test", "-e", "/run/secret-watch", check=False).code == 0,
            seconds=10,
            what="the watch has begun",
        )
        try:
            yield
        finally:
            lab.on(host, "rm", "/run/secret-watch")
            said, _ = child.communicate(timeout=30)
    # One that broke, or sees nobody's environment, would find nothing either.
    assert child.returncode == 0, f"the watch of {host} ended with {child.returncode}"
    found = [line for line in said.splitlines() if line]
    expected = [line for line in found if line.endswith(f": {PLANTED}")]
    assert any(line.startswith("environment of ") for line in expected), found
    findings += [f"{host}: {line}" for line in found if line not in expected]


@contextmanager
def _holding(lab: Lab, host: str, planted: str) -> Iterator[None]:
    """A process of the host has a word in its environment that is none of its business."""
    argv = [*entry(lab.name, host), "cat"]
    environment = {**ENVIRONMENT, "PLANTED": planted}
    # It ends with its input: Popen closes that first, then waits.
    with Popen(argv, stdin=PIPE, stdout=DEVNULL, env=environment, cwd="/"):
        yield


def told(text: str, secrets: Mapping[str, str]) -> list[str]:
    """The names of the secrets that a text holds."""
    return [name for name, secret in secrets.items() if secret in text]


def lying_about(lab: Lab, host: str, secrets: Mapping[str, str]) -> list[str]:
    """The files of logs and state, and the lines of the journal, that hold a secret in clear."""
    places = " ".join(PLACES.get(host, ("/var/log",)))
    return _asked(
        lab,
        host,
        secrets,
        f"grep -rlsaF -f /run/secret-words {places};"
        f" for log in {ENGINE_LOGS}/*.log; do"
        '   zcat -- "$log" 2>/dev/null | grep -qaF -f /run/secret-words && echo "$log"; done;'
        " journalctl --no-pager -o cat | grep -aF -f /run/secret-words",
    )


def world_readable(lab: Lab, host: str, secrets: Mapping[str, str]) -> list[str]:
    """Files anywhere on the disk that hold a secret and that everybody may read."""
    return _asked(
        lab,
        host,
        secrets,
        "find /etc /var /home /root /tmp /run /srv /usr/local -xdev -type f -perm -o=r"
        " -size -2M -print0 2>/dev/null | xargs -0 grep -lsaF -f /run/secret-words",
    )


def _asked(lab: Lab, host: str, secrets: Mapping[str, str], script: str) -> list[str]:
    lab.write(host, "/run/secret-words", "".join(f"{text}\n" for text in secrets.values()))
    lab.on(host, "chmod", "600", "/run/secret-words")
    try:
        return lab.sh(host, script, check=False).text.splitlines()
    finally:
        lab.on(host, "rm", "/run/secret-words")
