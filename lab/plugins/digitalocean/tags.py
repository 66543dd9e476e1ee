"""`digitalocean:index/tag:Tag`."""

from urllib.parse import quote

from lab.plugins.digitalocean.cloud import Cloud
from lab.plugins.digitalocean.tag_names import check_tag
from lab.plugins.framework import Property, Resource, Schema, String, Values

TAG = Schema(
    inputs={"name": Property(String(), autoname=True, replaces=True, check=check_tag)},
    outputs=(
        "databasesCount", "dropletsCount", "imagesCount", "totalResourceCount",
        "volumeSnapshotsCount", "volumesCount",
    ),
)  # fmt: skip


class Tag(Resource):
    """A tag, whose id is its name."""

    schema = TAG

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def create(self, inputs: Values) -> tuple[str, Values]:
        """See Resource; one that exists already is taken over, as published."""
        made = self._cloud.call("POST", "/tags", {"name": inputs["name"]})["tag"]
        return str(made["name"]), _state(made)

    def read(self, resource_id: str, state: Values) -> Values | None:
        """See Resource."""
        del state
        answer = self._cloud.found(_path(resource_id))
        return None if answer is None else _state(answer["tag"])

    def delete(self, resource_id: str, state: Values) -> None:
        """See Resource."""
        del state
        self._cloud.call("DELETE", _path(resource_id))


def _path(name: str) -> str:
    return f"/tags/{quote(name, safe='')}"


def _state(tag: Values) -> Values:
    counts = tag["resources"]
    return {
        "name": tag["name"],
        "totalResourceCount": counts["count"],
        "dropletsCount": counts["droplets"]["count"],
        "imagesCount": counts["images"]["count"],
        "volumesCount": counts["volumes"]["count"],
        "volumeSnapshotsCount": counts["volume_snapshots"]["count"],
        "databasesCount": counts["databases"]["count"],
    }
