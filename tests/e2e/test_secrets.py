"""No secret is anywhere but where it is needed, also when a deployment fails at every step."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE, Popen

import pytest

from lab.hosts import ENVIRONMENT, entry
from lab.paths import lab_dir
from tests.e2e.harness import Lab
from tests.e2e.waiting import until

WATCH = Path(__file__).with_name("secret_watch.py")
FAILS = "/usr/local/bin/bash"
# Before the real one on PATH of both hosts: a step whose script holds a line of the file fails,
# after all of its input has reached the host.
FAILING_BASH = """\
#!/bin/bash
[ -n "${PLANTED-}" ] || exec env -i PLANTED=yes PATH="$PATH" HOME="$HOME" /bin/bash "$0" "$@"
if [ "$1" = -s ] && [ -s /run/fail-at ]; then
  text=$(cat)
  if printf '%s' "$text" | grep -qF -f /run/fail-at; then
    echo "planted failure" >&2
    exit 7
  fi
  exec /bin/bash "$@" <<<"$text"
fi
exec /bin/bash "$@"
"""
# One line of each script's own, in the order in which they run.
STEPS = (
    ("vps-boot", "The first login to a VPS"),
    ("hardening-change", "phase=change"),
    ("hardening-confirm", "phase=confirm"),
    ("hardening-machine", "What a closed VPS has no use for"),
    ("proxy-packages", "nginx from the distribution"),
    ("tunnel-user-account", "The account on the VPS whose key"),
    ("proxy-site", "put_config site.conf"),
    ("proxy-tls", "kind=origin-ca"),
    ("upkeep-packages", "What keeps a closed VPS well"),
    ("tunnel-unit", "ExecStart=/usr/bin/python3 -B -s -S -m holder"),
    ("tunnel-open", "The proof on the VPS that every connecti"),
)


def secrets_of(lab: Lab) -> dict[str, str]:
    """The tokens, the passphrase, and one whole line of each private key of the stack."""
    tokens = {name: lab.token(name) for name in ("hcloud", "cloudflare")}
    passphrase = (lab_dir(lab.name) / "passphrase").read_text().strip()
    found = {**tokens, "passphrase": passphrase}
    state = lab.pulumi("stack", "export", "--show-secrets", check=False).text
    resources = json.loads(state)["deployment"].get("resources", []) if state else []
    for one in resources:
        key = one.get("outputs", {}).get("privateKeyOpenssh")
        if isinstance(key, dict):
            key = json.loads(key["plaintext"])
        if key:
            # Not its first lines: those are the same in every key of this kind.
            found[one["urn"].rpartition("::")[2]] = key.strip().splitlines()[3]
    return found


@contextmanager
def watched(lab: Lab, host: str, secrets: dict[str, str]) -> Iterator[list[str]]:
    """All findings in the processes of a host, once the context has ended."""
    argv = [*entry(lab.name, host), "python3", "-c", WATCH.read_text()]
    given = "".join(
        f"{name} {base64.b64encode(text.encode()).decode()}\n" for name, text in secrets.items()
    )
    findings: list[str] = []
    with Popen(argv, stdin=PIPE, stdout=PIPE, text=True, env=ENVIRONMENT, cwd="/") as child:
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
            yield findings
        finally:
            lab.on(host, "rm", "/run/secret-watch")
            said, _ = child.communicate(timeout=30)
            findings += said.split("\n") if said.strip() else []


def lying_about(lab: Lab, host: str, secrets: dict[str, str], *places: str) -> list[str]:
    """Files in these places, and journals, that hold a secret in clear."""
    lab.write(host, "/run/secret-words", "".join(f"{text}\n" for text in secrets.values()))
    lab.on(host, "chmod", "600", "/run/secret-words")
    try:
        return lab.sh(
            host,
            f"grep -rlsaF -f /run/secret-words {' '.join(places)};"
            " journalctl --no-pager -o cat | grep -aF -f /run/secret-words",
            check=False,
        ).text.splitlines()
    finally:
        lab.on(host, "rm", "/run/secret-words")


def world_readable(lab: Lab, host: str, secrets: dict[str, str]) -> list[str]:
    """Files anywhere on the disk that hold a secret and that everybody may read."""
    lab.write(host, "/run/secret-words", "".join(f"{text}\n" for text in secrets.values()))
    lab.on(host, "chmod", "600", "/run/secret-words")
    try:
        return lab.sh(
            host,
            "find /etc /var /home /root /tmp /run /srv /usr/local -xdev -type f -perm -o=r"
            " -size -2M -print0 2>/dev/null | xargs -0 grep -lsaF -f /run/secret-words",
            check=False,
        ).text.splitlines()
    finally:
        lab.on(host, "rm", "/run/secret-words")


def test_no_secret_is_told_by_a_deployment_that_stands(deployed: Lab) -> None:
    lab = deployed
    secrets = secrets_of(lab)
    assert {"vps-login-key", "vps-host-key", "hcloud", "passphrase"} <= secrets.keys()

    with watched(lab, "wsl", secrets) as here, watched(lab, lab.vps(), secrets) as there:
        told = lab.up("--refresh").text
        told += lab.pulumi("preview", "--diff").text
        told += lab.typed("bin/ops", "ssh", "--", "true").text

    assert [name for name, text in secrets.items() if text in told] == []
    assert here == []
    assert there == []
    for host in ("wsl", lab.vps()):
        assert lying_about(lab, host, secrets, "/var/log") == [], host
        assert world_readable(lab, host, secrets) == [], host
    assert lying_about(lab, "wsl", secrets, "/home/speech/.pulumi-state") == []


@pytest.mark.full
@pytest.mark.timeout(1500)
def test_no_secret_is_told_by_a_deployment_that_fails_at_every_step(deployed: Lab) -> None:
    lab = deployed
    lab.pulumi("destroy", "--yes", "--skip-preview")
    edge = {"mode": "strict", "zone": "gonova.one"}
    lab.configure({"server": {"provider": "hcloud"}, "edge": edge})
    # The machine is there, and nothing was done to it yet.
    lab.up(check=False, at={"vps-boot creating": lab.interrupt})
    hosts = ("wsl", lab.vps())
    until(
        lambda: lab.on(hosts[1], "test", "-e", "/run/sshd.pid", check=False).code == 0,
        seconds=60,
        what="sshd of the VPS runs",
    )
    for host in hosts:
        lab.write(host, FAILS, FAILING_BASH)
        lab.on(host, "chmod", "755", FAILS)
    try:
        for position, (step, _) in enumerate(STEPS):
            # Those that come later, too: what runs beside a step must not be done before its turn.
            words = "".join(f"{text}\n" for _, text in STEPS[position:])
            for host in hosts:
                lab.write(host, "/run/fail-at", words)
            secrets = secrets_of(lab)
            with watched(lab, "wsl", secrets) as here, watched(lab, hosts[1], secrets) as there:
                outcome = lab.up(check=False)
            assert outcome.code != 0, step
            assert "planted failure" in outcome.text, (step, outcome.text)
            told = [name for name, text in secrets.items() if text in outcome.text]
            assert told == [], (step, outcome.text)
            assert (here, there) == ([], []), (step, here, there)
            for host in hosts:
                assert lying_about(lab, host, secrets, "/var/log") == [], (step, host)
    finally:
        for host in hosts:
            lab.on(host, "rm", "-f", FAILS, "/run/fail-at", check=False)
        lab.up()
    lab.wait_serving()
