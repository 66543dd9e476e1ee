"""What must hold on the way to the VPS; of one the user has, its key file and its host key."""

import base64
import binascii
import hashlib
import re
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from components.preflight.machine import Machine
from settings import ExistingServer
from settings.keys import HostKey

_PRIVATE_KEY = re.compile(r"-----BEGIN ((?:[A-Z]+ )*)PRIVATE KEY-----\s(.*?)-----END ", re.DOTALL)
_PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy"})
_OPENSSH = b"openssh-key-v1\0"
_HOST_KEY: TypeAdapter[str] = TypeAdapter(HostKey)


def proxy_warnings(environ: Mapping[str, str]) -> Iterator[str]:
    """Before anything is rented: where a proxy is the only way out, no step would reach the VPS."""
    named = sorted(name for name, value in environ.items() if name.lower() in _PROXIES and value)
    if named:
        yield (
            f"this network has a proxy ({', '.join(named)}), and nothing but the questions to the"
            " providers goes through it: the steps on the VPS and the tunnel are ssh on port 22,"
            " over IPv4. If only HTTP gets out of here, the VPS would be rented and never reached."
            " Try it first: nc -4 -w 5 github.com 22 </dev/null (it must say SSH-2.0)"
        )


def key_file_problems(spec: ExistingServer, namespace: str, machine: Machine) -> Iterator[str]:
    """The key file is there, is nobody else's to read, and is a key without a passphrase."""
    where = f"{namespace}:server.key_file: {spec.key_file}"
    path = Path(spec.key_file)
    if spec.key_file.startswith("~/"):
        path = machine.home / spec.key_file[2:]
    try:
        if not path.is_file():
            yield (
                f"{where} does not exist on this machine. Make a key with"
                f" `ssh-keygen -t ed25519 -N '' -f {spec.key_file}`, add {spec.key_file}.pub to"
                f" ~{spec.user}/.ssh/authorized_keys on the VPS, or name another file."
            )
            return
        mode = path.stat().st_mode & 0o777
        text = path.read_text(encoding="utf-8", errors="replace")
    except PermissionError:
        yield f"{where} cannot be read by this login. Make it yours: sudo chown $USER {path}"
        return
    if mode & 0o077:
        elsewhere = (
            " (on a Windows drive modes do not hold: copy it to ~/.ssh first)"
            if spec.key_file.startswith("/mnt/")
            else ""
        )
        yield (
            f"{where} can be read by others (mode {mode:04o}), and ssh refuses such a key."
            f" Run: chmod 600 {spec.key_file}{elsewhere}"
        )
    if problem := private_key_problem(text):
        yield f"{where} {problem}"


def private_key_problem(text: str) -> str | None:
    """Why a text is not a private key that can be used without asking; None when it is."""
    if re.match(r"(ssh|ecdsa|sk)-[a-z0-9@.-]+ AAAA", text):
        return "is the public half of a key. Name the file without .pub"
    if text.startswith("PuTTY-User-Key-File"):
        return "is a PuTTY key. Convert it: puttygen KEY.ppk -O private-openssh-new -o ~/.ssh/KEY"
    found = _PRIVATE_KEY.search(text)
    if found is None:
        return "is not a private SSH key. Name the file that ssh-keygen made, without .pub"
    kind, body = found[1].strip(), found[2]
    if kind == "ENCRYPTED" or "ENCRYPTED" in body.partition("\n\n")[0] or _encrypted(kind, body):
        return (
            "has a passphrase, and nobody is there to type it. Make a key without one for this"
            " purpose: ssh-keygen -t ed25519 -N '' -f ~/.ssh/vps"
        )
    return None


def _encrypted(kind: str, body: str) -> bool:
    """Whether an OpenSSH-format key names a cipher."""
    if kind != "OPENSSH":
        return False
    try:
        blob = base64.b64decode("".join(body.split()))
    except binascii.Error:
        return False
    # openssh-key-v1, then the cipher's name behind its length of 4 bytes.
    return blob.startswith(_OPENSSH) and not blob[len(_OPENSSH) :].startswith(b"\0\0\0\4none")


def host_key_problems(spec: ExistingServer, namespace: str, machine: Machine) -> Iterator[str]:
    """The address answers as a machine with the pinned host key."""
    argv = ["ssh-keyscan", "-t", "ed25519", "-T", "5", "-p", str(spec.port), spec.address]
    where = f"{spec.address} port {spec.port}"
    try:
        scan = machine.run(argv)
    except FileNotFoundError:
        return  # the connection itself checks the key; only the friendlier message is lost
    except subprocess.TimeoutExpired:
        yield _unreachable(where, "no answer", namespace)
        return
    keys = [line.split()[1:3] for line in scan.stdout.splitlines() if not line.startswith("#")]
    shown = [" ".join(key) for key in keys if key[:1] == ["ssh-ed25519"] and len(key) == 2]  # noqa: PLR2004 - type and key
    readable = [key for key in shown if _is_readable(key)]
    if not shown:
        words = [line for line in scan.stderr.splitlines() if line and not line.startswith("#")]
        yield _unreachable(where, words[-1].strip() if words else "no answer", namespace)
    elif not readable:
        yield (
            f"the machine at {where} shows a host key that cannot be read: it is no whole ed25519"
            f" key. Nothing was sent to it. Are {namespace}:server.address and server.port right,"
            " and is it OpenSSH's sshd that answers there?"
        )
    elif spec.host_key not in readable:
        yield (
            f"{namespace}:server.host_key: the machine at {where} shows another host key:"
            f" {fingerprint(readable[0])}, not {fingerprint(spec.host_key)}."
            " Nothing was sent to it. If it was installed anew, compare on its console:"
            " ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub\n"
            "  and when that is the first of the two:\n"
            f"  pulumi config set --path {namespace}:server.host_key '{readable[0]}'"
        )


def _unreachable(where: str, words: str, namespace: str) -> str:
    return (
        f"the VPS does not answer as an SSH server at {where} ({words[:120]})."
        f" Is it on, is the port open, are {namespace}:server.address and server.port right,"
        " and does its sshd have an ed25519 host key?"
    )


def _is_readable(key: str) -> bool:
    """Whether it is a key at all: who shows it is not known yet, and may show anything."""
    try:
        _HOST_KEY.validate_python(key)
    except ValidationError:
        return False
    return True


def fingerprint(key: str) -> str:
    """The key's SHA256 fingerprint, as ssh-keygen -l prints it."""
    digest = hashlib.sha256(base64.b64decode(key.split()[1])).digest()
    return "SHA256:" + base64.b64encode(digest).decode().rstrip("=")
