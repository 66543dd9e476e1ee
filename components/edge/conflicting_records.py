"""Which records stand under the public names before this run, and whose they are."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

import pulumi

from components.cloudflare.api import Api, ask_together
from components.edge.records import ADDRESS_TYPES, record_comment
from components.host import plain_address
from components.naming import StackName
from settings import ExistingServer, ServerSettings, Service


def known_addresses(server: ServerSettings, recorded: Mapping[str, Any]) -> frozenset[str]:
    """The addresses that a record of this stack's may lead to before this run.

    Args:
        server: Its settings.
        recorded: The outputs of the stack's last run.
    """
    addresses = [recorded.get("vpsAddress"), recorded.get("vpsAddress6")]
    # A move that was cut short has moved the records already. Where nothing is recorded, they may
    # be of a state that was lost, and Cloudflare takes no second one of the same content.
    if recorded and isinstance(server, ExistingServer):
        addresses += [server.address, server.address6]
    return frozenset(plain_address(one) for one in addresses if one)


def conflicting_records(
    api: Api,
    zone_id: str,
    services: Sequence[Service],
    stack: StackName,
    known: Collection[str],
) -> list[str]:
    """One line for each address record under our names that must go before anything is made.

    One that is marked as ours, and leads elsewhere, may be of a run that was cut short, or of a
    state that was lost. Only the engine could tell, so it is warned of; two of a kind never are
    right.

    Args:
        api: With the token of this stack.
        zone_id: Of the zone that the names are in.
        services: Whose names.
        stack: Whose records are ours.
        known: See `known_addresses`.
    """
    found: list[str] = []
    names = [service.hostname for service in services]
    records_of = partial(_records, api, zone_id)
    for name, records in zip(names, ask_together(records_of, names), strict=True):
        ours: dict[str, list[str]] = {}
        for record in records:
            kind, content = record["type"], record["content"]
            if kind not in ADDRESS_TYPES:
                continue
            if record.get("comment") == record_comment(stack):
                ours.setdefault(kind, []).append(content)
                continue
            found.append(
                f"{name} already has a record {kind} {content} that is not this stack's; delete it "
                "in the Cloudflare dashboard, or give the service another hostname"
            )
        for kind, contents in ours.items():
            strange = [one for one in contents if plain_address(one) not in known]
            if len(contents) > 1:
                found.append(
                    f"{name} has {len(contents)} records {kind} with this stack's mark "
                    f"({', '.join(contents)}), and visitors go to any of them; delete in the "
                    f"Cloudflare dashboard what is not the VPS: {', '.join(strange or contents)}"
                )
            elif strange:
                pulumi.log.warn(_unknown(name, kind, strange[0], stack))
    return found


def _records(api: Api, zone_id: str, name: str) -> list[Any]:
    return api.all(f"/zones/{zone_id}/dns_records", {"name.exact": name})


def _unknown(name: str, kind: str, content: str, stack: StackName) -> str:
    return (
        f"{name} has a record {kind} {content} that is marked as {stack.owner}'s, but no finished "
        "run of this stack recorded it. If an earlier run was interrupted, nothing needs to be "
        "done. If the state was lost, or another stack of this name exists elsewhere, delete the "
        "record in the Cloudflare dashboard first: otherwise Cloudflare refuses the new record as "
        "identical, or some visitors go to the old address"
    )
