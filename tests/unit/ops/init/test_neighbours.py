"""What other stacks hold, read from their files."""

from pathlib import Path

import pytest

from ops.errors import OpsError
from ops.init.neighbours import read_neighbours


def write(folder: Path, stack: str, text: str) -> None:
    (folder / f"Pulumi.{stack}.yaml").write_text(text)


def test_defaults_count_as_taken(tmp_path: Path) -> None:
    write(tmp_path, "dev", "config:\n  p:edge: {zone: example.org}\n")

    (dev,) = read_neighbours(tmp_path, "p", ["dev"])

    assert (dev.unit, dev.account, dev.ports) == ("vps-tunnel", "tunnel", frozenset({8080, 8081}))
    assert dev.hostnames == {"asr.example.org", "tts.example.org"}


def test_what_is_set_counts(tmp_path: Path) -> None:
    write(
        tmp_path,
        "home",
        "config:\n  p:tunnel: {unit: own, account: mine}\n"
        "  p:services: [{name: echo, port: 9000, hostname: e.example.org}]\n",
    )

    (home,) = read_neighbours(tmp_path, "p", ["home"])

    assert (home.unit, home.account, home.ports) == ("own", "mine", frozenset({9000}))
    assert home.hostnames == {"e.example.org"}


def test_a_stack_without_a_file_here_and_a_file_without_a_stack_hold_nothing(
    tmp_path: Path,
) -> None:
    write(tmp_path, "dev", "config: {}\n")

    assert read_neighbours(tmp_path, "p", ["elsewhere"]) == []


def test_encrypted_and_odd_files_are_no_error(tmp_path: Path) -> None:
    write(tmp_path, "a", "")
    write(tmp_path, "b", "config:\n  p:tunnel: {secure: v1abc}\n  p:services: many\n")

    assert [one.stack for one in read_neighbours(tmp_path, "p", ["a", "b"])] == ["a", "b"]


@pytest.mark.parametrize("services", ["", " 5", " many", " {name: asr}", " [asr, 5]"])
def test_services_that_are_no_services_hold_no_ports(tmp_path: Path, services: str) -> None:
    write(tmp_path, "prod", f"config:\n  5: words\n  p:services:{services}\n")

    (prod,) = read_neighbours(tmp_path, "p", ["prod"])

    assert (prod.ports, prod.hostnames) == (frozenset(), frozenset())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"config:\n\tp:edge: {}\n", "line 2, column 1: found character '\\t'"),
        (b"config: [\n", "line 2, column 1: "),
        (b"config: \xff\n", "byte 9 is not UTF-8"),
        (b"config: \x07\n", "special characters are not allowed"),
        (b"config: 2026-13-01\n", "month must be in 1..12"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_place(
    tmp_path: Path, content: bytes, words: str
) -> None:
    (tmp_path / "Pulumi.prod.yaml").write_bytes(content)

    with pytest.raises(OpsError, match=r"^Pulumi\.prod\.yaml cannot be read, ") as refused:
        read_neighbours(tmp_path, "p", ["prod"])

    assert words in str(refused.value)


def test_a_file_that_may_not_be_opened_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object, **__: object) -> str:
        raise PermissionError(13, "Permission denied")

    write(tmp_path, "prod", "config: {}\n")
    monkeypatch.setattr(Path, "read_text", denied)

    with pytest.raises(OpsError, match=r"Pulumi\.prod\.yaml cannot be read, .*Permission denied"):
        read_neighbours(tmp_path, "p", ["prod"])
