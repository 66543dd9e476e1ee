"""Bad input and broken surroundings: a clear error, a non-zero exit, and nothing half-made.

A stack of its own (`fault`) is used where nothing may have been made, so that stack dev stays up.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.e2e.harness import PROGRAM, Lab, Outcome
from tests.e2e.shipped import ASR, TTS, shipped

STACK = "fault"


@pytest.fixture
def fault(deployed: Lab) -> Iterator[Lab]:
    """An empty stack beside dev, with names of its own; gone afterwards."""
    lab = deployed
    lab.pulumi("stack", "init", check=False, stack=STACK)
    lab.configure(other_names(), stack=STACK)
    yield lab
    lab.configure(other_names(), stack=STACK)
    lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    lab.pulumi("stack", "rm", "--yes", "--force", stack=STACK)
    lab.on("wsl", "rm", "-f", f"{PROGRAM}/Pulumi.{STACK}.yaml")


def other_names() -> dict[str, Any]:
    """A configuration that does not touch stack dev's names."""
    services = [
        {**ASR, "name": "asr9", "hostname": "asr9.gonova.one", "stream_path": "/v1/stream/asr"},
    ]
    return {
        **shipped(),
        "services": services,
        "tunnel": {"unit": "fault-tunnel"},
        "load_balancer": {"enabled": False},
    }


def refused(lab: Lab, config: dict[str, Any]) -> str:
    """What `up` says to a configuration it must refuse before it creates anything."""
    lab.configure(config, stack=STACK)
    before = lab.leftovers()
    outcome = lab.up(stack=STACK, check=False)

    assert outcome.code != 0, outcome.text
    assert lab.leftovers() == before
    assert "Traceback" not in outcome.text
    return outcome.text


def test_several_mistakes_are_told_at_once(fault: Lab) -> None:
    said = refused(
        fault,
        {
            **other_names(),
            "server": {"provider": "hcloud", "sise": "cx23"},
            "edge": {"mode": "flexibel", "zone": "gonova.one"},
            "services": [{**ASR, "port": 80801}],
            "tunel": {},
        },
    )

    for word in (
        "vps-reverse-proxy:server.sise",
        'did you mean "size"',
        "vps-reverse-proxy:edge.mode",
        "vps-reverse-proxy:services[0].port",
        "vps-reverse-proxy:tunel",
    ):
        assert word in said, said


def test_a_missing_token_is_named_with_the_way_to_rehearse(fault: Lab) -> None:
    outcome = without_environment(fault, "HCLOUD_TOKEN", "CLOUDFLARE_API_TOKEN")

    assert outcome.code != 0
    assert "pulumi config set --secret hcloud:token" in outcome.text
    assert "pulumi config set --secret cloudflare:apiToken" in outcome.text
    assert "bin/rehearse" in outcome.text


def without_environment(lab: Lab, *names: str, **instead: str) -> Outcome:
    """`pulumi up` of the fault stack with tokens left out, or others in their place."""
    return lab.up(stack=STACK, check=False, environment={**dict.fromkeys(names, ""), **instead})


@pytest.mark.parametrize(
    ("variable", "token", "words"),
    [
        (
            "HCLOUD_TOKEN",
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ99",
            "hcloud:token",
        ),
        ("CLOUDFLARE_API_TOKEN", "0123456789abcdefghijklmnopqrstuvwxyzABCD", "cloudflare:apiToken"),
    ],
)
def test_a_refused_token_is_named_and_not_shown(
    fault: Lab, variable: str, token: str, words: str
) -> None:
    outcome = without_environment(fault, **{variable: token})

    assert outcome.code != 0
    assert words in outcome.text
    assert token not in outcome.text


def test_a_token_that_lacks_a_permission_is_told_which_and_not_shown(fault: Lab) -> None:
    token = fault.token("cloudflare-records")
    outcome = without_environment(fault, CLOUDFLARE_API_TOKEN=token)

    assert outcome.code != 0
    assert "lacks Zone / Config Rules / Edit for gonova.one" in outcome.text
    assert token not in outcome.text


def test_a_zone_that_is_not_there_is_named(fault: Lab) -> None:
    config = other_names()
    said = refused(
        fault,
        {
            **config,
            "edge": {"mode": "flexible", "zone": "nowhere.example"},
            "services": [{**config["services"][0], "hostname": "asr9.nowhere.example"}],
        },
    )

    assert "nowhere.example" in said
    assert "edge.zone" in said


def test_a_record_of_somebody_else_is_kept(fault: Lab) -> None:
    zone = fault.zone_id()
    record = fault.cloudflare(
        "POST",
        f"/zones/{zone}/dns_records",
        {"type": "A", "name": "asr9.gonova.one", "content": "198.51.100.200", "ttl": 1},
    )
    try:
        said = refused(fault, other_names())
        assert "asr9.gonova.one already has a record A 198.51.100.200" in said
        kept = fault.cloudflare("GET", f"/zones/{zone}/dns_records/{record['id']}")
        assert kept["content"] == "198.51.100.200"
    finally:
        fault.cloudflare("DELETE", f"/zones/{zone}/dns_records/{record['id']}")


@pytest.fixture
def foreign(fault: Lab) -> Iterator[dict[str, Any]]:
    """A configuration rule that somebody else has in the zone's rule set, which dev made."""
    rules = f"{entry_point(fault)}/rules"
    rule = {
        "action": "set_config",
        "action_parameters": {"rocket_loader": False},
        "expression": '(http.host eq "shop.gonova.one")',
        "description": "somebody else's",
        "ref": "foreign",
    }
    made = fault.cloudflare("POST", rules, rule)
    yield next(one for one in made["rules"] if one["ref"] == "foreign")
    fault.cloudflare("DELETE", f"{rules}/{made['rules'][-1]['id']}")


def entry_point(lab: Lab) -> str:
    """The path of the zone's one set of configuration rules."""
    zone = lab.zone_id()
    found = lab.cloudflare("GET", f"/zones/{zone}/rulesets/phases/http_config_settings/entrypoint")
    return f"/zones/{zone}/rulesets/{found['id']}"


def rules_of(lab: Lab) -> dict[str, Any]:
    """The configuration rules of the zone by their ref."""
    return {rule["ref"]: rule for rule in lab.cloudflare("GET", entry_point(lab))["rules"]}


def test_rules_of_somebody_else_are_kept_and_ours_is_added_beside_them(
    fault: Lab, foreign: dict[str, Any]
) -> None:
    before = rules_of(fault)
    fault.up(stack=STACK)

    beside = rules_of(fault)
    assert beside == {
        **before,
        "vps_reverse_proxy_fault_ssl": beside["vps_reverse_proxy_fault_ssl"],
    }
    fault.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    assert rules_of(fault) == before
    assert before["foreign"] == foreign


def test_a_rule_that_somebody_changed_is_mended_by_refresh(deployed: Lab) -> None:
    ours = rules_of(deployed)["vps_reverse_proxy_dev_ssl"]
    rule = f"{entry_point(deployed)}/rules/{ours['id']}"
    changed = {key: ours[key] for key in ("action", "expression", "description", "ref")}
    deployed.cloudflare("PATCH", rule, {**changed, "action_parameters": {"ssl": "off"}})

    deployed.up("--refresh")

    assert rules_of(deployed)["vps_reverse_proxy_dev_ssl"]["action_parameters"] == {
        "ssl": "flexible"
    }


def test_one_stack_alone_sets_the_mode_of_the_whole_zone(fault: Lab) -> None:
    zone = f"/zones/{fault.zone_id()}/settings/ssl"
    before = fault.cloudflare("GET", zone)["value"]
    whole_zone = {**other_names()["edge"], "ssl_scope": "zone"}
    fault.configure({**other_names(), "edge": whole_zone}, stack=STACK)
    fault.up(stack=STACK)
    assert fault.cloudflare("GET", zone)["value"] == "flexible"

    fault.configure({**shipped(), "edge": whole_zone})
    try:
        said = fault.pulumi("preview", check=False)
    finally:
        fault.configure(shipped())
    assert said.code != 0
    assert f"already set by the stack vps-reverse-proxy/{STACK}" in said.text

    fault.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    assert fault.cloudflare("GET", zone)["value"] == before


def test_a_size_that_is_sold_out_names_where_it_can_be_had(fault: Lab) -> None:
    said = refused(
        fault,
        {**other_names(), "server": {"provider": "hcloud", "region": "nbg1", "size": "cax11"}},
    )

    assert "cax11 is sold out in nbg1" in said
    assert "pulumi config set --path vps-reverse-proxy:server.region" in said


def test_a_preview_takes_the_first_region_that_has_the_size_and_makes_nothing(fault: Lab) -> None:
    server = {"provider": "hcloud", "regions": ["nbg1", "fsn1", "hel1"], "size": "cax11"}
    fault.configure({**other_names(), "server": server}, stack=STACK)
    before = fault.leftovers()

    preview = fault.pulumi("preview", stack=STACK).text

    assert re.search(r'region *: "fsn1"', preview), preview
    assert re.search(r"monthlyCost: \{\s+amount *: 6.49\s+currency: \"EUR\"", preview), preview
    assert fault.leftovers() == before


def test_a_unit_name_that_another_stack_owns_is_refused_in_preview(fault: Lab) -> None:
    fault.configure({**other_names(), "tunnel": {"unit": "vps-tunnel"}}, stack=STACK)

    outcome = fault.pulumi("preview", stack=STACK, check=False)

    assert outcome.code != 0
    assert "vps-reverse-proxy:tunnel.unit" in outcome.text
    assert "vps-reverse-proxy/dev" in outcome.text


def test_without_sudo_the_message_says_what_needs_it(fault: Lab) -> None:
    fault.sh("wsl", "mkdir /root/sudoers && mv /etc/sudoers.d/* /root/sudoers/")
    try:
        said = refused(fault, other_names())
    finally:
        fault.sh("wsl", "mv /root/sudoers/* /etc/sudoers.d/ && rmdir /root/sudoers")

    assert "sudo" in said
    assert "NOPASSWD" in said


def test_without_systemd_the_message_has_the_lines_of_wsl_conf(fault: Lab) -> None:
    # What a WSL host without systemd lacks is exactly this directory.
    fault.sh("wsl", "mount -t tmpfs none /run/systemd")
    try:
        outcome = fault.up(stack=STACK, check=False)
    finally:
        fault.sh("wsl", "umount /run/systemd")

    assert outcome.code != 0
    assert "[boot]" in outcome.text
    assert "systemd=true" in outcome.text
    assert "wsl.exe --shutdown" in outcome.text


def test_a_checkout_with_windows_line_ends_is_refused(fault: Lab) -> None:
    script = f"{PROGRAM}/components/scripts/tunnel-key.sh"
    fault.sh("wsl", f"cp -p {script} /root/script && sed -i 's/$/\\r/' {script}")
    try:
        said = refused(fault, other_names())
    finally:
        fault.sh("wsl", f"cp -p /root/script {script}")

    assert "tunnel-key.sh" in said
    assert "core.autocrlf" in said


WITH_ANOTHER_MACHINE_ID = (
    "echo 0123456789abcdef0123456789abcdef >/root/other && mount --bind /root/other /etc/machine-id"
)


def test_up_on_another_machine_fails_before_any_change(deployed: Lab) -> None:
    lab = deployed
    before = lab.pulumi("stack", "export").text
    lab.sh("wsl", WITH_ANOTHER_MACHINE_ID)
    try:
        up = lab.up(check=False)
        destroy = lab.pulumi("destroy", "--yes", "--skip-preview", check=False)
        preview = lab.pulumi("preview")
    finally:
        lab.sh("wsl", "umount /etc/machine-id")

    assert up.code != 0
    assert "wsl" in up.text
    assert "tunnel.adopt_host" in up.text
    assert destroy.code != 0
    assert "nothing was changed" in destroy.text
    assert preview.code == 0
    resources = json.loads(lab.pulumi("stack", "export").text)["deployment"]["resources"]
    assert len(resources) == len(json.loads(before)["deployment"]["resources"])
    assert lab.speak().code == 0


def test_a_stack_that_is_told_to_moves_to_another_machine_and_back(deployed: Lab) -> None:
    lab = deployed
    adopting = {**shipped(), "tunnel": {**shipped().get("tunnel", {}), "adopt_host": True}}
    lab.configure(adopting)
    home = lab.outputs()["wslHost"]["machineId"]
    lab.sh("wsl", WITH_ANOTHER_MACHINE_ID)
    try:
        lab.up()
        lab.wait_serving()
        assert lab.outputs()["wslHost"]["machineId"] == "0123456789abcdef0123456789abcdef"
    finally:
        lab.sh("wsl", "umount /etc/machine-id")
        lab.up()
        lab.configure(shipped())

    assert lab.outputs()["wslHost"]["machineId"] == home
    lab.wait_serving()
    assert lab.speak().code == 0
    lab.up("--expect-no-changes")


def test_a_second_up_repairs_what_ctrl_c_interrupted(deployed: Lab) -> None:
    lab = deployed
    lab.pulumi("destroy", "--yes", "--skip-preview")
    outcome = lab.up(check=False, at={"vps-boot creating": lab.interrupt})

    assert outcome.code != 0
    lab.pulumi("cancel", "--yes", check=False)
    lab.up("--refresh")
    lab.wait_serving(90)

    assert lab.speak().code == 0
    assert len(lab.hetzner("GET", "/servers")["servers"]) == 1


def test_two_services_with_the_same_name_are_refused(fault: Lab) -> None:
    said = refused(
        fault, {**other_names(), "services": [ASR, {**TTS, "hostname": "asr.gonova.one"}]}
    )

    assert "asr.gonova.one" in said
