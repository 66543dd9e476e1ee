"""API keys: asked for, changed under an open stream, and found nowhere."""

from subprocess import PIPE, STDOUT, run
from typing import Any

import pytest

from lab import pulumi
from lab.hosts import entry
from tests.e2e.harness import Lab
from tests.e2e.shipped import ASR, TTS, shipped
from tests.e2e.streams import HeldStream, uncut

ALICE = "alice-0123456789abcdefABCDEF-marked"
BOB = "bobs-0123456789abcdefABCDEF-marked"
NEW = "newly-0123456789abcdefABCDEF-marked"
SERVICES = [ASR, TTS]
STREAM = "/v1/stream/asr"


def set_key(lab: Lab, name: str, key: str) -> None:
    """What the user types, the key at the prompt."""
    argv = ["pulumi", "config", "set", "--stack", "dev", "--secret", "--path"]
    done = run(
        [
            *entry(lab.name, "wsl"),
            *pulumi.as_user([*argv, f"vps-reverse-proxy:services[0].api_keys.{name}"]),
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


def configure(lab: Lab, keys: dict[str, str], **limits: int) -> str:
    """Deploy ASR with these keys; what `pulumi up` said."""
    lab.configure({**shipped(), "services": SERVICES, "limits": limits})
    for name, key in keys.items():
        set_key(lab, name, key)
    return lab.up().text


@pytest.fixture(scope="module")
def keyed(deployed: Lab) -> Lab:
    said = configure(deployed, {"alice": ALICE, "bob": BOB}, key_connections=1)
    assert "marked" not in said
    return deployed


def ask(lab: Lab, query: str = "", *headers: str, path: str = STREAM) -> tuple[str, str]:
    """Status and body of a plain request."""
    given = [part for header in headers for part in ("-H", header)]
    url = f"https://asr.gonova.one{path}{query}"
    answer = lab.get(url, "--http1.1", *given)
    body, _, status = answer.text.rpartition("\n")
    return status, body


# The service's own answer to a request that is no WebSocket: it was asked.
SERVED = "426"
UPGRADE = (
    *("Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"),
    "Sec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==",
)
# Query and header; each is tried by a plain request and by a WebSocket.
KEYLESS = tuple(
    (query, (*header, *upgrade))
    for query, *header in (
        ("",),
        ("?api_key=",),
        ("?api_key=alice",),
        (f"?api_key={ALICE[:-1]}X",),
        (f"?api_key={ALICE.upper()}",),
        (f"?API_KEY={ALICE}",),
        ("", f"Authorization: Bearer {NEW}"),
        ("", f"Authorization: Basic {ALICE}"),
        # The parameter goes before the header.
        (f"?api_key={NEW}", f"Authorization: Bearer {ALICE}"),
    )
    for upgrade in ((), UPGRADE)
)


def test_without_a_key_neither_a_request_nor_a_websocket_gets_through(keyed: Lab) -> None:
    with uncut(keyed, f"wss://asr.gonova.one{STREAM}?api_key={BOB}"):
        said = {(query, headers): ask(keyed, query, *headers) for query, headers in KEYLESS}

    assert len(said) == len(KEYLESS)
    assert set(said.values()) == {("401", '{"error": "unauthorized"}')}, said


def test_a_key_opens_its_service_by_header_and_by_query(keyed: Lab) -> None:
    assert ask(keyed, "", f"Authorization: Bearer {ALICE}")[0] == SERVED
    assert ask(keyed, f"?api_key={BOB}")[0] == SERVED


def test_health_and_the_other_service_need_none(keyed: Lab) -> None:
    assert ask(keyed, path="/health")[0] == "200"
    spoken = keyed.speak("--asr", f"wss://asr.gonova.one{STREAM}?api_key={BOB}")
    assert spoken.code == 0, spoken.text


def test_a_key_has_so_many_streams_and_no_more(keyed: Lab) -> None:
    with HeldStream(keyed, f"wss://asr.gonova.one{STREAM}?api_key={ALICE}") as stream:
        busy = keyed.get(f"https://asr.gonova.one{STREAM}?api_key={ALICE}", "--http1.1", "-i")
        assert ask(keyed, f"?api_key={BOB}")[0] == SERVED

    assert busy.text.endswith("429"), busy.text
    assert "retry-after: 1" in busy.text.lower()
    assert stream.report["opened"], stream.report
    assert not stream.report["cut"], stream.report


def test_keys_change_without_cutting_a_stream(keyed: Lab) -> None:
    with HeldStream(keyed, f"wss://asr.gonova.one{STREAM}?api_key={ALICE}") as stream:
        configure(keyed, {"bob": BOB, "carol": NEW}, key_connections=1)
        assert ask(keyed, f"?api_key={ALICE}")[0] == "401"
        assert ask(keyed, f"?api_key={NEW}")[0] == SERVED

    assert stream.report["opened"], stream.report
    assert not stream.report["cut"], stream.report
    keyed.up("--expect-no-changes")


def test_a_key_is_found_nowhere_but_in_the_encrypted_configuration(keyed: Lab) -> None:
    # nginx tells of a service that does not answer, with the whole request.
    keyed.on("wsl", "systemctl", "stop", "vps-tunnel")
    try:
        assert ask(keyed, f"?api_key={BOB}")[0] in {"502", "504"}
    finally:
        keyed.on("wsl", "systemctl", "start", "vps-tunnel")
    keyed.wait_serving()

    places = {
        keyed.vps(): "/etc /var/log /var/lib /run /tmp /home /root",
        "wsl": "/etc /var/log /var/lib /run /tmp /home/speech/.pulumi-state"
        " /home/speech/vps-reverse-proxy /root",
    }
    for host, folders in places.items():
        found = keyed.sh(
            host,
            f"grep -rlsa --exclude-dir=.venv --exclude-dir=tests -e '-marked' {folders};"
            " journalctl --no-pager -o cat | grep -a -e '-marked'",
            check=False,
        ).text
        assert not found.strip(), f"{host}: {found}"


def test_a_key_in_clear_is_refused(keyed: Lab) -> None:
    plain = "in-clear-0123456789abcdefABCDEF"
    asr: dict[str, Any] = {**ASR, "api_keys": {"alice": plain}}
    keyed.configure({**shipped(), "services": [asr, TTS]})

    refused = keyed.up(check=False)

    assert refused.code != 0
    assert "services[0].api_keys: stands in the configuration unencrypted" in refused.text
    assert plain not in refused.text
