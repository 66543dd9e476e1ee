"""Data sources: the one entry of the catalog that the filters leave."""

from collections.abc import Callable

from lab.plugins.framework import PluginError, Values
from lab.plugins.vultr.cloud import Cloud, Explained

_PLAN = {
    "vcpuCount": "vcpu_count",
    "ram": "ram",
    "disk": "disk",
    "diskCount": "disk_count",
    "bandwidth": "bandwidth",
    "monthlyCost": "monthly_cost",
    "type": "type",
    "locations": "locations",
    "gpuType": "gpu_type",
    "gpuVram": "gpu_vram_gb",
}
_REGION = {name: name for name in ("city", "country", "continent", "options")}
_OS = {name: name for name in ("name", "arch", "family")}
_ABSENT = {"gpuType": "", "gpuVram": 0}


class DataSources:
    """The plugin's functions by their tokens."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud

    def by_token(self) -> dict[str, Callable[[Values], Values]]:
        """See the class."""
        return {
            "vultr:index/getOs:getOs": self._function("/os", "os", _OS),
            "vultr:index/getPlan:getPlan": self._function("/plans", "plans", _PLAN),
            "vultr:index/getRegion:getRegion": self._function("/regions", "regions", _REGION),
        }

    def _function(self, path: str, key: str, fields: dict[str, str]) -> Callable[[Values], Values]:
        def look_up(args: Values) -> Values:
            filters = args.get("filters") or []
            if not filters:
                raise PluginError("issue with filter: false")
            with Explained(f"Error getting {key}"):
                found = [each for each in self._cloud.every(path, key) if _matches(each, filters)]
            if not found:
                raise PluginError("no results were found")
            if len(found) > 1:
                raise PluginError(
                    "your search returned too many results. "
                    "Please refine your search to be more specific"
                )
            shown = {
                ours: found[0].get(theirs, _ABSENT.get(ours)) for ours, theirs in fields.items()
            }
            return {**shown, "id": str(found[0]["id"]), "filters": filters}

        return look_up


def _matches(entry: Values, filters: list[Values]) -> bool:
    """Whether every filter names a field of the entry that has one of its values."""
    for each in filters:
        value = entry.get(each["name"])
        held = [str(item) for item in value] if isinstance(value, list) else [str(value)]
        if not set(held) & {str(wanted) for wanted in each["values"]}:
            return False
    return True
