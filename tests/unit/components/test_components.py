"""What the components ask of the engine: parents, pinned keys, secrets, order of removal."""

from dataclasses import replace

import pulumi
import pytest

from components.hardening import Hardening, HardeningArgs
from components.host import Host
from components.load_balancer import LoadBalancer, LoadBalancerArgs, forwards
from components.modes import MODES
from components.ports import open_ports
from components.reverse_proxy import (
    Acme,
    PublicCertificate,
    PublicCertificateArgs,
    ReverseProxy,
    ReverseProxyArgs,
    SelfSigned,
    SiteSpec,
)
from components.sockets import Sockets
from components.tunnel_service import TunnelKey, TunnelKeyArgs, TunnelService, TunnelServiceArgs
from components.tunnel_user import TunnelUser, TunnelUserArgs
from components.upkeep import Upkeep, UpkeepArgs
from components.vps import Vps, VpsArgs
from components.wsl_host import WslHost, WslHostArgs, WslStart, WslStartArgs
from tests.unit.components.engine import TUNNEL_KEY, Clouds, Recorder, deploy, is_secret
from tests.unit.components.samples import (
    MACHINE_ID,
    POLICY,
    PRIVATE_KEY,
    STACK,
    Machine,
    host,
    settings,
)

SETTINGS = settings(load_balancer={"enabled": True})
EDGE_RANGES = ("198.51.100.0/24", "2001:db8:ed6e::/48")
SOCKETS = Sockets(stack=STACK, connections=2)
ACME = Acme(directory="https://acme.example.org/dir", email="me@gonova.one", patience=300)


def everything(vps: Host, unit: str = "vps-tunnel", account: str = "tunnel") -> None:
    """All components but Vps and Edge, on a given VPS; more kinds of TLS than one mode has."""
    hardening = Hardening(
        "hardening",
        HardeningArgs(
            host=vps, stack=STACK, open_ports=open_ports(MODES["full"], EDGE_RANGES, ssh_port=22)
        ),
    )
    site = SiteSpec(
        stack=STACK,
        services=SETTINGS.services,
        proxy=SETTINGS.proxy,
        edge_ranges=EDGE_RANGES,
        tls=SelfSigned(),
        policy=POLICY,
    )
    proxy = ReverseProxy(
        "proxy",
        ReverseProxyArgs(host=vps, site=site, sockets=SOCKETS),
    )
    upkeep = Upkeep(
        "upkeep",
        UpkeepArgs(
            host=vps, stack=STACK, reboot_window="04:00", ssh_port=22, edge_ranges=EDGE_RANGES
        ),
    )
    certificate = PublicCertificate(
        "public-certificate",
        PublicCertificateArgs(host=vps, site=replace(site, edge_ranges=(), tls=ACME)),
    )
    start = WslStart("wsl-start", WslStartArgs(stack=STACK, machine_id=MACHINE_ID))
    balancer = LoadBalancer(
        "balancer",
        LoadBalancerArgs(
            stack=STACK,
            services=SETTINGS.services,
            proxy=SETTINGS.proxy,
            limits=SETTINGS.limits,
            port=80,
            machine_id=start.machine_id,
        ),
    )
    key = TunnelKey(
        "tunnel-key", TunnelKeyArgs(stack=STACK, unit=unit, machine_id=start.machine_id)
    )
    user = TunnelUser(
        "tunnel-user",
        TunnelUserArgs(
            host=vps,
            stack=STACK,
            account=account,
            public_key=key.public_key,
            sockets=SOCKETS,
            services=["asr", "tts"],
        ),
    )
    tunnel = SETTINGS.tunnel.model_copy(update={"unit": unit, "account": account})
    service = TunnelService(
        "tunnel",
        TunnelServiceArgs(
            host=vps,
            stack=STACK,
            tunnel=tunnel,
            account=user.account,
            forwards=forwards(SETTINGS.services, SETTINGS.load_balancer),
            sockets=SOCKETS,
            machine_id=start.machine_id,
        ),
    )
    WslHost(
        "wsl-host",
        WslHostArgs(hostname="wsl", machine_id=MACHINE_ID),
        pulumi.ResourceOptions(
            depends_on=[hardening, proxy, upkeep, certificate, start, balancer, key, user, service]
        ),
    )


@pytest.fixture
def rented() -> Recorder:
    return deploy(lambda: everything(host()))


@pytest.fixture
def existing() -> Recorder:
    return deploy(lambda: everything(host(rented=False)))


ON_THE_VPS = {
    "upkeep-packages",
    "hardening-change",
    "hardening-confirm",
    "hardening-machine",
    "proxy-packages",
    "proxy-access-log",
    "proxy-site",
    "proxy-tls",
    "public-certificate-obtained",
    "tunnel-user-account",
    "tunnel-open",
}
COMPONENTS = {
    "upkeep-packages": "Upkeep",
    "hardening-change": "Hardening",
    "hardening-confirm": "Hardening",
    "hardening-machine": "Hardening",
    "proxy-packages": "ReverseProxy",
    "proxy-access-log": "ReverseProxy",
    "proxy-site": "ReverseProxy",
    "proxy-tls": "ReverseProxy",
    "public-certificate-obtained": "PublicCertificate",
    "balancer-packages": "LoadBalancer",
    "balancer-access-log": "LoadBalancer",
    "balancer-site": "LoadBalancer",
    "tunnel-key-pair": "TunnelKey",
    "tunnel-user-account": "TunnelUser",
    "tunnel-unit": "TunnelService",
    "tunnel-open": "TunnelService",
    "wsl-host-guard": "WslHost",
    "wsl-start-step": "WslStart",
}


def test_every_step_sits_under_its_component(rented: Recorder) -> None:
    found = {step.name: step.urn.split("::")[2] for step in rented.named("Command")}

    assert {name: urn.split("$")[0] for name, urn in found.items()} == {
        name: f"vps-reverse-proxy:index:{kind}" for name, kind in COMPONENTS.items()
    }


def test_every_connection_pins_the_host_key_without_its_comment(rented: Recorder) -> None:
    remote = [step for step in rented.named("Command") if step.type == "command:remote:Command"]

    assert {step.name for step in remote} == ON_THE_VPS
    for step in remote:
        connection = step.inputs["connection"]
        assert is_secret(connection)
        assert connection["value"]["hostKey"] == "ssh-ed25519 AAAAHOSTKEY"
        assert connection["value"]["user"] == "admin"


def test_nothing_but_another_host_key_triggers_a_step_on_the_users_own_machine(
    rented: Recorder, existing: Recorder
) -> None:
    keys = {step.name: step.inputs.get("triggers") for step in existing.named("Command")}

    assert [step.name for step in rented.named("Command") if "triggers" in step.inputs] == []
    assert {name for name, key in keys.items() if key} == ON_THE_VPS
    assert {tuple(key) for key in keys.values() if key} == {("ssh-ed25519 AAAAHOSTKEY",)}


def test_no_step_passes_its_former_output_to_the_host(rented: Recorder) -> None:
    assert all(step.inputs["addPreviousOutputInEnv"] is False for step in rented.named("Command"))


def test_on_a_rented_vps_steps_go_with_the_machine(rented: Recorder) -> None:
    (machine,) = rented.named("Machine")

    for step in rented.named("Command"):
        wanted = machine.urn if step.type == "command:remote:Command" else ""
        assert step.options.deletedWith == wanted, step.name


def test_on_the_users_own_vps_every_step_that_leaves_something_undoes_it(
    existing: Recorder,
) -> None:
    for step in existing.named("Command"):
        assert step.options.deletedWith == ""
        if step.name in {"tunnel-open", "hardening-confirm"}:
            assert "delete" not in step.inputs
        else:
            assert "-- absent" in step.text("delete"), step.name


def test_the_users_own_vps_is_dialled_by_the_wsl_hosts_ssh_with_its_host_key(
    existing: Recorder,
) -> None:
    steps = [existing[name] for name in sorted(ON_THE_VPS - {"proxy-firewall"})]

    for step in steps:
        given = step.text("stdin")
        assert step.type == "command:local:Command"
        assert f"name={step.name}\n" in given
        assert "host_key='ssh-ed25519 AAAAHOSTKEY'\n" in given  # without its comment
        assert "key_file=/home/speech/.ssh/existing\n" in given
        assert "stage step <<" in given
        # Here it is the user's own ssh; on the VPS the step becomes root.
        assert given.index("stage step <<") < given.index("exec sudo -n")
        assert PRIVATE_KEY not in given


def test_another_machine_changes_the_input_of_every_step_on_the_vps() -> None:
    before = deploy(lambda: everything(host(machine_id="1001 cx23")))
    after = deploy(lambda: everything(host(machine_id="1002 cx23")))

    for step in before.named("Command"):
        changed = step.text("stdin") != after[step.name].text("stdin")
        assert changed == (step.type == "command:remote:Command"), step.name


def test_only_a_new_name_of_unit_or_account_replaces_a_step(rented: Recorder) -> None:
    renamed = deploy(lambda: everything(host(), unit="other-tunnel", account="other"))

    for step in rented.named("Command"):
        options = renamed[step.name].options
        named = step.name in {"tunnel-key-pair", "tunnel-unit", "tunnel-user-account"}
        assert (step.text("create") != renamed[step.name].text("create")) == named, step.name
        assert ("create" in options.replaceOnChanges) == named, step.name
        # The old thing goes first: both hold the same sockets.
        assert options.deleteBeforeReplace == named, step.name


def test_the_host_guard_is_the_last_to_come_and_so_the_first_to_go(rented: Recorder) -> None:
    guard = next(one for one in rented.named("WslHost"))
    others = {step.urn for step in rented.named("Command") if step.name != "wsl-host-guard"}

    assert others <= set(guard.options.dependencies)


def test_the_tunnels_public_key_reaches_the_vps_with_its_limits(rented: Recorder) -> None:
    line = f"restrict,port-forwarding {TUNNEL_KEY}"

    assert line in rented["tunnel-user-account"].text("stdin").splitlines()


def rent() -> None:
    """Vps on a rented machine, and what it says about itself."""
    vps = Vps(
        "vps",
        VpsArgs(
            server=settings().server,
            region="nbg1",
            stack=STACK,
            open_ports=open_ports(MODES["flexible"], EDGE_RANGES, ssh_port=22),
        ),
    )
    pulumi.export("login", vps.login)


def test_a_rented_vps_is_born_with_its_keys_and_never_told_in_clear() -> None:
    recorder = deploy(rent)
    server = recorder["vps-server"]

    assert is_secret(server.inputs["userData"])
    assert "vps-host-key" in server.inputs["userData"]["value"]
    assert list(server.options.ignoreChanges) == ["userData"]
    assert server.inputs["firewallIds"] == [7]
    assert server.inputs["sshKeys"] == ["id-vps-login"]
    assert is_secret(recorder.outputs["login"])


def test_a_rented_vps_is_reached_as_its_administrator_by_its_own_host_key() -> None:
    connection = deploy(rent)["vps-boot"].inputs["connection"]["value"]

    assert connection["user"] == "admin"
    assert connection["hostKey"] == "ssh-ed25519 AAAAPUBLICvps-host-key"
    assert "vps-login-key" in connection["privateKey"]
    assert connection["dialErrorLimit"] > 60  # five minutes of a refused port


def test_the_firewall_opens_ssh_to_all_and_the_web_to_the_edge_alone() -> None:
    rules = deploy(rent)["vps-firewall"].inputs["rules"]

    assert all((rule["direction"], rule["protocol"]) == ("in", "tcp") for rule in rules)
    assert {rule["port"]: rule["sourceIps"] for rule in rules} == {
        "22": ["0.0.0.0/0", "::/0"],
        "80": list(EDGE_RANGES),
        "443": list(EDGE_RANGES),
    }


def test_another_server_is_another_machine_to_every_step() -> None:
    first = deploy(rent, clouds=Clouds(server="1001"))["vps-boot"].text("stdin")
    second = deploy(rent, clouds=Clouds(server="1002"))["vps-boot"].text("stdin")

    assert "machine='1001 cx23'" in first
    assert first != second


def test_machine_is_a_custom_resource_of_this_test(rented: Recorder) -> None:
    """`deletedWith` is only worth comparing while the stand-in has a URN of its own."""
    assert rented.named(Machine.__name__)[0].urn.endswith("::machine")
