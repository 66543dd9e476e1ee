"""The plugins of one lab's WSL host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lab.cache import Report, silent
from lab.hosts import run_in
from lab.hostspec import host_dir
from lab.plugins.install import install_plugins
from lab.world import WSL

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Sequence

_USER = "speech"
_HOME = f"/home/{_USER}"
_PATH = "/opt/lab/bin:/usr/local/bin:/usr/bin:/bin"


def ensure_plugins(lab: str, *, report: Report = silent) -> None:
    """Have the plugins in the PULUMI_HOME of the host's user; quick when they are.

    The lab's sources must be on the host already. Raises BuildError or HostError.
    """

    def run(
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        root: bool = False,
    ) -> subprocess.CompletedProcess[bytes]:
        become = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--init-groups", "--"]
        settings = [f"PATH={_PATH}", f"HOME={_HOME}", "PULUMI_SKIP_UPDATE_CHECK=true"]
        as_user = ["env", f"--chdir={_HOME}", *settings, *become]
        return run_in(lab, WSL.name, argv if root else [*as_user, *argv], input=stdin)

    install_plugins(run, record=host_dir(lab, WSL.name) / "plugins.json", report=report)
