"""Each provider once: refused before it costs, up, spoken, closed, quiet, and gone without a trace.

Hetzner Cloud is what every other test rents from. A new provider is one row here.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from lab import wsl
from tests.e2e.harness import Lab
from tests.e2e.modes import ended
from tests.e2e.waiting import until

pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True, kw_only=True)
class Provider:
    """What a test must know of a provider.

    Attributes:
        name: As `server.provider` takes it; the lab keeps its token under the same name.
        api: Where its API is.
        lists: What an account may hold: a path of the API -> the key of its list.
        full: Settings of a server that cannot be ordered.
        instead: What the refusal offers.
        monthly: What the default server costs.
        larger: A size that the default server can become.
    """

    name: str
    api: str
    lists: Mapping[str, str]
    full: Mapping[str, Any]
    instead: str
    monthly: tuple[float, str]
    larger: str


PROVIDERS = (
    Provider(
        name="vultr",
        api="https://api.vultr.com/v2",
        lists={
            "/instances": "instances",
            "/firewalls": "firewall_groups",
            "/ssh-keys": "ssh_keys",
            "/startup-scripts": "startup_scripts",
            "/reserved-ips": "reserved_ips",
        },
        full={"region": "hnl"},
        instead="pulumi config set --path vps-reverse-proxy:server.size vhf-1c-1gb",
        monthly=(5, "USD"),
        larger="vc2-1c-2gb",
    ),
    Provider(
        name="digitalocean",
        api="https://api.digitalocean.com/v2",
        lists={
            "/droplets": "droplets",
            "/firewalls": "firewalls",
            "/account/keys": "ssh_keys",
            "/tags": "tags",
        },
        full={"region": "lon1"},
        instead="pulumi config set --path vps-reverse-proxy:server.size s-1vcpu-1gb-amd",
        monthly=(6, "USD"),
        larger="s-1vcpu-2gb",
    ),
    Provider(
        name="linode",
        api="https://api.linode.com/v4",
        lists={
            "/linode/instances": "data",
            "/networking/firewalls": "data",
            "/profile/sshkeys": "data",
        },
        full={"region": "nl-ams"},
        instead="pulumi config set --path vps-reverse-proxy:server.size g6-standard-1",
        monthly=(5, "USD"),
        larger="g6-standard-1",
    ),
)


@pytest.fixture(scope="module", params=PROVIDERS, ids=lambda provider: provider.name)
def provider(request: pytest.FixtureRequest, lab: Lab) -> Iterator[Provider]:
    """One after the other; what a failed test left is gone before the next."""
    lab.pulumi("destroy", "--yes", "--skip-preview", check=False)
    yield request.param
    lab.pulumi("destroy", "--yes", "--skip-preview", check=False)
    wsl.sync_program(lab.name, reset=True)


@pytest.fixture(scope="module")
def rented(lab: Lab, provider: Provider) -> Lab:
    """The lab with a stack up that rents from that provider."""
    configure(lab, provider)
    lab.up()
    lab.wait_serving()
    return lab


def configure(lab: Lab, provider: Provider, **server: Any) -> None:
    """A stack with that provider; its defaults unless told."""
    lab.configure(
        {
            "server": {"provider": provider.name, **server},
            "edge": {"mode": "flexible", "zone": "gonova.one"},
        }
    )


def held(lab: Lab, provider: Provider) -> dict[str, int]:
    """How many things of each kind the account has."""
    return {
        path: len(lab.api(provider.name, "GET", provider.api + path)[key])
        for path, key in provider.lists.items()
    }


def knock(lab: Lab, doors: Sequence[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """What a visitor meets at each address and port: "open", "refused" or "silence"."""
    knocking = [f"timeout 4 bash -c ': </dev/tcp/{address}/{port}'" for address, port in doors]
    words = {0: "open", 1: "refused", 124: "silence"}
    codes = ended(lab, "client", knocking)
    return {door: words[code] for door, code in zip(doors, codes, strict=True)}


def test_what_cannot_be_ordered_is_refused_in_preview_with_what_can(
    lab: Lab, provider: Provider
) -> None:
    configure(lab, provider, **provider.full)

    outcome = lab.pulumi("preview", check=False)

    assert outcome.code != 0
    assert "sold out" in outcome.text
    assert provider.instead in outcome.text
    assert not any(held(lab, provider).values())


def test_a_preview_of_a_new_stack_makes_nothing(lab: Lab, provider: Provider) -> None:
    configure(lab, provider)

    preview = lab.pulumi("preview").text

    # What only a made thing can tell is not known yet, and nothing stumbles over that.
    assert "vpsAddress : [unknown]" in preview
    amount, currency = provider.monthly
    told = rf'monthlyCost *: \{{\s+amount *: {re.escape(str(amount))}\s+currency *: "{currency}"'
    assert re.search(told, preview), preview
    assert not any(held(lab, provider).values())


def test_it_comes_up_and_is_understood(rented: Lab, provider: Provider) -> None:
    lab = rented

    until(lambda: lab.speak().code == 0, seconds=30, what="the digits come back")
    amount, currency = provider.monthly
    cost = lab.outputs()["monthlyCost"]
    assert (cost["amount"], cost["currency"]) == (amount, currency)


def test_only_what_the_mode_needs_is_open_to_a_visitor(rented: Lab) -> None:
    lab = rented
    outputs = lab.outputs()
    expected = {
        (outputs[address], port): met
        for address in ("vpsAddress", "vpsAddress6")
        # Port 80: the edge alone may.
        for port, met in ((22, "open"), (80, "silence"), (5000, "silence"))
    }

    assert knock(lab, [*expected]) == expected


def test_a_second_up_changes_nothing(rented: Lab, provider: Provider) -> None:
    lab = rented
    before = held(lab, provider)

    lab.up("--expect-no-changes")

    assert held(lab, provider) == before


def test_a_refresh_finds_everything_as_it_was_left(rented: Lab) -> None:
    rented.pulumi("refresh", "--yes", "--skip-preview", "--expect-no-changes")


def test_a_larger_size_is_the_same_machine(rented: Lab, provider: Provider) -> None:
    lab = rented
    before, machines = lab.outputs()["vpsAddress"], held(lab, provider)
    configure(lab, provider, size=provider.larger)

    lab.up()
    lab.wait_serving()

    assert lab.outputs()["vpsAddress"] == before
    assert held(lab, provider) == machines


# With one provider test_3_changes.py proves it each time.
@pytest.mark.full
def test_another_image_is_another_machine_and_the_old_one_is_gone(
    rented: Lab, provider: Provider
) -> None:
    lab = rented
    before, machines = lab.outputs()["vpsAddress"], held(lab, provider)
    configure(lab, provider, size=provider.larger, image="debian-12")

    lab.up()
    lab.wait_serving()

    assert lab.outputs()["vpsAddress"] != before
    assert held(lab, provider) == machines


def test_destroy_leaves_nothing_in_the_account(rented: Lab, provider: Provider) -> None:
    lab = rented
    assert any(held(lab, provider).values())

    lab.pulumi("destroy", "--yes", "--skip-preview")

    assert held(lab, provider) == dict.fromkeys(provider.lists, 0)
    assert lab.pulumi("stack", "export").text.count('"urn"') == 0
