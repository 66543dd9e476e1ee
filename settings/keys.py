"""SSH public keys and host keys as settings: one line of `authorized_keys` without options."""

import base64
import binascii
import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from settings.values import Kind

_TYPES = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
_ED25519_BYTES = 51  # two length-prefixed fields: the 11 letters of the type, 32 bytes of key
_COMMENT = re.compile(r"[A-Za-z0-9@._+:,/=() -]{0,100}", re.ASCII)


def _strip(value: object) -> object:
    # `cat key.pub` ends in a newline, and so does what people paste.
    return value.strip() if isinstance(value, str) else value


def _blob(kind: str, encoded: str) -> bytes:
    """The decoded key, whose first field must name the type again; raises ValueError if not."""
    try:
        blob = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise ValueError("is not a whole key: its base64 part is damaged; copy it again") from error
    name = kind.encode()
    if not blob.startswith(len(name).to_bytes(4, "big") + name) or len(blob) < _ED25519_BYTES:
        raise ValueError("is not a whole key: its two parts do not agree; copy it again")
    return blob


def _public_key(value: str) -> str:
    if "PRIVATE KEY" in value:
        raise ValueError("is a private key; give the one line of its .pub file instead")
    kind, _, rest = value.partition(" ")
    encoded, _, comment = rest.partition(" ")
    if kind not in _TYPES or not encoded:
        raise ValueError(
            'is not a public key; give the one line of its .pub file, "ssh-ed25519 AAAA... name"'
        )
    _blob(kind, encoded)
    if _COMMENT.fullmatch(comment) is None:
        raise ValueError("has a comment with characters we do not pass on; shorten the comment")
    return value


def _host_key(value: str) -> str:
    if "PRIVATE KEY" in value:
        raise ValueError("is a private key; a host key is public")
    parts = value.split(" ")
    if parts[0] != "ssh-ed25519" or len(parts) == 1:
        raise ValueError(
            'is not an ed25519 host key; use "ssh-ed25519 AAAA...", as'
            " `cat /etc/ssh/ssh_host_ed25519_key.pub` prints it on the VPS"
        )
    if len(_blob(parts[0], parts[1])) != _ED25519_BYTES:
        raise ValueError("is not a whole key: it has the wrong length; copy it again")
    return f"{parts[0]} {parts[1]}"


SshPublicKey = Annotated[
    str, BeforeValidator(_strip), AfterValidator(_public_key), Kind("public SSH key")
]
HostKey = Annotated[
    str, BeforeValidator(_strip), AfterValidator(_host_key), Kind("ed25519 host key")
]
