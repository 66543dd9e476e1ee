"""What the program imports of Cloudflare's SDK, asked in a process of its own."""

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from components.cloudflare.sdk import classes_of

OURS = ("DnsRecord", "OriginCaCertificate")
BEGINNINGS = tuple(f"class {name}" for name in OURS)
LOADED = """
import sys
import components.deployment
print(*sorted(name for name in sys.modules if name.startswith("pulumi_cloudflare.")))
"""
WHOLE = """
from components.cloudflare import sdk
import pulumi_cloudflare
print(pulumi_cloudflare.DnsRecord is sdk.DnsRecord)
print(pulumi_cloudflare.OriginCaCertificate is sdk.OriginCaCertificate)
print(pulumi_cloudflare.ZoneSetting.__name__)
"""
WHOLE_FIRST = """
import sys
import pulumi_cloudflare
from components.cloudflare import sdk
print(pulumi_cloudflare.DnsRecord is sdk.DnsRecord)
print(sys.modules["pulumi_cloudflare"] is pulumi_cloudflare)
"""
TYPES = """
from components.cloudflare import sdk
from pulumi import _types
from pulumi_cloudflare.dns_record import DnsRecordArgs
taken, given = _types.input_type_types(DnsRecordArgs), _types.resource_types(sdk.DnsRecord)
for types in (taken, given):
    print(*(types[name].__name__ for name in ("data", "settings")))
"""


def said_by(program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_the_program_loads_no_resource_that_it_does_not_declare() -> None:
    loaded = {name.partition(".")[2] for name in said_by(LOADED)}

    assert {"dns_record", "origin_ca_certificate"} <= loaded
    assert loaded <= {"_utilities", "dns_record", "origin_ca_certificate"}


def test_the_whole_sdk_can_be_imported_afterwards_and_has_the_same_resources() -> None:
    assert said_by(WHOLE) == ["True", "True", "ZoneSetting"]


def test_where_the_whole_sdk_is_imported_already_its_resources_are_taken() -> None:
    assert said_by(WHOLE_FIRST) == ["True", "True"]


@pytest.mark.parametrize("module", ["_inputs", "outputs"])
def test_the_resources_own_classes_are_those_of_the_whole_sdk_word_for_word(module: str) -> None:
    spec = find_spec(f"pulumi_cloudflare.{module}")
    assert spec is not None
    assert spec.origin is not None
    source = Path(spec.origin).read_text(encoding="utf-8")
    part = classes_of(OURS, source.encode())
    assert part is not None

    lines = source.splitlines()
    classes = [line for line in lines if line.startswith(BEGINNINGS)]
    kept = part.decode().splitlines()
    follow = iter(lines)

    assert all(line in follow for line in kept if line)
    assert [line for line in kept if line.startswith("class ")] == classes
    decorated = [line for line in classes if "(TypedDict)" not in line]
    assert len([line for line in kept if line.startswith("@")]) == len(decorated)


def test_what_a_record_takes_and_gives_has_its_types() -> None:
    assert said_by(TYPES) == [
        "DnsRecordDataArgs",
        "DnsRecordSettingsArgs",
        "DnsRecordData",
        "DnsRecordSettings",
    ]


def test_a_module_of_another_form_is_not_taken_apart() -> None:
    assert classes_of(OURS, b"import pulumi\n\nclass DnsRecordDataArgs:\n    pass\n") is None


def test_a_class_ends_where_the_next_line_at_the_margin_begins() -> None:
    source = b"""import pulumi

__all__ = [
    'DnsRecordDataArgs',
]

class DnsRecordDataArgs:
    first = 1

    last = 2

other = 3

@pulumi.input_type
class DnsRecordSettingsArgs(dict):
    pass
"""

    assert (
        classes_of(OURS, source)
        == b"""import pulumi


class DnsRecordDataArgs:
    first = 1

    last = 2

@pulumi.input_type
class DnsRecordSettingsArgs(dict):
    pass
"""
    )
