"""A closed machine's modules, kernel settings, modes and greeting: taken, and given back."""

import subprocess
from pathlib import Path

import pytest

from components.hardening import machine_files
from tests.unit.components.conftest import Up
from tests.unit.components.samples import EXISTING
from tests.unit.components.sandbox import Sandbox
from tests.unit.components.test_templates import expected

STEP = "hardening-machine"
NOEXEC = "vps-reverse-proxy-noexec.service"
# A systemd whose unit does what it says, on mounts that are files here.
SYSTEMD = """\
case $1 in
restart) sed -i '/noexec/! s/$/,noexec/' {folder}/mounts/* ;;
is-enabled) [ -e {folder}/enabled ] ;;
enable) : >{folder}/enabled ;;
disable) rm -f {folder}/enabled ;;
esac
"""


class Machine(Sandbox):
    """A machine with everything that the step changes."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.write("etc/issue", "Debian \\n \\l\n")
        self.write("etc/crontab", "# jobs\n").chmod(0o644)
        self.write("etc/cron.d/x")
        self.write("sys/net/ipv4/conf/eth0/accept_redirects", "1\n")
        self.write("sys/net/ipv4/conf/all/accept_redirects", "0\n")
        self.write("sys/kernel/kptr_restrict", "0\n")
        self.write("sys/kernel/yama/ptrace_scope", "3\n")
        (self.folder / "loaded/usb_storage").mkdir(parents=True)
        self.write("mounts/dev", "rw,nosuid\n")
        self.write("mounts/dev_shm", "rw,nosuid,nodev\n")
        options = f"{folder}/mounts/$(echo ${{!#}} | tr / _ | cut -c2-)"
        self.program("findmnt", f'cat "{options}" 2>/dev/null')
        self.program("mount", f'[[ $* != *,exec* ]] || sed -i "s/,noexec//" "{options}"')
        self.program("systemctl", SYSTEMD.format(folder=folder))

    def mode(self, name: str) -> int:
        return (self.folder / name).stat().st_mode & 0o777

    def step(
        self,
        verb: str,
        stack: str = "p/dev",
        *,
        fakes: str = "",
        fails: bool = False,
        bare: bool = False,
    ) -> str:
        """One run of the step, `bare` without its files; what it said of changes and faults."""
        done = self.run(
            "hardening-machine.sh",
            f"main {verb}",
            values={"stack": stack, "step": STEP},
            files={} if bare else machine_files(),
            fakes=f"sysctls={self.folder}/sys\nloaded={self.folder}/loaded\n{fakes}",
        )
        assert (done.returncode != 0) == fails, done.stderr
        return done.stderr

    def everything(self) -> dict[str, tuple[str, int]]:
        """Every file's text and mode, but the locks': whoever waits for one has it open."""
        return {
            str(path.relative_to(self.folder)): (
                path.read_text() if path.is_file() else "",
                path.stat().st_mode,
            )
            for path in self.folder.rglob("*")
            if path.parent.name != "lock" and path.name != "called"
        }


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_the_files_of_a_closed_machine() -> None:
    files = machine_files()

    assert files == {name: expected(name) for name in files}
    assert len(files) == 7


def test_a_closed_machine_keeps_to_itself(machine: Machine) -> None:
    machine.step("ensure")

    assert machine.read("sys/net/ipv4/conf/eth0/accept_redirects") == "0\n"
    assert machine.read("sys/kernel/kptr_restrict") == "2\n"
    assert (machine.mode("etc/crontab"), machine.mode("etc/cron.d")) == (0o600, 0o700)
    assert machine.read("etc/issue") == machine.read("etc/issue.net") == expected("issue")
    assert "\ninstall sctp /bin/false\n" in machine.read("etc/modprobe.d/vps-reverse-proxy.conf")


def test_a_program_that_crashes_leaves_no_copy_of_its_memory(machine: Machine) -> None:
    machine.step("ensure")

    limits = machine.read("etc/security/limits.d/vps-reverse-proxy-closed.conf")
    assert "\n* hard core 0\nroot hard core 0\n" in limits
    assert machine.read("etc/systemd/coredump.conf.d/vps-reverse-proxy.conf").endswith(
        "[Coredump]\nStorage=none\nProcessSizeMax=0\n"
    )
    assert "\nulimit -c 0\n" in machine.read("etc/profile.d/vps-reverse-proxy.sh")


def test_no_program_is_started_from_memory_that_many_may_write_to(machine: Machine) -> None:
    said = machine.step("ensure")

    assert f"systemctl enable --quiet {NOEXEC}" in machine.called()
    assert machine.read("mounts/dev_shm") == "rw,nosuid,nodev,noexec\n"
    assert "changed: no program is started from /dev\n" in said
    unit = machine.read(f"etc/systemd/system/{NOEXEC}")
    assert unit.count("ExecStart=-/bin/mount -o remount,bind,noexec /dev") == 2


def test_somebodys_remount_is_undone_and_said(machine: Machine) -> None:
    machine.step("ensure")
    machine.write("mounts/dev_shm", "rw\n")

    said = machine.step("ensure")

    assert said == "changed: no program is started from /dev/shm\n"
    assert machine.read("mounts/dev_shm") == "rw,noexec\n"


def test_a_mount_that_started_no_programs_before_starts_none_afterwards(machine: Machine) -> None:
    machine.write("mounts/dev_shm", "rw,noexec\n")

    machine.write("mounts/dev", "rw,noexec\n")

    machine.step("ensure")
    assert f"systemctl enable --quiet {NOEXEC}" in machine.called()
    machine.step("absent")

    assert machine.read("mounts/dev_shm") == machine.read("mounts/dev") == "rw,noexec\n"


def test_a_kernel_that_goes_on_starting_programs_is_named_once(machine: Machine) -> None:
    machine.program("systemctl")

    said = machine.step("ensure")

    assert "goes on starting programs from /dev /dev/shm\n" in said
    assert machine.step("ensure") == ""


def test_a_machine_without_shared_memory_has_none_to_close(machine: Machine) -> None:
    (machine.folder / "mounts/dev_shm").unlink()

    assert "/dev/shm" not in machine.step("ensure")


def test_a_forgotten_shell_ends_and_one_in_tmux_does_not(tmp_path: Path) -> None:
    profile = tmp_path / "profile"
    profile.write_text(machine_files()["profile"])

    def timeout(**variables: str) -> str:
        done = subprocess.run(
            ["bash", "-c", f'. {profile}; echo "${{TMOUT-}}"'],
            env=variables,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    assert timeout() == "36000"
    assert timeout(TMUX="/tmp/tmux-0/default,1,0") == timeout(STY="1.pts-0") == ""


def test_a_second_run_says_and_changes_nothing(machine: Machine) -> None:
    machine.step("ensure")
    before = machine.everything()
    machine.called()

    assert machine.step("ensure") == ""
    assert machine.everything() == before
    asked = {call for call in machine.called() if not call.startswith("findmnt ")}
    assert asked == {f"systemctl is-enabled --quiet {NOEXEC}"}


@pytest.mark.parametrize(("with_kmod", "bare"), [(True, False), (False, False), (True, True)])
def test_all_of_it_is_given_back(machine: Machine, *, with_kmod: bool, bare: bool) -> None:
    """Also by a step that is undone, which has none of its files."""
    (machine.folder / "etc/sysctl.d").mkdir()
    if with_kmod:
        (machine.folder / "etc/modprobe.d").mkdir()
    for empty in ("security/limits.d", "systemd/system", "profile.d"):
        (machine.folder / "etc" / empty).mkdir(parents=True)
    before = machine.everything()

    machine.step("ensure")
    machine.step("absent", bare=bare)

    assert machine.everything() == before


def test_the_last_of_two_stacks_gives_it_back(machine: Machine) -> None:
    machine.step("ensure")
    machine.step("ensure", stack="p/other")

    machine.step("absent")
    assert machine.mode("etc/crontab") == 0o600
    machine.step("absent", stack="p/other")
    assert machine.mode("etc/crontab") == 0o644


def test_a_module_that_is_in_use_stays(machine: Machine) -> None:
    said = machine.step("ensure")

    assert "usb-storage" not in machine.read("etc/modprobe.d/vps-reverse-proxy.conf")
    assert "the kernel modules it has loaded: usb-storage\n" in said


def test_what_is_stricter_already_stays_at_the_next_boot_too(machine: Machine) -> None:
    machine.write("etc/crontab", "").chmod(0o400)

    machine.step("ensure")

    assert machine.read("sys/kernel/yama/ptrace_scope") == "3\n"
    assert "ptrace" not in machine.read("etc/sysctl.d/90-vps-reverse-proxy-closed.conf")
    assert machine.mode("etc/crontab") == 0o400


def test_a_setting_that_the_kernel_does_not_have_is_left_out_and_said(machine: Machine) -> None:
    said = machine.step("ensure")

    assert "lets nobody set net.ipv4.conf.*.accept_source_route " in said
    settings = machine.read("etc/sysctl.d/90-vps-reverse-proxy-closed.conf")
    assert settings == "net.ipv4.conf.*.accept_redirects = 0\nkernel.kptr_restrict = 2\n"


def test_what_somebody_has_changed_since_is_theirs(machine: Machine) -> None:
    machine.step("ensure")
    machine.write("etc/issue", "theirs\n")
    (machine.folder / "etc/crontab").chmod(0o640)
    machine.write("sys/kernel/kptr_restrict", "1\n")

    machine.step("absent")

    assert machine.read("sys/kernel/kptr_restrict") == "1\n"
    assert machine.read("etc/issue") == "theirs\n"
    assert machine.mode("etc/crontab") == 0o640


def test_no_setting_is_changed_that_is_not_remembered(machine: Machine) -> None:
    (machine.folder / "var/lib/vps-reverse-proxy/closed/sysctls").mkdir(parents=True)

    assert "cannot write" in machine.step("ensure", fails=True)

    assert machine.read("sys/net/ipv4/conf/eth0/accept_redirects") == "1\n"


def test_a_value_that_the_kernel_no_longer_takes_keeps_nothing_else_from_going_back(
    machine: Machine,
) -> None:
    machine.step("ensure")
    refuse = 'echo() { [ "$*" != 1 ] && builtin echo "$@"; }'

    said = machine.step("absent", fakes=refuse)

    assert machine.read("sys/kernel/kptr_restrict") == "0\n"
    assert "eth0" not in said


def test_what_a_former_version_remembered_is_given_back(machine: Machine) -> None:
    place = machine.write("sys/kernel/kptr_restrict", "2\n")
    machine.write("var/lib/vps-reverse-proxy/closed/sysctls", f"{place} 1\n")

    machine.step("absent")

    assert place.read_text() == "1\n"


def test_a_rented_machine_is_closed_so_once_a_login_has_proven_its_firewall(up: Up) -> None:
    recorder = up()

    step = recorder[STEP]
    confirmed = recorder["hardening-confirm"].urn
    assert confirmed in step.options.propertyDependencies["stdin"].urns
    assert "install usb-storage /bin/false" in step.text("stdin")


def test_a_machine_of_the_users_only_where_it_is_to_be_closed(up: Up) -> None:
    names = [step.name for step in up(server=EXISTING).named("Command")]
    assert STEP not in names

    step = up(server={**EXISTING, "harden": True})[STEP]
    assert "-- absent" in step.text("delete")
