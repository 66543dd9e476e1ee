"""An ssh key as one line, as in authorized_keys and in ssh_host_ed25519_key.pub."""


def bare_key(line: str) -> str:
    """Type and key without the comment: it does not count, and some parsers take no more."""
    return " ".join(line.split()[:2])
