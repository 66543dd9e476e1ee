"""Settings of the watcher, the canary and the alerts."""

from typing import Any

import pytest

from tests.unit.settings_support import EXISTING, load, refusal

HOOK = "https://hooks.example.org/T0/B0/planted"
NTFY = "http://192.0.2.10:8088/topic"


def test_alerts_go_where_secrets_say() -> None:
    alerts = load(secret=("alerts",), alerts={"webhook": HOOK, "ntfy": NTFY}).alerts

    assert alerts.webhook is not None
    assert alerts.webhook.get_secret_value() == HOOK
    assert "planted" not in repr(alerts)
    assert (alerts.patience, alerts.quiet) == (60, 300)


def test_an_address_that_is_not_encrypted_is_refused_and_not_shown() -> None:
    (line,) = refusal(alerts={"webhook": HOOK})

    assert line.startswith("alerts.webhook: stands in the configuration unencrypted")
    assert "--secret --path vps-reverse-proxy:alerts.webhook" in line
    assert "planted" not in line


@pytest.mark.parametrize("wrong", ["planted", "ftp://planted.example.org/", "https://a b.planted"])
def test_what_is_no_address_is_refused_and_not_shown(wrong: str) -> None:
    (line,) = refusal(secret=("alerts",), alerts={"ntfy": wrong})

    assert line == "alerts.ntfy: the value is not an address; use https://HOST/PATH"


@pytest.mark.parametrize(
    ("watch", "problem"),
    [
        ({"interval": "5s"}, 'watch.interval: "5s" is out of range; use 10s to 10m'),
        ({"metrics_allow": ["anybody"]}, 'watch.metrics_allow[0]: "anybody" is not an address'),
        ({"metrics_allow": ["192.0.2.1/24"]}, 'watch.metrics_allow[0]: "192.0.2.1/24" is not an'),
        # What ipaddress takes as a zone would end up in nginx.
        (
            {"metrics_allow": ["2001:db8::%; a b;/64"]},
            'watch.metrics_allow[0]: "2001:db8::%; a b;/6',
        ),
        ({"metrics_port": 8081}, "watch.metrics_port: 8081 is already the port of services[1]"),
        ({"metrics_port": 8079}, "watch.metrics_port: 8080 is already the port of services[0]"),
        ({"metrics_port": 80}, "watch.metrics_port: 80 is not"),
        ({"metrics_port": 65535}, "watch.metrics_port: 65535 is not a port that has one after it"),
    ],
)
def test_what_cannot_be_watched_is_refused(watch: dict[str, Any], problem: str) -> None:
    (line,) = refusal(watch=watch)

    assert line.startswith(problem)


def test_the_port_of_figures_that_nobody_set_is_not_a_services() -> None:
    services = [{"name": "asr", "port": 8080}, {"name": "tts", "port": 9080}]
    (line,) = refusal(services=services)

    assert line.startswith("watch.metrics_port: 9080 is already the port of services[1]")
    assert not load(services=services, watch={"enabled": False}).watch.enabled


@pytest.mark.parametrize("sshd", [9080, 9081])
def test_the_port_of_figures_is_not_that_of_sshd(sshd: int) -> None:
    (line,) = refusal(server={**EXISTING, "port": sshd})

    assert line.startswith(f"watch.metrics_port: {sshd} is the port of the VPS's sshd")
    assert load(server={**EXISTING, "port": sshd}, watch={"metrics_port": 9999})
    assert load(server={**EXISTING, "port": sshd}, watch={"enabled": False})


def test_an_expectation_without_a_question_is_refused() -> None:
    (line,) = refusal(services=[{"name": "asr", "canary": {"expect": "pong"}}])

    assert line.startswith(
        "services[0].canary.expect: is never compared, as there is no canary.send;"
    )


@pytest.mark.parametrize("send", ["two\nlines", "x" * 1001])
def test_what_is_no_message_is_refused(send: str) -> None:
    (line,) = refusal(services=[{"name": "asr", "canary": {"send": send}}])

    assert "is not a message; use one line of at most 1000" in line


@pytest.mark.parametrize(("typed", "read"), [("off", "off"), (False, "off"), (True, "on")])
def test_the_look_for_drift_is_switched_by_a_word(typed: object, read: str) -> None:
    assert load(drift=typed).drift == read


def test_another_word_for_drift_is_refused() -> None:
    assert refusal(drift="maybe") == ['drift: "maybe" is not one of on, off']
