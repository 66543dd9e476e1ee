"""The messages and services of Pulumi's gRPC protocol, without the rest of its SDK.

They are generated modules inside the SDK, and to import one runs the `__init__` of every package
above it. Those of `pulumi` and `pulumi.runtime` load the whole SDK, which is most of the CPU time a
plugin of this kind takes to start, and the engine starts each of them anew in every run. So here
these packages are hollow, a path and nothing else, while the generated modules are loaded.

Nothing of this stays in `sys.modules`: who imports `pulumi` later gets all of it, with generated
modules of its own, whose message classes are nevertheless these (protobuf keeps one for each type).
A process that has the SDK already gets the SDK's own modules.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec, module_from_spec

__all__ = [
    "engine_pb2", "engine_pb2_grpc", "plugin_pb2", "provider_pb2", "provider_pb2_grpc",
    "status_pb2",
]  # fmt: skip

_PACKAGES = ("pulumi", "pulumi.runtime", "pulumi.runtime.proto")


@contextmanager
def _hollow_packages() -> Iterator[None]:
    if "pulumi" in sys.modules:
        yield
        return
    try:
        for package in _PACKAGES:
            spec = find_spec(package)
            assert spec is not None, f"{package} is not installed"
            sys.modules[package] = module_from_spec(spec)  # its __init__ is not run
        yield
    finally:
        for name in [each for each in sys.modules if each.partition(".")[0] == "pulumi"]:
            del sys.modules[name]


with _hollow_packages():
    from pulumi.runtime.proto import (
        engine_pb2,
        engine_pb2_grpc,
        plugin_pb2,
        provider_pb2,
        provider_pb2_grpc,
        status_pb2,
    )
