"""What may go wrong without a fault in this code: told in words, where all else is a traceback."""

from __future__ import annotations

from lab.cache import BuildError
from lab.cgroups import CgroupError
from lab.hoststate import HostError
from lab.lifecycle import LabError
from lab.line import LinkError
from lab.listening import NotReadyError
from lab.namespaces import NetworkError
from lab.paths import LabNameError
from lab.transfer import CheckoutError

EXPECTED: tuple[type[Exception], ...] = (
    BuildError,
    CgroupError,
    CheckoutError,
    HostError,
    LabError,
    LabNameError,
    LinkError,
    NetworkError,
    NotReadyError,
)
"""Every command that stands on the lab catches these, beside its own."""
