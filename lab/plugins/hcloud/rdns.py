"""`hcloud:index/rdns:Rdns`."""

from ipaddress import ip_address

from lab.plugins.framework import (
    Failure,
    Integer,
    PluginError,
    Property,
    Resource,
    Schema,
    String,
    Values,
)
from lab.plugins.hcloud.cloud import Cloud, by_id, plain_errors, wait
from lab.plugins.hcloud.vendor import Vendor

OWNERS = {"serverId": "s", "primaryIpId": "p"}
"""Inputs that name what the address belongs to, with the prefix of the resource's id."""
NOT_OFFERED = ("floatingIpId", "loadBalancerId")


def _check_ip(text: str) -> str | None:
    try:
        ip_address(text)
    except ValueError:
        return f"Attribute ip_address must be a valid ip, got: {text}"
    return None


RDNS = Schema(
    inputs={
        "dnsPtr": Property(String(), required=True),
        "ipAddress": Property(String(), required=True, replaces=True, check=_check_ip),
        **{name: Property(Integer(), replaces=True) for name in (*OWNERS, *NOT_OFFERED)},
    },
    strict=False,
)


class Rdns(Resource):
    """The name that an address points back to. Its id is `<s|p>-<owner's id>-<address>`."""

    schema = RDNS

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def check(self, inputs: Values) -> list[Failure]:
        """See Resource."""
        if sum(name in inputs for name in (*OWNERS, *NOT_OFFERED)) == 1:
            return []
        names = "server_id,primary_ip_id,floating_ip_id,load_balancer_id"
        reason = f"Exactly one of these attributes must be configured: [{names}]"
        return [Failure(path="", reason=reason)]

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource."""
        name = next((each for each in OWNERS if each in inputs), None)
        if name is None:
            raise PluginError(f"the lab's stand-in does not offer {' or '.join(NOT_OFFERED)}")
        resource_id = f"{OWNERS[name]}-{inputs[name]}-{inputs['ipAddress']}"
        self._point(resource_id, inputs["dnsPtr"])
        return resource_id, {}

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        with plain_errors():
            owner, ip = self._owner(resource_id)
        if owner is None:
            return None
        prefix, key, _ = resource_id.split("-", 2)
        name = next(each for each, letter in OWNERS.items() if letter == prefix)
        return {**state, name: int(key), "ipAddress": ip, "dnsPtr": _pointer(owner, ip)}

    def update(self, resource_id: str, state: Values, inputs: Values) -> Values:
        """See Resource."""
        del state
        self._point(resource_id, inputs["dnsPtr"])
        return {}

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource."""
        del state
        with plain_errors():
            owner, ip = self._owner(resource_id)
            if owner is not None:
                wait([owner.change_dns_ptr(ip, None)])

    def _point(self, resource_id: str, name: str) -> None:
        with plain_errors():
            owner, ip = self._owner(resource_id)
            if owner is None:
                raise PluginError(f"Resource was not found: id={resource_id.split('-')[1]}")
            wait([owner.change_dns_ptr(ip, name)])

    def _owner(self, resource_id: str) -> tuple[Vendor | None, str]:
        prefix, key, ip = resource_id.split("-", 2)
        api = self._cloud.api
        return by_id(api.servers if prefix == "s" else api.primary_ips, key), ip


def _pointer(owner: Vendor, ip: str) -> str | None:
    """The name that the address points to now."""
    net = getattr(owner, "public_net", None)
    if net is None:
        entries = owner.dns_ptr
    elif ":" not in ip:
        return str(net.ipv4.dns_ptr) if net.ipv4 is not None and net.ipv4.ip == ip else None
    else:
        entries = net.ipv6.dns_ptr if net.ipv6 is not None else []
    return next((str(each["dns_ptr"]) for each in entries if each["ip"] == ip), None)
