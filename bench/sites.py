"""The bench's own sites on the VPS's nginx, with the guide's settings for a stream."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bench import direct, plain
from bench.bed import STREAM_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.bed import Bed

FILE = "/etc/nginx/conf.d/zz-bench.conf"

_MAP = """\
map $http_upgrade $bench_connection {
    default upgrade;
    '' close;
}
"""
_SITE = """\
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


def text(bed: Bed) -> str:
    """Both sites, as nginx reads them."""
    sites = ((direct.NAME, direct.upstream(bed)), (plain.NAME, plain.upstream()))
    return _MAP + "".join(
        _SITE % {"name": name, "path": STREAM_PATH, "upstream": upstream}
        for name, upstream in sites
    )


@contextmanager
def bench_sites(bed: Bed) -> Iterator[None]:
    """Nginx has the sites while this lasts."""
    bed.run_with(bed.vps, text(bed), "tee", FILE)
    _reload(bed)
    try:
        yield
    finally:
        bed.run(bed.vps, "rm", "-f", FILE)
        _reload(bed)


def _reload(bed: Bed) -> None:
    bed.run(bed.vps, "sh", "-c", "nginx -t 2>&1 && systemctl reload nginx")
