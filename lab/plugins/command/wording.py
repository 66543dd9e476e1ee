"""Texts as a Go program words them: the published plugin is one, and its errors are documented."""

import errno
import os
import signal
import socket

_ESCAPES = {
    "\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v",
    '"': '\\"', "\\": "\\\\",
}  # fmt: skip
_FIRST_WIDE = 0x10000


def quoted(text: str) -> str:
    """The text in double quotes, as %q prints it: one line, whatever is in it."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    code = ord(character)
    if character == " " or (character.isprintable() and not character.isspace()):
        return character
    if code < ord(" ") or character == "\x7f":
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < _FIRST_WIDE else f"\\U{code:08x}"


def system_error(error: OSError) -> str:
    """For example "connection refused"."""
    if error.errno is None:
        return str(error)
    words = os.strerror(error.errno)
    return words if error.errno == errno.EIO else words[:1].lower() + words[1:]


def dial_failure(error: OSError, address: str) -> str:
    """Why no TCP connection came about; address: "192.0.2.7:22"."""
    if isinstance(error, socket.gaierror):
        host = address.rpartition(":")[0].strip("[]")
        return f"dial tcp: lookup {host}: no such host"
    if isinstance(error, TimeoutError) and error.errno is None:
        return f"dial tcp {address}: i/o timeout"
    return f"dial tcp {address}: connect: {system_error(error)}"


def endpoint(host: str, port: int) -> str:
    """host:port; an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def exit_text(returncode: int) -> str:
    """How a local process ended: "exit status 3", "signal: killed"."""
    if returncode >= 0:
        return f"exit status {returncode}"
    words = signal.strsignal(-returncode) or str(-returncode)
    return f"signal: {words.lower()}"
