"""What a plugin gives of each of its resource types and data sources."""

from abc import ABC, abstractmethod
from collections.abc import Callable

from lab.plugins.property_types import Failure
from lab.plugins.schema import Schema
from lab.plugins.values import Values


class Resource(ABC):
    """One resource type. Values are plain Python; the state holds the inputs beside the outputs."""

    schema: Schema

    @abstractmethod
    def create(self, inputs: Values) -> tuple[str, Values]:
        """Make it; its id and outputs (inputs are added). PluginError if it cannot be made."""

    def read(self, resource_id: str, state: Values) -> Values | None:
        """What is really there now (`state` is empty on import), or None when it is gone."""
        del resource_id
        return state

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """Change it in place; its new outputs (old state and inputs are added)."""
        del resource_id, state, inputs
        return {}

    def delete(self, resource_id: str, state: Values) -> None:
        """Remove it; fine when it is already gone."""
        del resource_id, state

    def check(self, inputs: Values) -> list[Failure]:
        """Rules between properties; inputs may hold UNKNOWN."""
        del inputs
        return []

    def unchanged(self, inputs: Values) -> tuple[str, ...]:
        """Names of inputs whose difference from the state does not count."""
        del inputs
        return ()


Function = Callable[[Values], Values]
"""A data source: arguments in, result out; blocking."""
