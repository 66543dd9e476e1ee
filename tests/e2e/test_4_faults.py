"""Bad input and broken surroundings: a clear error, a non-zero exit, and nothing half-made.

A stack of its own (`fault`) is used where nothing may have been made, so that stack dev stays up.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from lab.windows.drive import WSLCONFIG
from tests.e2e import traces, windows
from tests.e2e.harness import PROGRAM, Lab, Outcome
from tests.e2e.shipped import ASR, TTS, shipped

STACK = "fault"
UNIT = "fault-tunnel"  # and its account and folder
RULE = "vps_reverse_proxy_fault_ssl"
MISSING = "Missing credentials"


@pytest.fixture(scope="module")
def beside(deployed: Lab) -> Iterator[Lab]:
    """A stack beside dev, gone afterwards."""
    lab = deployed
    lab.pulumi("stack", "init", check=False, stack=STACK)
    yield lab
    lab.pulumi("stack", "rm", "--yes", "--force", stack=STACK)
    lab.on("wsl", "rm", "-f", f"{PROGRAM}/Pulumi.{STACK}.yaml")


@pytest.fixture
def fault(beside: Lab) -> Iterator[Lab]:
    """That stack, empty, with names of its own; what a test made by it is gone afterwards."""
    lab = beside
    lab.configure(other_names(), stack=STACK)
    yield lab
    # Most were refused and have made nothing: no minute is spent on taking that away.
    if made(lab):
        lab.configure(other_names(), stack=STACK)
        lab.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)


def resources(lab: Lab, stack: str = "dev") -> list[dict[str, Any]]:
    """What a stack's state holds."""
    state = json.loads(lab.pulumi("stack", "export", stack=stack).text)
    found: list[dict[str, Any]] = state["deployment"].get("resources", [])
    return found


def made(lab: Lab) -> bool:
    """Whether the stack beside dev has more than what stands in its state alone."""
    return any(
        one["custom"] and not one["type"].startswith("pulumi:providers:")
        for one in resources(lab, STACK)
    )


def other_names() -> dict[str, Any]:
    """A configuration that does not touch stack dev's names."""
    services = [
        {**ASR, "name": "asr9", "hostname": "asr9.gonova.one", "stream_path": "/v1/stream/asr"},
    ]
    return {
        **shipped(),
        "services": services,
        "tunnel": {"unit": UNIT},
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
    assert MISSING in outcome.text
    assert "pulumi config set --secret hcloud:token" in outcome.text
    assert "pulumi config set --secret cloudflare:apiToken" in outcome.text
    assert "bin/rehearse" in outcome.text


def without_environment(lab: Lab, *names: str, **instead: str) -> Outcome:
    """`pulumi up` of the fault stack with tokens left out, or others in their place."""
    return lab.up(stack=STACK, check=False, environment={**dict.fromkeys(names, ""), **instead})


@pytest.mark.parametrize(
    ("variable", "token", "refusal", "key"),
    [
        (
            "HCLOUD_TOKEN",
            "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ99",
            "Hetzner Cloud refuses the token",
            "hcloud:token",
        ),
        (
            "CLOUDFLARE_API_TOKEN",
            "0123456789abcdefghijklmnopqrstuvwxyzABCD",
            "Cloudflare refuses the token",
            "cloudflare:apiToken",
        ),
    ],
)
def test_a_refused_token_is_named_and_not_shown(
    fault: Lab, variable: str, token: str, refusal: str, key: str
) -> None:
    outcome = without_environment(fault, **{variable: token})

    assert outcome.code != 0
    assert refusal in outcome.text
    assert key in outcome.text
    assert MISSING not in outcome.text
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


def stacks_of_servers(lab: Lab) -> list[str]:
    """Whose the rented machines are."""
    return sorted(one["labels"]["stack"] for one in lab.hetzner("GET", "/servers")["servers"])


def tunnel_of(lab: Lab) -> list[str]:
    """The account, folder and unit on the WSL host of the tunnel beside dev's."""
    look = (
        f"getent passwd {UNIT} | cut -d: -f1;"
        f" ls -d /var/lib/{UNIT} /etc/systemd/system/{UNIT}.service 2>/dev/null; true"
    )
    return lab.sh("wsl", look).text.split()


def test_a_stack_comes_and_goes_and_leaves_dev_the_zone_and_the_rules_of_others_as_they_were(
    fault: Lab, foreign: dict[str, Any]
) -> None:
    zone = f"/zones/{fault.zone_id()}/settings/ssl"
    mode = fault.cloudflare("GET", zone)["value"]
    automatic = f"/zones/{fault.zone_id()}/settings/ssl_automatic_mode"
    assert fault.cloudflare("GET", automatic)["value"] == "auto"
    before = rules_of(fault)
    assert before["foreign"] == foreign
    assert before.keys() == {"foreign", "vps_reverse_proxy_dev_ssl"}
    fault.up(stack=STACK)

    # By hostname: a rule beside the others.
    beside = rules_of(fault)
    assert beside == {**before, RULE: beside[RULE]}
    assert len(tunnel_of(fault)) == 3
    assert stacks_of_servers(fault) == ["dev", STACK]

    # The whole zone: one stack alone sets it, and needs no rule of its own any more.
    whole_zone = {**other_names()["edge"], "ssl_scope": "zone"}
    fault.configure({**other_names(), "edge": whole_zone}, stack=STACK)
    fault.up(stack=STACK)
    assert fault.cloudflare("GET", zone)["value"] == "flexible"
    assert fault.cloudflare("GET", automatic)["value"] == "custom"
    assert RULE not in rules_of(fault)

    fault.configure({**shipped(), "edge": whole_zone})
    try:
        said = fault.pulumi("preview", check=False)
    finally:
        fault.configure(shipped())
    assert said.code != 0
    assert f"already set by the stack vps-reverse-proxy/{STACK}" in said.text

    fault.pulumi("destroy", "--yes", "--skip-preview", stack=STACK)
    assert rules_of(fault) == before
    assert fault.cloudflare("GET", zone)["value"] == mode
    assert fault.cloudflare("GET", automatic)["value"] == "auto"

    # What was there first is as it was.
    assert stacks_of_servers(fault) == ["dev"]
    assert {*fault.leftovers()["records"]} == {"asr.gonova.one", "tts.gonova.one"}
    assert "asr.gonova.one" in before["vps_reverse_proxy_dev_ssl"]["expression"]
    assert tunnel_of(fault) == []
    fault.up("--expect-no-changes")
    assert fault.speak().code == 0


def test_a_rule_that_somebody_changed_is_mended_by_refresh(deployed: Lab) -> None:
    ours = rules_of(deployed)["vps_reverse_proxy_dev_ssl"]
    rule = f"{entry_point(deployed)}/rules/{ours['id']}"
    changed = {key: ours[key] for key in ("action", "expression", "description", "ref")}
    deployed.cloudflare("PATCH", rule, {**changed, "action_parameters": {"ssl": "off"}})

    deployed.up("--refresh")

    assert rules_of(deployed)["vps_reverse_proxy_dev_ssl"]["action_parameters"] == {
        "ssl": "flexible"
    }


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
    # With a plus where a run before has left the stack itself in the state.
    cost = r"monthlyCost *: \{\s+(\+ )?amount *: 6.49\s+(\+ )?currency *: \"EUR\""
    assert re.search(cost, preview), preview
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


def identities(lab: Lab) -> list[tuple[str, str]]:
    """Every resource of stack dev, and which one it is."""
    return sorted((one["urn"], one.get("id", "")) for one in resources(lab))


def test_up_on_another_machine_fails_before_any_change(deployed: Lab) -> None:
    lab = deployed
    before = identities(lab)
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
    assert before
    assert identities(lab) == before
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


def nothing_is_left(lab: Lab) -> None:
    """No trace of stack dev: not in the clouds, not in its state, not on the WSL host."""
    assert all(not left for left in lab.leftovers().values()), lab.leftovers()
    assert not resources(lab)
    on_host = lab.sh(
        "wsl",
        "ls /etc/systemd/system/vps-tunnel.service /var/lib/vps-tunnel /var/lib/vps-reverse-proxy"
        " /etc/nginx /etc/vps-reverse-proxy /var/log/nginx/vps-reverse-proxy-dev.json;"
        " getent passwd vps-tunnel; dpkg-query -W -f '${Package}\\n' nginx;"
        " systemctl is-active vps-tunnel",
        check=False,
    ).text
    kept = [line for line in on_host.splitlines() if not line.startswith(("ls:", "dpkg-query:"))]
    assert kept == ["inactive"], on_host
    assert traces.marked(lab, "wsl") == []
    # As on a host that nobody touched, and as Windows was before the program came.
    assert traces.kernel(lab, "wsl") == traces.kernel(lab, "client")
    assert windows.config(lab) == WSLCONFIG
    assert windows.left(lab) == [".wslconfig"]


def test_destroy_leaves_nothing_behind_and_a_second_up_repairs_what_ctrl_c_interrupted(
    deployed: Lab,
) -> None:
    lab = deployed
    assert lab.leftovers()["servers"]
    lab.pulumi("destroy", "--yes", "--skip-preview")
    nothing_is_left(lab)

    outcome = lab.up(check=False, at={"vps-boot creating": lab.interrupt})

    assert outcome.code != 0
    assert "vps-boot creating" in outcome.text  # it was Ctrl-C that ended it
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
