"""The two resources of Cloudflare's SDK that the program declares, without the others.

`import pulumi_cloudflare` loads each of its modules, several hundred, at every preview, `up` and
`destroy`: most of the time that the program's imports take. Here the package is found, not run,
and the resources come from their own modules. Those ask for two more, which hold the classes of
every resource, some thousands: of these the two resources' own are run alone.
"""

import re
import sys
from importlib.abc import InspectLoader
from importlib.machinery import ModuleSpec
from importlib.util import find_spec, module_from_spec
from pathlib import Path
from typing import TYPE_CHECKING

__all__ = ["DnsRecord", "OriginCaCertificate"]

_SDK = "pulumi_cloudflare"
_OF_EVERY_RESOURCE = ("_inputs", "outputs")
_HEAD = re.compile(rb".*?(?=\n__all__ = \[)", re.DOTALL)
# Begins with what a search finds without reading line by line: the modules have 12 MB.
_CLASS = rb"\nclass %b.*(?:\n+ .*)*"


def classes_of(resources: tuple[str, ...], source: bytes) -> bytes | None:
    """Of a module that holds the classes of every resource: those of some alone.

    Args:
        resources: What the names of their classes begin with.
        source: The module as Pulumi's generator writes it: imports, `__all__`, then classes from
            margin to margin, each with a line of decoration or none.

    Returns:
        The imports and those classes; None where the source is of another form.
    """
    if (head := _HEAD.match(source)) is None:
        return None
    parts = [head[0]]
    for resource in resources:
        for found in re.finditer(_CLASS % resource.encode(), source):
            above = source[source.rfind(b"\n", 0, found.start()) : found.start()]
            parts.append((above if above.startswith(b"\n@") else b"") + found[0])
    return b"\n".join([*parts, b""])


class _Part(InspectLoader):
    """Loads a module from another source than its file's."""

    def __init__(self, source: str) -> None:
        self._source = source

    def get_source(self, fullname: str) -> str:  # noqa: ARG002 - it is asked for one module
        return self._source


def _load_in_part(module: str, resources: tuple[str, ...]) -> None:
    """Load of a module what the resources need, where an import of it finds it."""
    name = f"{_SDK}.{module}"
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        return
    part = classes_of(resources, Path(spec.origin).read_bytes())
    if part is not None:
        loader = _Part(part.decode())
        sys.modules[name] = module_from_spec(ModuleSpec(name, loader, origin=spec.origin))
        loader.exec_module(sys.modules[name])


if TYPE_CHECKING or _SDK in sys.modules or (_spec := find_spec(_SDK)) is None:
    from pulumi_cloudflare import DnsRecord, OriginCaCertificate
else:
    # Its modules look for their package here.
    sys.modules[_SDK] = module_from_spec(_spec)
    try:
        for _module in _OF_EVERY_RESOURCE:
            _load_in_part(_module, ("DnsRecord", "OriginCaCertificate"))
        from pulumi_cloudflare.dns_record import DnsRecord
        from pulumi_cloudflare.origin_ca_certificate import OriginCaCertificate
    finally:
        # An import of the whole package runs it then, as ever.
        for _module in _OF_EVERY_RESOURCE:
            sys.modules.pop(f"{_SDK}.{_module}", None)
        del sys.modules[_SDK]
