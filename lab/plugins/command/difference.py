"""What changed between a resource's state and its new inputs, named as the engine names paths."""

import re
from collections.abc import Mapping, Sequence

from lab.plugins.command.values import same, signature
from lab.plugins.property_values import Properties, PropertyValue

_NOTHING = PropertyValue(None)
_PLAIN_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_$-]*")


def difference(
    state: Properties, news: Properties, *, inputs: Sequence[str], replacing: Sequence[str] | None
) -> dict[str, str]:
    """Changed paths ("create", "environment.A", "triggers[0]") and the kind of change.

    A kind is ADD, DELETE or UPDATE, with _REPLACE after it where it makes a new resource.
    inputs: the properties that count (the state holds outputs too). replacing: paths whose change
    makes a new resource; None: all of them. As in the published plugin "triggers" means the list as
    a whole, added or removed: that a changed element replaces is an option the SDK sets.
    """
    kinds: dict[str, str] = {}
    for name in sorted({*inputs, *news}):
        _compare(_step("", name), state.get(name, _NOTHING), news.get(name, _NOTHING), kinds)
    return {
        path: f"{kind}_REPLACE" if replacing is None or path in replacing else kind
        for path, kind in kinds.items()
    }


def _compare(path: str, old: PropertyValue, new: PropertyValue, kinds: dict[str, str]) -> None:
    if same(old, new):
        return
    if old.value is None or new.value is None:
        kinds[path] = "ADD" if old.value is None else "DELETE"
        return
    leaf = old.is_secret or new.is_secret or signature(old) or signature(new)
    one, two = old.value, new.value
    if not leaf and isinstance(one, Mapping) and isinstance(two, Mapping):
        for name in sorted({*one, *two}):
            _compare(_step(path, name), one.get(name, _NOTHING), two.get(name, _NOTHING), kinds)
    elif not leaf and isinstance(one, tuple) and isinstance(two, tuple):
        for index in range(max(len(one), len(two))):
            before, after = (
                items[index] if index < len(items) else _NOTHING for items in (one, two)
            )
            _compare(f"{path}[{index}]", before, after, kinds)
    else:
        kinds[path] = "UPDATE"


def _step(path: str, name: str) -> str:
    if _PLAIN_NAME.fullmatch(name):
        return f"{path}.{name}" if path else name
    quoted = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'{path}["{quoted}"]'
