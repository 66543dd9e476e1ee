"""What every stand-in reads out of the protocol's messages, and puts into them, in one way."""

from collections.abc import Iterable, Mapping

from google.protobuf import struct_pb2

from lab.plugins.property_types import Failure
from lab.plugins.protocol import provider_pb2


def type_of(urn: str) -> str:
    """The resource's own type: the part of the URN's type after the last parent."""
    return urn.split("::", 3)[2].rpartition("$")[2]


def name_of(urn: str) -> str:
    """The resource's name, which may itself contain `::`."""
    return urn.split("::", 3)[3]


def refusals(failures: Iterable[Failure]) -> list[provider_pb2.CheckFailure]:
    """What a check refuses."""
    return [provider_pb2.CheckFailure(property=each.path, reason=each.reason) for each in failures]


def checked(inputs: struct_pb2.Struct, failures: Iterable[Failure]) -> provider_pb2.CheckResponse:
    """The answer to a check."""
    return provider_pb2.CheckResponse(inputs=inputs, failures=refusals(failures))


def compared(kinds: Mapping[str, str], *, delete_first: bool = False) -> provider_pb2.DiffResponse:
    """The answer to a diff. kinds: by path ADD, DELETE or UPDATE, and _REPLACE after it."""
    some, none = provider_pb2.DiffResponse.DIFF_SOME, provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=some if kinds else none,
        diffs=list(kinds),
        replaces=[path for path, kind in kinds.items() if kind.endswith("_REPLACE")],
        deleteBeforeReplace=delete_first,
        detailedDiff={
            path: provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(kind))
            for path, kind in kinds.items()
        },
        hasDetailedDiff=True,
    )


def invoked(
    result: struct_pb2.Struct, failures: Iterable[Failure] = ()
) -> provider_pb2.InvokeResponse:
    """The answer to a data source's call."""
    response = provider_pb2.InvokeResponse(failures=refusals(failures))
    getattr(response, "return").CopyFrom(result)  # a word of Python's own
    return response
