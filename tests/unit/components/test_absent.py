"""Every step's `absent` without its files, as the undoing of one that never ended runs it."""

import re
from pathlib import Path

import pytest

from components.rendering import script
from tests.unit.components.sandbox import Sandbox
from tests.unit.components.test_scripts import STEPS

STACK = "p/dev"
SLUG = "vps-reverse-proxy-dev"
MEMORY = "var/lib/vps-reverse-proxy"
# Variables of the scripts that name what is the machine's own, or the folder of several.
NOT_OURS = {"units", "main_conf", "users", "library"}
OF_ANOTHER_STEP = {"tunnel-service.sh": {"home"}}
FOLDERS = {"home", "folder", "webroot", "before"}
# What a step makes by names that are in no variable of its own.
TLS = [f"etc/nginx/conf.d/{SLUG}-{name}.conf" for name in ("tls", "left")]
TLS += [f"etc/nginx/vps-reverse-proxy/dev/{name}" for name in ("443.keys", "names.map")]
TLS += ["etc/nginx/conf.d/vps-reverse-proxy-unknown-host-tls.conf", f"{MEMORY}/tls-dev/tls.pem"]
KERNEL = ["etc/sysctl.d/90-vps-reverse-proxy.conf", f"{MEMORY}/users/kernel/p_dev"]
UNITS = "etc/systemd/system"
BESIDE = {
    "hardening.sh": [
        f"{UNITS}/{SLUG}-{name}"
        for name in ("firewall.service", "rollback.service", "rollback.timer")
    ],
    "hardening-machine.sh": [
        "etc/security/limits.d/vps-reverse-proxy-closed.conf",
        "etc/systemd/coredump.conf.d/vps-reverse-proxy.conf",
        "etc/profile.d/vps-reverse-proxy.sh",
        f"{MEMORY}/users/closed/p_dev",
    ],
    "nginx-acme.sh": [
        *TLS,
        *(f"{UNITS}/{SLUG}-certificate.{kind}" for kind in ("service", "timer")),
    ],
    "nginx-log.sh": [
        "var/log/dev.json",
        "var/log/dev.json.1",
        *(f"{UNITS}/{SLUG}-access-log.{kind}" for kind in ("service", "timer")),
    ],
    "nginx-packages.sh": [f"{MEMORY}/nginx.conf"],
    "nginx-tls.sh": TLS,
    "tunnel-service.sh": [
        *KERNEL,
        *(f"var/lib/vps-tunnel/{file}" for file in ("config.json", "known_hosts", "ssh_config")),
        "var/lib/vps-tunnel/holder/x.py",
    ],
    "tunnel-user.sh": [*KERNEL, f"{UNITS}/sockets.mount", "run/sockets/0a/asr"],
    "upkeep.sh": [
        f"usr/local/lib/vps-reverse-proxy/{name}-dev" for name in ("holds-tunnel", "nginx-outdated")
    ],
    "watcher.sh": [f"{UNITS}/vps-reverse-proxy-watch-dev.service"],
}
MARKS = f"# Owned by vps-reverse-proxy stack {STACK}\n# Written by vps-reverse-proxy\n"
# Programs that would change this machine, or tell of it.
STUBS = (
    *("nft", "nginx", "pkill", "userdel", "systemd-tmpfiles", "mount", "findmnt", "dpkg-query"),
    *("apt-get", "apt-cache", "apt-mark", "modprobe", "ufw", "id", "ss"),
)


class Machine(Sandbox):
    """One on which a step was cut off after its last file."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        for name in STUBS:
            self.program(name)
        self.program("systemctl", "[ $1 != is-active ]")
        self.program("pkill", "exit 1")
        self.program("dpkg-query", "exit 1")
        self.program("nft", "exit 1")
        self.program("systemd-escape", "echo sockets.mount")
        self.program("getent", f"echo '$2:x:1:1:vps-reverse-proxy stack {STACK}:/h:/s'")

    def _here(self, text: str) -> str:
        for place in ("/home/", "/usr/local/lib/", "/var/log/"):
            text = text.replace(place, f"{self.folder}{place}")
        return super()._here(text)

    def places(self, name: str) -> list[str]:
        """What the script's own variables name on this machine."""
        named = set(re.findall(r"^(\w+)=(?:\$\w+)?/", script(name), re.MULTILINE))
        names = sorted(named - NOT_OURS - OF_ANOTHER_STEP.get(name, set()))
        tell = "".join(f'echo "{one}=${{{one}}}"\n' for one in names)
        done = self.run(name, tell, values=self.values())
        assert (done.returncode, done.stderr) == (0, "")
        found = []
        for line in done.stdout.splitlines():
            variable, _, place = line.partition(f"={self.folder}/")
            if place:
                found.append(f"{place}/planted" if variable in FOLDERS else place)
        return found

    def values(self) -> dict[str, str]:
        """Of all steps."""
        return {
            "account": "tunnel",
            "directory": f"{self.folder}/run/sockets",
            "elsewhere": "",
            "folders": "0a",
            "hostnames": "a.example",
            "host": "h",
            "kind": "self-signed",
            "listeners": "",
            "log": f"{self.folder}/var/log/dev.json",
            "machine_id": "m",
            "modules": "",
            "phase": "change",
            "port": "80",
            "seconds": "60",
            "stack": STACK,
            "table": "t",
            "unit": "vps-tunnel",
            "upgrade": "no",
        }

    def left(self) -> set[str]:
        """Every file of the machine's."""
        return {
            name
            for path in self.folder.rglob("*")
            if path.is_file()
            and not (name := str(path.relative_to(self.folder))).startswith(("bin/", "run/lock/"))
            and name != "called"
        }


@pytest.mark.parametrize("name", [name for name in STEPS if name != "over-ssh.sh"])
def test_a_step_without_its_files_takes_away_all_that_it_may_have_left(
    tmp_path: Path, name: str
) -> None:
    machine = Machine(tmp_path)
    planted = {*machine.places(name), *BESIDE.get(name, [])}
    machine.write("etc/machine-id", "m\n")
    for place in sorted(planted):
        if not (machine.folder / place).is_dir():
            machine.write(place, MARKS)

    fakes = "lock_packages() { :; }; remove_packages() { :; }"
    done = machine.run(name, "main absent", values=machine.values(), fakes=fakes)

    assert done.returncode == 0, done.stderr
    assert machine.left() == {"etc/machine-id"}
