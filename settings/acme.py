"""Where a public certificate comes from, in the mode `direct`."""

from typing import Annotated

from pydantic import AfterValidator, Field

from settings.section import Section
from settings.values import Kind, matching

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_LONGEST_ADDRESS = 254


def _bounded(value: str) -> str:
    if len(value) > _LONGEST_ADDRESS:
        raise ValueError(f"is too long; use at most {_LONGEST_ADDRESS} characters")
    return value


DirectoryUrl = Annotated[
    str,
    matching(
        rf"https://(?:{_LABEL}\.)*{_LABEL}(?::[0-9]{{1,5}})?/[A-Za-z0-9._~/-]{{0,200}}",
        "is not an https address of an ACME directory; use for example"
        " https://acme-v02.api.letsencrypt.org/directory",
    ),
    Kind("https address"),
]
Email = Annotated[
    str,
    matching(
        rf"(?:[A-Za-z0-9._+-]{{1,64}}@(?:{_LABEL}\.)+{_LABEL})?",
        "is not an e-mail address; use for example admin@gonova.one",
    ),
    AfterValidator(_bounded),
    Kind("e-mail address"),
]


class AcmeSettings(Section):
    """The ACME server that gives the VPS its certificate; its terms of service are agreed to."""

    directory: DirectoryUrl = Field(
        "https://acme-v02.api.letsencrypt.org/directory",
        description="The ACME server's directory; whoever sets the mode `direct` agrees to that"
        " server's terms of service.",
    )
    email: Email = Field(
        "", description="Where the ACME server sends its warnings; empty for nowhere."
    )
