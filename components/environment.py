"""What the programs that we start find in their environment: none of the engine's secrets."""

import os

PASSED_ON = frozenset(
    {"HOME", "LANG", "LC_ALL", "LOGNAME", "PATH", "SSH_AUTH_SOCK", "TERM", "USER"}
    | {"XDG_RUNTIME_DIR", "WSL_DISTRO_NAME", "WSL_INTEROP"}
)


def clean_environment() -> dict[str, str]:
    """Our own environment without tokens, passphrase and whatever else a program need not know."""
    return {name: text for name, text in os.environ.items() if name in PASSED_ON}
