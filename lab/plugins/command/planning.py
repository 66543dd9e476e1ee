"""What an update will be about."""

from collections.abc import Iterable

from lab.plugins.command.values import same
from lab.plugins.property_values import UNKNOWN, Properties, PropertyValue, is_unknown


def ignoring(news: Properties, olds: Properties, ignored: Iterable[str]) -> Properties:
    """The new inputs, but the old values of properties that are to be left alone."""
    return {**news, **{name: olds[name] for name in ignored if name in olds}}


def planned_outputs(
    kept: Properties, olds: Properties, news: Properties, inputs: list[str]
) -> Properties:
    """A preview knows the outputs only if no input that the state had is another or unknown now."""
    null = PropertyValue(None)
    changed = any(
        is_unknown(news.get(name, null))
        or (name in olds and not same(olds[name], news.get(name, null)))
        for name in inputs
    )
    return {name: PropertyValue(UNKNOWN) if changed else value for name, value in kept.items()}
