"""A provider's API in trouble while `up` runs: asked again for a while, told, and repaired by `up`.

The requests that make things meet it; the questions of the preview have been answered by then.
"""

import time
from collections.abc import Iterator

import pytest

from lab.infra.trouble import BUSY, FILE, Trouble, set_trouble
from lab.paths import lab_dir
from tests.e2e.harness import Lab
from tests.e2e.waiting import until

APIS = {
    "hcloud": "api.hetzner.cloud",
    "vultr": "api.vultr.com",
    "digitalocean": "api.digitalocean.com",
    "linode": "api.linode.com",
}
CLOUDFLARE = "api.cloudflare.com"
OTHERS = [pytest.param(name, marks=pytest.mark.full) for name in APIS if name != "hcloud"]
GIVES_UP_WITHIN = 300.0  # seconds


@pytest.fixture
def unmade(lab: Lab) -> Iterator[Lab]:
    """A lab where nothing is deployed, before and after."""
    lab.pulumi("destroy", "--yes", "--skip-preview", check=False)
    yield lab
    for hostname in BUSY:
        set_trouble(lab.name, hostname, None)
    lab.pulumi("destroy", "--yes", "--skip-preview")


def configure(lab: Lab, provider: str) -> None:
    """A stack with that provider."""
    edge = {"mode": "flexible", "zone": "gonova.one"}
    lab.configure({"server": {"provider": provider}, "edge": edge})


def made(lab: Lab) -> bool:
    """Whether the speech goes round."""
    lab.wait_serving()
    return bool(until(lambda: lab.speak().code == 0, seconds=30, what="the digits come back"))


def given_up(lab: Lab) -> str:
    """What an `up` says that ends in time, and in words for the user."""
    begun = time.monotonic()
    outcome = lab.up(check=False)
    assert time.monotonic() - begun < GIVES_UP_WITHIN
    assert outcome.code != 0
    assert "Traceback" not in outcome.text
    return outcome.text


def assert_broken(said: str) -> None:
    """The API's own words are in what `up` said."""
    assert "500" in said or "Internal Server Error" in said, said


@pytest.mark.timeout(900)
def test_a_broken_and_a_silent_api_end_up_in_words_busy_ones_only_take_longer_and_up_repairs(
    unmade: Lab,
) -> None:
    lab = unmade
    configure(lab, "hcloud")
    set_trouble(lab.name, APIS["hcloud"], Trouble(answer="broken"))

    assert_broken(given_up(lab))

    set_trouble(lab.name, APIS["hcloud"], Trouble(answer="busy", requests=2))
    set_trouble(lab.name, CLOUDFLARE, Trouble(answer="nothing"))

    assert "Cloudflare does not answer" in given_up(lab)
    assert lab.vps()  # which the busy API has made

    set_trouble(lab.name, CLOUDFLARE, Trouble(answer="busy", requests=2))
    lab.up()

    assert made(lab)
    assert not (lab_dir(lab.name) / "clouds" / FILE).exists()  # each busy answer was met
    lab.up("--expect-no-changes")


@pytest.mark.parametrize("provider", OTHERS)
def test_a_broken_api_ends_up_in_its_words_and_a_busy_one_only_takes_longer(
    unmade: Lab, provider: str
) -> None:
    lab = unmade
    configure(lab, provider)
    set_trouble(lab.name, APIS[provider], Trouble(answer="broken"))

    assert_broken(given_up(lab))

    set_trouble(lab.name, APIS[provider], Trouble(answer="busy", requests=2))
    set_trouble(lab.name, CLOUDFLARE, Trouble(answer="busy", requests=2))
    lab.up()

    assert made(lab)
    lab.up("--expect-no-changes")


@pytest.mark.parametrize("provider", [pytest.param("hcloud", marks=pytest.mark.full), *OTHERS])
def test_a_silent_api_is_given_up_in_time_and_the_next_up_repairs(
    unmade: Lab, provider: str
) -> None:
    lab = unmade
    configure(lab, provider)
    set_trouble(lab.name, APIS[provider], Trouble(answer="nothing"))

    given_up(lab)

    set_trouble(lab.name, APIS[provider], None)
    lab.up()
    assert made(lab)
