"""What the whole program makes of the last run: what is replaced, repaired, kept and told."""

from typing import Any

import pytest

import components.drift.look
from components.naming import label_machine, label_step
from tests.unit.components.conftest import KEY_FILE, TOKENS, Up
from tests.unit.settings_support import EXISTING, HOST_KEY


@pytest.mark.parametrize(
    ("provider", "size", "key", "has"),
    [
        ("hcloud", "cx23", "serverType", 40),
        ("vultr", "vc2-1c-2gb", "plan", 55),
        ("digitalocean", "s-1vcpu-2gb", "size", 25),
        ("linode", "g6-standard-1", "type", 25),
    ],
)
def test_a_server_of_a_larger_disk_than_the_wanted_size_has_is_replaced(
    up: Up, provider: str, size: str, key: str, has: int
) -> None:
    """In place it could not be made: the disk cannot shrink."""
    wanted = {"provider": provider, "region": "nbg1", "size": size}
    tokens = {**TOKENS, "vultr:apiKey": "K0" + "abcdefghij" * 3}
    tokens["digitalocean:token"] = "dop_v1_" + "0123456789abcdef" * 4
    tokens["linode:token"] = "0123456789abcdef" * 4
    first = up(wanted, tokens=tokens)
    larger = {**first.outputs["server"], "size": "larger"}

    def another_machine(disk: int) -> bool:
        again = up(wanted, tokens=tokens, recorded={"server": larger, "serverDisk": disk})
        return key in again["vps-server"].options.replaceOnChanges

    assert first.outputs["serverDisk"] == has
    assert key not in first["vps-server"].options.replaceOnChanges
    assert another_machine(80)
    assert not another_machine(50)


def test_what_was_changed_by_hand_is_named_and_its_step_alone_runs_again(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = ["drift\tproxy-site\tunit\tnginx\tenabled running\tdisabled stopped\ndone\n", "done\n"]
    monkeypatch.setattr(components.drift.look, "ask_there", lambda *_: said.pop(0))
    login = {
        "user": "admin",
        "address": "203.0.113.16",
        "port": 22,
        "hostKey": HOST_KEY,
        "privateKey": KEY_FILE,
    }
    before = up()
    drifted = up(recorded={"login": login})
    after = up(recorded={"login": login, "repaired": drifted.outputs["repaired"]})

    assert "unit nginx is disabled stopped" in drifted.log.getvalue()
    assert "drift" not in after.log.getvalue()
    for step in before.named("Command"):
        same = step.inputs["stdin"] == drifted[step.name].inputs["stdin"]
        assert same == (step.name != "proxy-site"), step.name
        assert drifted[step.name].inputs["stdin"] == after[step.name].inputs["stdin"]


def test_the_plain_names_of_an_older_state_are_those_of_the_last_runs_machine(up: Up) -> None:
    same, other = (
        up(server=EXISTING, recorded={"login": {"hostKey": key}})["tunnel-user-account"]
        for key in (f"{HOST_KEY} a comment", "ssh-ed25519 AAAAANOTHER")
    )

    assert same.name == other.name == label_step("tunnel-user-account", label_machine(HOST_KEY))
    assert [alias.spec.name for alias in same.options.aliases] == ["tunnel-user-account"]
    assert not other.options.aliases


def test_a_service_that_asks_for_no_key_any_more_is_told_in_preview(up: Up) -> None:
    asr = {"name": "asr", "hostname": "asr.gonova.one", "keyed": True}
    said = up(preview=True, recorded={"operations": {"services": [asr]}}).log.getvalue()

    assert "the last run had the visitors of asr show an API key" in said


def test_another_vps_leaves_the_records_of_manual_dns_to_the_user(up: Up) -> None:
    before = {**up().outputs["server"], "image": "debian-12"}
    edge = {"mode": "direct", "dns": "manual"}
    said = up(preview=True, recorded={"server": before}, edge=edge).log.getvalue()

    assert "the VPS is replaced" in said
    assert "A (and AAAA) of asr.gonova.one, tts.gonova.one" in said
    assert "DNS records move" not in said


def test_what_the_last_run_made_in_a_zone_that_the_token_no_longer_sees_is_told(up: Up) -> None:
    last = {"zone": "sold.example", "mode": "flexible", "dns": "cloudflare"}
    said = up(preview=True, recorded={"operations": last}).log.getvalue()

    assert "in the zone sold.example, and what it made there has to go" in said


def test_the_rented_server_is_an_output_and_looked_for_by_the_next_run(
    up: Up, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = up()
    looked: list[Any] = []
    monkeypatch.setattr(
        "components.deployment.plan.warn_of_unseen", lambda _, recorded: looked.append(recorded)
    )
    up(recorded=first.outputs)

    assert first.outputs["serverId"]
    assert [recorded["serverId"] for recorded in looked] == [first.outputs["serverId"]]
    assert "serverId" not in up(EXISTING).outputs
