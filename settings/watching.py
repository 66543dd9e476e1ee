"""The watcher on the VPS, what the canary sends, and where alerts go."""

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr

from settings.network import Network
from settings.section import Section
from settings.values import Flag, Kind, between, duration

Interval = Annotated[int, *duration(10, 600), Kind("duration, 10s to 10m")]
Patience = Annotated[int, *duration(10, 3600), Kind("duration, 10s to 1h")]
Quiet = Annotated[int, *duration(60, 86400), Kind("duration, 1m to 24h")]
_PORT_OFFSET = 1000
_HIGHEST_PORT = 65534  # the one after it is needed, too
_LONGEST_MESSAGE = 1000
_LONGEST_ADDRESS = 500


def _message(value: str) -> str:
    if len(value) > _LONGEST_MESSAGE or not value.isprintable():
        raise ValueError(
            f"is not a message; use one line of at most {_LONGEST_MESSAGE} printable characters"
        )
    return value


def _address(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    shape = text.startswith(("https://", "http://")) and "." in text.partition("://")[2]
    if not (shape and text.isascii() and text.isprintable()) or " " in text:
        raise ValueError("is not an address; use https://HOST/PATH")
    if len(text) > _LONGEST_ADDRESS:
        raise ValueError(f"is too long; use at most {_LONGEST_ADDRESS} characters")
    return value


FiguresPort = Annotated[
    int,
    Field(strict=True),
    between(1024, _HIGHEST_PORT, "a port that has one after it", 9080),
    Kind(f"port, 1024 to {_HIGHEST_PORT}"),
]
Message = Annotated[str, AfterValidator(_message), Kind("text")]
SecretAddress = Annotated[SecretStr, AfterValidator(_address), Kind("secret address")]


class CanarySettings(Section):
    """What the canary sends to one service beside the ping."""

    send: Message = Field(
        "",
        description="A text message that the canary sends each time; empty for ping and pong"
        " alone, which cost the service nothing.",
    )
    expect: Message = Field("", description="What the service's answer to it contains.")


class WatchSettings(Section):
    """The watcher on the VPS: canary, metrics, alerts."""

    enabled: Flag = Field(default=True, description="Whether to install the watcher.")
    interval: Interval = Field(
        30, description="How often the canary visits each service through its public name."
    )
    metrics_port: FiguresPort | None = Field(
        None,
        description="The port on the VPS's loopback where Prometheus finds the metrics.",
        json_schema_extra={"default_words": "the first service's `port` + 1000"},
    )
    metrics_allow: tuple[Network, ...] = Field(
        (),
        description="Which addresses may read the metrics from elsewhere, at the next higher port;"
        " none by default.",
    )

    def ports(self, first: int) -> tuple[int, int]:
        """The port of the metrics on loopback, and the port for `metrics_allow`.

        nginx cannot bind one port to loopback and, later, to all.

        Args:
            first: The first service's port; other stacks on the VPS have others.
        """
        offset = _PORT_OFFSET if first + _PORT_OFFSET <= _HIGHEST_PORT else -_PORT_OFFSET
        port = self.metrics_port or first + offset
        return port, port + 1


class AlertSettings(Section):
    """Where alerts are sent, and when. Both addresses are secrets."""

    webhook: SecretAddress | None = Field(
        None,
        description="Where alerts are posted as JSON (Slack, Discord and Mattermost show them).",
        json_schema_extra={"default_words": "nowhere"},
    )
    ntfy: SecretAddress | None = Field(
        None,
        description="The ntfy topic that alerts are sent to.",
        json_schema_extra={"default_words": "nowhere"},
    )
    patience: Patience = Field(
        60, description="How long a fault must last before an alert is sent."
    )
    quiet: Quiet = Field(
        300,
        description="How long the WSL host must be disconnected before an alert is sent.",
    )
