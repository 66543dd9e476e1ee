"""What other stacks hold, read from their files."""

from pathlib import Path

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
