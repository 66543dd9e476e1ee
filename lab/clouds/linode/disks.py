"""Disks and configuration profiles of a Linode: what it boots from.

The lab's machines have one disk each, so these are for show: an image makes them, and they can be
read, renamed and re-configured; nothing else is made or deleted one by one.
"""

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account
from lab.clouds.linode.catalog import IMAGES, TYPES
from lab.clouds.linode.errors import busy, unsupported
from lab.clouds.linode.instance_request import Deployment
from lab.clouds.linode.listing import listing
from lab.clouds.linode.store import Record, now
from lab.clouds.linode.validation import body_of, label_of

SLOTS = tuple(f"sd{letter}" for letter in "abcdefgh")
HELPERS = {
    "updatedb_disabled": True,
    "distro": True,
    "modules_dep": True,
    "network": True,
    "devtmpfs_automount": True,
}
CHANGEABLE = ("comments", "kernel", "memory_limit", "run_level", "virt_mode", "root_device")


def deploy(account: Account, instance: Record, image: Deployment, *, swap: int) -> None:
    """Give a Linode what an image brings: a disk, swap (MB), a profile that boots from them."""
    for kind in ("disks", "configs"):
        for part in account.parts(kind, instance):
            del account.store.table(kind)[part["id"]]
    label = f"{IMAGES[image.image]['label']} Disk"
    size = TYPES[instance["type"]]["disk"] - swap
    disks = [
        _add_disk(account, instance, label, "ext4", size),
        _add_disk(account, instance, f"{swap} MB Swap Image", "swap", swap),
    ]
    devices: Record = dict.fromkeys(SLOTS)
    for slot, disk in zip(SLOTS, disks, strict=False):
        devices[slot] = {"disk_id": disk["id"], "volume_id": None}
    draft = {
        "instance": instance["id"],
        "label": f"My {IMAGES[image.image]['label']} Disk Profile",
        "comments": "",
        "kernel": "linode/grub2",
        "memory_limit": 0,
        "run_level": "default",
        "virt_mode": "paravirt",
        "root_device": "/dev/sda",
        "initrd": None,
        "helpers": dict(HELPERS),
        "interfaces": [],
        "devices": devices,
    }
    account.store.add("configs", draft)
    instance["image"] = image.image
    instance["authorized_keys"] = image.authorized_keys
    instance["user_data"] = image.user_data
    instance["has_user_data"] = bool(image.user_data)


def _add_disk(account: Account, instance: Record, label: str, kind: str, size: int) -> Record:
    draft = {
        "instance": instance["id"],
        "label": label,
        "filesystem": kind,
        "size": size,
        "status": "ready",
        "disk_encryption": "enabled",
    }
    return account.store.add("disks", draft)


def grow(account: Account, instance: Record, kind: str) -> None:
    """Give the first disk what another type has more, or less, of disk space."""
    disks = account.parts("disks", instance)
    if disks:
        disks[0]["size"] = TYPES[kind]["disk"] - sum(disk["size"] for disk in disks[1:])


class Disks:
    """The endpoints under /linode/instances/{id}/disks and /configs."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """See the class."""
        found = []
        for kind in ("disks", "configs"):
            path = f"/linode/instances/{{id:int}}/{kind}"
            found += [
                Route(path, self._index(kind)),
                Route(path, self._refuse(f"new {kind} of a Linode"), methods=["POST"]),
                Route(f"{path}/{{part:int}}", self._show(kind)),
                Route(f"{path}/{{part:int}}", self._update(kind), methods=["PUT"]),
                Route(
                    f"{path}/{{part:int}}",
                    self._refuse(f"deleting {kind} one by one"),
                    methods=["DELETE"],
                ),
            ]
        return found

    def _index(self, kind: str) -> Any:
        async def index(request: Request) -> Response:
            instance = self._account.of("instances", request)
            return listing(request, self._account.parts(kind, instance), render=_render)

        return index

    def _part(self, kind: str, request: Request) -> Record:
        instance = self._account.of("instances", request)
        return self._account.part_of(kind, instance, request.path_params["part"])

    def _show(self, kind: str) -> Any:
        async def show(request: Request) -> Response:
            return JSONResponse(_render(self._part(kind, request)))

        return show

    def _update(self, kind: str) -> Any:
        async def update(request: Request) -> Response:
            part, body = self._part(kind, request), await body_of(request)
            if self._account.of("instances", request)["busy"]:
                raise busy()
            if "label" in body:
                part["label"] = label_of(body, "parts")
            if kind == "configs":
                if body.get("interfaces"):
                    raise unsupported("interfaces", "interfaces of a configuration profile")
                part |= {key: body[key] for key in CHANGEABLE if key in body}
                if isinstance(body.get("helpers"), dict):
                    part["helpers"] = {**part["helpers"], **body["helpers"]}
            part["updated"] = now()
            self._account.store.save()
            return JSONResponse(_render(part))

        return update

    def _refuse(self, what: str) -> Any:
        async def refuse(request: Request) -> Response:
            self._account.of("instances", request)
            raise unsupported("", what)

        return refuse


def _render(part: Record) -> Record:
    return {key: value for key, value in part.items() if key != "instance"}
