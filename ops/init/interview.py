"""Asks a person for what no flag has answered."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import typer
from rich.console import Console

from ops.errors import OpsError
from ops.init.answers import (
    DEFAULT_SERVICES,
    Answers,
    default_mode,
    modes_for,
    parse_service,
)
from ops.regions.command import find_regions
from ops.regions.table import show
from settings.sections import EdgeMode
from settings.server import server_models
from settings.suggestions import choice

SAMPLES = 5
MODE_WORDS: dict[EdgeMode, str] = {
    "direct-http": "the VPS itself, without TLS",
    "direct": "the VPS itself, with a Let's Encrypt certificate",
    "flexible": "Cloudflare, which asks the VPS without TLS",
    "full": "Cloudflare, which asks the VPS with TLS, its certificate unchecked",
    "strict": "Cloudflare, which asks the VPS with TLS and checks its certificate",
}


class Interview:
    """One question for each thing that is not answered; each has a proposal where there is one."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def provider(self, answers: Answers) -> Answers:
        """Which provider, and for a machine the user has, where it is."""
        if answers.provider is None:
            answers = replace(
                answers, provider=self._choose("Provider", list(server_models()), "hcloud")
            )
        if answers.provider != "existing":
            return answers
        return replace(
            answers,
            address=answers.address or typer.prompt("IPv4 address of the VPS"),
            user=answers.user or typer.prompt("A login there with sudo", default="root"),
            key_file=answers.key_file
            or typer.prompt("The private key for it", default="~/.ssh/id_ed25519"),
            host_key=answers.host_key
            or typer.prompt("Its host key (cat /etc/ssh/ssh_host_ed25519_key.pub on the VPS)"),
        )

    def region(self, answers: Answers) -> Answers:
        """Which region, with the table of bin/ops regions; prices need the token to be set."""
        if answers.region is not None or answers.provider in {None, "existing"}:
            return answers
        with self._console.status("Measuring the way to its regions"):
            found, advice = find_regions([str(answers.provider)], samples=SAMPLES)
        show(found, advice, self._console)
        regions = [one.region for one in found]
        return replace(
            answers,
            region=self._choose("Region", regions, advice.region if advice else regions[0]),
        )

    def zone(self, answers: Answers, zones: Sequence[str]) -> Answers:
        """Which of the zones that the token shows."""
        if answers.zone is not None:
            return answers
        if zones:
            self._console.print(f"Zones of this token: {', '.join(zones)}", highlight=False)
        default = zones[0] if len(zones) == 1 else None
        return replace(answers, zone=typer.prompt("DNS zone", default=default))

    def mode(self, answers: Answers) -> Answers:
        """Which of the edge modes that go with the DNS records, each with what it means."""
        if answers.mode is not None:
            return answers
        modes = modes_for(answers.dns)
        for name in modes:
            self._console.print(f"  {name:12} {MODE_WORDS[name]}", highlight=False)
        proposed = default_mode(answers.dns)
        return replace(answers, mode=self._choose("Who answers visitors", [*modes], proposed))

    def services(self, answers: Answers) -> Answers:
        """Which services to publish, and where they listen."""
        if answers.services:
            return answers
        self._console.print(
            "Services: NAME=HOST:PORT as seen from this machine, several with a space between",
            highlight=False,
        )
        while True:
            text = str(typer.prompt("Services", default=" ".join(DEFAULT_SERVICES)))
            try:
                return replace(answers, services=tuple(map(parse_service, text.split())))
            except OpsError as error:  # everything before it was answered well
                self._console.print(str(error).removeprefix("--service "), markup=False)

    def _choose(self, question: str, choices: list[str], default: str) -> str:
        while True:
            answer = str(typer.prompt(f"{question} ({', '.join(choices)})", default=default))
            if answer in choices:
                return answer
            words = f"{answer} is not one of them{choice(answer, choices)}"
            self._console.print(words, highlight=False, markup=False)


def hidden(*, twice: bool = False) -> Callable[[str], str]:
    """A prompt that shows nothing of what is typed."""
    return lambda words: str(typer.prompt(words, hide_input=True, confirmation_prompt=twice))
