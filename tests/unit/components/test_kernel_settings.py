"""The tunnel's kernel settings: taken where the kernel has them, and given back."""

import socket
import subprocess
from pathlib import Path

import pytest

from components.rendering import render, script

OLD = {"tcp_notsent_lowat": "4294967295", "tcp_slow_start_after_idle": "1", "tcp_retries2": "15"}
SHORT_WAITS = {"tcp_rto_max_ms": "120000"}


class Kernel:
    """A folder that stands for a machine with these settings under /proc/sys/net/ipv4."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder = folder
        self.settings = folder / "sys/net/ipv4"
        self.settings.mkdir(parents=True)
        for name, value in settings.items():
            (self.settings / name).write_text(f"{value}\n")

    def now(self) -> dict[str, str]:
        return {path.name: path.read_text().strip() for path in self.settings.iterdir()}

    def run(self, function: str, stack: str = "p/dev") -> str:
        """One run; what it said."""
        kernel_sh = script("kernel.sh").replace("/etc/", f"{self.folder}/etc/")
        script_text = f"""
stack={stack} step=tunnel
{script("stage.sh")}
{script("lib.sh")}
{script("notes.sh")}
memory={self.folder}/state
{kernel_sh.replace("/run/lock/", f"{self.folder}/lock-of-")}
sysctls={self.folder}/sys
manage() {{ :; }}
stage kernel.conf <<'END'
{render("kernel.conf.j2")}
END
{function}
""".replace("root:root", "$(id -un):$(id -gn)")
        done = subprocess.run(
            ["bash", "-s"], input=script_text, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def kernel(tmp_path: Path) -> Kernel:
    """One that can bound the wait between two tries."""
    return Kernel(tmp_path, OLD | SHORT_WAITS)


def test_what_the_kernel_has_is_set_and_what_it_has_not_is_said(kernel: Kernel) -> None:
    said = kernel.run("tune_kernel")

    assert kernel.now() == {
        "tcp_notsent_lowat": "16384",
        "tcp_slow_start_after_idle": "0",
        "tcp_rto_max_ms": "1000",
        "tcp_retries2": "255",
    }
    assert "has no net.ipv4.tcp_congestion_control = bbr" in said


def test_each_of_several_settings_that_the_kernel_has_not_is_said_in_a_line(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path, {"tcp_slow_start_after_idle": "1"} | SHORT_WAITS)

    notes = [line for line in kernel.run("tune_kernel").splitlines() if line.startswith("note: ")]

    start = f"note: the kernel of {socket.gethostname()} has no net.ipv4."
    assert notes == [
        f"{start}{setting}"
        for setting in (
            "tcp_congestion_control = bbr",
            "tcp_notsent_lowat = 16384",
            "tcp_retries2 = 255",
        )
    ]


def test_a_second_run_changes_nothing_and_says_nothing(kernel: Kernel) -> None:
    kernel.run("tune_kernel")

    assert kernel.run("tune_kernel") == ""


def test_many_tries_are_for_short_waits_alone(tmp_path: Path) -> None:
    kernel = Kernel(tmp_path, OLD)

    said = kernel.run("tune_kernel")

    assert kernel.now()["tcp_retries2"] == "15"
    assert "tcp_rto_max_ms = 1000" in said
    assert "tcp_retries2" not in said


def test_the_last_stack_to_go_gives_everything_back(kernel: Kernel) -> None:
    kernel.run("tune_kernel")
    kernel.run("tune_kernel", stack="p/prod")

    kernel.run("restore_kernel")
    assert kernel.now()["tcp_retries2"] == "255"

    kernel.run("restore_kernel", stack="p/prod")
    assert kernel.now() == OLD | SHORT_WAITS
    files = [path for path in kernel.folder.rglob("*") if path.is_file()]
    assert [path for path in files if not path.name.startswith("lock-of-")] == [
        *(path for path in kernel.settings.iterdir())
    ]


def test_what_somebody_has_changed_since_is_theirs(kernel: Kernel) -> None:
    kernel.run("tune_kernel")
    (kernel.settings / "tcp_retries2").write_text("20\n")

    said = kernel.run("restore_kernel")

    assert kernel.now() == OLD | SHORT_WAITS | {"tcp_retries2": "20"}
    assert "tcp_retries2" not in said
