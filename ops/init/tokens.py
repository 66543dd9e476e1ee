"""The providers' tokens: from a file, standard input, the environment or a prompt; never argv."""

import os
import re
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from ops.errors import OpsError
from settings.credentials import CLOUDFLARE, PROVIDERS, Credential

STDIN = "-"
_LINE = re.compile(r"(?:export\s+)?(?P<name>[A-Z][A-Z0-9_]*)=(?P<value>.*)")


def read_token_file(name: str) -> dict[str, str]:
    """`VARIABLE=token` lines, as in a .env file; `-` is standard input.

    Raises:
        OpsError: It cannot be read, or has a line of another form; no value is shown.
    """
    try:
        text = sys.stdin.read() if name == STDIN else Path(name).expanduser().read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OpsError(f"--token-file {name} cannot be read: {error}") from error
    known = {credential.variable for credential in (*PROVIDERS.values(), CLOUDFLARE)}
    tokens = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        if found is None or found["name"] not in known:
            raise OpsError(
                f"--token-file {name}, line {number}: use VARIABLE=token, VARIABLE being one of"
                f" {', '.join(sorted(known))}"
            )
        tokens[found["name"]] = found["value"].strip().strip("\"'")
    return tokens


class Tokens:
    """Every token that was needed so far, by its variable.

    Attributes:
        prompt: Asks a person without showing what is typed; None without a terminal.
    """

    def __init__(
        self,
        given: Mapping[str, str],
        *,
        prompt: Callable[[str], str] | None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        self._given = dict(given)
        self._environ = environ
        self._prompt = prompt

    def of(self, credential: Credential) -> str:
        """A token that can be one.

        Raises:
            OpsError: There is none, or it has another form than the provider's.
        """
        variable = credential.variable
        value = self._given.get(variable) or self._environ.get(variable)
        if not value and self._prompt:
            value = self._prompt(f"Token for {credential.namespace} ({credential.origin})").strip()
        if not value:
            raise OpsError(
                f"the token for {credential.namespace} is missing: set {variable} in the"
                f" environment, or name a file with {variable}=... (--token-file FILE, - for"
                f" standard input); get one at: {credential.origin}"
            )
        if re.fullmatch(credential.pattern, value) is None:
            raise OpsError(
                f"{variable} cannot be a token: it has {credential.rule};"
                f" get one at: {credential.origin}"
            )
        self._given[variable] = value
        return value
