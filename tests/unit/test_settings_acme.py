"""`edge.acme`: a section within a section."""

from typing import Any

import pytest
from pydantic import ValidationError

from settings.messages import lines
from settings.model import Settings
from tests.unit.settings_support import HCLOUD


def refusal(acme: dict[str, Any]) -> str:
    """What a user reads."""
    raw = {"server": HCLOUD, "edge": {"acme": acme}}
    with pytest.raises(ValidationError) as refused:
        Settings.model_validate(raw)
    return "\n".join(f"{path}: {problem}" for path, problem in lines(refused.value, raw, []))


@pytest.mark.parametrize(
    "directory", ["http://acme.example.org/dir", "https://a b/dir", "https://x/'; reboot #", ""]
)
def test_a_directory_that_is_no_https_address_is_refused(directory: str) -> None:
    assert "is not an https address of an ACME directory" in refusal({"directory": directory})


@pytest.mark.parametrize("email", ["me", "me@x", "me@gonova.one; reboot", "$(id)@gonova.one"])
def test_an_email_that_is_none_is_refused(email: str) -> None:
    assert "is not an e-mail address" in refusal({"email": email})


def test_a_misspelt_key_is_named_with_the_one_that_was_meant() -> None:
    said = refusal({"direktory": "x"})

    assert said == 'edge.acme.direktory: no such key; did you mean "directory"?'


def test_without_a_word_it_is_lets_encrypt() -> None:
    acme = Settings.model_validate({"server": HCLOUD}).edge.acme

    assert acme.directory == "https://acme-v02.api.letsencrypt.org/directory"
    assert acme.email == ""
