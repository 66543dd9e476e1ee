"""What an end-to-end test does: type pulumi commands on the WSL host, and look at every host."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from subprocess import DEVNULL, PIPE, STDOUT, CompletedProcess, Popen, run
from typing import Any

import yaml

from lab import pulumi
from lab.hosts import entry, run_in
from lab.paths import lab_dir
from tests.e2e.waiting import until

PROGRAM = "/home/speech/vps-reverse-proxy"


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and all it said."""

    code: int
    text: str


@dataclass(frozen=True)
class Lab:
    """A running lab."""

    name: str

    # -- hosts

    def on(self, host: str, *argv: str, input: str = "", check: bool = True) -> Outcome:  # noqa: A002  # as subprocess calls it
        """Run a command as root on a host."""
        done: CompletedProcess[bytes] = run_in(
            self.name, host, argv, input=input.encode(), check=check
        )
        return Outcome(done.returncode, (done.stdout + done.stderr).decode(errors="replace"))

    def sh(self, host: str, script: str, *, check: bool = True) -> Outcome:
        """Run a bash script as root on a host."""
        return self.on(host, "bash", "-s", input=script, check=check)

    def reboot(self, host: str) -> None:
        """Reboot a host, as its administrator would; it is back when this returns."""
        before = self.sh(host, "stat -c %Y /proc/1").text
        self.on(host, "systemctl", "reboot", check=False)

        def rebooted() -> bool:
            seen = self.sh(host, "stat -c %Y /proc/1", check=False)
            return seen.code == 0 and seen.text != before

        until(rebooted, seconds=60, what=f"{host} is back")

    def write(self, host: str, path: str, text: str) -> None:
        """Write a file on a host as root."""
        self.on(host, "tee", path, input=text)

    # -- the program

    def pulumi(
        self,
        *args: str,
        stack: str = "dev",
        check: bool = True,
        environment: dict[str, str] | None = None,
        at: Mapping[str, Callable[[], object]] | None = None,
    ) -> Outcome:
        """Run pulumi on the WSL host, in the program's folder.

        Args:
            args: The command and its options.
            stack: Which stack.
            check: Whether a failure fails the test.
            environment: Variables in the place of the user's; empty ones are taken out.
            at: What to do, once, when a line of the output holds a text. A run that goes well
                without such a line fails the test; one that fails may have ended before it.
        """
        pulumi.ensure_stack(self.name)
        user = {**pulumi.environment(self.name), **(environment or {})}
        lines: list[str] = []
        waiting = dict(at or {})
        with Popen(
            [*entry(self.name, "wsl"), *pulumi.as_user(["pulumi", *args, "--stack", stack])],
            env={name: value for name, value in user.items() if value},
            cwd="/",
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            text=True,
            errors="replace",
        ) as child:
            assert child.stdout is not None
            for line in child.stdout:
                lines.append(line.rstrip("\n"))
                for text in [text for text in waiting if text in line]:
                    waiting.pop(text)()
        outcome = Outcome(child.returncode, "\n".join(lines))
        if check:
            assert child.returncode == 0, outcome.text
        # What was to be done meanwhile was not: the test would prove nothing.
        assert outcome.code or not waiting, f"no line holds {[*waiting]}:\n{outcome.text}"
        return outcome

    def interrupt(self) -> None:
        """Press Ctrl-C where pulumi runs."""
        self.sh("wsl", "pkill -INT -x pulumi")

    def up(
        self,
        *args: str,
        stack: str = "dev",
        check: bool = True,
        environment: dict[str, str] | None = None,
        at: Mapping[str, Callable[[], object]] | None = None,
    ) -> Outcome:
        """`pulumi up`, as a script types it."""
        return self.pulumi(
            "up",
            "--yes",
            "--skip-preview",
            *args,
            stack=stack,
            check=check,
            environment=environment,
            at=at,
        )

    def typed(self, *argv: str) -> Outcome:
        """A command the user types in the program's folder on the WSL host."""
        done = run(
            [*entry(self.name, "wsl"), *pulumi.as_user(argv)],
            env=pulumi.environment(self.name),
            cwd="/",
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=STDOUT,
            text=True,
            check=False,
        )
        return Outcome(done.returncode, done.stdout)

    def outputs(self, stack: str = "dev") -> dict[str, Any]:
        """The stack's outputs, secrets masked."""
        text = self.pulumi("stack", "output", "--json", stack=stack).text
        outputs: dict[str, Any] = json.loads(text)
        return outputs

    def configure(self, config: dict[str, Any], *, stack: str = "dev") -> None:
        """Write the stack's whole configuration (keys without the project's name)."""
        spelled = {f"vps-reverse-proxy:{key}": value for key, value in config.items()}
        path = f"{PROGRAM}/Pulumi.{stack}.yaml"
        old = yaml.safe_load(self.on("wsl", "cat", path, check=False).text or "{}")
        salt = {
            k: v for k, v in (old if isinstance(old, dict) else {}).items() if k == "encryptionsalt"
        }
        self.write("wsl", path, yaml.safe_dump({**salt, "config": spelled}))
        self.on("wsl", "chown", "speech:speech", path)

    # -- the clouds

    def token(self, cloud: str) -> str:
        """The lab's own token for a provider's API."""
        tokens: dict[str, str] = json.loads((lab_dir(self.name) / "tokens.json").read_text())
        return tokens[cloud]

    def api(self, cloud: str, method: str, url: str, body: object = None) -> Any:
        """Ask a provider's API, as its owner at the console would."""
        header = f"Authorization: Bearer {self.token(cloud)}\nContent-Type: application/json\n"
        data = ["--data", json.dumps(body)] if body is not None else []
        done = self.on("client", "curl", "-sS", "-X", method, "-H", "@-", *data, url, input=header)
        return json.loads(done.text) if done.text.strip() else {}

    def hetzner(self, method: str, path: str, body: object = None) -> Any:
        """Hetzner Cloud's API."""
        return self.api("hcloud", method, f"https://api.hetzner.cloud/v1{path}", body)

    def cloudflare(self, method: str, path: str, body: object = None) -> Any:
        """Cloudflare's API."""
        return self.api("cloudflare", method, f"https://api.cloudflare.com/client/v4{path}", body)[
            "result"
        ]

    def zone_id(self, zone: str = "gonova.one") -> str:
        """The zone's identifier."""
        return str(self.cloudflare("GET", f"/zones?name={zone}")[0]["id"])

    def leftovers(self) -> dict[str, list[str]]:
        """Everything the clouds hold: what a destroy must not leave."""
        zone = self.zone_id()
        return {
            "servers": [item["name"] for item in self.hetzner("GET", "/servers")["servers"]],
            "keys": [item["name"] for item in self.hetzner("GET", "/ssh_keys")["ssh_keys"]],
            "firewalls": [item["name"] for item in self.hetzner("GET", "/firewalls")["firewalls"]],
            "addresses": [
                item["name"] for item in self.hetzner("GET", "/primary_ips")["primary_ips"]
            ],
            "records": [
                item["name"] for item in self.cloudflare("GET", f"/zones/{zone}/dns_records")
            ],
            "rules": [
                item["name"]
                for item in self.cloudflare("GET", f"/zones/{zone}/rulesets")
                if item["kind"] == "zone"
            ],
        }

    # -- what a visitor sees

    def vps(self) -> str:
        """The name of the rented VPS, as a host of the lab."""
        servers = self.hetzner("GET", "/servers")["servers"]
        assert len(servers) == 1, [server["name"] for server in servers]
        return f"hetzner-{servers[0]['id']}"

    def get(self, url: str, *options: str) -> Outcome:
        """The client asks for a page; the code is curl's, the text status and body."""
        return self.on(
            "client",
            "curl",
            "-sS",
            "--max-time",
            "10",
            "-w",
            "\n%{http_code}",
            *options,
            url,
            check=False,
        )

    def speak(self, *options: str, tts: str = "tts", asr: str = "asr") -> Outcome:
        """The spoken round trip over the public names; code 0 when the digits came back."""
        return self.on(
            "client",
            "env",
            "PYTHONPATH=/opt/lab/src",
            "/opt/lab/lab-venv/bin/python",
            "-m",
            "lab.speech.proof",
            "--json",
            "--tts",
            f"wss://{tts}.gonova.one/v1/stream/tts",
            "--asr",
            f"wss://{asr}.gonova.one/v1/stream/asr",
            *options,
            check=False,
        )

    def wait_serving(self, seconds: float = 60) -> None:
        """Until both public names answer as the service behind them."""
        for service in ("asr", "tts"):
            until(
                lambda service=service: self.get(
                    f"https://{service}.gonova.one/health"
                ).text.endswith("200"),  # type: ignore[misc]  # a bound loop variable
                seconds=seconds,
                what=f"{service}.gonova.one serves",
            )


def checkout_file(name: str) -> str:
    """A file of the checkout under test."""
    return (Path(__file__).resolve().parents[2] / name).read_text(encoding="utf-8")
