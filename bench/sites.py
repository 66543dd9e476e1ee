"""The bench's own sites on the VPS's nginx: the direct path's and the plain tunnel's.

The direct path's is the program's own site with another upstream: limits, logs and headers cost
the same on both, so that a ratio is the tunnel's alone. The plain tunnel's is the guide's.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench import direct, plain
from bench.bed import PUBLIC_NAME, STREAM_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bed import Bed

FILE = "/etc/nginx/conf.d/zz-bench.conf"
_UPSTREAM = "bench_direct"

_GUIDES = """\
map $http_upgrade $bench_connection {
    default upgrade;
    '' close;
}
server {
    listen 80;
    server_name %(name)s;
    location %(path)s {
        proxy_pass http://%(upstream)s;
        proxy_http_version 1.1;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $bench_connection;
        proxy_set_header Host $host;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
        proxy_connect_timeout 60s;
        proxy_send_timeout 300s;
        proxy_read_timeout 300s;
        proxy_buffering off;
    }
    location /health {
        proxy_pass http://%(upstream)s;
        proxy_http_version 1.1;
        proxy_set_header Host $host;
    }
}
"""


def direct_site(configuration: str, address: str) -> str:
    """The program's site for the public name, as a site that asks `address` instead.

    `configuration` is nginx's own dump (`nginx -T`). Raises ValueError when it has no such site.
    """
    server = next(
        (
            block
            for block in _blocks(configuration, "server")
            if f"server_name {PUBLIC_NAME};" in block and "listen 80;" in block
        ),
        None,
    )
    if server is None:
        raise ValueError(f"nginx has no site for {PUBLIC_NAME}")
    asked = re.search(r"proxy_pass http://([\w.:-]+);", server)
    name = asked[1] if asked else ""
    own = next(iter(_blocks(configuration, f"upstream {name}")), "upstream x {\n}")
    kept = [
        re.sub(r"^(\s*zone )\S+", rf"\1{_UPSTREAM}", line)
        for line in own.splitlines()[1:-1]
        if not line.lstrip().startswith("server ")
    ]
    upstream = "\n".join([f"upstream {_UPSTREAM} {{", f"    server {address};", *kept, "}"])
    site = server.replace(f"server_name {PUBLIC_NAME};", f"server_name {direct.NAME};")
    return f"{upstream}\n{site.replace(f'http://{name};', f'http://{_UPSTREAM};')}\n"


def _blocks(configuration: str, head: str) -> list[str]:
    """The outermost blocks that begin with `head`; their ends are at the margin."""
    return re.findall(rf"^{re.escape(head)} \{{\n.*?^\}}", configuration, re.DOTALL | re.MULTILINE)


@contextmanager
def bench_sites(bed: Bed) -> Iterator[None]:
    """Nginx has the sites while this lasts."""
    bed.run(bed.vps, "rm", "-f", FILE)
    configuration = bed.run(bed.vps, "nginx", "-T")
    guides = _GUIDES % {"name": plain.NAME, "path": STREAM_PATH, "upstream": plain.upstream()}
    text = direct_site(configuration, direct.upstream(bed)) + guides
    bed.run_with(bed.vps, text, "tee", FILE)
    _reload(bed)
    try:
        yield
    finally:
        bed.run(bed.vps, "rm", "-f", FILE)
        _reload(bed)


def _reload(bed: Bed) -> None:
    bed.run(bed.vps, "sh", "-c", "nginx -t 2>&1 && systemctl reload nginx")
