"""What cloud-init on a new instance is given: user data, the login keys, the startup script."""

from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from shlex import quote
from string import Template

_KEYS = Template("""\
#!/bin/sh
# What Vultr's images do with the SSH keys chosen at creation: this account may log in with them.
set -eu
umask 077
home=$home
mkdir -p "$$home/.ssh"
touch "$$home/.ssh/authorized_keys"
for key in $keys; do
  grep -qxF "$$key" "$$home/.ssh/authorized_keys" || echo "$$key" >> "$$home/.ssh/authorized_keys"
done
""")
SCHEMES = {"root": "/root"}
"""User schemes -> the home of the account that gets the keys; `limited` is not imitated."""


def first_boot(*, authorized_keys: list[str], script: str, user_data: str) -> str:
    """All of it in one message; the user data as given where there is nothing else."""
    if not authorized_keys and not script:
        return user_data
    message = MIMEMultipart()
    if authorized_keys:
        keys = " ".join(quote(key) for key in authorized_keys)
        hook = _KEYS.substitute(home=SCHEMES["root"], keys=keys)
        message.attach(MIMEText(hook, "cloud-boothook"))
    if script:
        message.attach(MIMEText(script, "x-shellscript", "utf-8"))
    if user_data:
        message.attach(MIMEText(user_data, "plain", "utf-8"))
    return message.as_string()
