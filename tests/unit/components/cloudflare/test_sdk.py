"""What the program imports of Cloudflare's SDK, asked in a process of its own."""

import subprocess
import sys

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
import pulumi_cloudflare
from components.cloudflare import sdk
print(pulumi_cloudflare.DnsRecord is sdk.DnsRecord)
"""


def said_by(program: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_the_program_loads_no_resource_that_it_does_not_declare() -> None:
    loaded = {name.partition(".")[2] for name in said_by(LOADED)}

    assert {"dns_record", "origin_ca_certificate"} <= loaded
    assert loaded <= {
        "_inputs",
        "_utilities",
        "dns_record",
        "origin_ca_certificate",
        "outputs",
    }


def test_the_whole_sdk_can_be_imported_afterwards_and_has_the_same_resources() -> None:
    assert said_by(WHOLE) == ["True", "True", "ZoneSetting"]


def test_where_the_whole_sdk_is_imported_already_its_resources_are_taken() -> None:
    assert said_by(WHOLE_FIRST) == ["True"]
