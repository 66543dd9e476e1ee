"""A VPS the user has: its key file and its host key, one test per refusal."""

import base64
import subprocess
import textwrap
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization as ser
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

from components.preflight import inspect_machine
from components.preflight.machine import run_program
from components.preflight.vps_checks import (
    fingerprint,
    host_key_problems,
    key_file_problems,
    private_key_problem,
)
from settings import ExistingServer, Settings
from tests.unit.preflight_support import Fake
from tests.unit.settings_support import EXISTING, HOST_KEY, NAMESPACE

OTHER_KEY = HOST_KEY[:-1] + "B"
KEY = ed25519.Ed25519PrivateKey.from_private_bytes(b"k" * 32)
PLAIN = ser.NoEncryption()
LOCKED = ser.BestAvailableEncryption(b"words")


def locked_openssh() -> str:
    """The start of a key that names a cipher; making a whole one would need bcrypt."""
    blob = b"openssh-key-v1\0" + b"\0\0\0\x0aaes256-ctr" + b"\0\0\0\x06bcrypt" + bytes(200)
    body = textwrap.fill(base64.b64encode(blob).decode(), 70)
    return f"-----BEGIN OPENSSH PRIVATE KEY-----\n{body}\n-----END OPENSSH PRIVATE KEY-----\n"


@pytest.fixture
def fake(tmp_path: Path) -> Fake:
    return Fake(root=tmp_path)


def text(
    private: ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey = KEY,
    form: ser.PrivateFormat = ser.PrivateFormat.OpenSSH,
    lock: ser.KeySerializationEncryption = PLAIN,
) -> str:
    return private.private_bytes(ser.Encoding.PEM, form, lock).decode()


def spec(**changes: object) -> ExistingServer:
    return ExistingServer.model_validate({**EXISTING, **changes})


def key_problems(fake: Fake) -> list[str]:
    return list(key_file_problems(spec(), NAMESPACE, fake.machine()))


def host_problems(fake: Fake) -> list[str]:
    return list(host_key_problems(spec(), NAMESPACE, fake.machine()))


def test_a_private_key_of_ones_own_passes(fake: Fake) -> None:
    fake.write("home/.ssh/id_ed25519", text(), mode=0o600)

    assert key_problems(fake) == []


def test_a_key_file_that_is_not_there_is_told_how_to_make_one(fake: Fake) -> None:
    (problem,) = key_problems(fake)

    assert problem.startswith("vps-reverse-proxy:server.key_file: ~/.ssh/id_ed25519 does not exist")
    assert "ssh-keygen -t ed25519" in problem


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o601])
def test_a_key_file_with_open_permissions_is_told_to_close_them(fake: Fake, mode: int) -> None:
    fake.write("home/.ssh/id_ed25519", text(), mode=mode)

    (problem,) = key_problems(fake)

    assert f"mode {mode:04o}" in problem
    assert "chmod 600 ~/.ssh/id_ed25519" in problem


def test_the_messages_never_hold_the_key(fake: Fake) -> None:
    fake.write("home/.ssh/id_ed25519", locked_openssh(), mode=0o644)

    found = "\n".join(key_problems(fake))

    assert found
    assert not any(line in found for line in locked_openssh().splitlines())


@pytest.mark.parametrize(
    "usable",
    [
        text(),
        text(form=ser.PrivateFormat.PKCS8),
        text(rsa.generate_private_key(65537, 2048), ser.PrivateFormat.TraditionalOpenSSL),
    ],
    ids=["openssh", "pkcs8", "pem"],
)
def test_every_form_of_private_key_without_passphrase_is_usable(usable: str) -> None:
    assert private_key_problem(usable) is None


@pytest.mark.parametrize(
    "locked",
    [
        locked_openssh(),
        text(form=ser.PrivateFormat.PKCS8, lock=LOCKED),
        text(rsa.generate_private_key(65537, 2048), ser.PrivateFormat.TraditionalOpenSSL, LOCKED),
    ],
    ids=["openssh", "pkcs8", "pem"],
)
def test_a_key_with_a_passphrase_is_refused_in_every_form(locked: str) -> None:
    assert "has a passphrase" in (private_key_problem(locked) or "")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (HOST_KEY, "without .pub"),
        ("PuTTY-User-Key-File-3: ssh-ed25519\n", "puttygen"),
        ("hello", "is not a private SSH key"),
        ("", "is not a private SSH key"),
    ],
)
def test_what_is_no_private_key_is_called_what_it_is(content: str, words: str) -> None:
    assert words in (private_key_problem(content) or "")


def test_the_right_host_key_passes(fake: Fake) -> None:
    fake.scan = f"# 203.0.113.5:22 SSH-2.0-OpenSSH_9.2\n203.0.113.5 {HOST_KEY}\n"

    assert host_problems(fake) == []
    assert fake.ran == [["ssh-keyscan", "-t", "ed25519", "-T", "5", "-p", "22", "203.0.113.5"]]


def test_another_host_key_is_refused_with_both_fingerprints(fake: Fake) -> None:
    fake.scan = f"203.0.113.5 {OTHER_KEY}\n"

    (problem,) = host_problems(fake)

    assert "shows another host key" in problem
    assert fingerprint(HOST_KEY) in problem
    assert fingerprint(OTHER_KEY) in problem
    assert f"server.host_key '{OTHER_KEY}'" in problem


@pytest.mark.parametrize(
    "shown", ["ssh-ed25519 AAAAC", "ssh-ed25519 A", "ssh-ed25519 ';reboot;'", "ssh-ed25519 AAAA"]
)
def test_a_host_key_that_cannot_be_read_is_refused(fake: Fake, shown: str) -> None:
    fake.scan = f"203.0.113.5 {shown}\n"

    (problem,) = host_problems(fake)

    assert "the machine at 203.0.113.5 port 22 shows a host key that cannot be read" in problem
    assert shown not in problem


def test_a_greeting_that_is_no_text_is_no_error() -> None:
    done = run_program(["printf", r"# 203.0.113.5:22 \377\n"])

    assert done.stdout == "# 203.0.113.5:22 \ufffd\n"


def test_a_host_key_that_cannot_be_read_beside_another_one_is_passed_over(fake: Fake) -> None:
    fake.scan = f"203.0.113.5 ssh-ed25519 AAAAC\n203.0.113.5 {OTHER_KEY}\n"

    (problem,) = host_problems(fake)

    assert fingerprint(OTHER_KEY) in problem


def test_a_vps_that_does_not_answer_is_said_with_the_reason(fake: Fake) -> None:
    fake.scan_errors = "# banner\ngetaddrinfo vps: Name or service not known\n"

    (problem,) = host_problems(fake)

    assert "does not answer as an SSH server at 203.0.113.5 port 22" in problem
    assert "Name or service not known" in problem


def test_a_vps_that_hangs_is_one_that_does_not_answer(fake: Fake) -> None:
    fake.scan = subprocess.TimeoutExpired("ssh-keyscan", 20)

    (problem,) = host_problems(fake)

    assert "does not answer" in problem


def test_without_ssh_keyscan_the_connection_itself_must_tell(fake: Fake) -> None:
    fake.scan = FileNotFoundError()

    assert host_problems(fake) == []


def test_the_fingerprint_is_the_one_ssh_keygen_prints() -> None:
    # ssh-keygen -lf on this line
    assert fingerprint(HOST_KEY) == "SHA256:kmYcvdi2GkPeWxB6XLjrZB8JHsy2Hm8luHMFp9GMvqk"


def test_the_vps_checks_are_part_of_the_whole(fake: Fake) -> None:
    settings = Settings.model_validate({"server": EXISTING})

    found = inspect_machine(settings, "p/dev", None, dry_run=True, machine=fake.machine())

    assert len(found.problems) == 2


def test_a_machine_elsewhere_does_not_need_the_key(fake: Fake) -> None:
    settings = Settings.model_validate({"server": EXISTING})
    other = {"machineId": "f" * 32, "hostname": "desk"}

    found = inspect_machine(settings, "p/dev", other, dry_run=True, machine=fake.machine())

    assert found.problems == ()
    assert fake.ran == []
