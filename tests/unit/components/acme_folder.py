"""A stack's folder on the VPS, in which its certificate is renewed."""

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from components.rendering import script

DIRECTORY = "https://acme.example.org/dir"
NAMES = ("tts.gonova.one", "asr.gonova.one")
DAY = timedelta(days=1)


class Folder:
    """A stack's folder on the VPS."""

    def __init__(self, path: Path) -> None:
        self._path = path
        (path / "renew").write_text(script("acme-renew.sh"))
        self.configure("asr.gonova.one tts.gonova.one")

    def configure(self, hostnames: str, directory: str = DIRECTORY, email: str = "") -> None:
        """What pulumi up asks for."""
        text = f"stack=p/dev\ndirectory={directory}\nemail={email}\nhostnames='{hostnames}'\n"
        (self._path / "acme.conf").write_text(text)

    def certify(self, *names: str, age: timedelta, life: timedelta) -> None:
        """The certificate that is there."""
        key = ec.generate_private_key(ec.SECP256R1())
        start = datetime.now(UTC) - age
        subject = x509.Name([])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(start)
            .not_valid_after(start + life)
            .add_extension(
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), critical=True
            )
            .sign(key, hashes.SHA256())
        )
        lineage = self._path / "acme/live/names"
        lineage.mkdir(parents=True, exist_ok=True)
        (lineage / "cert.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        (lineage / "fullchain.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
        (lineage / "privkey.pem").write_text("key\n")
        (self._path / "acme/issuer").write_text(DIRECTORY)

    def why(self) -> str:
        """The reason to ask for another one; empty when there is none."""
        asked = ["bash", str(self._path / "renew"), "--why"]
        return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.strip()

    def renew(
        self, *args: str, refused: str = ".*", nginx: str = "exit 0"
    ) -> subprocess.CompletedProcess[str]:
        """What the timer runs, with an ACME client that is refused these commands.

        Args:
            args: Of the program.
            refused: A pattern of certbot's commands.
            nginx: What `nginx -t` does; systemctl says that nginx runs.
        """
        tools = self._path / "bin"
        tools.mkdir(exist_ok=True)
        bodies = {
            "certbot": f"! echo $1 | grep -qxE '{refused}' || {{ echo refused >&2; exit 1; }}",
            "nginx": nginx,
            "systemctl": "exit 0",
        }
        for name, body in bodies.items():
            called = self._path / f"asked-{name}"
            called.write_text("")
            (tools / name).write_text(f'#!/bin/sh\necho "$*" >>{called}\n{body}\n')
            (tools / name).chmod(0o755)
        (self._path / "tls.pem").write_text("old")
        return subprocess.run(
            ["bash", str(self._path / "renew"), *args],
            check=False,
            capture_output=True,
            text=True,
            env={"PATH": f"{tools}:{os.environ['PATH']}"},
        )

    def register(self) -> None:
        """An account at the ACME server, as certbot keeps it."""
        account = self._path / "acme/accounts/acme.example.org/dir/0123"
        account.mkdir(parents=True)
        (account / "regr.json").write_text("{}")

    @property
    def asked(self) -> list[str]:
        """What the last run asked the ACME client: command and contact."""
        lines = (self._path / "asked-certbot").read_text().splitlines()
        return [
            " ".join([line.split()[0], *re.findall(r"--email \S+|--register-uns\S+", line)])
            for line in lines
        ]

    @property
    def reloads(self) -> int:
        """How often the last run had nginx read its files again."""
        return (self._path / "asked-systemctl").read_text().count("reload nginx")

    def read(self, name: str) -> str:
        """One of its files."""
        return (self._path / name).read_text()

    def write(self, name: str, text: str) -> None:
        """Another of its files."""
        (self._path / name).write_text(text)
