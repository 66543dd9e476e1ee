"""How an auditor's words become a line with its bar."""

import json
import re
import subprocess
from pathlib import Path

import pytest

import audit.code
import audit.figures
import audit.nginx
import audit.ports
import audit.sandbox
import audit.ssh
import audit.system
import audit.tls
from audit.figures import Figure, at_most, write
from audit.reach import Deployment
from audit.tools import AuditError
from lab.paths import checkout_dir

SAID: dict[str, str] = {}


class Fake(Deployment):
    """A deployment whose hosts print what a test says."""

    def on(self, host: str, script: str, *, check: bool = True) -> str:  # noqa: ARG002 - as the real one is called
        return SAID["host"]


TARGET = Fake("test", "hetzner-1", "203.0.113.16", "2001:db8::1", "debian-13")
TOOLS = Path("/nowhere")


@pytest.fixture(autouse=True)
def _nothing_is_run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(audit.figures, "BUILD", tmp_path)
    for module in (audit.code, audit.nginx, audit.ssh, audit.tls):
        monkeypatch.setattr(module, "run_tool", said)


def said(*_: object, **__: object) -> subprocess.CompletedProcess[str]:
    return subprocess.CompletedProcess([], 1, stdout=SAID["tool"], stderr="")


def test_a_figure_meets_its_bar_up_to_the_bar_itself() -> None:
    assert at_most("x", 4.0, "", 4.0).met
    assert not at_most("x", 4.1, "", 4.0).met


def test_the_figures_are_a_list_for_programs() -> None:
    path = write([Figure(name="a", figure=1, unit="holes", bar="0", met=False)])

    assert json.loads(path.read_text()) == [
        {"name": "a", "figure": 1, "unit": "holes", "bar": "0", "met": False}
    ]


@pytest.mark.parametrize(
    ("mode", "lines", "met"),
    [
        ("flexible", "22/tcp open  ssh\n", True),
        ("flexible", "22/tcp open  ssh\n80/tcp open  http\n", False),
        ("flexible", "80/tcp closed http\n", False),
        ("direct", "22/tcp open  ssh\n80/tcp open  http\n443/tcp open  https\n", True),
        (
            "direct",
            "22/tcp open  ssh\n80/tcp open  http\n443/tcp open  https\n53/udp open x\n",
            False,
        ),
        ("direct-http", "22/tcp open  ssh\n80/tcp open  http\n9/udp open|filtered discard\n", True),
    ],
)
def test_exactly_the_ports_of_the_mode_may_be_open(mode: str, lines: str, met: bool) -> None:  # noqa: FBT001 - a table
    SAID["host"] = f"PORT STATE SERVICE\n{lines}"

    assert {one.met for one in audit.ports.audit_ports(TARGET, mode)} == {met}


def test_an_algorithm_that_is_warned_of_is_named() -> None:
    kex = [
        {"algorithm": "curve25519-sha256", "notes": {"warn": ["old"], "info": ["x"]}},
        {"algorithm": "mlkem768x25519-sha256", "notes": {"info": ["x"]}},
    ]
    SAID["tool"] = json.dumps({"kex": kex, "key": [], "enc": [], "mac": []})

    found = audit.ssh.audit_sshd(TOOLS, TARGET)

    assert (found.figure, found.met) == ("1 (curve25519-sha256)", False)


def test_gixy_is_heard_from_medium_on() -> None:
    SAID["host"] = "# configuration file /etc/nginx/nginx.conf:\n"
    low = {"plugin": "unanchored_regex", "severity": "LOW"}
    SAID["tool"] = json.dumps([low])
    assert audit.nginx.audit_nginx(TOOLS, TARGET, "hetzner-1", "full").met

    SAID["tool"] = json.dumps([low, {"plugin": "ssrf", "severity": "HIGH"}])
    assert audit.nginx.audit_nginx(TOOLS, TARGET, "hetzner-1", "full").figure == "1 (ssrf)"


@pytest.mark.parametrize(
    ("mode", "rule", "met"),
    [
        ("full", "maximum_certificate_lifespan", True),
        ("strict", "maximum_certificate_lifespan", False),
        ("strict", "certificate_path_validation", True),
        ("full", "tls_versions", False),
    ],
)
def test_what_mozillas_profile_says_counts_unless_a_reason_is_written_down(
    mode: str,
    rule: str,
    met: bool,  # noqa: FBT001 - a table
) -> None:
    SAID["tool"] = f"COMPLIANCE AGAINST\n 203.0.113.16:443: FAILED\n    * {rule}: words: more\n"

    found = audit.tls.audit_tls(TOOLS, TARGET, mode, "asr.gonova.one")

    assert found.met == met
    assert (found.figure == "compliant") == met


def test_an_auditor_that_says_nothing_is_no_good_news() -> None:
    SAID["tool"] = SAID["host"] = ""

    for ask in (
        lambda: audit.ssh.audit_sshd(TOOLS, TARGET),
        lambda: audit.nginx.audit_nginx(TOOLS, TARGET, "hetzner-1", "full"),
        lambda: audit.tls.audit_tls(TOOLS, TARGET, "full", "asr.gonova.one"),
        lambda: audit.sandbox.audit_units(TARGET),
        lambda: audit.system.audit_system(TARGET),
    ):
        with pytest.raises(AuditError):
            ask()


def test_the_exposure_of_a_unit_is_read() -> None:
    SAID["host"] = "✗ PrivateUsers= 0.2\n\n→ Overall exposure level for nginx.service: 2.6 OK\n"

    assert audit.sandbox.exposure(TARGET, "wsl", "nginx.service") == 2.6


def test_a_finding_of_lynis_without_a_reason_is_named() -> None:
    SAID["host"] = (
        "suggestion[]=FILE-6310|place /var on a separate partition|-|-|\n"
        "warning[]=PKGS-7392|Found one or more vulnerable packages.|-|-|\n"
        "hardening_index=81\n"
    )

    index, left = audit.system.audit_system(TARGET)

    assert (index.figure, index.met) == (81, True)
    assert (left.figure, left.met) == ("1 (PKGS-7392)", False)


def test_a_finding_is_explained_or_left_and_not_both() -> None:
    page = (checkout_dir() / "docs/security.md").read_text()
    table = page.partition("### What lynis asks for")[2].partition("\n## ")[0]
    left = set(re.findall(r"[A-Z]{3,4}-\d{4}", table))

    assert len(left) > len(audit.system.EXPLAINED)
    assert left & audit.system.EXPLAINED.keys() == set()


def test_packages_that_no_database_knows_are_not_called_sound() -> None:
    SAID["tool"] = json.dumps({"dependencies": [{"name": "pulumi", "skip_reason": "not found"}]})

    (found,) = [one for one in [audit.code._pip_audit(TOOLS)] if "pip-audit" in one.name]

    assert not found.met
    assert "no database" in str(found.figure)
