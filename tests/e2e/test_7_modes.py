"""The five ways to answer the public names, one after the other on one running stack."""

import json
import time
from collections.abc import Iterator
from itertools import product

import pytest

from lab import world
from lab.acme.front import RATE_LIMIT_FILE
from lab.paths import lab_dir
from tests.e2e.harness import Lab
from tests.e2e.modes import FORGED, ended, switch, visit
from tests.e2e.shipped import ASR, EXTRA, TTS, shipped
from tests.e2e.streams import HeldStream, uncut
from tests.e2e.waiting import until

pytestmark = pytest.mark.timeout(900)

PEM = "/var/lib/vps-reverse-proxy/tls-dev/tls.pem"
METRICS = "/var/lib/vps-reverse-proxy/tls-dev/metrics.prom"
ACCESS_LOG = "/var/log/nginx/vps-reverse-proxy-dev.json"
RENEW = "bash /var/lib/vps-reverse-proxy/tls-dev/renew"
# Each mode once, then from each kind of path and certificate to each other kind.
ALWAYS = ("direct-http", "direct", "strict", "flexible", "full")
ORDER = (*ALWAYS, "flexible", "strict", "direct", "full")
CHANGES = [
    pytest.param(
        position,
        mode,
        id=f"{position}-{mode}",
        marks=[] if position < len(ALWAYS) else [pytest.mark.full],
    )
    for position, mode in enumerate(ORDER)
]
DIRECT = ("direct-http", "direct")
# Past Cloudflare, after each change to a mode through it: the address's output, and the port.
PAST_THE_EDGE = tuple(product(("vpsAddress", "vpsAddress6"), (80, 443)))
PAST_THE_EDGE_TRIED = len(PAST_THE_EDGE) * len([mode for mode in ALWAYS if mode not in DIRECT])
# Past both firewalls, as a neighbour behind them would: on the VPS itself.
BEHIND_THE_FIREWALLS = tuple(product(("127.0.0.1", "[::1]"), (("http", 80), ("https", 443))))


def serial(lab: Lab) -> str:
    """The serial number of the certificate that nginx has on disk."""
    return lab.sh(lab.vps(), f"openssl x509 -in {PEM} -noout -serial").text.strip()


def told_end(lab: Lab) -> int:
    """When the public certificate ends, in seconds since 1970, as the VPS tells Prometheus."""
    metric = "^vps_reverse_proxy_certificate_expires_timestamp_seconds"
    return int(lab.sh(lab.vps(), f"grep {metric} {METRICS}").text.split()[-1])


def served_serial(lab: Lab) -> str:
    """The serial number of the certificate that a visitor sees."""
    shown = "openssl s_client -connect asr.gonova.one:443 -servername asr.gonova.one </dev/null"
    return lab.sh("client", f"{shown} 2>/dev/null | openssl x509 -noout -serial").text.strip()


@pytest.fixture(scope="module")
def modes(deployed: Lab) -> Iterator[Lab]:
    """A deployed lab; the last test leaves it as it was shipped."""
    yield deployed
    deployed.configure(shipped())  # also where not all tests have run; `deployed` does the rest


@pytest.fixture
def proxied(modes: Lab) -> Lab:
    """A lab whose VPS answers the edge alone, with a certificate: as the last change leaves it."""
    if modes.outputs()["operations"]["mode"] != "full":
        switch(modes, "full")
    return modes


@pytest.fixture(scope="module")
def direct(modes: Lab) -> Lab:
    """A lab whose VPS has a public certificate; the last test of this file takes it away."""
    switch(modes, "direct")
    until(
        lambda: visit(modes, "https://asr.gonova.one/health") == ("200", 0),
        seconds=30,
        what="direct serves",
    )
    return modes


@pytest.mark.parametrize(("position", "mode"), CHANGES)
def test_a_running_stack_changes_to(modes: Lab, position: int, mode: str) -> None:
    lab = modes
    before = ORDER[position - 1] if position else "flexible"
    old = "ws" if before == "direct-http" else "wss"
    with uncut(lab, f"{old}://asr.gonova.one/v1/stream/asr"):
        switch(lab, mode)
        if mode not in DIRECT:
            assert_the_origin_is_closed(lab)

    secure = mode != "direct-http"
    web, socket = ("https", "wss") if secure else ("http", "ws")
    until(
        lambda: visit(lab, f"{web}://asr.gonova.one/health") == ("200", 0),
        seconds=30,
        what=f"{mode} serves",
    )
    proof = lab.speak(
        *("--tts", f"{socket}://tts.gonova.one/v1/stream/tts"),
        *("--asr", f"{socket}://asr.gonova.one/v1/stream/asr"),
    )
    assert proof.code == 0, proof.text
    # No loop: a visitor of http:// is served, or sent to https once.
    status, redirects = visit(lab, "http://tts.gonova.one/health")
    assert status == "200"
    assert redirects == (0 if mode in {"direct-http", "flexible"} else 1)
    # The visitor's own address, and not the one it claims.
    log = lab.sh(lab.vps(), f"tail -n 3 {ACCESS_LOG}").text
    assert FORGED not in log
    assert world.CLIENT.address6 is not None
    assert str(world.CLIENT.address) in log or str(world.CLIENT.address6.ip) in log
    outputs = lab.outputs()
    assert ("certificateExpires" in outputs) == (mode == "strict")
    if mode == "direct":
        assert told_end(lab) > time.time()
    assert outputs["urls"]["asr"]["stream"].startswith(f"{socket}://")
    lab.up("--expect-no-changes")


def assert_the_origin_is_closed(lab: Lab) -> None:
    """Nobody but the edge gets an answer: at the provider's firewall, nor past it."""
    outputs = lab.outputs()
    found = ended(
        lab,
        "client",
        [
            f"timeout 5 bash -c '</dev/tcp/{outputs[address]}/{port}'"
            for address, port in PAST_THE_EDGE
        ],
    )

    assert set(found) == {124}  # timeout's own: neither an answer nor a refusal
    rules = lab.on(lab.vps(), "nft", "list", "table", "inet", "vps_reverse_proxy_dev").text
    assert "drop" in rules


def test_the_origin_answers_the_edge_alone_even_without_firewalls(proxied: Lab) -> None:
    with uncut(proxied, "wss://asr.gonova.one/v1/stream/asr"):
        found = ended(
            proxied,
            proxied.vps(),
            [
                f"curl -sk -m 10 -H 'CF-Connecting-IP: {FORGED}'"
                f" --resolve asr.gonova.one:{port}:{address} {scheme}://asr.gonova.one/health"
                for address, (scheme, port) in BEHIND_THE_FIREWALLS
            ],
        )

    # curl's for a connection that is closed without an answer: in plain text, and within TLS.
    assert set(found) <= {52, 56}


def test_a_name_that_is_no_services_gets_neither_certificate_nor_answer(direct: Lab) -> None:
    lab = direct
    address = lab.outputs()["vpsAddress"]

    unknown = lab.get("https://other.gonova.one/", "--resolve", f"other.gonova.one:443:{address}")
    assert unknown.code == 35, unknown.text  # curl's: the handshake was refused
    named = lab.get("https://asr.gonova.one/health", "-H", "Host: other.gonova.one")
    assert named.code == 52, named.text  # an empty answer


def test_doctor_sees_the_firewall_of_a_vps_that_answers_everybody(direct: Lab) -> None:
    found = json.loads(direct.typed("bin/ops", "doctor", "--json").text)

    levels = {one["check"]: one["level"] for one in found}
    assert levels["firewall of the VPS"] == "ok"
    assert "broken" not in levels.values(), found


def test_a_forced_renewal_keeps_the_streams(direct: Lab) -> None:
    lab = direct
    before = served_serial(lab)

    with HeldStream(lab, "wss://asr.gonova.one/v1/stream/asr") as stream:
        lab.sh(lab.vps(), f"{RENEW} --force")
        until(lambda: served_serial(lab) == serial(lab) != before, seconds=10, what="it is shown")

    assert not stream.report["cut"], stream.report
    timers = lab.on(lab.vps(), "systemctl", "list-timers", "--no-legend").text
    assert "vps-reverse-proxy-dev-certificate.timer" in timers


def test_a_failed_validation_keeps_the_old_certificate_and_says_so(direct: Lab) -> None:
    lab = direct
    before = serial(lab)
    records = lab.cloudflare("GET", f"/zones/{lab.zone_id()}/dns_records")
    for record in records:
        wrong = {"A": str(world.CLIENT.address), "AAAA": "2001:db8:c::1"}[record["type"]]
        path = f"/zones/{lab.zone_id()}/dns_records/{record['id']}"
        lab.cloudflare("PATCH", path, {"content": wrong})
    try:
        failed = lab.sh(lab.vps(), f"{RENEW} --force", check=False)
    finally:
        lab.up("--refresh")

    assert failed.code == 1
    assert "what there was keeps serving" in failed.text
    assert serial(lab) == before
    assert served_serial(lab) == before


def test_a_rate_limit_keeps_the_old_certificate_and_says_so(direct: Lab) -> None:
    lab = direct
    before = serial(lab)
    limit = lab_dir(lab.name) / "clouds" / RATE_LIMIT_FILE
    limit.touch()
    try:
        lab.configure(
            {
                **shipped(),
                "edge": {**shipped()["edge"], "mode": "direct"},
                "services": [ASR, TTS, EXTRA],
            }
        )
        refused = lab.up(check=False)
    finally:
        limit.unlink()

    assert refused.code != 0
    assert "a rate limit" in refused.text
    assert serial(lab) == before
    assert visit(lab, "https://asr.gonova.one/health") == ("200", 0)
    switch(lab, "direct")


def test_another_name_or_service_is_in_a_new_certificate_and_no_stream_is_cut(
    direct: Lab,
) -> None:
    lab = direct
    renamed = {**TTS, "hostname": "voice.gonova.one"}
    with HeldStream(lab, "wss://asr.gonova.one/v1/stream/asr") as stream:
        switch(lab, "direct", services=[ASR, renamed, EXTRA])
        assert visit(lab, "https://voice.gonova.one/health") == ("200", 0)
        assert visit(lab, "https://speak.gonova.one/health") == ("200", 0)
        switch(lab, "direct")  # takes the added one away again

    assert not stream.report["cut"], stream.report
    assert "-left.conf" not in lab.sh(lab.vps(), "ls /etc/nginx/conf.d").text
    lab.up("--expect-no-changes")
    names = lab.sh(lab.vps(), f"openssl x509 -in {PEM} -noout -ext subjectAltName").text
    assert "voice.gonova.one" not in names
    assert "tts.gonova.one" in names


def test_leaving_direct_takes_the_acme_client_away(direct: Lab) -> None:
    lab = direct
    switch(lab, "flexible")

    left = lab.sh(
        lab.vps(),
        "dpkg-query -W -f '${Status}' certbot; ls /var/lib/vps-reverse-proxy /etc/systemd/system",
        check=False,
    ).text
    assert "install ok installed" not in left
    assert "tls-dev" not in left
    assert "certificate" not in left
    lab.wait_serving()
