"""Hetzner's plugin of Go modules; a fake go stands for the build."""

from pathlib import Path

import pytest

from lab.cache import BuildError
from lab.engine.build import module_version
from lab.paths import checkout_dir
from lab.plugins.bridged import build

_GO = """\
#!/bin/sh
# go version | go -C FOLDER build -ldflags FLAGS -o PLUGIN .
[ "$1" = version ] && echo "go version go1.99.0 linux/amd64" && exit
mkdir -p "$GOCACHE"
echo "$*" >>{calls}
printf '#!/bin/sh\\ncd "$3"; touch schema.json bridge-metadata.json Pulumi.yaml\\n' >"$7"
chmod +x "$7"
{end}
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PATH with that go; what it was called with."""
    (tmp_path / "bin").mkdir()
    written = tmp_path / "calls"
    fake(tmp_path, end="exit 0")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return written


def fake(tmp_path: Path, *, end: str) -> None:
    """Put that go on PATH."""
    go = tmp_path / "bin/go"
    go.write_text(_GO.format(calls=tmp_path / "calls", end=end))
    go.chmod(0o755)


def test_it_is_built_once_for_a_version_with_the_files_it_needs_beside_it(calls: Path) -> None:
    made = build.ensure_bridged("1.43.3")

    names = {"pulumi-resource-hcloud", "schema.json", "bridge-metadata.json"}
    assert {path.name for path in made.iterdir()} == names
    assert "-X main.version=1.43.3" in calls.read_text()
    assert build.ensure_bridged("1.43.3") == made
    assert len(calls.read_text().splitlines()) == 1

    assert build.ensure_bridged("1.44.0") != made


def test_a_build_that_fails_leaves_nothing_and_is_tried_again(calls: Path, tmp_path: Path) -> None:
    fake(tmp_path, end="echo no such module; exit 1")
    with pytest.raises(BuildError, match="no such module"):
        build.ensure_bridged("1.43.3")

    fake(tmp_path, end="exit 0")
    assert build.ensure_bridged("1.43.3").is_dir()
    assert len(calls.read_text().splitlines()) == 2


@pytest.mark.parametrize("document", ["README.md", "docs/lab.md"])
def test_the_documents_name_the_version_of_hetzners_provider(document: str) -> None:
    go_mod = (Path(build.__file__).parent / "go.mod").read_text()
    version = module_version(go_mod, "github.com/hetznercloud/terraform-provider-hcloud")

    assert version in (checkout_dir() / document).read_text()
