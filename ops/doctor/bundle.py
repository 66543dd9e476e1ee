"""An archive for a bug report: findings, facts, logs, versions; every secret taken out."""

import io
import json
import os
import platform
import sys
import tarfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, is_dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ops.day2 import logs
from ops.day2.looking import Subject
from ops.doctor.finding import Finding
from ops.doctor.redaction import Redactor
from ops.engine import run_pulumi
from ops.errors import OpsError
from ops.health.facts import Facts

LINES = 300
PACKAGES = ("pulumi", "pulumi-command", "pulumi-cloudflare", "pydantic", "typer", "httpx")


def write_bundle(file: Path, texts: Mapping[str, str], redactor: Redactor) -> None:
    """A .tar.gz of these texts, cleaned; ours alone to read.

    Raises:
        OpsError: It cannot be written.
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    except OSError as error:
        raise OpsError(f"--bundle {file} cannot be written: {error.strerror}") from None
    with os.fdopen(handle, "wb") as raw, tarfile.open(fileobj=raw, mode="w:gz") as archive:
        for name, text in texts.items():
            data = redactor.clean(text).encode()
            entry = tarfile.TarInfo(f"vps-reverse-proxy-report/{name}")
            entry.size, entry.mtime, entry.mode = len(data), int(time.time()), 0o644
            archive.addfile(entry, io.BytesIO(data))


def texts_of(subject: Subject, facts: Facts, findings: Sequence[Finding]) -> dict[str, str]:
    """The files of the archive: name -> text, with the secrets still in it."""
    return {
        "findings.json": _json([asdict(finding) for finding in findings]),
        "facts.json": _json(plain(facts)),
        "operations.json": _json(subject.outputs.get("operations")),
        "logs.txt": _logs(subject),
        "versions.txt": versions(),
    }


def plain(value: Any) -> Any:
    """Facts as what JSON knows."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, Mapping):
        return {str(name): plain(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def versions() -> str:
    """What runs here, in which version."""
    engine = run_pulumi(["version"]).stdout.strip()
    lines = [f"python {sys.version.split()[0]}", f"pulumi {engine}", platform.platform()]
    lines += [f"{name} {metadata.version(name)}" for name in PACKAGES]
    return "\n".join(lines) + "\n"


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, default=str) + "\n"


def _logs(subject: Subject) -> str:
    asked = logs.requests_for(subject.operations, "all", lines=LINES, follow=False)
    with logs.reading(subject, asked) as coming:
        lines = logs.ordered(coming, len(asked), last=2 * LINES)
    return "".join(logs.shown(line) + "\n" for line in lines)
