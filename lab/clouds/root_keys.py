"""What cloud-init on a new machine is given: the user data, and the keys chosen for root."""

from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from shlex import quote
from string import Template

_KEYS = Template("""\
#!/bin/sh
# What the provider's images do with the SSH keys chosen at creation: root may log in with them.
set -eu
umask 077
mkdir -p /root/.ssh
touch /root/.ssh/authorized_keys
for key in $keys; do
  grep -qxF "$$key" /root/.ssh/authorized_keys || echo "$$key" >> /root/.ssh/authorized_keys
done
""")


def user_data_with(authorized_keys: list[str], user_data: str) -> str:
    """User data that also lets root in with the keys; as given where there are none.

    Beside the user's own data (of any form that says what it is) comes a boothook.
    """
    if not authorized_keys:
        return user_data
    message = MIMEMultipart()
    hook = _KEYS.substitute(keys=" ".join(quote(key) for key in authorized_keys))
    message.attach(MIMEText(hook, "cloud-boothook"))
    if user_data:
        message.attach(MIMEText(user_data, "plain", "utf-8"))
    return message.as_string()
