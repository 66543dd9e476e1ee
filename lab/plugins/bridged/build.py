"""Builds Hetzner's plugin of Hetzner's own Terraform provider and Pulumi's bridge.

The other providers' modules are not to be had where this is needed: the registry has none of them.
"""

import hashlib
import re
import shutil
from pathlib import Path

from lab.cache import Report, build_once, run_logged, silent
from lab.engine.golang import find_go, go_environment
from lab.paths import cache_dir

BRIDGED = frozenset({"hcloud"})
"""Which plugins can be built."""
_MODULE = Path(__file__).parent
_SOURCES = ("main.go", "go.mod", "go.sum")


def ensure_bridged(version: str, *, report: Report = silent) -> Path:
    """The folder that holds the plugin and the files it needs; kept in the cache.

    Args:
        version: That of the SDK, which the engine asks for.
        report: Told of what takes long.

    Raises:
        BuildError: It could not be built.
    """
    digest = hashlib.sha256(bridged_sources() + version.encode()).hexdigest()[:12]
    place = cache_dir() / "plugins" / f"bridged_hcloud-{digest}"
    return build_once(place, lambda into: _build(version, into, report)) / "plugin"


def bridged_sources() -> bytes:
    """What goes into the build."""
    return b"".join((_MODULE / name).read_bytes() for name in _SOURCES)


def _build(version: str, into: Path, report: Report) -> None:
    scratch, made = into / "scratch", into / "plugin"
    made.mkdir()
    environment = go_environment(scratch)
    needed = re.findall(r"^go (\S+)", (_MODULE / "go.mod").read_text(), re.MULTILINE)[0]
    go = find_go(needed, environment, report)
    report("building Hetzner's plugin of its Go modules (some minutes, once)")
    linking, plugin = f"-s -w -X main.version={version}", made / "pulumi-resource-hcloud"
    argv: list[str | Path] = [go, "-C", _MODULE, "build", "-ldflags", linking, "-o", plugin, "."]
    run_logged("bridged", argv, env=environment)
    run_logged("bridged", [plugin, "schema", "--out", made], env=environment)
    (made / "Pulumi.yaml").unlink()  # for making SDKs of it
    shutil.rmtree(scratch)
