"""Modules that are loaded when something of them is first used."""

from importlib import import_module
from typing import Any


class Later:
    """Stands for a module until then; `import` under TYPE_CHECKING gives the name its types.

    For the vendors' clients: they take as long to load as all the rest of a plugin, and in a
    preview, or where nothing changes, a plugin asks nobody.
    """

    def __init__(self, name: str) -> None:
        """Nothing is loaded yet."""
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        """Of the module itself."""
        return getattr(import_module(self._name), attribute)
