"""No secret is anywhere but where it is needed, also when a deployment fails at every step."""

import pytest

from tests.e2e.harness import Lab
from tests.e2e.stack_secrets import lying_about, secrets_of, told, watched, world_readable
from tests.e2e.waiting import until

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
            with watched(lab, secrets, *hosts) as findings:
                outcome = lab.up(check=False)
            assert outcome.code != 0, step
            assert "planted failure" in outcome.text, (step, outcome.text)
            assert told(outcome.text, secrets) == [], (step, outcome.text)
            assert findings == [], (step, findings)
            for host in hosts:
                assert lying_about(lab, host, secrets) == [], (step, host)
    finally:
        for host in hosts:
            lab.on(host, "rm", "-f", FAILS, "/run/fail-at", check=False)
        lab.up()
    lab.wait_serving()
