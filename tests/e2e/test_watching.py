"""The watcher on the VPS: what it says of a stack that is well, and whom it tells if it is not."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.harness import Lab, checkout_file
from tests.e2e.shipped import shipped
from tests.e2e.waiting import until

RUN = "/run/vps-reverse-proxy-watch-dev"
CLIENT = "192.0.2.10"
TAKEN = "/run/alerts.jsonl"
PROGRAM = "/run/alert-receiver.py"
RECEIVER = f"""
import http.server, json
class Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        told = {{"path": self.path, "title": self.headers["Title"], "body": body}}
        with open({TAKEN!r}, "a") as file:
            file.write(json.dumps(told) + "\\n")
        self.send_response(200)
        self.end_headers()
http.server.HTTPServer(("0.0.0.0", 8088), Handler).serve_forever()
"""


PEM = "/var/lib/vps-reverse-proxy/tls-dev/tls.pem"
SHORT_CERTIFICATE = f"""
set -e
cp -p {PEM} {PEM}.kept
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 13 \
  -subj /CN=asr.gonova.one -keyout /root/short.key -out /root/short.pem 2>/dev/null
cat /root/short.key /root/short.pem >{PEM}
rm /root/short.key /root/short.pem
systemctl reload nginx
"""


def status(lab: Lab) -> dict[str, Any]:
    """What the watcher says now; empty before its first round."""
    text = lab.on(lab.vps(), "cat", f"{RUN}/status.json", check=False).text
    found: dict[str, Any] = json.loads(text) if text.startswith("{") else {}
    return found


def services_ok(lab: Lab) -> dict[str, bool]:
    """Whether each service answered in the watcher's last round."""
    return {name: one["ok"] for name, one in status(lab).get("services", {}).items()}


def all_up(lab: Lab) -> bool:
    """Whether the watcher sees every connection of the tunnel."""
    paths = status(lab).get("tunnel", {}).get("paths", {})
    return bool(paths) and all(paths.values())


def metrics(lab: Lab, host: str, where: str) -> str:
    """The page with the figures, as a host gets it."""
    curl = f"curl -s --max-time 5 -w '%{{http_code}}' http://{where}/metrics"
    return lab.sh(host, curl, check=False).text


def asked_for() -> set[str]:
    """The figures that the shipped alert rules and the dashboard name."""
    shipped_files = ("docs/prometheus/alerts.yml", "docs/prometheus/dashboard.json")
    texts = [checkout_file(name) for name in shipped_files]
    return {name for text in texts for name in re.findall(r"\bvps_reverse_proxy_[a-z_]+", text)}


@pytest.fixture(scope="module")
def alerted(deployed: Lab) -> Iterator[Lab]:
    """A stack that tells a receiver on the client in both ways, and lets it read its figures.

    Its VPS has a certificate of its own.
    """
    lab = deployed
    lab.write("client", PROGRAM, RECEIVER)
    unit = "systemd-run --quiet --unit=alert-receiver --collect"
    lab.sh("client", f"rm -f {TAKEN}; {unit} python3 {PROGRAM}")
    listening = "ss -Hltn 'sport = :8088'"
    until(lambda: lab.sh("client", listening).text, seconds=20, what="the receiver listens")
    watch = {"interval": "10s", "metrics_allow": [f"{CLIENT}/32"]}
    edge = {"mode": "full", "zone": "gonova.one"}
    alerts = {"patience": "10s", "quiet": "1m"}
    lab.configure({**shipped(), "edge": edge, "watch": watch, "alerts": alerts})
    for kind in ("webhook", "ntfy"):
        key = f"vps-reverse-proxy:alerts.{kind}"
        where = f"http://{CLIENT}:8088/planted-{kind}"
        lab.pulumi("config", "set", "--secret", "--path", key, where)
    lab.up()
    yield lab
    lab.sh("client", f"systemctl stop alert-receiver; rm -f {TAKEN} {PROGRAM}")
    lab.configure(shipped())  # `deployed` brings it up, for whoever comes next


def taken(lab: Lab, kind: str) -> list[dict[str, str]]:
    """What the receiver was told in one way, in order."""
    lines = lab.sh("client", f"cat {TAKEN} 2>/dev/null || true").text.splitlines()
    return [line for line in map(json.loads, lines) if line["path"] == f"/planted-{kind}"]


def alerts(lab: Lab) -> list[tuple[str, str]]:
    """What the webhook was told: incident and status, in order."""
    bodies = [json.loads(line["body"]) for line in taken(lab, "webhook")]
    return [(body["incident"], body["status"]) for body in bodies]


def test_a_stack_that_is_well_says_so_by_service_tunnel_and_figures(deployed: Lab) -> None:
    lab = deployed
    # The last round may be one in which the tests before this one had broken something.
    until(lambda: [*services_ok(lab).values()] == [True, True], seconds=60, what="a good round")
    found = status(lab)["services"]

    assert [*found] == ["asr", "tts"]
    assert [*found["asr"]["ms"]] == ["dns", "connect", "tls", "upgrade", "pong"]
    assert found["asr"]["certificate_expires"] > status(lab)["time"]
    until(lambda: all_up(lab), seconds=60, what="all connections seen")
    # The first round may be over before nginx has the page that it is asked for.
    until(lambda: status(lab)["nginx"], seconds=60, what="nginx tells its figures")
    figures = metrics(lab, lab.vps(), "127.0.0.1:9080")
    assert 'vps_reverse_proxy_canary_up{stack="vps-reverse-proxy/dev",service="asr"} 1' in figures
    assert "vps_reverse_proxy_nginx_requests_total" in figures
    served = set(re.findall(r"^# TYPE (\S+)", figures, re.MULTILINE))
    assert asked_for() <= served, asked_for() - served
    for port in (9080, 9081):
        assert metrics(lab, "client", f"{lab.outputs()['vpsAddress']}:{port}") == "000"
    unit = "vps-reverse-proxy-watch-dev"
    owner = lab.sh(lab.vps(), f"stat -c %U /proc/$(systemctl show -P MainPID {unit})").text.strip()
    assert owner not in {"", "root"}


def test_an_incident_is_told_once_and_once_when_it_is_over(alerted: Lab) -> None:
    lab = alerted
    page = f"{lab.outputs()['vpsAddress']}:9081"
    until(lambda: metrics(lab, "client", page).endswith("200"), seconds=60, what="figures are read")
    until(lambda: all_up(lab), seconds=60, what="all connections seen")

    lab.sh("wsl", "systemctl stop tts")
    until(lambda: ("service:tts", "open") in alerts(lab), seconds=90, what="the service is told")
    tts = status(lab)["services"]["tts"]
    assert (tts["ok"], tts["stage"]) == (False, "upgrade")
    assert [incident["key"] for incident in status(lab)["incidents"]] == ["service:tts"]
    lab.sh("wsl", "systemctl start tts")
    until(lambda: ("service:tts", "resolved") in alerts(lab), seconds=90, what="it is over")

    lab.sh("wsl", "systemctl stop vps-tunnel")
    until(lambda: ("wsl-host", "open") in alerts(lab), seconds=150, what="a silent host is told")
    lab.sh("wsl", "systemctl start vps-tunnel")
    until(lambda: ("wsl-host", "resolved") in alerts(lab), seconds=90, what="it is back")
    until(lambda: not status(lab)["incidents"], seconds=90, what="all is well")

    assert sorted(alerts(lab)) == sorted(
        (incident, state)
        for incident in ("service:tts", "tunnel", "wsl-host")
        for state in ("open", "resolved")
    )
    states = {"open": "is in trouble", "resolved": "is well again"}
    titles = [f"vps-reverse-proxy/dev: {key} {states[state]}" for key, state in alerts(lab)]
    assert [line["title"] for line in taken(lab, "ntfy")] == titles
    lab.wait_serving()


def test_a_certificate_that_ends_soon_is_told_once_and_once_when_it_is_renewed(
    alerted: Lab,
) -> None:
    lab, vps = alerted, alerted.vps()
    before = len(alerts(lab))
    until(
        lambda: status(lab).get("certificate", {}).get("expires"),
        seconds=60,
        what="the certificate is seen",
    )
    assert "certificate" not in [incident["key"] for incident in status(lab)["incidents"]]

    lab.sh(vps, SHORT_CERTIFICATE)
    try:
        until(lambda: ("certificate", "open") in alerts(lab), seconds=60, what="it is told")
        seen = status(lab)
        assert 12 < (seen["certificate"]["expires"] - seen["time"]) / 86400 <= 13
        assert "the certificate that the VPS shows ends on" in seen["incidents"][0]["text"]
    finally:
        lab.sh(vps, f"mv {PEM}.kept {PEM} && systemctl reload nginx")
    until(lambda: ("certificate", "resolved") in alerts(lab), seconds=60, what="it is over")
    rounds = status(lab)["time"] + 20
    until(lambda: status(lab)["time"] > rounds, seconds=60, what="two more rounds")

    assert alerts(lab)[before:] == [("certificate", "open"), ("certificate", "resolved")]
    titles = [line["title"] for line in taken(lab, "ntfy")][before:]
    assert [title.partition(": ")[2] for title in titles] == [
        "certificate is in trouble",
        "certificate is well again",
    ]


def test_the_address_of_alerts_is_told_to_nobody_but_the_watcher(alerted: Lab) -> None:
    lab = alerted
    vps = lab.vps()
    hook = "planted-"
    config = "/etc/vps-reverse-proxy/dev-watch.json"

    assert hook in lab.on(vps, "cat", config).text
    assert lab.on(vps, "stat", "-c", "%a %U", config).text == "600 root\n"
    journal = lab.sh(vps, "journalctl --no-pager -u vps-reverse-proxy-watch-dev").text
    assert hook not in journal + lab.on(vps, "cat", f"{RUN}/status.json").text
    assert hook not in lab.pulumi("stack", "export").text
    preview = lab.pulumi("preview", "--diff")
    assert hook not in preview.text
