"""How to reach a host: a `connection` property as a typed value, its keys parsed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.plugins.later import Later
from lab.plugins.serving import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import asyncssh
else:
    asyncssh = Later("asyncssh")

USER, PORT, DIAL_ERROR_LIMIT, PER_DIAL_TIMEOUT = "root", 22, 10, 15
"""What `check` fills in where the program says nothing."""


@dataclass(frozen=True, kw_only=True)
class Login:
    """One hop, keys parsed; nothing of it may be shown.

    per_dial_timeout: seconds to connect in, None for no limit. dial_error_limit: failures that are
    tried again, -1 for ever. The host key is always required and no other is accepted.
    """

    host: str
    port: int
    user: str
    host_key: asyncssh.SSHKey
    private_key: asyncssh.SSHKey | None
    password: str | None
    agent_socket: str | None
    dial_error_limit: int
    per_dial_timeout: float | None

    @classmethod
    def load(cls, given: Mapping[str, Any]) -> Login:
        """From the property's plain values; PluginError for a key that cannot be used."""
        host = str(given["host"])
        timeout = float(given.get("perDialTimeout", PER_DIAL_TIMEOUT))
        return cls(
            host=host,
            port=int(given.get("port", PORT)),
            user=given.get("user", USER),
            host_key=_host_key(given.get("hostKey"), host),
            private_key=_private_key(given.get("privateKey"), given.get("privateKeyPassword")),
            password=given.get("password"),
            agent_socket=given.get("agentSocketPath") or os.environ.get("SSH_AUTH_SOCK") or None,
            dial_error_limit=int(given.get("dialErrorLimit", DIAL_ERROR_LIMIT)),
            per_dial_timeout=timeout or None,
        )


def _host_key(line: str | None, host: str) -> asyncssh.SSHKey:
    if not line:
        raise PluginError(
            f"connection.hostKey is not set for {host}: refusing to connect to a host whose key is "
            "not known; set it to the host's public key, for example "
            "the line in its /etc/ssh/ssh_host_ed25519_key.pub"
        )
    try:
        return asyncssh.import_public_key(line)
    except asyncssh.KeyImportError:
        raise PluginError("connection.hostKey: ssh: no key found") from None


def _private_key(text: str | None, password: str | None) -> asyncssh.SSHKey | None:
    """The messages are the published plugin's; the key itself is never part of them."""
    if text is None:
        return None
    encrypted = _is_encrypted(text)
    if encrypted and password is None:
        raise PluginError("ssh: this private key is passphrase protected")
    if password is not None and encrypted is False:
        raise PluginError("ssh: key is not password protected")
    try:
        return asyncssh.import_private_key(text, password)
    except asyncssh.KeyEncryptionError:
        raise PluginError("x509: decryption password incorrect") from None
    except (asyncssh.KeyImportError, ValueError):
        raise PluginError("ssh: no key found") from None


def _is_encrypted(text: str) -> bool | None:
    """None when the text is no private key at all."""
    try:
        asyncssh.import_private_key(text)
    except asyncssh.KeyEncryptionError:
        return True
    except (asyncssh.KeyImportError, ValueError) as error:
        return True if "assphrase" in str(error) else None
    return False
