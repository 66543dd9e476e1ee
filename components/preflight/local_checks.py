"""What must hold on the WSL host before anything is created there."""

import re
import subprocess
from collections.abc import Iterator

from components.naming import StackName
from components.preflight.machine import Account, Machine
from components.preflight.port_checks import port_problems
from settings import Settings

_OWNER = re.compile(r"^# Owned by vps-reverse-proxy stack (\S+)$", re.MULTILINE)
_FOLDERS_FROM_GIT = ("components/scripts", "components/templates", "bin")
_SHOWN_FILES = 3
_OLDEST_PYTHON = (3, 9)  # that components/holder runs with


def checkout_problems(machine: Machine) -> Iterator[str]:
    """Files whose line ends Windows' git has changed: no shell would run them."""
    folders = (machine.checkout / folder for folder in _FOLDERS_FROM_GIT)
    files = sorted(path for folder in folders for path in folder.rglob("*") if path.is_file())
    damaged = [
        str(path.relative_to(machine.checkout)) for path in files if b"\r\n" in path.read_bytes()
    ]
    if damaged:
        more = f" and {len(damaged) - _SHOWN_FILES} more" if len(damaged) > _SHOWN_FILES else ""
        yield (
            f"Windows line ends (CRLF) in {', '.join(damaged[:_SHOWN_FILES])}{more}:"
            " Linux cannot run these files.\n"
            "  git config core.autocrlf input\n"
            "  git rm -q -r --cached . && git reset --hard   # discards changes not committed"
        )


def host_problems(settings: Settings, stack: StackName, machine: Machine) -> Iterator[str]:
    """What keeps this machine from being the stack's WSL host."""
    if machine.platform != "linux":
        yield (
            "this is not Linux. Run pulumi on the WSL host, the machine that runs the services:"
            " open the Linux distribution's terminal there."
        )
        return
    yield from _systemd(machine)
    yield from _machine_id(machine)
    yield from _python(machine)
    yield from _sudo(machine)
    yield from _agent(machine)
    yield from _unit(settings.tunnel.unit, stack, machine)
    if settings.load_balancer.enabled:
        yield from port_problems(settings.load_balancer, settings.services, stack, machine)


def _systemd(machine: Machine) -> Iterator[str]:
    if machine.runs_systemd:
        return
    if machine.is_wsl1:
        name = machine.environ.get("WSL_DISTRO_NAME", "NAME")
        yield (
            "this distribution runs in WSL 1, where systemd cannot run, and the tunnel is a systemd"
            " service. Move it to WSL 2 from Windows, open it again and repeat:\n"
            f"  wsl.exe --set-version {name} 2"
        )
    elif machine.is_wsl:
        # An image made with little in it, and taken in by wsl.exe --import, may be without.
        there = machine.exists("sbin/init")
        add = "Add" if there else "Install it (sudo apt-get install systemd-sysv), then add"
        yield (
            "systemd does not run in this WSL distribution, and the tunnel is a systemd service."
            f" {add} to /etc/wsl.conf:\n"
            "  [boot]\n"
            "  systemd=true\n"
            "then stop WSL from Windows (`wsl.exe --shutdown`), open the distribution again"
            " and repeat. If it stays so, update WSL from Windows: wsl.exe --update"
        )
    else:
        yield (
            "systemd does not run on this machine, and the tunnel is a systemd service."
            " Run pulumi on the host itself, not in a container, on a distribution that boots"
            " with systemd, such as Debian or Ubuntu."
        )


def _machine_id(machine: Machine) -> Iterator[str]:
    if not machine.machine_id:
        yield (
            "/etc/machine-id holds no machine id; the stack remembers its WSL host by it."
            " Make one: sudo systemd-machine-id-setup"
        )


def _python(machine: Machine) -> Iterator[str]:
    version = machine.python
    if version is not None and version < _OLDEST_PYTHON:
        yield (
            f"this distribution is too old: its own Python (/usr/bin/python3), which holds the"
            f" tunnel, is {'.'.join(map(str, version))}, and must be"
            f" {'.'.join(map(str, _OLDEST_PYTHON))} or newer, as in Debian 12 or Ubuntu 22.04."
            " Upgrade the distribution"
        )


def _sudo(machine: Machine) -> Iterator[str]:
    if machine.uid == 0:
        return
    try:
        # -k: a password typed a minute ago does not count, for it is forgotten during the run.
        if machine.run(["sudo", "-n", "-k", "true"]).returncode == 0:
            return
        missing = "sudo asks for a password here, and pulumi cannot type one"
    except FileNotFoundError:
        missing = "sudo is not installed (as root: apt-get install sudo)"
    except OSError as error:
        missing = f"sudo cannot be run: {error.strerror}"
    except subprocess.TimeoutExpired as error:
        yield (
            f"sudo does not answer within {error.timeout:g} seconds. Try it in a terminal:"
            " time sudo -n -k true. Often this machine's own name cannot be looked up: add it to"
            f" /etc/hosts (127.0.1.1 {machine.hostname}), and repeat"
        )
        return
    yield (
        f"{missing}. Root is needed to install nginx, if the load balancer is on,"
        " and to create the tunnel's account, its files in /var/lib and its unit in"
        " /etc/systemd/system: all as `bash` with a script of components/scripts."
        " Allow it with this line (`sudo visudo -f /etc/sudoers.d/vps-reverse-proxy`):\n"
        f"  {_login(machine)} ALL=(ALL) NOPASSWD: ALL"
    )


def _login(machine: Machine) -> str:
    for line in machine.read("etc/passwd").splitlines():
        fields = line.split(":")
        if fields[2:3] == [str(machine.uid)]:
            return fields[0]
    return f"#{machine.uid}"  # sudoers' way to write an account by its number


def _agent(machine: Machine) -> Iterator[str]:
    if path := machine.dead_agent():
        yield (
            f"SSH_AUTH_SOCK names an ssh agent that does not answer ({path}), and with it every"
            " connection to the VPS would fail. Repeat after: unset SSH_AUTH_SOCK"
        )


def _unit(unit: str, stack: StackName, machine: Machine) -> Iterator[str]:
    """The unit's name also is that of its account and folder: none may be anybody else's."""
    path = f"etc/systemd/system/{unit}.service"
    owner = _OWNER.search(machine.read(path))
    if owner and owner[1] == stack.owner:
        return
    if owner:
        whose = f"the unit {unit} on this machine belongs to the stack {owner[1]}"
    elif machine.exists(path):
        whose = f"/{path} exists and is not ours"
    elif packaged := machine.packaged_unit(unit):
        whose = f"{packaged} exists and is not ours"
    elif account := machine.account(unit):
        if _left_behind(account, unit, stack, machine):
            return
        whose = f"the account {unit} exists on this machine and is not this stack's"
    elif machine.exists(f"var/lib/{unit}"):
        whose = f"/var/lib/{unit} exists and is not ours"
    else:
        return
    free = f"vps-tunnel-{stack.slug.replace('_', '-').strip('-')}"[:31].rstrip("-")
    if free == unit:
        free = f"{unit[:29].rstrip('-')}-2"
    yield (
        f"{whose}. Give this stack a name of its own:\n"
        f"  pulumi config set --path {stack.project}:tunnel.unit {free}"
    )


def _left_behind(account: Account, unit: str, stack: StackName, machine: Machine) -> bool:
    """Whether an account is that of an `up` which ended before it wrote the unit.

    It carries the stack's name, or none but the very folder that tunnel-key.sh makes.
    """
    if account.comment:
        return account.comment == account_comment(stack)
    made = (0, account.gid, 0o750)
    return account.home == f"/var/lib/{unit}" and machine.folder(f"var/lib/{unit}") == made


def account_comment(stack: StackName) -> str:
    """What marks the tunnel's account on the WSL host as a stack's (its GECOS field)."""
    return f"vps-reverse-proxy stack {stack.owner}"
