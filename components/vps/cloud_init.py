"""What a rented machine is told at its first boot.

It makes the administrator and closes root's login, so that the program never connects as root and
its connection data never changes; it installs the host key that every connection is checked for.
"""

import json
from collections.abc import Sequence

SSHD_DROP_IN = """\
# Written at first boot by vps-reverse-proxy: keys only, and nobody as root.
PermitRootLogin no
PasswordAuthentication no
KbdInteractiveAuthentication no
"""


def cloud_config(
    *, admin: str, authorized_keys: Sequence[str], host_private_key: str, host_public_key: str
) -> str:
    """The user data, in cloud-init's cloud-config format (JSON is YAML).

    Args:
        admin: Name of the administrator: key-only login, sudo without a password.
        authorized_keys: Public keys that may log in as the administrator.
        host_private_key: ed25519, OpenSSH's PEM format. The result is as secret as this is.
        host_public_key: Its public half.
    """
    config = {
        "users": [
            {
                "name": admin,
                "shell": "/bin/bash",
                "groups": ["sudo"],
                "sudo": "ALL=(ALL) NOPASSWD:ALL",
                "lock_passwd": True,  # nosec B105 - a switch
                "ssh_authorized_keys": list(authorized_keys),
            }
        ],
        "disable_root": True,
        "ssh_pwauth": False,
        "ssh_deletekeys": True,
        "ssh_keys": {
            "ed25519_private": host_private_key,
            "ed25519_public": host_public_key.strip(),
        },
        "write_files": [
            {
                # Before cloud-init's own 50-cloud-init.conf: sshd takes the first value it reads.
                "path": "/etc/ssh/sshd_config.d/10-vps-reverse-proxy.conf",
                "permissions": "0600",
                "content": SSHD_DROP_IN,
            }
        ],
    }
    return "#cloud-config\n" + json.dumps(config, indent=1) + "\n"
