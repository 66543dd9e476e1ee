"""No secret is anywhere but where it is needed, also when a deployment fails at every step."""

from typing import Any

import pytest

from tests.e2e.harness import Lab
from tests.e2e.shipped import ASR, TTS, shipped
from tests.e2e.stack_secrets import (
    lying_about,
    resources,
    secrets_of,
    told,
    watched,
    world_readable,
)
from tests.e2e.waiting import until

# Nobody listens there: the watcher's words about that must not hold the address.
ALERTS = "http://192.0.2.10:8088"
MARKED = {
    "alerts.webhook": "hook-0123456789abcdefABCDEF-marked",
    "alerts.ntfy": "topic-0123456789abcdefABCDEF-marked",
    "services[0].api_keys.alice": "alice-0123456789abcdefABCDEF-marked",
    "services[0].api_keys.canary": "canary-0123456789abcdefABCDEF-marked",
}
FAILS = "/usr/local/bin/bash"
FAILED = "/run/planted"
# Before the real one on PATH of both hosts: every step fails the first time it is to be ensured,
# after all of its input has reached the host.
FAILING_BASH = """\
#!/bin/bash
[ -n "${PLANTED-}" ] || exec env -i PLANTED=yes PATH="$PATH" HOME="$HOME" /bin/bash "$0" "$@"
if [ "$1" = -s ] && [ "${3-}" = ensure ]; then
  text=$(cat)
  step=$(sed -n '/^step=/{s///p;q}' <<<"$text")
  ! grep -qx phase=confirm <<<"$text" || step=hardening-confirm # it goes by the other one's name
  if [ -n "$step" ] && mkdir "/run/planted/$step" 2>/dev/null; then
    echo "planted failure" >&2
    exit 7
  fi
  exec /bin/bash "$@" <<<"$text"
fi
exec /bin/bash "$@"
"""
MOST_TURNS = 25


def test_no_secret_is_told_by_a_deployment_that_stands(deployed: Lab) -> None:
    lab = deployed
    secrets = secrets_of(lab)
    assert {"vps-login-key", "vps-host-key", "hcloud", "passphrase"} <= secrets.keys()

    with watched(lab, secrets, "wsl", lab.vps()) as findings:
        said = lab.up("--refresh").text
        said += lab.pulumi("preview", "--diff").text
        said += lab.typed("bin/ops", "ssh", "--", "true").text

    assert told(said, secrets) == []
    assert findings == []
    for host in ("wsl", lab.vps()):
        assert lying_about(lab, host, secrets) == [], host
        assert world_readable(lab, host, secrets) == [], host


@pytest.mark.full
@pytest.mark.timeout(2400)
def test_no_secret_is_told_by_a_deployment_that_fails_at_every_step(deployed: Lab) -> None:
    lab = deployed
    lab.pulumi("destroy", "--yes", "--skip-preview")
    hosts = ["wsl"]
    plant(lab, "wsl")
    try:
        configure(lab, "strict")
        # What the WSL host does first fails in turns of its own, sooner than the VPS is there.
        for _ in ("wsl-start", "tunnel-key"):
            assert not turn(lab, hosts)
        # The machine is there, and nothing was done to it yet.
        lab.up(check=False, at={"vps-boot creating": lab.interrupt})
        hosts.append(lab.vps())
        until(
            lambda: lab.on(hosts[1], "test", "-e", "/run/sshd.pid", check=False).code == 0,
            seconds=60,
            what="sshd of the VPS runs",
        )
        plant(lab, hosts[1])
        steps = until_it_stands(lab, hosts)
        # Apart: what needs no VPS would fail at once, and end the run before a step there began.
        configure(lab, "strict", load_balancer={"enabled": True})
        steps |= until_it_stands(lab, hosts)
        configure(lab, "direct", load_balancer={"enabled": True})
        steps |= until_it_stands(lab, hosts)
        failed = {one for host in hosts for one in lab.on(host, "ls", FAILED).text.split()}
    finally:
        for host in hosts:
            lab.on(host, "rm", "-rf", FAILS, FAILED, check=False)
        lab.configure(shipped())
        lab.up()
    lab.wait_serving()

    assert {"public-certificate-obtained", "watch-watcher", "wsl-host-guard"} <= steps
    assert failed == steps


def plant(lab: Lab, host: str) -> None:
    """Let every step fail once on this host."""
    lab.write(host, FAILS, FAILING_BASH)
    lab.sh(host, f"chmod 755 {FAILS} && rm -rf {FAILED} && mkdir -m 1777 {FAILED}")


def configure(lab: Lab, mode: str, **sections: Any) -> None:
    """A stack that has each kind of secret there is."""
    lab.configure(
        {
            "server": {"provider": "hcloud"},
            "edge": {"mode": mode, "zone": "gonova.one"},
            "services": [ASR, TTS],
            **sections,
        }
    )
    for key, secret in MARKED.items():
        value = f"{ALERTS}/{secret}" if key.startswith("alerts.") else secret
        lab.pulumi("config", "set", "--secret", "--path", f"vps-reverse-proxy:{key}", value)


def until_it_stands(lab: Lab, hosts: list[str]) -> set[str]:
    """Run `pulumi up` again and again, as somebody would; the names of the stack's steps."""
    for _ in range(MOST_TURNS):
        if turn(lab, hosts):
            return {
                str(one["urn"]).rpartition("::")[2]
                for one in resources(lab)
                if str(one["type"]).startswith("command:")
            }
    raise AssertionError(f"it does not stand after {MOST_TURNS} turns")


def turn(lab: Lab, hosts: list[str]) -> bool:
    """Run `pulumi up`, which tells no secret; whether it went well, but for planted failures."""
    secrets = {**secrets_of(lab), **MARKED}
    with watched(lab, secrets, *hosts) as findings:
        outcome = lab.up(check=False)
    assert told(outcome.text, secrets) == [], outcome.text
    assert findings == [], outcome.text
    for host in hosts:
        assert lying_about(lab, host, secrets) == [], (host, outcome.text)
    assert outcome.code == 0 or "planted failure" in outcome.text, outcome.text
    return outcome.code == 0
