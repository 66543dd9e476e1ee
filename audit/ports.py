"""nmap: which ports of the VPS answer a visitor."""

import re

from audit.figures import Figure, keep
from audit.reach import INSTALL, Deployment

# Every port drops what it does not know: slow by design, so few and fast questions.
TCP = "nmap -n -Pn -p- -T4 --min-rate 5000 --max-retries 1"
UDP = "nmap -n -Pn -sU --top-ports 100 --min-rate 500 --max-retries 1"
LOOKS = 2
WEB = {"direct-http": {80}, "direct": {80, 443}}
_OPEN = re.compile(r"^(\d+)/(tcp|udp)\s+open\s", re.MULTILINE)


def audit_ports(target: Deployment, mode: str) -> list[Figure]:
    """The open ports, IPv4 and IPv6, against what the mode needs of a visitor."""
    target.on("client", f"command -v nmap || {{ {INSTALL} --no-install-recommends nmap; }}")
    wanted = {f"{port}/tcp" for port in {22} | WEB.get(mode, set())}
    figures = []
    for family, option, address in (("IPv4", "", target.address), ("IPv6", "-6", target.address6)):
        ask = f"{TCP} {option} {address}; {UDP} {option} {address}"
        found: set[str] = set()
        for _ in range(LOOKS):
            text = target.on("client", ask)
            keep(f"nmap-{mode}-{family}.txt", text)
            # Questions this fast lose an answer now and then. What was open once stays told.
            found |= {f"{port}/{protocol}" for port, protocol in _OPEN.findall(text)}
            if found >= wanted:
                break
        figures.append(
            Figure(
                name=f"nmap, {mode}, {family}",
                figure=" ".join(sorted(found, key=_number)) or "none",
                unit="open",
                bar=" ".join(sorted(wanted, key=_number)),
                met=found == wanted,
            )
        )
    return figures


def _number(port: str) -> tuple[int, str]:
    number, _, protocol = port.partition("/")
    return int(number), protocol
