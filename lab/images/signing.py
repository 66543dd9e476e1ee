"""The key that signs the lab's package archive; made once, its secret half stays in the cache."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lab.cache import build_once, run_logged
from lab.paths import cache_dir

_OWNER = "The lab's package archive (vps-reverse-proxy)"


def public_key() -> Path:
    """The public half, as an apt keyring (`.gpg`, binary)."""
    return _key_dir() / "public.gpg"


def sign_releases(releases: list[Path]) -> None:
    """Write a signed `InRelease` beside each of these `Release` files."""
    with _gpg_home() as gpg:
        run_logged("archive", [*gpg, "--import", _key_dir() / "secret.gpg"])
        for release in releases:
            signed = release.with_name("InRelease")
            run_logged("archive", [*gpg, "--yes", "--output", signed, "--clearsign", release])


def _key_dir() -> Path:
    return build_once(cache_dir() / "archive-key", _make_key)


def _make_key(into: Path) -> None:
    into.chmod(0o700)
    with _gpg_home() as gpg:
        run_logged("archive", [*gpg, "--quick-generate-key", _OWNER, "ed25519", "sign", "never"])
        run_logged("archive", [*gpg, "--output", into / "public.gpg", "--export"])
        run_logged("archive", [*gpg, "--output", into / "secret.gpg", "--export-secret-keys"])
    (into / "secret.gpg").chmod(0o600)


@contextmanager
def _gpg_home() -> Iterator[list[str | Path]]:
    """The start of a gpg command with a home of its own.

    The home is a short-lived directory under /tmp because gpg's agent listens on a socket in it,
    and a socket's path may have 107 bytes only: a cache may lie deeper.
    """
    with tempfile.TemporaryDirectory(prefix="lab-gpg-", dir="/tmp") as home:  # nosec B108 - a name of its own
        try:
            yield ["gpg", "--batch", "--no-tty", "--homedir", home, "--passphrase", ""]
        finally:
            stop_agent = ["gpgconf", "--homedir", home, "--kill", "all"]
            subprocess.run(stop_agent, check=False, capture_output=True)
