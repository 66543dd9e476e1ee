"""The providers' tokens: what is missing is named with its command, no value is shown."""

import random
import string
from collections.abc import Iterator

import pulumi
import pytest
from pulumi.runtime import set_all_config

from settings import Settings, missing_credentials, require_credentials
from settings.credentials import CLOUDFLARE, PROVIDERS
from settings.server import RentedServer, server_models
from tests.unit.settings_support import EXISTING, HCLOUD

HCLOUD_TOKEN = "k3Jd8sLq0PzX7vBn" * 4
CLOUDFLARE_TOKEN = "Zq8_w-3rTyUiOpAsDfGh" * 2
RENTED = Settings.model_validate({"server": HCLOUD})
ADOPTED = Settings.model_validate({"server": EXISTING})
BOTH = {"HCLOUD_TOKEN": HCLOUD_TOKEN, "CLOUDFLARE_API_TOKEN": CLOUDFLARE_TOKEN}


@pytest.fixture(autouse=True)
def _no_configuration(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.delenv("PULUMI_CONFIG", raising=False)
    set_all_config({}, [])
    yield
    set_all_config({}, [])


def test_nothing_is_missing_when_both_tokens_are_in_the_environment() -> None:
    assert missing_credentials(RENTED, BOTH) == []


def test_nothing_is_missing_when_both_tokens_are_configured() -> None:
    tokens = {"hcloud:token": HCLOUD_TOKEN, "cloudflare:apiToken": CLOUDFLARE_TOKEN}
    set_all_config(tokens, [*tokens])

    assert missing_credentials(RENTED, {}) == []


def test_a_token_that_stands_in_the_file_unencrypted_is_refused_and_not_shown() -> None:
    tokens = {"hcloud:token": HCLOUD_TOKEN, "cloudflare:apiToken": CLOUDFLARE_TOKEN}
    set_all_config(tokens, ["cloudflare:apiToken"])

    (problem,) = missing_credentials(RENTED, {})

    assert problem.startswith("hcloud:token stands in the stack's file unencrypted")
    assert "`pulumi config set --secret hcloud:token`" in problem
    assert HCLOUD_TOKEN[:8] not in problem


def test_the_scopes_named_for_digitalocean_are_all_that_a_droplet_needs() -> None:
    # https://docs.digitalocean.com/reference/api/scopes/droplet/create
    scopes = ("droplet", "regions", "sizes", "actions", "image", "ssh_key", "tag", "firewall")

    assert [scope for scope in scopes if scope not in PROVIDERS["digitalocean"].origin] == []


def test_with_dns_elsewhere_no_token_of_cloudflare_is_needed() -> None:
    by_hand = {"mode": "direct", "dns": "manual"}
    manual = Settings.model_validate({"server": EXISTING, "edge": by_hand})

    assert missing_credentials(manual, {}) == []


def test_every_missing_token_is_named_with_its_command_and_the_rehearsal() -> None:
    with pytest.raises(pulumi.RunError) as caught:
        require_credentials(RENTED, {})

    assert "pulumi config set --secret hcloud:token" in str(caught.value)
    assert "pulumi config set --secret cloudflare:apiToken" in str(caught.value)
    assert str(caught.value).endswith("bin/rehearse")


def test_every_provider_that_rents_has_a_token() -> None:
    rents = {tag for tag, model in server_models().items() if issubclass(model, RentedServer)}

    assert set(PROVIDERS) == rents


def test_a_machine_the_user_has_needs_no_hetzner_token() -> None:
    (problem,) = missing_credentials(ADOPTED, {})

    assert problem.startswith("cloudflare:apiToken is missing")


def test_a_configured_token_wins_over_the_environment_as_it_does_in_the_provider() -> None:
    set_all_config({"hcloud:token": "too-short"}, ["hcloud:token"])

    (problem,) = missing_credentials(RENTED, BOTH)

    assert problem.startswith("hcloud:token cannot be a token")


@pytest.mark.parametrize(
    "token",
    [
        HCLOUD_TOKEN[:-1],
        HCLOUD_TOKEN + "\n",
        "x" * 64,
        "<your-hcloud-token>",
        ("your-hcloud-token-here-" * 3)[:64],
        ("REPLACE_ME_1234567890_" * 3)[:64],
        ("yourtokenhere" * 5)[:64],
        ("CHANGEME" * 8)[:64],
        "todo-" + HCLOUD_TOKEN[:59],
        HCLOUD_TOKEN[:59] + ".TODO",
    ],
)
def test_a_value_that_cannot_be_a_token_is_refused_and_not_shown(token: str) -> None:
    (problem,) = missing_credentials(RENTED, {**BOTH, "HCLOUD_TOKEN": token})

    assert problem.startswith("HCLOUD_TOKEN ")
    assert token.strip()[:15] not in problem


def test_a_cloudflare_token_with_other_characters_is_refused() -> None:
    (problem,) = missing_credentials(ADOPTED, {"CLOUDFLARE_API_TOKEN": "a.b" + CLOUDFLARE_TOKEN})

    assert "40 to 80 letters, digits" in problem


LETTERS = string.ascii_letters + string.digits
ALPHABETS = {
    "hcloud": (LETTERS, 64),
    "vultr": (string.ascii_uppercase + string.digits, 36),
    "linode": ("0123456789abcdef", 64),
    "digitalocean": ("0123456789abcdef", 64),
    "cloudflare": (LETTERS + "-_", 40),
}


@pytest.mark.parametrize("provider", ALPHABETS)
@pytest.mark.parametrize("word", ["", "your", "tODo", "Insert", "REPLACE", "example", "changeme"])
def test_a_random_token_is_taken_whatever_word_it_happens_to_hold(provider: str, word: str) -> None:
    alphabet, length = ALPHABETS[provider]
    chance = random.Random(f"{provider} {word}")
    prefix = "dop_v1_" if provider == "digitalocean" else ""
    server = {**HCLOUD, "provider": provider} if provider in PROVIDERS else EXISTING
    rented = Settings.model_validate({"server": server})
    credential = PROVIDERS.get(provider, CLOUDFLARE)
    for _ in range(200):
        token = "".join(chance.choices(alphabet, k=length - len(word)))
        at = chance.randrange(1, len(token) - 1)
        before, after = token[:at].rstrip("-_") or "k", token[at:].lstrip("-_") or "k"
        whole = f"{prefix}{before}{word}{after}".ljust(length, "k")

        assert missing_credentials(rented, {**BOTH, credential.variable: whole}) == []
