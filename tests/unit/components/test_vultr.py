"""A VPS from Vultr: what the engine is asked for, and what the catalog says."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pulumi
import pytest

from components.modes import MODES
from components.naming import StackName
from components.ports import open_ports
from components.vps import Vps, VpsArgs
from components.vps.endpoints import VULTR
from components.vps.offer import choose_offer
from components.vps.preflight import preflight_server
from components.vps.seen import FORGET
from components.vps.vultr import vultr_catalog
from components.vps.vultr_vpc2 import PLUGIN
from lab.clouds.vultr import create_app
from lab.clouds.vultr.catalog import PLANS
from ops.regions.catalogs import refusals
from settings import Settings, VultrServer, missing_credentials
from tests.unit.components.engine import Clouds, Recorder, deploy, is_secret
from tests.unit.components.samples import OTHER_STACK, STACK
from tests.unit.lab.clouds.hetzner.machines import FakeMachines
from tests.unit.lab.clouds.hetzner.serving import served
from tests.unit.lab.clouds.vultr.conftest import TOKEN

OPEN_PORTS = open_ports(MODES["flexible"], ["198.51.100.0/24", "2001:db8:ed6e::/48"], ssh_port=22)
SPEC = VultrServer(provider="vultr")
BEARER = {"Authorization": f"Bearer {TOKEN}"}
ROOT = Path(__file__).parents[3]


def rent(spec: VultrServer = SPEC, stack: StackName = STACK) -> None:
    """Vps on an instance, and what it says about itself."""
    args = VpsArgs(server=spec, region="fra", stack=stack, open_ports=OPEN_PORTS)
    vps = Vps("vps", args)
    pulumi.export("address", vps.host.address)
    pulumi.export("address6", vps.host.address6)


@pytest.fixture
def rented() -> Recorder:
    return deploy(rent)


def test_an_instance_is_born_with_its_key_and_its_addresses_are_known(rented: Recorder) -> None:
    instance = rented["vps-server"]

    wanted = {
        "plan": "vc2-1c-1gb",
        "region": "fra",
        "osId": 2625,
        "sshKeyIds": ["id-vps-login"],
        "firewallGroupId": "id-vps-firewall",
        "enableIpv6": True,
        "userScheme": "root",
        "activationEmail": False,
        "hostname": "vps-reverse-proxy-dev",
        "label": "vps-reverse-proxy/dev",
        "tags": ["managed-by=vps-reverse-proxy", "stack=dev"],
    }
    assert {name: instance.inputs[name] for name in wanted} == wanted
    assert list(instance.options.ignoreChanges) == ["userData"]
    # In the shortest form, though Vultr writes every zero: as Cloudflare hands records back.
    assert rented.outputs == {
        "address": "203.0.113.64",
        "address6": "2001:db8:200:1:5400:ff:fe00:1",
    }


def test_user_data_is_secret_and_in_clear_for_the_plugin_encodes_it(rented: Recorder) -> None:
    user_data = rented["vps-server"].inputs["userData"]

    assert is_secret(user_data)
    assert user_data["value"].startswith("#cloud-config\n")


def test_the_address_of_its_console_is_a_secret(rented: Recorder) -> None:
    assert "kvm" in rented["vps-server"].options.additionalSecretOutputs


def test_every_port_and_source_is_a_rule_and_all_are_there_before_the_instance(
    rented: Recorder,
) -> None:
    rules = rented.named("FirewallRule")

    opened = {
        (rule.text("port"), rule.text("ipType"), rule.text("subnet"), rule.inputs["subnetSize"])
        for rule in rules
    }
    assert opened == {
        ("22", "v4", "0.0.0.0", 0),
        ("22", "v6", "::", 0),
        ("80", "v4", "198.51.100.0", 24),
        ("80", "v6", "2001:db8:ed6e::", 48),
        ("443", "v4", "198.51.100.0", 24),
        ("443", "v6", "2001:db8:ed6e::", 48),
    }
    assert {rule.urn for rule in rules} <= set(rented["vps-server"].options.dependencies)


def test_names_of_rules_say_what_they_open(rented: Recorder) -> None:
    assert sorted(rule.name for rule in rented.named("FirewallRule")) == [
        "vps-firewall-http-198-51-100-0-24",
        "vps-firewall-http-2001-db8-ed6e-48",
        "vps-firewall-https-198-51-100-0-24",
        "vps-firewall-https-2001-db8-ed6e-48",
        "vps-firewall-ssh-v4",
        "vps-firewall-ssh-v6",
    ]


def test_more_rules_than_a_group_takes_are_refused_with_what_helps() -> None:
    ranges = [f"198.51.100.{number}/32" for number in range(25)]
    many = open_ports(MODES["strict"], ranges, ssh_port=22)
    args = VpsArgs(server=SPEC, region="fra", stack=STACK, open_ports=many)

    with pytest.raises(pulumi.RunError, match=r"takes 50 rules, and edge\.mode needs 5"):
        deploy(lambda: pulumi.export("vps", Vps("vps", args).host.address))


def test_a_preview_needs_no_value_that_is_not_there_yet(rented: Recorder) -> None:
    preview = deploy(rent, clouds=Clouds(preview=True), preview=True)

    assert sorted(one.name for one in preview.registered) == sorted(
        one.name for one in rented.registered
    )


def test_everything_is_a_child_of_the_component(rented: Recorder) -> None:
    mine = [one for one in rented.registered if one.type.startswith("vultr:")]

    assert len(mine) == 9
    assert all("vps-reverse-proxy:index:Vps$" in one.urn for one in mine)


def test_the_command_that_makes_pulumi_forget_the_instance_finds_it_alone(
    rented: Recorder,
) -> None:
    shown = "\n".join(f"    URN: {one.urn}" for one in rented.registered)
    (pattern,) = re.findall("grep -o '(.+?)'", FORGET)

    assert re.findall(pattern, shown) == [rented["vps-server"].urn]


def test_another_plan_is_another_machine_to_every_step() -> None:
    small = deploy(rent)["vps-boot"].text("stdin")
    large = deploy(lambda: rent(SPEC.model_copy(update={"size": "vc2-1c-2gb"})))["vps-boot"]

    assert small != large.text("stdin")


@pytest.mark.parametrize(
    "stack", [OTHER_STACK, StackName(project="p", stack="My_Stack." + "x" * 90)]
)
def test_a_host_name_is_one_label_whatever_the_stack_is_called(stack: StackName) -> None:
    name = deploy(lambda: rent(stack=stack))["vps-server"].text("hostname")

    assert re.fullmatch(r"(?!-)[a-z0-9-]{1,63}(?<!-)", name)


@pytest.fixture
def endpoint(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The lab's API in the place of the only one there is."""
    with vultr_at(tmp_path, monkeypatch, vpc2=True) as url:
        yield url


@pytest.fixture
def without_vpc2(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The same since Vultr switched VPC 2.0 off."""
    with vultr_at(tmp_path, monkeypatch, vpc2=False) as url:
        yield url


@contextmanager
def vultr_at(folder: Path, monkeypatch: pytest.MonkeyPatch, *, vpc2: bool) -> Iterator[str]:
    """Serve it; where it is."""
    app = create_app(
        machines=FakeMachines(),
        tokens=frozenset({TOKEN}),
        state_file=folder / "state.json",
        vpc2=vpc2,
    )
    with served(app) as address:
        url = address.removesuffix("/v1") + "/v2"
        monkeypatch.setattr("components.vps.vultr.VULTR", replace(VULTR, base=url))
        yield url


@pytest.mark.usefixtures("endpoint")
def test_the_catalog_needs_no_key_and_tells_prices() -> None:
    catalog = vultr_catalog(None, ["fra", "hnl"])

    size = catalog.sizes["vc2-1c-1gb"]
    assert (size.memory_mb, size.prices["fra"], catalog.currency) == (1024, 5.0, "USD")
    assert (size.disk_gb, size.kind) == (25, "vc2")
    assert "hnl" not in size.prices  # sold out
    assert catalog.regions["fra"] == "Frankfurt, DE"


@pytest.mark.usefixtures("endpoint")
def test_a_region_may_have_a_price_of_its_own() -> None:
    prices = vultr_catalog(None).sizes["vc2-2c-2gb"].prices

    assert (prices["fra"], prices["sao"]) == (15.0, 22.5)


@pytest.mark.usefixtures("endpoint")
def test_the_catalog_reads_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = vultr_catalog(None)
    monkeypatch.setattr("components.vps.vultr.PAGE", 9)

    assert vultr_catalog(None) == whole


@pytest.mark.usefixtures("endpoint")
def test_plans_without_ipv4_or_with_graphics_are_not_for_us() -> None:
    sizes = vultr_catalog(None).sizes

    assert "vc2-1c-0.5gb" in sizes
    assert not [name for name in sizes if name.endswith("-v6") or name.startswith("vcg")]


def test_plans_that_the_plugin_cannot_rent_are_not_for_us(endpoint: str) -> None:
    plans = {plan["id"]: plan for plan in httpx.get(f"{endpoint}/plans").json()["plans"]}
    unfit = {name for name, plan in plans.items() if not (plan["deploy_ondemand"] and plan["disk"])}

    assert unfit == {"vx1-g-2c-8g", "voc-c-1c-2gb-25s-amd"}
    assert not unfit & set(vultr_catalog(None).sizes)
    assert "vx1-g-2c-8g-120s" in vultr_catalog(None).sizes


@pytest.mark.usefixtures("endpoint")
def test_a_plan_that_does_not_say_whether_it_is_for_sale_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(PLANS["vc2-1c-1gb"], "deploy_ondemand")

    assert "vc2-1c-1gb" in vultr_catalog(None).sizes


@pytest.mark.usefixtures("endpoint")
def test_the_default_can_be_ordered_and_a_full_region_is_passed_over() -> None:
    def offer(spec: VultrServer) -> tuple[str, float | None]:
        found = choose_offer(spec, vultr_catalog(None, spec.wanted_regions), None, project="p")
        return found.region, found.monthly_cost

    assert offer(SPEC) == ("fra", 5.0)
    assert offer(SPEC.model_copy(update={"regions": ("man", "hnl", "ams")})) == ("ams", 5.0)


@pytest.mark.usefixtures("endpoint")
def test_an_unknown_region_is_told_and_not_asked_about() -> None:
    spec = SPEC.model_copy(update={"region": "mars"})
    catalog = vultr_catalog(None, spec.wanted_regions)

    with pytest.raises(pulumi.RunError, match="there is no region 'mars'"):
        choose_offer(spec, catalog, None, project="p")


@pytest.mark.usefixtures("endpoint")
def test_a_refused_key_is_told_with_its_remedy_and_not_shown() -> None:
    with pytest.raises(pulumi.RunError, match="vultr:apiKey") as caught:
        vultr_catalog("wrong-key-wrong-key-wrong-key")

    assert "Access Control" in str(caught.value)
    assert "wrong-key" not in str(caught.value)


VULTR_RUNS = {
    "provider": "vultr",
    "region": "fra",
    "size": "vc2-1c-1gb",
    "image": "debian-13",
    "admin": "admin",
}


def preflight(recorded: dict[str, str] | None) -> None:
    """What a preview asks Vultr."""
    deploy(lambda: ignore(preflight_server(SPEC, recorded)), config={"vultr:apiKey": TOKEN})


def ignore(_: object) -> None:
    """A program's result is nothing."""


@pytest.mark.usefixtures("endpoint")
def test_an_instance_is_rented_while_vultr_knows_vpc_2() -> None:
    preflight(None)


@pytest.mark.parametrize(
    "recorded", [None, {**VULTR_RUNS, "size": "vc2-1c-2gb"}, {**VULTR_RUNS, "image": "debian-12"}]
)
def test_nothing_is_rented_or_changed_that_the_plugin_could_not_read(
    recorded: dict[str, str] | None, without_vpc2: str
) -> None:
    with pytest.raises(pulumi.RunError, match=r"VPC 2\.0, which Vultr has switched off") as refused:
        preflight(recorded)

    assert "set server.provider to existing" in str(refused.value)
    assert TOKEN not in str(refused.value)
    assert httpx.get(f"{without_vpc2}/instances", headers=BEARER).json()["instances"] == []


@pytest.mark.usefixtures("without_vpc2")
def test_an_instance_that_runs_as_it_is_wanted_stops_no_edit_without_vpc_2() -> None:
    preflight(VULTR_RUNS)


def test_the_plugin_that_asks_for_vpc_2_is_the_one_that_is_pinned() -> None:
    """Another one may not ask: then the check goes."""
    pinned = (ROOT / "requirements.txt").read_text(encoding="utf-8")

    assert f"ediri-vultr=={PLUGIN} " in pinned


def test_nobody_answering_is_told_after_some_tries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.vps.vultr.VULTR", replace(VULTR, base="http://127.0.0.1:1"))
    monkeypatch.setattr("components.http_client.time.sleep", lambda _: None)

    with pytest.raises(pulumi.RunError, match="Vultr does not answer"):
        vultr_catalog(None)


def test_the_key_is_asked_for_and_a_placeholder_is_none() -> None:
    rented = Settings.model_validate({"server": {"provider": "vultr"}})
    cloudflare = {"CLOUDFLARE_API_TOKEN": "0123456789abcdefghijABCDEFGHIJ-_" * 2}

    def problems(key: str) -> list[str]:
        return missing_credentials(rented, {**cloudflare, "VULTR_API_KEY": key})

    (missing,) = problems("")
    assert "pulumi config set --secret vultr:apiKey" in missing
    (placeholder,) = problems("your-vultr-api-key-here")
    assert "VULTR_API_KEY is a placeholder" in placeholder
    assert problems(TOKEN) == []


@pytest.mark.usefixtures("without_vpc2")
def test_the_regions_say_that_nothing_can_be_rented_where_the_plugin_could_not_read_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VULTR_API_KEY", TOKEN)

    assert refusals(["hcloud"]) == {}
    assert "cannot be rented now" in refusals(["hcloud", "vultr"])["vultr"]


@pytest.mark.usefixtures("endpoint")
def test_the_regions_say_where_it_is_not_known_whether_anything_can_be_rented(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("VULTR_API_KEY", TOKEN)
    known = refusals(["vultr"])
    monkeypatch.delenv("VULTR_API_KEY")

    assert known == {}
    assert "needs VULTR_API_KEY" in refusals(["vultr"])["vultr"]
