"""The files of the edge host: nginx's configuration, the program for error pages, its unit."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lab.edge.sites import Site

LAB = Path(__file__).resolve().parent.parent
ROOT = "/etc/nginx/edge"
ERRORS_PORT = 8520
STRIPPED = (
    *("CF-Connecting-IPv6", "CF-Pseudo-IPv4", "CF-Connecting-O2O", "CF-Worker", "CF-EW-Via"),
    *("CF-IPCity", "CF-IPContinent", "CF-IPLatitude", "CF-IPLongitude", "CF-Region"),
    *("CF-Region-Code", "CF-Metro-Code", "CF-Postal-Code", "CF-Timezone", "CF-Warp-Tag-Id"),
    *("CF-Access-Client-Id", "CF-Access-Client-Secret", "CF-Access-Jwt-Assertion"),
    *("CF-Access-Authenticated-User-Email", "True-Client-IP"),
)
"""Headers that only Cloudflare may set: a visitor's own are removed."""

_TEMPLATES = Environment(  # noqa: S701 # nosec B701 - not HTML
    loader=FileSystemLoader(LAB / "templates"),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)


def files(
    sites: Sequence[Site],
    certificates: Mapping[str, tuple[bytes, bytes]],
    origin_ca: bytes = b"",
) -> Files:
    """Every file, by its name in the configuration's own directory.

    `certificates` holds certificate and key, PEM, of every zone that has a site.
    `origin_ca` is trusted beside the roots of the system.
    """
    content: dict[str, bytes] = {}
    for zone in sorted({site.zone for site in sites}):
        content[f"{zone}.pem"], content[f"{zone}.key"] = certificates[zone]
    content["origin-ca.pem"] = origin_ca
    content["edge_errors.py"] = (LAB / "edge" / "edge_errors.py").read_bytes()
    content["edge-errors.service"] = (LAB / "templates" / "edge-errors.service").read_bytes()
    content["nginx.conf"] = _configuration(sites, "@ROOT@").encode()
    digest = sha256(repr(sorted(content.items())).encode()).hexdigest()[:16]
    content["nginx.conf"] = _configuration(sites, f"{ROOT}/{digest}").encode()
    return Files(digest, content)


class Files(dict[str, bytes]):
    """Content by name; `digest` names their directory, so other content is another directory."""

    def __init__(self, digest: str, content: Mapping[str, bytes]) -> None:
        super().__init__(content)
        self.digest = digest


def _configuration(sites: Sequence[Site], root: str) -> str:
    return _TEMPLATES.get_template("edge-nginx.conf.j2").render(
        sites=list(sites),
        root=root,
        stripped=STRIPPED,
        errors_port=ERRORS_PORT,
        error_request=_error_request,
    )


def _error_request(kind: str, origins: str, tls: str, verify: str) -> str:
    """The directives that fetch an error page instead of the origin's answer."""
    asked = {"Kind": kind, "Origins": origins, "Tls": tls, "Verify": verify}
    if kind == "origin":
        asked |= {"Reached": "$reached", "Ended": "$ended"}
    headers = [f'proxy_set_header Edge-{name} "{value}";' for name, value in asked.items()]
    return "\n".join(
        (
            "proxy_pass http://edge_errors;",
            "proxy_method GET;",
            "proxy_pass_request_headers off;",
            "proxy_pass_request_body off;",
            "proxy_pass_header Server;",
            "proxy_set_header Host $host;",
            "proxy_set_header Edge-Ray $cf_ray;",
            *headers,
        )
    )
