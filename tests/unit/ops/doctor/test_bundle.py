"""The archive for a bug report holds no secret, however it got into a text."""

import json
import stat
import tarfile
from pathlib import Path
from typing import Any

import pytest

from ops.doctor import bundle, redaction
from ops.doctor.bundle import plain, versions, write_bundle
from ops.doctor.redaction import REMOVED, Redactor, secrets_of
from ops.errors import OpsError
from tests.unit.ops.conftest import PRIVATE
from tests.unit.ops.health.support import well

TOKEN = "planted0hcloud0token0" * 3
SHORT = "pl4nted"
SECRETS = (PRIVATE, TOKEN, SHORT, 'with "quotes" and\nlines')


@pytest.mark.parametrize(
    "text",
    [
        f"the key:\n{PRIVATE}",
        json.dumps({"login": {"privateKey": PRIVATE}}),
        f"Authorization: Bearer {TOKEN}",
        f"curl -H 'X-API-Key: {SHORT}'",
        f"GET /v1/stream/asr?api_key={SHORT}&x=1",
        json.dumps({"note": 'with "quotes" and\nlines'}),
        'one line of it: with "quotes" and',
    ],
)
def test_a_known_secret_is_taken_out_in_whatever_form(text: str) -> None:
    cleaned = Redactor(SECRETS).clean(text)

    assert REMOVED in cleaned
    for planted in ("PLANTED-KEY-TEXT", TOKEN, SHORT, 'with "quotes"', 'with \\"quotes'):
        assert planted not in cleaned


@pytest.mark.parametrize(
    ("text", "planted"),
    [
        ("-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----", "abc"),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\ncut off here", "cut off"),
        ("authorization: bearer s3cr3t", "s3cr3t"),
        ("https://user:hunter2@example.org/x", "hunter2"),
        ("password=hunter2 next", "hunter2"),
        ('{"apiToken": "hunter2"}', "hunter2"),
        ("/v1/stream?token=hunter2&lang=en", "hunter2"),
        ("Cookie: hunter2", "hunter2"),
        ("HCLOUD_TOKEN=hunter2", "hunter2"),
        ("a line with AKIA0123456789abcdefABCDEF0123456789 in it", "AKIA0123"),
    ],
)
def test_what_looks_like_a_secret_is_taken_out_though_nobody_knows_it(
    text: str, planted: str
) -> None:
    assert planted not in Redactor(()).clean(text)


def test_what_a_reader_needs_stays() -> None:
    text = (
        '192.0.2.10 - - [26/Nov/2026:04:45:31 +0000] "GET /v1/stream/asr HTTP/1.1" 101 5\n'
        "vps-tunnel: Connection to 203.0.113.16 closed by remote host\n"
        "asr.gonova.one: 198.51.100.10; certificate on the VPS: 12 days left\n"
    )

    assert Redactor(SECRETS).clean(text) == text


def test_secrets_are_found_in_outputs_configuration_and_environment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = {
        "vps-reverse-proxy:alerts": {
            "value": "{}",
            "objectValue": {"webhook": "https://hooks.example/planted-hook"},
            "secret": True,
        },
        "hcloud:token": {"value": "planted-config-token", "secret": True},
        "vps-reverse-proxy:edge": {"value": "not-a-secret", "secret": False},
    }

    class Done:
        stdout = json.dumps(told)

    monkeypatch.setattr(redaction, "run_pulumi", lambda _args: Done())
    found = secrets_of(
        {
            "login": {"privateKey": PRIVATE, "user": "admin"},
            "list": [{"token": "planted-in-list"}],
            "canaryApiKeys": {"asr": "planted-canary"},
        },
        "dev",
        {"CLOUDFLARE_API_TOKEN": "planted-environment", "PATH": "/usr/bin"},
    )

    assert {
        *(PRIVATE, "planted-in-list", "planted-environment", "planted-config-token"),
        "planted-canary",
        "https://hooks.example/planted-hook",
    } <= found
    assert not {"admin", "/usr/bin", "not-a-secret"} & found


def test_the_archive_is_ours_alone_and_every_file_in_it_is_clean(tmp_path: Path) -> None:
    file = tmp_path / "report.tar.gz"
    write_bundle(file, {"a.txt": f"x {TOKEN} y", "b.json": PRIVATE}, Redactor(SECRETS))

    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with tarfile.open(file) as archive:
        read: dict[str, Any] = {
            entry.name: archive.extractfile(entry).read().decode()  # type: ignore[union-attr] # all are files
            for entry in archive
        }
    assert read == {
        "vps-reverse-proxy-report/a.txt": f"x {REMOVED} y",
        "vps-reverse-proxy-report/b.json": REMOVED,
    }


def test_an_archive_that_cannot_be_written_is_an_error_in_words(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="cannot be written: No such file"):
        write_bundle(tmp_path / "nowhere" / "x.tar.gz", {}, Redactor(()))


def test_facts_and_versions_become_text(monkeypatch: pytest.MonkeyPatch) -> None:
    class Done:
        stdout = "v3.259.0\n"

    monkeypatch.setattr(bundle, "run_pulumi", lambda _args: Done())
    told = json.loads(json.dumps(plain(well())))

    assert told["vps"]["facts"]["units"]["nginx.service"]["active"] == "active"
    assert told["visits"]["asr"]["health"]["status"] == 200
    assert "pulumi v3.259.0" in versions()
    assert "pulumi-command " in versions()
