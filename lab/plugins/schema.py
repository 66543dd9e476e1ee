"""A resource's properties as a table that drives check, diff and what a preview knows.

The table says what the published plugin's schema says: type, required or not, whether a change
replaces the resource, defaults, secrets and computed outputs.
"""

import secrets as random
from collections.abc import Mapping
from dataclasses import dataclass, field

from lab.plugins.properties import Property, settle_all
from lab.plugins.property_types import Failure
from lab.plugins.values import UNKNOWN, Values, holds_unknown

DEFAULTS = "__defaults"
"""Input listing which other inputs `check` filled in, as the published bridge keeps it."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What a diff found: changed properties (True: replaces), and the order of a replacement."""

    names: Mapping[str, bool]
    delete_first: bool = False


@dataclass(frozen=True, kw_only=True)
class Schema:
    """Inputs by name and the names of further outputs.

    strict: unknown inputs are refused (older-SDK types of the published plugins); otherwise they
    are dropped without a word (newer-framework types). volatile: outputs that an update may change.
    """

    inputs: Mapping[str, Property] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()
    secret_outputs: frozenset[str] = frozenset()
    volatile: tuple[str, ...] = ()
    strict: bool = True

    @property
    def secrets(self) -> frozenset[str]:
        """Names of the properties that are secret in every case."""
        return self.secret_outputs | {name for name, prop in self.inputs.items() if prop.secret}

    def check(
        self, news: Values, *, olds: Values | None = None, name: str = "", seed: bytes = b""
    ) -> tuple[Values, list[Failure]]:
        """Inputs with types settled, defaults and names filled in, and what is refused."""
        failures: list[Failure] = []
        checked = settle_all(self.inputs, news, failures, path="", strict=self.strict)
        filled: list[str] = []
        for key, prop in self.inputs.items():
            if key in checked or (prop.default is None and not prop.autoname):
                continue
            filled.append(key)
            was_filled = key in (olds or {}).get(DEFAULTS, [])
            kept = (olds or {}).get(key) if was_filled and prop.autoname else None
            fresh = f"{name}-{_hex(seed)}" if prop.autoname else prop.default
            checked[key] = fresh if kept is None else kept
        if filled or any(prop.autoname for prop in self.inputs.values()):
            checked[DEFAULTS] = filled
        return checked, failures

    def diff(self, state: Values, news: Values, *, ignore: tuple[str, ...] = ()) -> Change:
        """How the new inputs differ from the state (which holds every input by its name)."""
        names: dict[str, bool] = {}
        delete_first = False
        for key, prop in self.inputs.items():
            old, new = state.get(key), news.get(key)
            if key in ignore or (new is None and prop.computed):
                continue
            if new is not None and prop.stored and not holds_unknown(new):
                new = prop.stored(new)
            if not prop.type.same(old, new):
                names[key] = prop.replaces
                delete_first |= prop.replaces and prop.delete_first
        delete_first |= any(names.values()) and self._keeps_given_name(state, news)
        return Change(names=names, delete_first=delete_first)

    def preview(self, news: Values, state: Values | None = None) -> Values:
        """State after a create (no `state`) or an update that has not happened yet."""
        if state is None:
            absent = [key for key, prop in self.inputs.items() if prop.computed]
            return {**dict.fromkeys([*self.outputs, *absent], UNKNOWN), **self.remember(news)}
        changed = dict.fromkeys(self.volatile, UNKNOWN) if self.diff(state, news).names else {}
        return {**self.carry(state), **changed, **self.remember(news)}

    def carry(self, state: Values) -> Values:
        """What an update keeps of the old state: all but the inputs that the program gives."""
        gone = {key for key, prop in self.inputs.items() if not prop.computed}
        return {key: value for key, value in state.items() if key not in gone}

    def remember(self, news: Values) -> Values:
        """The inputs in the form the state keeps them."""
        kept: Values = {}
        for key, value in news.items():
            prop = self.inputs.get(key)
            if prop is not None:
                plain = prop.stored is None or holds_unknown(value)
                kept[key] = value if plain or prop.stored is None else prop.stored(value)
        return kept

    def _keeps_given_name(self, state: Values, news: Values) -> bool:
        """Whether old and new would carry the one name that the program gave."""
        filled = news.get(DEFAULTS, ())
        given = [key for key, prop in self.inputs.items() if prop.autoname and key not in filled]
        return any(state.get(key) == news.get(key) for key in given)


def _hex(seed: bytes) -> str:
    """Seven hex digits; the engine's seed makes a planned name come true."""
    return seed.hex()[:7] if seed else random.token_hex(4)[:7]
