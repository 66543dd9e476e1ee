"""What one visitor may ask of nginx on the VPS; generous, for an office may share one address."""

from typing import Annotated

from pydantic import Field

from settings.section import Section
from settings.values import Kind, between

Rate = Annotated[
    int,
    Field(strict=True),
    between(1, 10_000, "a number of requests", 100),
    Kind("whole number, 1 to 10000"),
]
Amount = Annotated[
    int,
    Field(strict=True),
    between(1, 65_000, "a number of requests", 2000),  # nginx counts connections in 16 bits
    Kind("whole number, 1 to 65000"),
]
Megabytes = Annotated[
    int,
    Field(strict=True),
    between(1, 1024, "a size in megabytes", 10),
    Kind("megabytes, 1 to 1024"),
]


class LimitSettings(Section):
    """Limits of one visitor: an IPv4 address, or an IPv6 network of 64 bits."""

    requests_per_second: Rate = Field(
        100, description="New requests and streams a second of one visitor address."
    )
    burst: Amount = Field(
        1000, description="How many more may come at once; what is above is answered with 429."
    )
    connections: Amount = Field(
        2000, description="Open requests and streams of one visitor address at a time."
    )
    key_requests_per_second: Rate = Field(
        100, description="New requests and streams a second of one API key; `burst` holds here too."
    )
    key_connections: Amount = Field(
        2000, description="Open requests and streams of one API key at a time."
    )
    body_megabytes: Megabytes = Field(
        10, description="The largest body of a request; a WebSocket has none."
    )
