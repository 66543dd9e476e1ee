"""Makes the stack and writes its file, through pulumi itself; undone when it cannot be finished."""

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ops.engine import CHECKOUT, explain, run_pulumi
from ops.errors import OpsError
from ops.init.plan import check

_CLOUD = ("http://", "https://")


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Where pulumi keeps its state.

    Attributes:
        url: file://..., s3://..., https://app.pulumi.com/...
        stacks: The names of this program's stacks there.
    """

    url: str
    stacks: tuple[str, ...]

    @property
    def needs_passphrase(self) -> bool:
        """Whether secrets are encrypted with one; Pulumi Cloud has keys of its own."""
        return not self.url.startswith(_CLOUD)


def project_name(project: Path = CHECKOUT) -> str:
    """The namespace of the settings."""
    document = yaml.safe_load((project / "Pulumi.yaml").read_text(encoding="utf-8"))
    return str(document["name"])


def read_backend(project: Path = CHECKOUT) -> Backend:
    """Where the state is, and which stacks are there.

    Raises:
        OpsError: There is no pulumi, or it is logged in nowhere.
    """
    who = json.loads(_pulumi(["whoami", "--json"], project))
    listed = json.loads(_pulumi(["stack", "ls", "--json"], project) or "[]")
    # Pulumi Cloud puts the organization in front.
    names = tuple(str(one["name"]).rpartition("/")[2] for one in listed)
    return Backend(url=str(who.get("url", "")), stacks=names)


def refuse_existing(stack: str, backend: Backend, project: Path = CHECKOUT) -> None:
    """Raises OpsError when there is such a stack, or a file of its name."""
    file = project / f"Pulumi.{stack}.yaml"
    if stack in backend.stacks:
        raise OpsError(
            f"there is a stack {stack} already, and it stays as it is. Take another name; or take"
            f" that one away first: pulumi destroy --stack {stack} && pulumi stack rm {stack}"
        )
    if file.exists():
        raise OpsError(
            f"{file.name} exists already, without a stack of that name in {backend.url}. Take"
            f" another name; or make the stack for that file: pulumi stack init {stack}"
        )


def passphrase_environment(
    backend: Backend,
    *,
    prompt: Callable[[str], str] | None,
    environ: Mapping[str, str] = os.environ,
) -> dict[str, str]:
    """What pulumi needs to encrypt: the variable with the passphrase, where it is not set yet.

    Raises:
        OpsError: There is none, and nobody to ask.
    """
    named = ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE")
    if not backend.needs_passphrase or any(name in environ for name in named):
        return {}
    if prompt is None:
        raise OpsError(
            f"the state in {backend.url} is protected by a passphrase: set"
            " PULUMI_CONFIG_PASSPHRASE_FILE to a file that holds one (or PULUMI_CONFIG_PASSPHRASE"
            " to itself) and keep it; or name a key with --secrets-provider"
        )
    return {named[0]: prompt("A passphrase for the stack's secrets; keep it")}


def write_stack(
    stack: str,
    config: Mapping[str, Any],
    secrets: Mapping[str, str],
    *,
    environment: Mapping[str, str],
    secrets_provider: str | None = None,
    project: Path = CHECKOUT,
) -> Path:
    """Make the stack with this configuration; returns its file.

    Args:
        stack: Its name; there is none of it yet.
        config: The settings below the project's namespace.
        secrets: Full key ("hcloud:token") -> value; each goes through pulumi's standard input.
        environment: Variables for pulumi beside our own.
        secrets_provider: What encrypts, as `pulumi stack init` takes it; its default when None.
        project: The folder with Pulumi.yaml.

    Raises:
        OpsError: Pulumi refuses something; the stack is then taken away again.
    """
    chosen = ["--secrets-provider", secrets_provider] if secrets_provider else []
    # The stack that is selected stays so: the next `pulumi up` of another one is not this one's.
    _pulumi(["stack", "init", stack, "--no-select", *chosen], project, environment)
    file = project / f"Pulumi.{stack}.yaml"
    try:
        namespace = project_name(project)
        plain = [
            word
            for path, value in flatten(config)
            for word in ("--plaintext", f"{namespace}:{path}={value}")
        ]
        _pulumi(["config", "set-all", "--stack", stack, "--path", *plain], project, environment)
        for key, value in secrets.items():
            words = ["config", "set", "--stack", stack, "--secret", key]
            _pulumi(words, project, environment, given=value)
        written = yaml.safe_load(file.read_text(encoding="utf-8"))["config"]
        prefix = f"{namespace}:"
        check({key.removeprefix(prefix): v for key, v in written.items() if key.startswith(prefix)})
    except BaseException:  # a Ctrl-C, too, must not leave half a stack
        run_pulumi(["stack", "rm", "--yes", stack], project=project, environment=environment)
        raise
    return file


def flatten(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every single value with its path, as `pulumi config set --path` takes both."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from flatten(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for index, inner in enumerate(value):
            yield from flatten(inner, f"{path}[{index}]")
    else:
        yield path, str(value).lower() if isinstance(value, bool) else str(value)


def _pulumi(
    args: Sequence[str],
    project: Path,
    environment: Mapping[str, str] | None = None,
    *,
    given: str | None = None,
) -> str:
    done = run_pulumi(args, project=project, given=given, environment=environment)
    if done.returncode:
        raise OpsError(explain(f"pulumi {' '.join(args[:2])}", done.stderr.strip()))
    return done.stdout
