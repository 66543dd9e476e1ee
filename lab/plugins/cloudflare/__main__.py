"""`python -m lab.plugins.cloudflare VERSION ENGINE-ADDRESS`, as its executable starts it."""

from __future__ import annotations

import sys

from lab.plugins.cloudflare.certificates import OriginCaCertificate
from lab.plugins.cloudflare.client import CONFIG, Api
from lab.plugins.cloudflare.records import DnsRecord
from lab.plugins.cloudflare.rulesets import Ruleset
from lab.plugins.cloudflare.settings import ZoneSetting
from lab.plugins.cloudflare.sources import functions
from lab.plugins.framework import TableProvider, serve


def provider(api: Api) -> TableProvider:
    """The stand-in, speaking to `api`."""
    return TableProvider(
        resources={
            "cloudflare:index/dnsRecord:DnsRecord": DnsRecord(api),
            "cloudflare:index/originCaCertificate:OriginCaCertificate": OriginCaCertificate(api),
            "cloudflare:index/ruleset:Ruleset": Ruleset(api),
            "cloudflare:index/zoneSetting:ZoneSetting": ZoneSetting(api),
        },
        functions=functions(api),
        config=CONFIG,
        configure=api.configure,
    )


def main() -> None:
    """Serve until the engine ends the process."""
    serve(provider(Api()), version=sys.argv[1])


if __name__ == "__main__":
    main()
