"""What cloud-init on a new instance is given: user data, login keys, startup script; and ufw.

Vultr's Debian images have ufw active, with ssh alone let in. The lab's root file systems are plain
Debian, so its like comes as a boothook, which runs at every boot.
"""

from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path
from shlex import quote
from string import Template

_UFW = f"""\
#!/bin/sh
set -eu
cat > /usr/sbin/ufw <<'UFW'
{Path(__file__).with_name("ufw.sh").read_text()}UFW
chmod 755 /usr/sbin/ufw
ufw boot
"""
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
    """All of it in one message."""
    message = MIMEMultipart()
    message.attach(MIMEText(_UFW, "cloud-boothook"))
    if authorized_keys:
        keys = " ".join(quote(key) for key in authorized_keys)
        hook = _KEYS.substitute(home=SCHEMES["root"], keys=keys)
        message.attach(MIMEText(hook, "cloud-boothook"))
    if script:
        message.attach(MIMEText(script, "x-shellscript", "utf-8"))
    if user_data:
        message.attach(MIMEText(user_data, "plain", "utf-8"))
    return message.as_string()
