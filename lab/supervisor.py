"""The daemon beside each host: assembles its disk, runs systemd-nspawn, boots it again on reboot.

    python -m lab.supervisor LAB HOST

It works in a mount namespace of its own: the machine's mount table, /run and /tmp stay clean, and
all of it goes when the daemon and the host have ended. SIGTERM shuts the host down cleanly.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

from lab import cgroups, net
from lab.hostspec import HostSpec, host_dir, load_spec
from lab.mounts import unshare, visiting
from lab.namespaces import netns_file
from lab.nspawn import CGROUPS, ENVIRONMENT, NOTIFY, assemble, command_line, hide_machine
from lab.processes import Process, write_atomically

REBOOT = 133  # nspawn's exit status when its host reboots and --keep-unit is given
POWER_OFF = signal.SIGRTMIN + 4  # systemd's word for a clean shutdown
STOP_SECONDS = 20.0


class Supervisor:
    """One host's daemon, from the assembled disk to the last power-off."""

    def __init__(self, lab: str, spec: HostSpec, machine: int) -> None:
        self.lab = lab
        self.machine = machine  # descriptor of the machine's mount namespace
        self.spec = spec
        # Opened before /tmp is hidden: the cache may be there.
        self.directory = os.open(host_dir(lab, spec.name), os.O_RDONLY | os.O_DIRECTORY)
        self.console = (host_dir(lab, spec.name) / "console.log").open("ab")
        group = cgroups.of_host(lab, spec.name) / "machine"
        self.group = CGROUPS / group.relative_to(cgroups.mount_point())
        self.netns = os.open(netns_file(lab, spec.name), os.O_RDONLY)
        self.leader: Process | None = None
        self.ready = False
        self.boots = 0
        self.stop_by: float | None = None

    def publish(self) -> None:
        """Tell `lab.hosts` what there is: the leader (the host's process 1), whether it is up."""
        leader = None if self.leader is None else [self.leader.pid, self.leader.started]
        state = {"leader": leader, "ready": self.ready, "boots": self.boots}
        write_atomically(Path(f"/proc/self/fd/{self.directory}/state.json"), json.dumps(state))

    def run(self) -> int:
        """Boot the host until it powers off; returns nspawn's last exit status."""
        wake, woken = socket.socketpair()
        for end in (wake, woken):
            end.settimeout(0)
        signal.set_wakeup_fd(woken.fileno())
        signal.signal(signal.SIGTERM, lambda *_: self.begin_stop())
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(str(NOTIFY))
            notify.settimeout(0)
            with selectors.DefaultSelector() as selector:
                selector.register(wake, selectors.EVENT_READ)
                selector.register(notify, selectors.EVENT_READ)
                while True:
                    status = self.boot_once(selector, wake, notify)
                    if status != REBOOT or self.stop_by is not None:
                        return status
                    self.plug_in_again()

    def boot_once(
        self, selector: selectors.BaseSelector, wake: socket.socket, notify: socket.socket
    ) -> int:
        """One run of nspawn, from power-on to power-off or reboot."""
        self.leader, self.ready = None, False
        self.boots += 1
        self.publish()
        self.group.mkdir(parents=True, exist_ok=True)
        nspawn = subprocess.Popen(
            cgroups.entering(self.group, command_line(self.spec, self.netns)),
            stdin=subprocess.DEVNULL,
            stdout=self.console,
            stderr=self.console,
            env=ENVIRONMENT,
        )
        while (status := nspawn.poll()) is None:
            selector.select(0.2 if self.stop_by is not None else None)
            with contextlib.suppress(BlockingIOError):
                wake.recv(4096)
            with contextlib.suppress(BlockingIOError):
                while message := notify.recv(4096).decode():
                    self.hear(message)
            if self.stop_by is not None and time.monotonic() > self.stop_by:
                cgroups.kill(self.group)
        self.leader, self.ready = None, False
        self.publish()
        cgroups.kill(self.group)  # nothing may outlive its power
        return status

    def hear(self, message: str) -> None:
        """Take in what nspawn says (sd_notify)."""
        for line in message.splitlines():
            name, _, value = line.partition("=")
            if name == "X_NSPAWN_LEADER_PID":
                self.leader = Process.of(int(value))
                if self.stop_by is not None:
                    self.leader.send(POWER_OFF)
            elif name == "READY" and value == "1":
                self.ready = True
        self.publish()

    def begin_stop(self) -> None:
        """Shut the host down cleanly, and by force when that takes too long."""
        self.stop_by = time.monotonic() + STOP_SECONDS
        if self.leader is not None:
            self.leader.send(POWER_OFF)

    def plug_in_again(self) -> None:
        """Between power-off and the next boot: the network of a machine just switched on."""
        os.close(self.netns)  # the old namespace goes with its last holder
        with visiting(self.machine):
            net.reset(self.lab, self.spec.attachment)
            self.netns = os.open(netns_file(self.lab, self.spec.name), os.O_RDONLY)


def main() -> int:
    """Run the host named on the command line."""
    lab, name = sys.argv[1:]
    spec = load_spec(lab, name)
    supervisor = Supervisor(lab, spec, unshare())
    assemble(lab, spec)
    hide_machine()
    return supervisor.run()


if __name__ == "__main__":
    sys.exit(main())
