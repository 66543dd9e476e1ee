"""From answers to a configuration: complete, and clear of every other stack's names and ports."""

from dataclasses import replace

import pytest

from ops.errors import OpsError
from ops.init.answers import Answers, missing, parse_service
from ops.init.neighbours import Neighbour
from ops.init.plan import LONGEST_NAME, check, configuration, free_ports, own_name

ANSWERS = Answers(
    provider="hcloud",
    region="nbg1",
    size="cx23",
    image="debian-13",
    zone="example.org",
    mode="strict",
    services=(parse_service("asr=127.0.0.1:8001"), parse_service("tts=127.0.0.1:8002")),
)
DEV = Neighbour(
    stack="dev",
    unit="vps-tunnel",
    account="tunnel",
    ports=frozenset({8080, 8081}),
    hostnames=frozenset({"asr.example.org", "tts.example.org"}),
)


def test_the_first_stack_gets_the_guides_ports_and_hostnames() -> None:
    services = configuration("prod", ANSWERS, [])["services"]

    assert [(one["port"], one["hostname"]) for one in services] == [
        (8080, "asr.example.org"),
        (8081, "tts.example.org"),
    ]


def test_a_second_stack_gets_ports_hostnames_unit_and_account_of_its_own() -> None:
    config = configuration("prod", ANSWERS, [DEV])

    assert [(one["port"], one["hostname"]) for one in config["services"]] == [
        (8082, "asr-prod.example.org"),
        (8083, "tts-prod.example.org"),
    ]
    assert config["tunnel"] == {"unit": "vps-tunnel-prod", "account": "tunnel-prod"}


def test_in_another_zone_the_hostnames_stay_plain() -> None:
    config = configuration("prod", replace(ANSWERS, zone="example.net"), [DEV])

    assert [one["hostname"] for one in config["services"]] == [
        "asr.example.net",
        "tts.example.net",
    ]


def test_a_hostname_that_was_asked_for_is_kept() -> None:
    answers = replace(ANSWERS, services=(parse_service("asr@speech.example.org=127.0.0.1:8001"),))

    assert configuration("prod", answers, [DEV])["services"][0]["hostname"] == "speech.example.org"


def test_the_configuration_is_one_that_the_program_takes() -> None:
    settings = check(configuration("prod", ANSWERS, [DEV]))

    assert settings.edge.mode == "strict"
    assert settings.server.provider == "hcloud"


def test_several_upstreams_turn_the_load_balancer_on() -> None:
    answers = replace(ANSWERS, services=(parse_service("asr=127.0.0.1:8001,127.0.0.1:8003"),))

    assert configuration("prod", answers, [])["load_balancer"] == {"enabled": True}
    with pytest.raises(OpsError, match="2 upstreams need the load balancer"):
        configuration("prod", replace(answers, load_balancer=False), [])


def test_every_mistake_is_named_at_once_with_its_key() -> None:
    answers = replace(ANSWERS, zone="Example", mode="off", services=(parse_service("asr=nowhere"),))

    with pytest.raises(OpsError) as refused:
        configuration("prod", answers, [])

    for key in ("edge.zone", "edge.mode", "services[0].upstreams[0]"):
        assert key in str(refused.value)


def test_a_clash_between_settings_is_named_too() -> None:
    answers = replace(ANSWERS, services=(parse_service("asr@asr.elsewhere.org=127.0.0.1:8001"),))

    with pytest.raises(OpsError, match=r"not in the zone example\.org"):
        configuration("prod", answers, [])


def test_a_machine_of_the_users_own_brings_no_region() -> None:
    answers = replace(
        ANSWERS,
        provider="existing",
        address="203.0.113.5",
        user="admin",
        key_file="~/.ssh/vps",
        host_key="ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
    )

    assert set(configuration("prod", answers, [])["server"]) == {
        "provider",
        "address",
        "user",
        "key_file",
        "host_key",
    }


@pytest.mark.parametrize(
    "stack", ["prod", "Prod", "my.stack_2", "x" * 90, "-", "___", "a" * 30 + "-b"]
)
def test_a_name_is_one_that_linux_takes(stack: str) -> None:
    for prefix in ("vps-tunnel", "tunnel"):
        name = own_name(prefix, stack, ())

        assert len(name) <= LONGEST_NAME
        assert check(
            {**configuration("dev", ANSWERS, []), "tunnel": {"unit": name, "account": name}}
        )


def test_names_that_would_be_one_are_told_apart() -> None:
    first = own_name("tunnel", "prod", ())

    assert own_name("tunnel", "Prod", {first}) != first
    assert own_name("tunnel", "x" * 80 + "1", ()) != own_name("tunnel", "x" * 80 + "2", ())


def test_ports_are_the_next_free_ones_and_never_the_same_twice() -> None:
    assert free_ports(["asr", "tts"], {8080}) == [8082, 8081]
    assert free_ports(["one", "asr", "two"], {8081}) == [8082, 8080, 8083]
    assert free_ports(["tts", "tts-2"], {8080, 8081, 8082}) == [8083, 8084]


def test_what_is_missing_is_named_as_flags() -> None:
    assert missing(Answers()) == ["--provider", "--zone", "--region"]
    assert missing(Answers(provider="existing", zone="example.org", user="admin")) == [
        "--address",
        "--key-file",
        "--host-key",
    ]


@pytest.mark.parametrize("text", ["asr", "asr=", "=127.0.0.1:80", "a=b=c", "a@b@c=d:1"])
def test_a_service_of_another_form_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(OpsError, match=r"asr=127\.0\.0\.1:8001"):
        parse_service(text)
