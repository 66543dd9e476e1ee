"""`bin/ops init`: from flags and questions to a stack that `pulumi up` can take."""

import os
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pulumi
import typer
from pydantic import TypeAdapter, ValidationError
from rich.console import Console

from components.vps.offer import choose_offer
from components.vps.preflight import read_catalog
from components.vps.vultr_vpc2 import WHY_NOT, is_readable
from ops.engine import CHECKOUT
from ops.errors import OpsError
from ops.init.answers import (
    DEFAULT_SERVICES,
    Answers,
    check_stack_name,
    default_mode,
    missing,
    parse_service,
    refuse_clash,
)
from ops.init.interview import Interview, hidden
from ops.init.neighbours import Neighbour, read_neighbours
from ops.init.permissions import check_provider
from ops.init.plan import check, configuration
from ops.init.tokens import Tokens, read_token_file
from ops.init.writing import (
    passphrase_environment,
    project_name,
    read_backend,
    refuse_existing,
    write_stack,
)
from ops.init.zone import check_zone, visible_zones
from ops.regions.ranking import cheapest_fitting
from settings import EdgeSettings, RentedServer, ServerSettings, Settings
from settings.credentials import CLOUDFLARE, PROVIDERS, VULTR, Credential, needed
from settings.section import NAMESPACE
from settings.server import server_models


def init(
    stack: str,
    answers: Answers,
    *,
    token_file: str | None,
    secrets_provider: str | None,
    terminal: bool,
    confirmed: bool,
    console: Console,
) -> Path:
    """Make the stack; returns its file.

    Args:
        stack: Its name.
        answers: What the flags say.
        token_file: Where tokens are read from first.
        secrets_provider: What encrypts, for pulumi.
        terminal: Whether there is a person to ask.
        confirmed: Whether to ask nothing, and to write at once.
        console: Where questions and findings are shown.

    Raises:
        OpsError: Something is missing, refused or not allowed; nothing is left behind.
    """
    check_stack_name(stack)
    refuse_clash(answers)
    if not terminal and not confirmed:
        raise OpsError("there is no terminal to ask at: answer with flags, and add --yes")
    backend = read_backend()
    refuse_existing(stack, backend)
    interactive = terminal and not confirmed
    tokens = Tokens(
        read_token_file(token_file) if token_file else {},
        prompt=hidden() if interactive else None,
    )
    others = [name for name in backend.stacks if name != stack]
    neighbours = read_neighbours(CHECKOUT, project_name(), others)
    if interactive:
        answers = _ask(Interview(console), answers, tokens)
    answers = _complete(answers)
    environment = (
        passphrase_environment(
            backend, prompt=hidden(twice=True) if interactive and not secrets_provider else None
        )
        if not secrets_provider
        else {}
    )
    config, secrets = _checked(stack, answers, tokens, neighbours, console)
    if interactive:
        typer.confirm(f"Write Pulumi.{stack}.yaml?", default=True, abort=True)
    return write_stack(
        stack, config, secrets, environment=environment, secrets_provider=secrets_provider
    )


def _ask(interview: Interview, answers: Answers, tokens: Tokens) -> Answers:
    answers = interview.provider(answers)
    if answers.provider in PROVIDERS:
        credential = PROVIDERS[answers.provider]
        _check_rented(credential, _exported(tokens, credential.variable, answers.provider))
    answers = interview.region(answers)
    manual = answers.dns == "manual"
    zones = {} if manual else visible_zones(tokens.of(CLOUDFLARE))
    answers = interview.mode(interview.zone(answers, sorted(zones)))
    if not manual:
        # Before more is asked, as it may take a walk to the dashboard.
        with suppress(ValidationError):  # told with all that is wrong, once there are all answers
            edge = EdgeSettings.model_validate({"zone": answers.zone, "mode": answers.mode})
            check_zone(tokens.of(CLOUDFLARE), edge, zones)
    return interview.services(answers)


def _check_rented(credential: Credential, token: str) -> None:
    """The token is good, and something can be rented with it.

    Raises:
        OpsError: What is missing; or `pulumi up` would refuse to rent there at all.
    """
    check_provider(credential, token)
    if credential != VULTR:
        return
    try:
        readable = is_readable(token)
    except pulumi.RunError as error:
        raise OpsError(str(error)) from error
    if not readable:
        raise OpsError(f"--provider vultr: {WHY_NOT}. Nothing was written")


def _exported(tokens: Tokens, variable: str, provider: str) -> str:
    """The token, also where the catalogs look for it: in our own environment."""
    token = tokens.of(PROVIDERS[provider])
    os.environ[variable] = token
    return token


def _complete(answers: Answers) -> Answers:
    """With the defaults of what has one.

    Raises:
        OpsError: What is missing has none; its flags are named, all at once.
    """
    if answers.provider is not None and answers.provider not in server_models():
        raise OpsError(
            f"--provider {answers.provider}: there is no such provider; use one of"
            f" {', '.join(server_models())}"
        )
    if flags := missing(answers):
        raise OpsError(f"these answers are missing: {', '.join(flags)}")
    return replace(
        answers,
        mode=answers.mode or default_mode(answers.dns),
        services=answers.services or tuple(map(parse_service, DEFAULT_SERVICES)),
    )


def _checked(
    stack: str,
    answers: Answers,
    tokens: Tokens,
    neighbours: list[Neighbour],
    console: Console,
) -> tuple[dict[str, object], dict[str, str]]:
    """The configuration and the secrets, after everybody who can refuse them was asked."""
    settings = check(configuration(stack, answers, neighbours))
    secrets = {}
    for credential in needed(settings):
        token = tokens.of(credential)
        secrets[f"{credential.namespace}:{credential.key}"] = token
        if credential == CLOUDFLARE:
            check_zone(token, settings.edge, visible_zones(token))
        else:
            _check_rented(credential, _exported(tokens, credential.variable, credential.namespace))
        console.print(f"The token for {credential.namespace} may do what is needed.")
    answers = _sized(answers, settings, console)
    return configuration(stack, answers, neighbours), secrets


def _sized(answers: Answers, settings: Settings, console: Console) -> Answers:
    """With a size that can be ordered in the region: the one asked for, or the cheapest there.

    Raises:
        OpsError: It cannot be ordered there; the message says what can.
    """
    server = settings.server
    if not isinstance(server, RentedServer):
        return answers
    try:
        catalog = read_catalog(server)
        cheapest = cheapest_fitting(catalog, server.region)
        if answers.size is None and cheapest:
            adapter: TypeAdapter[ServerSettings] = TypeAdapter(ServerSettings)
            chosen = {**server.model_dump(), "size": cheapest.name}
            server = adapter.validate_python(chosen)
            assert isinstance(server, RentedServer)
        offer = choose_offer(server, catalog, None, project=NAMESPACE)
    except pulumi.RunError as error:
        # There is no stack yet whose configuration could be set.
        words = re.sub(r"(?:pulumi config set --path )?\S+:server\.(\w+)", r"--\1", str(error))
        raise OpsError(words) from error
    console.print(
        f"{server.provider} {server.size} in {offer.region}: {offer.monthly_cost:.2f}"
        f" {offer.currency} a month ({offer.source})",
        highlight=False,
    )
    return replace(answers, size=server.size, image=server.image)


def next_commands(stack: str) -> list[str]:
    """The commands to type after `bin/ops init`, each with its comment."""
    return [
        f"pulumi preview --stack {stack}    # says what will be made, and what it costs",
        f"pulumi up --stack {stack}",
        f"bin/ops ssh --stack {stack}       # afterwards: a shell on the VPS",
    ]
