"""The lab as one breaks it: commands on its hosts, its clouds' APIs, bin/ops on the WSL host."""

from __future__ import annotations

import json
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab import pulumi, world, wsl
from lab.hosts import entry, run_in
from lab.lifecycle import LabError

if TYPE_CHECKING:
    from collections.abc import Callable

HETZNER = "https://api.hetzner.cloud/v1"
CLOUDFLARE = "https://api.cloudflare.com/client/v4"
POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Ground:
    """A lab that is up, with stack dev serving in it."""

    lab: str

    def sh(self, host: str, script: str, *, given: bytes = b"") -> str:
        """A bash script as root on a host; its output. Raises HostError when it fails."""
        argv = ["bash", "-euc", script]
        return run_in(self.lab, host, argv, input=given).stdout.decode()

    def pulumi(self, *args: str) -> str:
        """Pulumi on the WSL host. Raises HostError when it fails."""
        return pulumi.pulumi_output(self.lab, [*args, "--non-interactive"])

    def ops(self, *args: str) -> tuple[int, Any]:
        """bin/ops on the WSL host as its user types it: exit status, and what its JSON says."""
        done = subprocess.run(
            [*entry(self.lab, wsl.NAME), *pulumi.as_user(["bin/ops", *args, "--json"])],
            env=pulumi.environment(self.lab),
            cwd="/",
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        try:
            return done.returncode, json.loads(done.stdout)
        except ValueError:
            raise LabError(f"bin/ops {' '.join(args)} told no JSON: {done.stderr}") from None

    def api(self, cloud: str, method: str, url: str, body: object = None) -> Any:
        """A provider's API, asked from the visitor's machine with the lab's own token."""
        token = json.loads(wsl.tokens_file(self.lab).read_text())[cloud]
        headers = f"Authorization: Bearer {token}\nContent-Type: application/json\n"
        data = ["--data", json.dumps(body)] if body is not None else []
        argv = ["curl", "-sS", "-X", method, "-H", "@-", *data, url]
        answer = run_in(self.lab, world.CLIENT.name, argv, input=headers.encode()).stdout
        return json.loads(answer) if answer.strip() else {}

    def hetzner(self, method: str, path: str, body: object = None) -> Any:
        """Hetzner Cloud's API."""
        return self.api("hcloud", method, HETZNER + path, body)

    def cloudflare(self, method: str, path: str, body: object = None) -> Any:
        """Cloudflare's API, below the zone; its `result`."""
        zone = self.api("cloudflare", "GET", f"{CLOUDFLARE}/zones?name=gonova.one")["result"][0]
        url = f"{CLOUDFLARE}/zones/{zone['id']}{path}"
        return self.api("cloudflare", method, url, body)["result"]

    @property
    def server(self) -> Any:
        """The one server that is rented. Raises LabError when there is none, or another one."""
        servers = self.hetzner("GET", "/servers")["servers"]
        if len(servers) != 1:
            raise LabError(
                f"lab {self.lab} has {len(servers)} servers rented at Hetzner, and the faults are "
                f"for the one of stack dev: run bin/lab --lab {self.lab} down, then try again"
            )
        return servers[0]

    @property
    def vps(self) -> str:
        """The rented VPS, as a host of the lab."""
        return f"hetzner-{self.server['id']}"

    def serves(self) -> bool:
        """Whether both public names answer."""
        urls = [f"https://{name}.gonova.one/health" for name in wsl.UNITS]
        argv = ["curl", "-sf", "-o", "/dev/null", "--max-time", "4", *urls]
        return run_in(self.lab, world.CLIENT.name, argv, check=False).returncode == 0

    def wait(self, come_true: Callable[[], bool], seconds: float, what: str) -> None:
        """Poll. Raises LabError when it does not come true in time."""
        deadline = time.monotonic() + seconds
        while not come_true():
            if time.monotonic() > deadline:
                raise LabError(f"after {seconds:.0f} s still not: {what}")
            time.sleep(POLL_SECONDS)
