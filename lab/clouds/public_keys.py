"""An SSH public key in a request, as each provider's API reads it."""

import base64
import binascii
import hashlib

KEY_TYPES = (
    "ssh-ed25519",
    "ssh-rsa",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
)


def key_blob(line: str, types: tuple[str, ...] = KEY_TYPES) -> bytes | None:
    """The key itself, decoded; None if the line is no public key of one of these types."""
    kind, _, rest = line.strip().partition(" ")
    try:
        blob = base64.b64decode(rest.partition(" ")[0], validate=True)
    except binascii.Error:
        return None
    return blob if kind in types and blob[4:].startswith(kind.encode()) else None


def fingerprint(blob: bytes) -> str:
    """MD5 of a key, in pairs of hex digits."""
    return hashlib.md5(blob, usedforsecurity=False).digest().hex(":")
