"""What an edit of the server means for what runs already: announced, or refused."""

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi

from components.ssh_keys import bare_key
from settings import ExistingServer, ServerSettings, Settings

# For how long a VPS is off that is resized, where it may be more than a minute.
_OFF_FOR = {
    "linode": "some minutes, or for an hour and more where Linode first has to copy its disk to"
    " another machine",
}
_SWITCHED_OFF = {"digitalocean": "switched off as if its power was cut"}


def stays(
    now: Mapping[str, str], before: Mapping[str, str] | None, *, replaces: bool = False
) -> bool:
    """Whether this run goes on with the rented VPS of the last one; most other sizes keep it.

    See `announce_changes` for the arguments.
    """
    return not replaces and before is not None and {**now, "size": ""} == {**before, "size": ""}


def takes_over(server: ServerSettings, recorded: Mapping[str, Any]) -> bool:
    """Whether a machine of the user's takes over from another one: it shows another host key."""
    if not isinstance(server, ExistingServer):
        return False
    before = str((recorded.get("login") or {}).get("hostKey") or "")
    return bool(before) and bare_key(before) != bare_key(server.host_key)


def refuse_left_address6(settings: Settings, recorded: Mapping[str, Any]) -> None:
    """A certificate cannot be had while a name still has another machine's IPv6 address.

    The engine removes records last, and an ACME server that finds an IPv6 address asks there.

    Raises:
        pulumi.RunError: This run would leave such an address until its end.
    """
    server, before = settings.server, recorded.get("server") or {}
    if (
        isinstance(server, ExistingServer)
        and server.address6 is None
        and settings.edge.mode == "direct"
        and settings.edge.dns == "cloudflare"
        and recorded.get("vpsAddress6")
        and before.get("address") != server.address
    ):
        raise pulumi.RunError(
            "This cannot work yet:\n"
            "  server.address6: the names have the old VPS's IPv6 address until the end of this "
            "run, and the ACME server would look there. Set the IPv6 address of "
            f"{server.address}, or move in mode direct-http, then set edge.mode to direct"
        )


def announce_changes(
    now: Mapping[str, str],
    before: Mapping[str, str] | None,
    *,
    replaces: bool = False,
    by_hand: Sequence[str] = (),
) -> None:
    """Say in preview what an edit of the server interrupts; the diff alone does not tell.

    Args:
        now: The server as it is wanted.
        before: As it was recorded; None before the first run.
        replaces: Whether the running one cannot be resized to the wanted size.
        by_hand: Names whose DNS records the user makes, and not this stack.
    """
    if not before or before == now:
        return
    changed = ", ".join(
        f"server.{key} {before.get(key, 'none')} -> {now.get(key, 'none')}"
        for key in sorted({*before, *now})
        if before.get(key) != now.get(key)
    )
    moves = "the tunnel moves" if by_hand else "the tunnel and the DNS records move"
    yours = _yours_to_change(by_hand)
    if before.get("provider") == "existing":
        pulumi.log.warn(
            f"{changed}: {moves}.{yours} Then what this stack added to "
            f"{before.get('address')} is taken away, if that machine still answers. A machine with "
            "the same server.host_key is the same one under another address, and keeps it."
        )
        return
    resized = {key for key in {*before, *now} if before.get(key) != now.get(key)} == {"size"}
    if resized and not replaces:
        provider = str(before.get("provider"))
        pulumi.log.warn(
            f"{changed}: the VPS is {_SWITCHED_OFF.get(provider, 'shut down')}, resized and started"
            " again. Open streams are cut, and the public names do not answer for"
            f" {_OFF_FOR.get(provider, 'about a minute')}; the address stays."
        )
        return
    new = f"{now['address']} takes over" if "address" in now else "A new one is built beside it"
    why = ", because it cannot change to that size" if resized else ""
    pulumi.log.warn(
        f"{changed}: the VPS is replaced{why}. {new}, {moves} "
        "over, then the old one is deleted. Open streams are cut when the tunnel moves, the public "
        f"names do not answer until the records have moved, and the address changes.{yours}"
    )


def _yours_to_change(names: Sequence[str]) -> str:
    if not names:
        return ""
    return (
        " The DNS records are yours to change, as edge.dns is manual: A (and AAAA) of "
        f"{', '.join(names)}. This run prints the new ones; until they lead there, these names "
        "lead to a machine that no longer answers for them."
    )
