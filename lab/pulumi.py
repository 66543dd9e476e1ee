"""Runs the real pulumi on the lab's WSL host, as its user would in the program's folder."""

from __future__ import annotations

import json
import tempfile
from typing import TYPE_CHECKING

from lab.hosts import HostError, entry, run_in
from lab.hostspec import CA_BUNDLE
from lab.interactive import exec_interactive, run_to_its_end
from lab.paths import lab_dir
from lab.windows.drive import SYSTEM32, session_environment
from lab.wsl import NAME, PROGRAM, PROGRAM_VENV, USER, tokens_file

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

STACK = "dev"
_SELECT = ("stack", "select", STACK, "--create", "--non-interactive")
STATE = f"/home/{USER}/.pulumi-state"
_PATH = f"{PROGRAM_VENV}/bin:/opt/lab/bin:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin:{SYSTEM32}"
_STACK_STATE = f"{STATE}/.pulumi/stacks/vps-reverse-proxy/{STACK}.json"


def environment(lab: str) -> dict[str, str]:
    """The user's whole environment: the tokens of the lab's own clouds, nothing of the caller's."""
    tokens = json.loads(tokens_file(lab).read_text())
    return {
        "PATH": _PATH,
        "HOME": f"/home/{USER}",
        "USER": USER,
        "LOGNAME": USER,
        "SHELL": "/bin/bash",
        "LANG": "C.UTF-8",
        "TERM": "xterm",
        **session_environment(),
        "PULUMI_BACKEND_URL": f"file://{STATE}",
        "PULUMI_CONFIG_PASSPHRASE": (lab_dir(lab) / "passphrase").read_text(),
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "SSL_CERT_FILE": CA_BUNDLE,
        "HCLOUD_TOKEN": tokens["hcloud"],
        "DIGITALOCEAN_TOKEN": tokens["digitalocean"],
        "LINODE_TOKEN": tokens["linode"],
        "VULTR_API_KEY": tokens["vultr"],
        "CLOUDFLARE_API_TOKEN": tokens["cloudflare"],
    }


def as_user(argv: Sequence[str], *, directory: str = PROGRAM) -> list[str]:
    """A command line that becomes the user in a folder of theirs; the environment passes through.

    Not sudo or su: both would drop the tokens, which must not be on a command line either.
    """
    become = ["setpriv", f"--reuid={USER}", f"--regid={USER}", "--init-groups", "--"]
    return ["env", f"--chdir={directory}", *become, *argv]


def ensure_stack(lab: str) -> None:
    """Make and select the stack `dev` when it is not there. Raises HostError."""
    if run_in(lab, NAME, ["test", "-e", _STACK_STATE], check=False).returncode == 0:
        return
    state = ["install", "-d", "-m", "700", "-o", USER, "-g", USER, STATE]
    run_in(lab, NAME, state)
    said: list[str] = []
    argv = [*entry(lab, NAME), *as_user(["pulumi", *_SELECT])]
    if run_to_its_end(argv, env=environment(lab), show=said.append):
        raise HostError(f"pulumi stack select {STACK} failed:\n" + "\n".join(said))


def pulumi_interactive(lab: str, args: Sequence[str]) -> int:
    """Run pulumi with our input, output and terminal; returns its exit status."""
    ensure_stack(lab)
    return exec_interactive(lab, NAME, as_user(["pulumi", *args]), env=environment(lab))


def pulumi_lines(lab: str, args: Sequence[str], show: Callable[[str], None]) -> int:
    """Run pulumi, each line of its output and errors to `show` as it comes; its exit status."""
    ensure_stack(lab)
    argv = [*entry(lab, NAME), *as_user(["pulumi", *args])]
    return run_to_its_end(argv, env=environment(lab), show=show)


def pulumi_output(lab: str, args: Sequence[str]) -> str:
    """What pulumi prints on its standard output. Raises HostError with all it said on failure."""
    ensure_stack(lab)
    argv = [*entry(lab, NAME), *as_user(["pulumi", *args])]
    said: list[str] = []
    with tempfile.TemporaryFile("w+", errors="replace") as errors:
        code = run_to_its_end(argv, env=environment(lab), show=said.append, errors_to=errors)
        errors.seek(0)
        if code:
            raise HostError(f"pulumi {args[0]} ended with {code}:\n{errors.read()}")
    return "".join(f"{line}\n" for line in said)
