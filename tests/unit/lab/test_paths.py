"""Where the lab keeps its files."""

from pathlib import Path

import pytest

from lab.paths import cache_dir, checkout_dir, lab_dir


def test_the_cache_is_under_xdg_cache_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_dir() == tmp_path / "vps-reverse-proxy"


@pytest.mark.parametrize("unusable", ["", "relative/cache"])
def test_without_a_usable_xdg_cache_home_the_cache_is_in_the_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, unusable: str
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", unusable)
    assert cache_dir() == tmp_path / ".cache/vps-reverse-proxy"


def test_each_lab_has_a_directory_of_its_own() -> None:
    assert lab_dir("test") != lab_dir("rehearsal")
    assert lab_dir("test").is_relative_to(cache_dir())


@pytest.mark.parametrize("name", ["", "Test", "a/b", "..", "abcdefghijk", "a-b"])
def test_a_lab_name_that_could_not_be_part_of_a_namespace_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="1 to 10"):
        lab_dir(name)


def test_the_checkout_is_where_the_program_is() -> None:
    assert (checkout_dir() / "Pulumi.yaml").is_file()
