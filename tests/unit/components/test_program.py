"""The whole program, `__main__.py`, as the engine runs it."""

import runpy
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pulumi
import pytest

import components.drift.look
import components.interruption
import components.preflight
import components.vps.preflight
from components.modes import MODES
from components.naming import label_machine, label_step, step_of
from components.preflight import Machine
from components.vps.catalog import Catalog, Size
from lab.clouds.cloudflare import create_app
from tests.unit.components.engine import (
    PROJECT,
    UNKNOWN,
    Clouds,
    Recorder,
    deploy,
    is_secret,
    texts_in_clear,
)
from tests.unit.lab.clouds.cloudflare.conftest import TOKEN as CLOUDFLARE_TOKEN
from tests.unit.lab.clouds.cloudflare.conftest import Api as LabApi
from tests.unit.lab.clouds.cloudflare.conftest import served
from tests.unit.preflight_support import MACHINE_ID, Fake
from tests.unit.settings_support import EXISTING, HCLOUD, HOST_KEY

MAIN = Path(__file__).parents[3] / "__main__.py"
TOKENS = {
    "hcloud:token": "0123456789abcdef" * 4,
    "cloudflare:apiToken": CLOUDFLARE_TOKEN,
}
KEY_FILE = """\
-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
-----END OPENSSH PRIVATE KEY-----
"""

Up = Callable[..., Recorder]


@pytest.fixture
def cloudflare(tmp_path: Path) -> Iterator[str]:
    """The lab's Cloudflare on loopback, with an account where nothing is in the way; its URL."""
    with served(LabApi(tmp_path / "cloudflare.json").app()) as url:
        yield url


def catalog(*regions: str) -> Catalog:
    """A provider that has two regions and sells its sizes in these."""
    sizes = ("cx23", "cax11", "vc2-1c-2gb", "s-1vcpu-2gb", "g6-standard-1")
    return Catalog(
        sizes={
            size: Size(name=size, memory_mb=4096, prices=dict.fromkeys(regions, 5.49), disk_gb=50)
            for size in sizes
        },
        currency="EUR",
        source="a test",
        regions={"nbg1": "Nuremberg, DE", "hel1": "Helsinki, FI"},
    )


@pytest.fixture
def up(tmp_path: Path, cloudflare: str, monkeypatch: pytest.MonkeyPatch) -> Up:
    """Run the program with these sections, on a machine where everything is in order."""
    fake = Fake(root=tmp_path, scan=f"203.0.113.5 {HOST_KEY}\n")
    fake.write("home/.ssh/id_ed25519", KEY_FILE, mode=0o600)

    def here(**_: Any) -> Machine:
        return fake.machine()

    monkeypatch.setattr(components.interruption, "end_quietly", lambda: None)
    monkeypatch.setattr(components.preflight, "Machine", here)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HCLOUD_TOKEN", raising=False)
    monkeypatch.delenv("CLOUDFLARE_API_TOKEN", raising=False)

    def run(
        server: dict[str, Any] = HCLOUD,
        *,
        clouds: Clouds | None = None,
        tokens: dict[str, str] = TOKENS,
        preview: bool = False,
        recorded: dict[str, Any] | None = None,
        sold_in: tuple[str, ...] = ("nbg1", "hel1"),
        cloudflare_url: str = cloudflare,
        **sections: Any,
    ) -> Recorder:
        monkeypatch.setattr(components.vps.preflight, "read_catalog", lambda _: catalog(*sold_in))
        monkeypatch.setattr("components.vps.vultr_vpc2.refuse_unreadable", lambda _: None)
        clouds = clouds or Clouds()
        clouds.calls.setdefault("readStackOutputs", lambda _: {"outputs": recorded or {}})
        config = {f"{PROJECT}:{key}": value for key, value in sections.items()}
        return deploy(
            lambda: void(runpy.run_path(str(MAIN), run_name="__main__")),
            clouds=clouds,
            preview=preview,
            config={
                **tokens,
                **config,
                "cloudflare:baseUrl": cloudflare_url,
                f"{PROJECT}:server": server,
            },
        )

    return run


def void(_: object) -> None:
    """A program has no result."""


def test_an_interrupted_program_ends_without_a_traceback() -> None:
    script = (
        "import os, signal\n"
        "from components.interruption import end_quietly\n"
        "end_quietly()\n"
        "os.kill(os.getpid(), signal.SIGINT)\n"
        "print('went on')\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=MAIN.parent, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_a_rented_stack_is_whole(up: Up) -> None:
    recorder = up()

    kinds = {one.type.rpartition(":")[2] for one in recorder.registered}
    assert {"Vps", "ReverseProxy", "TunnelKey", "TunnelUser", "TunnelService"} <= kinds
    assert {"Edge", "WslHost", "Server", "Firewall", "SshKey", "PrivateKey"} <= kinds
    assert "LoadBalancer" not in kinds
    assert len(recorder.named("DnsRecord")) == 4
    assert recorder.outputs["vpsAddress"] == "203.0.113.16"
    assert recorder.outputs["wslHost"] == {"hostname": "wsl", "machineId": MACHINE_ID}
    assert recorder.outputs["urls"]["asr"] == {
        "stream": "wss://asr.gonova.one/v1/stream/asr",
        "health": "https://asr.gonova.one/health",
        "metrics": "https://asr.gonova.one/metrics",
    }


def test_a_stack_on_the_users_own_vps_is_whole_and_rents_nothing(up: Up) -> None:
    recorder = up(EXISTING, tokens={"cloudflare:apiToken": TOKENS["cloudflare:apiToken"]})

    assert not [one for one in recorder.registered if one.type.startswith(("hcloud:", "tls:"))]
    assert "address=203.0.113.5\n" in recorder["vps-boot"].text("stdin")
    assert {record.inputs["content"] for record in recorder.named("DnsRecord")} == {"203.0.113.5"}
    assert "upgrade=no" in recorder["proxy-packages"].text("stdin")


def test_the_load_balancer_comes_with_its_switch_and_carries_the_tunnel(up: Up) -> None:
    recorder = up(load_balancer={"enabled": True})

    assert recorder.named("LoadBalancer")
    config = recorder["tunnel-unit"].text("stdin")
    assert '"target": "127.0.0.1:18080"' in config
    assert '"target": "127.0.0.1:8001"' in up()["tunnel-unit"].text("stdin")


@pytest.mark.parametrize("server", [HCLOUD, EXISTING], ids=["hcloud", "existing"])
def test_no_secret_is_told_in_clear(up: Up, server: dict[str, Any]) -> None:
    recorder = up(server)
    told = [*texts_in_clear(recorder.outputs)]
    for one in recorder.registered:
        told += texts_in_clear(one.inputs)

    assert not [text for text in told if "PRIVATE KEY" in text]
    assert not [text for text in told for token in TOKENS.values() if token in text]
    assert is_secret(recorder.outputs["login"])
    steps = [one for one in recorder.named("Command") if one.type == "command:remote:Command"]
    assert bool(steps) == (server is HCLOUD)  # the user's own is dialled by ssh, with their file
    assert all(is_secret(step.inputs["connection"]) for step in steps)


def test_no_command_line_and_no_environment_holds_anything_but_words(up: Up) -> None:
    for step in up().named("Command"):
        assert "environment" not in step.inputs
        line = step.text("create")
        assert "ssh-" not in line
        assert "PRIVATE" not in line


def test_nobody_logs_in_to_a_rented_machine_as_root(up: Up) -> None:
    steps = [step for step in up().named("Command") if step.type == "command:remote:Command"]

    assert len(steps) == 11
    assert {step.inputs["connection"]["value"]["user"] for step in steps} == {"admin"}


@pytest.mark.parametrize("server", [HCLOUD, EXISTING], ids=["hcloud", "existing"])
def test_a_preview_of_a_new_stack_needs_no_value_that_is_not_there_yet(
    up: Up, server: dict[str, Any]
) -> None:
    preview, real = up(server, preview=True), up(server)

    assert sorted(one.urn for one in preview.registered) == sorted(
        one.urn for one in real.registered
    )
    assert preview["tunnel-unit"].inputs["stdin"] == UNKNOWN


@pytest.mark.parametrize("missing", TOKENS)
def test_a_missing_token_ends_the_run_before_anything_is_asked_or_made(
    up: Up, missing: str
) -> None:
    clouds = Clouds()
    tokens = {name: token for name, token in TOKENS.items() if name != missing}
    with pytest.raises(pulumi.RunError) as caught:
        up(clouds=clouds, tokens=tokens)

    assert f"{missing} is missing" in str(caught.value)
    assert "bin/rehearse" in str(caught.value)
    assert clouds.asked == []


def test_a_wrong_configuration_ends_the_run_before_anything_is_asked(up: Up) -> None:
    clouds = Clouds()
    with pytest.raises(pulumi.RunError, match=r"server\.sise"):
        up({"provider": "hcloud", "sise": "cx23"}, clouds=clouds)

    assert clouds.asked == []


def test_up_on_another_machine_ends_before_the_clouds_are_asked(up: Up) -> None:
    clouds = Clouds()
    recorded = {"wslHost": {"hostname": "desk", "machineId": "f" * 32}}
    with pytest.raises(pulumi.RunError, match="desk"):
        up(clouds=clouds, recorded=recorded)

    assert clouds.asked == ["readStackOutputs"]


def test_a_preview_on_another_machine_shows_the_recorded_host(up: Up) -> None:
    recorded = {"wslHost": {"hostname": "desk", "machineId": "f" * 32}}
    recorder = up(preview=True, recorded=recorded)

    assert recorder.outputs["wslHost"] == {"hostname": "desk", "machineId": "f" * 32}


def test_records_are_set_only_after_the_vps_serves(up: Up) -> None:
    recorder = up(load_balancer={"enabled": True})
    (edge,) = recorder.named("Edge")

    for name in ("proxy-site", "tunnel-open", "balancer-site"):
        assert recorder[name].urn in edge.options.dependencies, name


@pytest.mark.parametrize("mode", MODES)
def test_what_has_a_file_in_nginx_goes_before_the_site_and_that_before_nginx(
    up: Up, mode: str
) -> None:
    recorder = up(edge={"mode": mode})
    steps = {one.name for one in recorder.registered}
    users = {"watch-watcher", "public-certificate-obtained", "proxy-tls"} & steps

    assert len(users) == (1 if mode in {"direct-http", "flexible"} else 2)
    for name in users:
        assert recorder["proxy-site"].urn in recorder[name].options.dependencies, name
    for name in ("proxy-site", "proxy-access-log"):
        assert recorder["proxy-packages"].urn in recorder[name].options.dependencies, name


@pytest.mark.parametrize("mode", MODES)
def test_only_mode_strict_asks_cloudflare_for_a_certificate(up: Up, mode: str) -> None:
    recorder = up(edge={"mode": mode})

    assert len(recorder.named("OriginCaCertificate")) == (mode == "strict")


def test_with_dns_by_hand_the_records_are_an_output_and_no_token_is_needed(up: Up) -> None:
    tokens = {"hcloud:token": TOKENS["hcloud:token"]}
    recorder = up(tokens=tokens, edge={"mode": "direct-http", "dns": "manual"})

    assert recorder.outputs["dnsRecords"][0] == {
        "name": "asr.gonova.one",
        "type": "A",
        "content": "203.0.113.16",
        "ttl": 60,
    }
    assert not [one for one in recorder.registered if one.type.startswith("cloudflare:")]


@pytest.mark.parametrize("server", [HCLOUD, EXISTING], ids=["hcloud", "existing"])
@pytest.mark.parametrize("mode", ["direct", "strict"])
def test_every_step_comes_after_the_first_one_on_its_host_and_goes_before_it(
    up: Up, server: dict[str, Any], mode: str
) -> None:
    recorder = up(server, load_balancer={"enabled": True}, edge={"mode": mode})
    needs = {one.urn: set(one.options.dependencies) for one in recorder.registered}

    def everything_before(urn: str) -> set[str]:
        found, left = set[str](), [urn]
        while left:
            new = needs.get(left.pop(), set()) - found
            found |= new
            left += new
        return found

    # The guard keeps nothing; its own test is below.
    apart = {recorder[name].urn for name in ("vps-boot", "wsl-start-step", "wsl-host-guard")}
    for one in recorder.named("Command"):
        on_the_vps = one.type == "command:remote:Command" or step_of(one.name) != one.name
        first = recorder["vps-boot" if on_the_vps else "wsl-start-step"].urn
        assert one.urn in apart or first in everything_before(one.urn), one.name


@pytest.mark.parametrize("mode", ["flexible", "strict"])
def test_the_guard_of_the_wsl_host_depends_on_every_resource(up: Up, mode: str) -> None:
    recorder = up(load_balancer={"enabled": True}, edge={"mode": mode})
    (guard,) = recorder.named("WslHost")
    others = {
        one.urn
        for one in recorder.registered
        if one.options.custom and one.name != "wsl-host-guard"
    }

    assert others <= set(guard.options.dependencies)


def test_windows_is_told_to_keep_the_wsl_host_running(up: Up) -> None:
    recorder = up()

    (kept,) = recorder.named("KeepAlive")
    assert kept.inputs["distribution"] == "My Ubuntu 24.04"
    assert kept.inputs["machine_id"] == MACHINE_ID
    assert "WslKeepAlive" in kept.urn
    assert recorder.outputs["keepAlive"]["task"] == "vps-reverse-proxy dev My Ubuntu 24.04"
    off = up(wsl={"keep_alive": False})
    assert not off.named("KeepAlive")
    assert "keepAlive" not in off.outputs


def test_a_sold_out_size_stops_a_new_stack_and_not_a_running_one(up: Up) -> None:
    with pytest.raises(pulumi.RunError, match="hel1"):
        up(sold_in=("hel1",))

    server = up().outputs["server"]
    assert up(sold_in=("hel1",), recorded={"server": server}).outputs["server"] == server


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


@pytest.mark.parametrize(
    ("mode", "address6", "before", "refused"),
    [
        ("direct", None, {"provider": "vultr"}, True),
        ("direct", None, {"provider": "existing", "address": "203.0.113.9"}, True),
        ("direct", "2001:db8:5::1", {"provider": "vultr"}, False),
        ("direct-http", None, {"provider": "vultr"}, False),
        ("direct", None, {"provider": "existing", "address": EXISTING["address"]}, False),
    ],
)
def test_no_certificate_is_asked_for_while_a_name_has_another_machines_address(
    up: Up, mode: str, address6: str | None, before: dict[str, str], *, refused: bool
) -> None:
    recorded = {"vpsAddress6": "2001:db8:200:1::1", "server": before}
    run = partial(
        up, server={**EXISTING, "address6": address6}, edge={"mode": mode}, recorded=recorded
    )

    if refused:
        with pytest.raises(pulumi.RunError, match=r"server\.address6"):
            run()
    else:
        assert run().named("DnsRecord")


def test_the_plain_names_of_an_older_state_are_those_of_the_last_runs_machine(up: Up) -> None:
    same, other = (
        up(server=EXISTING, recorded={"login": {"hostKey": key}})["tunnel-user-account"]
        for key in (f"{HOST_KEY} a comment", "ssh-ed25519 AAAAANOTHER")
    )

    assert same.name == other.name == label_step("tunnel-user-account", label_machine(HOST_KEY))
    assert [alias.spec.name for alias in same.options.aliases] == ["tunnel-user-account"]
    assert not other.options.aliases


def test_a_preview_elsewhere_sends_the_users_own_vps_the_text_that_the_wsl_host_sends(
    up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = up(EXISTING)
    monkeypatch.setenv("HOME", str(tmp_path / "runner"))
    recorded = {"wslHost": {"hostname": "desk", "machineId": "f" * 32}}
    elsewhere = up(EXISTING, preview=True, recorded=recorded)

    assert elsewhere["vps-boot"].text("stdin") == here["vps-boot"].text("stdin")
    assert "key_file='~/.ssh/id_ed25519'\n" in here["vps-boot"].text("stdin")


def test_a_preview_elsewhere_takes_a_cloudflare_token_that_only_reads(
    up: Up, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only_reads = "only-reads-0123456789abcdefABCDEF-0123456789"
    rights = ("Zone Read", "DNS Read", "Config Rules Read")
    app = create_app(
        tokens={only_reads: rights}, state_file=tmp_path / "reads.json", on_change=lambda _: None
    )
    tokens = {**TOKENS, "cloudflare:apiToken": only_reads}
    recorded = {"wslHost": {"hostname": "desk", "machineId": "f" * 32}}
    with served(app) as url:
        run = partial(up, tokens=tokens, preview=True, cloudflare_url=url)
        elsewhere = run(recorded=recorded)
        with pytest.raises(pulumi.RunError, match="lacks Zone / DNS / Edit"):
            run()

    assert elsewhere.named("DnsRecord")
    assert "enough for this preview" in elsewhere.log.getvalue()


@pytest.mark.parametrize("mode", MODES)
def test_no_output_waits_for_the_certificate_that_an_acme_server_may_refuse(
    up: Up, mode: str
) -> None:
    """The engine records all outputs or none."""
    outputs = up(edge={"mode": mode}).outputs

    assert ("certificateExpires" in outputs) == (mode == "strict")
    made_after_the_records = "2027-11-23T16:00:00Z"  # what every step on the VPS says here
    assert made_after_the_records not in str(outputs)


@pytest.mark.parametrize(
    ("owner", "before"),
    [
        ("vps-reverse-proxy/old", "old"),
        ("before/dev", "organization/before/dev"),
    ],
)
def test_a_renamed_stack_is_told_before_anything_is_asked(up: Up, owner: str, before: str) -> None:
    clouds = Clouds()
    with pytest.raises(pulumi.RunError, match=f"was deployed as {owner} and") as refused:
        up(clouds=clouds, recorded={"operations": {"owner": owner}})

    assert f"  pulumi stack rename {before}\n" in str(refused.value)
    assert "  pulumi destroy\n" in str(refused.value)
    assert clouds.asked == ["readStackOutputs"]


def test_a_stack_that_kept_its_name_goes_on(up: Up) -> None:
    assert up(recorded={"operations": up().outputs["operations"]}).named("DnsRecord")


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
