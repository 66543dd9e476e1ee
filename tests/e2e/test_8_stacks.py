"""Choosing a region, making a stack, and two stacks side by side: none touches the other's."""

import json
from collections.abc import Iterator
from subprocess import run
from typing import Any

import pytest
import yaml

from lab import pulumi
from lab.hosts import entry
from lab.test_hosts.delays import set_round_trips
from lab.test_hosts.world import ROUND_TRIPS
from lab.windows.drive import DISTRIBUTION
from tests.e2e import windows
from tests.e2e.harness import PROGRAM, Lab, Outcome
from tests.e2e.waiting import until

STACK = "prod"
FLAGS = (
    *("--provider", "hcloud", "--region", "nbg1", "--zone", "gonova.one", "--mode", "flexible"),
    *("--service", "asr=127.0.0.1:8001", "--service", "tts=127.0.0.1:8002", "--yes"),
)


def ops(
    lab: Lab, *args: str, environment: dict[str, str] | None = None, given: str = ""
) -> Outcome:
    """`bin/ops` on the WSL host, without a terminal; the text is its standard output."""
    pulumi.ensure_stack(lab.name)  # pulumi is logged in
    user = {**pulumi.environment(lab.name), **(environment or {})}
    done = run(
        [*entry(lab.name, "wsl"), *pulumi.as_user(["bin/ops", *args])],
        env={name: value for name, value in user.items() if value},
        cwd="/",
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return Outcome(done.returncode, done.stdout if done.returncode == 0 else done.stderr)


def regions(lab: Lab, *args: str, environment: dict[str, str] | None = None) -> Any:
    found = ops(lab, "regions", "--json", *args, environment=environment)
    assert found.code == 0, found.text
    return json.loads(found.text)


@pytest.fixture(scope="module")
def prod(deployed: Lab) -> Iterator[Lab]:
    """Stack prod beside dev, made by bin/ops init and up."""
    made = ops(deployed, "init", STACK, *FLAGS)
    assert made.code == 0, made.text
    try:
        deployed.up(stack=STACK)
        yield deployed
    finally:
        deployed.pulumi("destroy", "--yes", "--skip-preview", stack=STACK, check=False)
        deployed.pulumi("stack", "rm", "--yes", "--force", stack=STACK, check=False)


def wait_speaking(lab: Lab, service: str) -> None:
    until(
        lambda: lab.get(f"https://{service}.gonova.one/health").text.endswith("200"),
        seconds=60,
        what=f"{service}.gonova.one serves",
    )


def labels(lab: Lab) -> list[str]:
    return sorted(server["labels"]["stack"] for server in lab.hetzner("GET", "/servers")["servers"])


def rules(lab: Lab) -> list[dict[str, Any]]:
    zone = lab.zone_id()
    found = lab.cloudflare("GET", f"/zones/{zone}/rulesets")
    ours = [
        one for one in found if one["phase"] == "http_config_settings" and one["kind"] == "zone"
    ]
    return [
        rule
        for one in ours
        for rule in lab.cloudflare("GET", f"/zones/{zone}/rulesets/{one['id']}").get("rules", [])
    ]


def records(lab: Lab) -> set[str]:
    found = lab.cloudflare("GET", f"/zones/{lab.zone_id()}/dns_records?per_page=100")
    return {record["name"] for record in found}


# -- regions


def test_the_regions_come_in_the_order_of_their_distance(lab: Lab) -> None:
    found = regions(lab, "--provider", "hcloud")["regions"]

    by_distance = sorted(found, key=lambda one: ROUND_TRIPS[one["host"]])
    assert [one["region"] for one in found] == [one["region"] for one in by_distance]
    for one in found:
        # The home line adds its own; nothing is nearer than its delay.
        assert one["milliseconds"] > ROUND_TRIPS[one["host"]], one
        assert one["milliseconds"] < ROUND_TRIPS[one["host"]] + 60, one


def test_price_and_rule_stand_beside_the_latency(lab: Lab) -> None:
    found = regions(lab, "--provider", "hcloud")

    near = {one["region"]: one["near"] for one in found["regions"]}
    assert near == {
        **dict.fromkeys(("nbg1", "fsn1", "hel1"), True),
        **dict.fromkeys(("ash", "hil", "sin"), False),
    }
    assert all(one["price"] > 0 and one["size"] for one in found["regions"])
    assert found["recommended"]["near"]


def test_a_region_that_moves_away_is_no_longer_recommended(lab: Lab) -> None:
    set_round_trips(
        lab.name,
        {"nbg1-speed.hetzner.com": 180.0, "fsn1-speed.hetzner.com": None},
    )
    try:
        found = regions(lab, "--provider", "hcloud", "--samples", "3")
    finally:
        set_round_trips(lab.name, {})

    assert found["recommended"]["region"] == "hel1"
    silent = found["regions"][-1]
    assert (silent["region"], silent["milliseconds"]) == ("fsn1", None)
    assert "no answer" in silent["trouble"]


def test_without_a_token_the_way_is_measured_and_the_row_says_what_is_missing(lab: Lab) -> None:
    found = regions(lab, "--provider", "hcloud", environment={"HCLOUD_TOKEN": ""})["regions"]

    assert found[0]["milliseconds"] is not None
    assert {one["price"] for one in found} == {None}
    assert "HCLOUD_TOKEN" in found[0]["note"]


def test_all_providers_are_measured_within_a_minute(lab: Lab) -> None:
    found = regions(lab)["regions"]

    for provider in ("hcloud", "vultr", "digitalocean", "linode"):
        theirs = [one for one in found if one["provider"] == provider]
        assert [one["note"] for one in theirs if one["near"] and one["price"] is None] == []
        assert theirs[0]["near"], theirs[0]


# -- init


def test_init_says_all_that_is_missing_at_once(lab: Lab) -> None:
    outcome = ops(lab, "init", "other", "--provider", "hcloud", "--yes")

    assert outcome.code == 1
    assert "--zone, --region" in outcome.text


def test_init_refuses_a_zone_that_the_token_does_not_show(lab: Lab) -> None:
    outcome = ops(lab, "init", "other", *FLAGS, "--zone", "elsewhere.example")

    assert outcome.code == 1
    assert "no zone elsewhere.example" in outcome.text
    assert "gonova.one" in outcome.text


def test_init_refuses_a_token_that_the_provider_refuses_and_leaves_nothing(lab: Lab) -> None:
    wrong = "".join(chr(97 + number % 26) for number in range(64))

    outcome = ops(lab, "init", "other", *FLAGS, environment={"HCLOUD_TOKEN": wrong})

    assert outcome.code == 1
    assert "refuses the token in HCLOUD_TOKEN" in outcome.text
    assert wrong not in outcome.text
    assert lab.on("wsl", "test", "-e", f"{PROGRAM}/Pulumi.other.yaml", check=False).code != 0
    assert "other" not in lab.pulumi("stack", "ls", "--json").text


def test_init_takes_tokens_from_standard_input(lab: Lab) -> None:
    given = f"HCLOUD_TOKEN={lab.token('hcloud')}\nCLOUDFLARE_API_TOKEN={lab.token('cloudflare')}\n"
    none = {"HCLOUD_TOKEN": "", "CLOUDFLARE_API_TOKEN": ""}

    try:
        outcome = ops(
            lab, "init", "other", *FLAGS, "--token-file", "-", environment=none, given=given
        )
        assert outcome.code == 0, outcome.text
        token = lab.pulumi("config", "get", "hcloud:token", stack="other").text.strip()
    finally:
        lab.pulumi("stack", "rm", "--yes", "other", stack="other", check=False)

    assert token == lab.token("hcloud")


# -- two stacks


def test_the_new_stack_has_names_ports_and_hostnames_of_its_own(prod: Lab) -> None:
    text = prod.on("wsl", "cat", f"{PROGRAM}/Pulumi.{STACK}.yaml").text
    config = yaml.safe_load(text)["config"]

    assert config["vps-reverse-proxy:tunnel"] == {
        "unit": "vps-tunnel-prod",
        "account": "tunnel-prod",
    }
    services = config["vps-reverse-proxy:services"]
    assert {one["hostname"] for one in services} == {"asr-prod.gonova.one", "tts-prod.gonova.one"}
    assert not {one["port"] for one in services} & {8080, 8081}
    assert prod.token("hcloud") not in text
    assert prod.token("cloudflare") not in text
    assert set(config["hcloud:token"]) == {"secure"}
    assert set(config["cloudflare:apiToken"]) == {"secure"}


def test_init_refuses_to_overwrite_a_stack(prod: Lab) -> None:
    before = prod.on("wsl", "cat", f"{PROGRAM}/Pulumi.{STACK}.yaml").text

    outcome = ops(prod, "init", STACK, *FLAGS)

    assert outcome.code == 1
    assert f"there is a stack {STACK} already" in outcome.text
    assert prod.on("wsl", "cat", f"{PROGRAM}/Pulumi.{STACK}.yaml").text == before


def test_both_stacks_speak(prod: Lab) -> None:
    for service in ("asr", "tts", "asr-prod", "tts-prod"):
        wait_speaking(prod, service)

    for names in ({}, {"tts": "tts-prod", "asr": "asr-prod"}):
        spoken = prod.speak(**names)
        assert spoken.code == 0, spoken.text


def test_the_newer_is_nothing_to_change_for_the_older(prod: Lab) -> None:
    prod.up("--expect-no-changes")


def test_each_has_a_server_a_key_a_unit_and_a_rule_of_its_own(prod: Lab) -> None:
    assert labels(prod) == ["dev", "prod"]
    shown = prod.on("wsl", "systemctl", "is-active", "vps-tunnel", "vps-tunnel-prod").text
    assert shown.split() == ["active", "active"]
    public = "cat /var/lib/vps-tunnel/id_ed25519.pub /var/lib/vps-tunnel-prod/id_ed25519.pub"
    assert len(set(prod.sh("wsl", public).text.splitlines())) == 2
    expressions = [rule["expression"] for rule in rules(prod)]
    assert len(expressions) == 2
    assert sum("asr-prod.gonova.one" in one for one in expressions) == 1
    tasks = [f"vps-reverse-proxy {stack} {DISTRIBUTION}" for stack in ("dev", STACK)]
    assert windows.left(prod) == [".vps-reverse-proxy", ".wslconfig", *tasks]


def test_destroying_the_older_leaves_the_newer_as_it_is(prod: Lab) -> None:
    # The last test of this file: dev is not put back. That the newer leaves the older as it is
    # is asserted where another stack comes and goes anyway (test_4_faults.py).
    lab = prod
    lab.pulumi("destroy", "--yes", "--skip-preview")

    assert labels(lab) == [STACK]
    assert records(lab) == {"asr-prod.gonova.one", "tts-prod.gonova.one"}
    assert [("asr-prod.gonova.one" in rule["expression"]) for rule in rules(lab)] == [True]
    lab.up("--expect-no-changes", stack=STACK)
    spoken = lab.speak(tts="tts-prod", asr="asr-prod")
    assert spoken.code == 0, spoken.text
    assert "instanceIdleTimeout=-1" in windows.config(lab)
    kept = f"vps-reverse-proxy {STACK} {DISTRIBUTION}"
    assert windows.left(lab) == [".vps-reverse-proxy", ".wslconfig", kept]
