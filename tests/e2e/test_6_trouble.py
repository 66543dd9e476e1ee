"""A provider's API in trouble while `up` runs: asked again for a while, told, and repaired by `up`.

The requests that make things meet it; the questions of the preview have been answered by then.
"""

import time
from collections.abc import Iterator

import pytest

from lab.infra.trouble import BUSY, Trouble, set_trouble
from tests.e2e.harness import Lab
from tests.e2e.waiting import until

APIS = {
    "hcloud": "api.hetzner.cloud",
    "vultr": "api.vultr.com",
    "digitalocean": "api.digitalocean.com",
    "linode": "api.linode.com",
}
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


@pytest.mark.parametrize("provider", ["hcloud", *OTHERS])
def test_a_broken_api_ends_up_in_its_words_and_a_busy_one_only_takes_longer(
    unmade: Lab, provider: str
) -> None:
    lab = unmade
    configure(lab, provider)
    set_trouble(lab.name, APIS[provider], Trouble(answer="broken"))

    begun = time.monotonic()
    broken = lab.up(check=False)

    assert time.monotonic() - begun < GIVES_UP_WITHIN
    assert broken.code != 0
    assert "500" in broken.text or "Internal Server Error" in broken.text, broken.text
    assert "Traceback" not in broken.text

    set_trouble(lab.name, APIS[provider], Trouble(answer="busy", requests=2))
    set_trouble(lab.name, "api.cloudflare.com", Trouble(answer="busy", requests=2))
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

    begun = time.monotonic()
    silent = lab.up(check=False)

    assert time.monotonic() - begun < GIVES_UP_WITHIN
    assert silent.code != 0
    assert "Traceback" not in silent.text

    set_trouble(lab.name, APIS[provider], None)
    lab.up()
    assert made(lab)


def test_a_silent_cloudflare_is_given_up_in_time_and_the_next_up_repairs(unmade: Lab) -> None:
    lab = unmade
    configure(lab, "hcloud")
    set_trouble(lab.name, "api.cloudflare.com", Trouble(answer="nothing"))

    begun = time.monotonic()
    silent = lab.up(check=False)

    assert time.monotonic() - begun < GIVES_UP_WITHIN
    assert silent.code != 0
    assert "Cloudflare does not answer" in silent.text
    assert "Traceback" not in silent.text

    set_trouble(lab.name, "api.cloudflare.com", None)
    lab.up()
    assert made(lab)
