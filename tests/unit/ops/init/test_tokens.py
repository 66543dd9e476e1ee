"""Where tokens come from, and that none is ever shown."""

from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.init.tokens import Tokens, read_token_file
from settings.credentials import CLOUDFLARE, HCLOUD

GOOD = "".join(chr(97 + number % 26) for number in range(64))
OTHER = GOOD.upper()


def test_a_file_goes_before_the_environment_and_that_before_the_prompt(tmp_path: Path) -> None:
    file = tmp_path / "tokens"
    file.write_text(f"# of the project\n\nexport HCLOUD_TOKEN='{GOOD}'\n")

    from_file = Tokens(read_token_file(str(file)), prompt=None, environ={"HCLOUD_TOKEN": OTHER})
    from_environment = Tokens({}, prompt=lambda _: GOOD, environ={"HCLOUD_TOKEN": OTHER})
    from_prompt = Tokens({}, prompt=lambda _: f" {GOOD}\n", environ={})

    assert from_file.of(HCLOUD) == GOOD
    assert from_environment.of(HCLOUD) == OTHER
    assert from_prompt.of(HCLOUD) == GOOD


def test_a_prompt_comes_once_for_each_token() -> None:
    asked: list[str] = []

    def prompt(words: str) -> str:
        asked.append(words)
        return GOOD

    tokens = Tokens({}, prompt=prompt, environ={})

    assert tokens.of(HCLOUD) == tokens.of(HCLOUD)
    assert len(asked) == 1


def test_a_missing_token_names_the_variable_the_file_and_where_to_get_one() -> None:
    with pytest.raises(OpsError) as refused:
        Tokens({}, prompt=None, environ={}).of(CLOUDFLARE)

    for words in ("CLOUDFLARE_API_TOKEN", "--token-file", "Cloudflare dashboard"):
        assert words in str(refused.value)


def test_a_token_of_another_form_is_refused_without_showing_it() -> None:
    with pytest.raises(OpsError, match="exactly 64 characters") as refused:
        Tokens({}, prompt=None, environ={"HCLOUD_TOKEN": "PLANTED"}).of(HCLOUD)

    assert "PLANTED" not in str(refused.value)


@pytest.mark.parametrize("line", ["PLANTED", "HCLOUD=PLANTED", "hcloud:token=PLANTED"])
def test_a_line_of_another_form_is_named_by_number_without_showing_it(
    tmp_path: Path, line: str
) -> None:
    (tmp_path / "tokens").write_text(f"HCLOUD_TOKEN={GOOD}\n{line}\n")

    with pytest.raises(OpsError, match="line 2") as refused:
        read_token_file(str(tmp_path / "tokens"))

    assert "PLANTED" not in str(refused.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(OpsError, match="cannot be read"):
        read_token_file(str(tmp_path / "none"))
