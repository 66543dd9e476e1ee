"""No value that a setting accepts can leave the file it is written to."""

import base64
import string
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from settings import names, network
from settings.keys import HostKey, SshPublicKey
from settings.sections import StreamTimeout
from settings.values import format_duration

# What ends a value or starts something else in nginx, shell, systemd, sshd or YAML.
DANGEROUS = set("\"'`$\\;{}()<>|&*?[]#!%^,\n\r\t\0")

KINDS: dict[str, tuple[Any, set[str]]] = {
    "DnsLabel": (names.DnsLabel, set(" /:.@")),
    "RegionName": (names.RegionName, set(" /:.@")),
    "SizeName": (names.SizeName, set(" /:.@")),
    "UnixUser": (names.UnixUser, set(" /:.@")),
    "UnitName": (names.UnitName, set(" /:.@")),
    "KeyFile": (names.KeyFile, set(":")),
    "Hostname": (network.Hostname, set(" /:@")),
    "Zone": (network.Zone, set(" /:@")),
    "IPv4": (network.IPv4, set(" /@:")),
    "IPv6": (network.IPv6, set(" /@")),
    "HostPort": (network.HostPort, set(" /@")),
    "UrlPath": (network.UrlPath, set(" :@")),
}

# Text that comes close to what is accepted, so that a gap in a pattern is found.
NEAR_VALID = st.text(
    alphabet=string.ascii_lowercase
    + string.digits
    + "AZ-_./:@%~ []\n\r\t\0;{}'\"$\\#\u00e9\u0663\u202e",
    max_size=80,
)


GOOD = [
    ("DnsLabel", "asr-2"),
    ("RegionName", "nbg1"),
    ("SizeName", "cx23"),
    ("UnixUser", "_svc-user"),
    ("UnitName", "vps-tunnel-staging"),
    ("KeyFile", "~/.ssh/id_ed25519"),
    ("KeyFile", "/mnt/c/Users/Ann Lee/key"),
    ("Hostname", "asr.gonova.one"),
    ("Zone", "gonova.one"),
    ("IPv4", "203.0.113.5"),
    ("IPv6", "2001:db8::5"),
    ("HostPort", "127.0.0.1:8001"),
    ("HostPort", "[::1]:8001"),
    ("HostPort", "gpu-box:8001"),
    ("UrlPath", "/v1/stream/asr"),
    ("UrlPath", "/metrics/"),
]


def _forbidden(kind: str) -> set[str]:
    forbidden = DANGEROUS | KINDS[kind][1]
    return forbidden - set("[]") if kind == "HostPort" else forbidden  # around an IPv6 address


@pytest.mark.parametrize("kind", KINDS)
def test_no_accepted_text_holds_a_character_that_breaks_out(kind: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(KINDS[kind][0])
    forbidden = _forbidden(kind)

    @given(NEAR_VALID | st.text(max_size=40))
    @example("a.b\n")
    @example("/v1/stream/asr\n")
    @example("::1%;}")
    @example("[::1%;}]:80")
    @example("/a;return 200")
    @example("-oProxyCommand=x")
    def check(text: str) -> None:
        try:
            value = adapter.validate_python(text)
        except ValidationError:
            return
        assert not forbidden & set(value)
        assert value.isprintable()
        assert not value.startswith("-")

    check()


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_no_dangerous_character_is_accepted_anywhere_in_a_good_value(kind: str, value: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(KINDS[kind][0])
    for position in range(len(value) + 1):
        for character in _forbidden(kind) | {"\x7f", "\u2028", "\x85"}:
            with pytest.raises(ValidationError):
                adapter.validate_python(value[:position] + character + value[position:])


@pytest.mark.parametrize(("kind", "value"), GOOD)
def test_what_a_user_needs_is_accepted(kind: str, value: str) -> None:
    assert TypeAdapter(KINDS[kind][0]).validate_python(value) == value


def test_an_ipv6_address_is_taken_in_its_shortest_form() -> None:
    # As Cloudflare hands it back: another form would look like a change of the record.
    given = "2001:0DB8:0:0::0005"

    assert TypeAdapter(network.IPv6).validate_python(given) == "2001:db8::5"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("Hostname", "gonova"),
        ("Hostname", "192.0.2.7"),
        ("Hostname", "a..b"),
        ("Hostname", ("a" * 63 + ".") * 4 + "one"),
        ("Hostname", "a" * 64 + ".one"),
        ("HostPort", "127.0.0.1"),
        ("HostPort", "127.0.0.1:0"),
        ("HostPort", "127.0.0.1:65536"),
        ("HostPort", "::1:8001"),
        ("HostPort", "0.0.0.0:8001"),
        ("UrlPath", "//a"),
        ("UrlPath", "/" + "a" * 200),
        ("KeyFile", "~root/key"),
        ("KeyFile", "/etc/"),
        ("UnitName", "vps-"),
        ("UnitName", "www-data"),
    ],
)
def test_what_would_not_work_is_refused(kind: str, value: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(KINDS[kind][0]).validate_python(value)


@given(st.integers(1, 86400))
def test_a_duration_reads_back_as_it_is_shown(seconds: int) -> None:
    assert TypeAdapter(StreamTimeout).validate_python(format_duration(seconds)) == seconds


def _line(kind: str, key: bytes, inner: str | None = None) -> str:
    name = (inner or kind).encode()
    blob = len(name).to_bytes(4, "big") + name + len(key).to_bytes(4, "big") + key
    return f"{kind} {base64.b64encode(blob).decode()}"


ED25519 = st.binary(min_size=32, max_size=32)


@given(ED25519, st.text(max_size=30))
def test_a_public_key_passes_whole_or_not_at_all(key: bytes, comment: str) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(SshPublicKey)
    line = _line("ssh-ed25519", key)
    assert adapter.validate_python(line + "\n") == line
    try:
        value = adapter.validate_python(f"{line} {comment}")
    except ValidationError:
        return
    assert value.isprintable()
    assert not set("\"'`$\\;{}#\n") & set(value)


@given(ED25519)
def test_a_host_key_is_two_words_of_ed25519(key: bytes) -> None:
    adapter: TypeAdapter[str] = TypeAdapter(HostKey)
    line = _line("ssh-ed25519", key)
    assert adapter.validate_python(f"{line} root@vps") == line


@pytest.mark.parametrize(
    "line",
    [
        _line("ssh-ed25519", b"k" * 31),
        _line("ssh-ed25519", b"k" * 33),
        _line("ssh-rsa", b"k" * 257),
        _line("ssh-ed25519", b"k" * 32, inner="ssh-rsa"),
        f"203.0.113.5 {_line('ssh-ed25519', b'k' * 32)}",
        "ssh-ed25519",
        "ssh-ed25519 !!!!",
        "-----BEGIN OPENSSH PRIVATE KEY-----",
    ],
)
def test_a_host_key_that_could_never_match_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(HostKey).validate_python(line)


@pytest.mark.parametrize(
    "line",
    [
        'command="reboot" ' + _line("ssh-ed25519", b"k" * 32),
        _line("ssh-ed25519", b"k" * 32) + "\n" + _line("ssh-ed25519", b"l" * 32),
        _line("ssh-ed25519", b"k" * 32) + ' "',
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        _line("ssh-rsa", b"k" * 5),
    ],
)
def test_a_login_key_with_options_or_damage_is_refused(line: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(SshPublicKey).validate_python(line)
