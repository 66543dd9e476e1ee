"""Files that others read while they are written, and that a full disk must not make fatal."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path


def replace(path: Path, text: str) -> None:
    """Write a file in one piece; anybody may read it.

    Raises:
        OSError: It cannot be written; what it held before stays.
    """
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.chmod(0o644)
        new.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            new.unlink()  # the disk may be full
        raise


class KeptFile:
    """A file whose text the program knows: where it cannot be written, the program goes on.

    Attributes:
        path: Where.
        failed: Whether the last writing failed, so that the file does not hold what it should.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed = False
        self._text: str | None = None  # what was written last, as far as that is known

    def keep(self, text: str) -> None:
        """Write all of it, unless it holds this already. Never raises OSError."""
        if text == self._text:
            return
        self._text = None
        with self._telling():
            replace(self.path, text)
            self._text = text

    def append(self, text: str) -> None:
        """Write this after what is there; after a failure some of it may be. As `keep`."""
        self._text = None
        with self._telling(), self.path.open("a", encoding="utf-8") as file:
            file.write(text)

    @contextlib.contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self.failed:
                words = f"{self.path} cannot be written: {error.strerror}"
                print(f"{words}; going on without", file=sys.stderr, flush=True)
            self.failed = True
        else:
            if self.failed:
                print(f"{self.path} can be written again", flush=True)
            self.failed = False
