"""Another stack's socket on the VPS, held by another account as that stack's tunnel holds its own.

Somebody listens there: whether it was taken over is seen by who answers.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.e2e.harness import Lab
from tests.e2e.waiting import until

FOLDER = "/run/vps-reverse-proxy-other"
SOCKET = f"{FOLDER}/0a/asr"
LINKED = f"{FOLDER}/0/asr"
ACCOUNT = "other-tunnel"
ANSWER = "the other stack answers"
_UNIT = "other-stack"
_PROGRAM = "/run/other_stack.py"
_LISTENER = f"""\
import socket
server = socket.socket(socket.AF_UNIX)
server.bind("{SOCKET}")
server.listen()
while True:
    connection = server.accept()[0]
    connection.sendall(b"{ANSWER}")
    connection.close()
"""
_QUESTION = f"""\
import socket
connection = socket.socket(socket.AF_UNIX)
connection.settimeout(5)
connection.connect("{LINKED}")
print(connection.recv(100).decode())
"""


@contextmanager
def live_socket(lab: Lab, vps: str) -> Iterator[None]:
    """It answers, with owner, group and modes as a stack's own; gone afterwards."""
    lab.write(vps, _PROGRAM, _LISTENER)
    try:
        lab.sh(
            vps,
            f"set -e; id -u {ACCOUNT} >/dev/null 2>&1 || useradd --system {ACCOUNT};"
            f" install -d -m 2750 -o {ACCOUNT} -g www-data {FOLDER} {FOLDER}/0a;"
            f" ln -sfn 0a {FOLDER}/0;"
            f" systemd-run --quiet --collect --unit={_UNIT} --uid={ACCOUNT} -p UMask=0117"
            f" python3 -I {_PROGRAM}",
        )
        until(lambda: answer(lab, vps) == ANSWER, seconds=30, what="the other stack's socket")
        yield
    finally:
        lab.sh(
            vps,
            f"systemctl stop {_UNIT}; rm -rf {FOLDER} {_PROGRAM}; userdel {ACCOUNT}",
            check=False,
        )


def answer(lab: Lab, vps: str) -> str:
    """What it says to root, by the link; what is wrong, where nobody answers."""
    return lab.on(vps, "python3", "-I", "-", input=_QUESTION, check=False).text.strip()
