"""The direct path's site is the program's own with another upstream."""

import pytest

from bench.sites import direct_site

DUMP = """\
# configuration file /etc/nginx/sites-enabled/x:
upstream dev_asr {
    server unix:/run/x/0/asr;
}
upstream dev_echo {
    zone dev_echo 64k;
    least_conn;
    server unix:/run/x/0/echo max_fails=0;
    server unix:/run/x/1/echo max_fails=0;
    keepalive 16;
}
server {
    listen 127.0.0.1:8082;
    server_name echo.gonova.one;
    location / { proxy_pass http://dev_echo; }
}
server {
    listen 80;
    server_name echo.gonova.one;
    limit_req zone=dev burst=1000 nodelay;
    location /v1/stream/echo {
        proxy_pass http://dev_echo;
    }
    location /health {
        proxy_pass http://dev_echo;
    }
}
"""


def test_the_site_differs_in_its_name_and_in_whom_it_asks() -> None:
    assert direct_site(DUMP, "198.51.100.66:18003") == (
        """\
upstream bench_direct {
    server 198.51.100.66:18003;
    zone bench_direct 64k;
    least_conn;
    keepalive 16;
}
server {
    listen 80;
    server_name direct.bench;
    limit_req zone=dev burst=1000 nodelay;
    location /v1/stream/echo {
        proxy_pass http://bench_direct;
    }
    location /health {
        proxy_pass http://bench_direct;
    }
}
"""
    )


def test_a_vps_without_the_public_name_is_refused() -> None:
    with pytest.raises(ValueError, match=r"no site for echo\.gonova\.one"):
        direct_site("server {\n    server_name x;\n}\n", "192.0.2.1:1")
