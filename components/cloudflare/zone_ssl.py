"""The SSL mode of a whole zone, as a Pulumi resource that puts the old value back.

A zone has one such setting, so one stack may own it: see `zone_claim`.

Cloudflare may choose the mode by itself (Automatic SSL/TLS, a setting of its own): it would put
another one in the place of ours at some later scan, so that is switched off for as long.
"""

from typing import Any

import pulumi
from pulumi import ResourceOptions
from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from components.cloudflare.api import Api, CloudflareError
from components.cloudflare.plugin import configured, plain_errors
from components.cloudflare.rule_set import Rule, RuleSet
from components.cloudflare.zone_claim import CLAIM_REF, Claim, refusal

AUTOMATIC = "ssl_automatic_mode"
"""Whether Cloudflare chooses the mode: `auto` or `custom`."""
_NO_SUCH_SETTING = frozenset({400, 404})


class ZoneSslProvider(ResourceProvider):
    """Sets the mode, and puts the old one back. Holds no secret: see `configure`."""

    serialize_as_secret_always = False  # only the name of this class is serialized
    api: Api

    def configure(self, req: ConfigureRequest) -> None:
        """Take the token from configuration or environment: it is never part of the resource."""
        self.api = configured(req)

    @plain_errors
    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another zone or owner is another resource; the mode is changed in place."""
        replaces = [key for key in ("zone_id", "owner") if _olds.get(key) != _news[key]]
        # A state from before `live` was kept apart has what was seen as `ssl`.
        modes = {_olds.get("ssl"), _olds.get("live", _olds.get("ssl"))}
        changed = modes != {_news["ssl"]} or not _olds.get("claimed")
        # Of one zone, the old owner lets go first.
        return DiffResult(
            changes=bool(replaces) or changed,
            replaces=replaces,
            delete_before_replace="owner" in replaces,
        )

    @plain_errors
    def create(self, props: dict[str, Any]) -> CreateResult:
        """Claim the setting and set it.

        Raises:
            CloudflareError: Another stack's it is.
        """
        return CreateResult(f"{props['zone_id']}/ssl", self._ensure(props, before=None))

    @plain_errors
    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Set another mode; what was before us stays recorded."""
        return UpdateResult(self._ensure(_news, before=_olds.get("before")))

    @plain_errors
    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """The mode as it is at Cloudflare, and whether the claim still stands.

        `ssl` stays what we set: `delete` tells by it whether somebody has set another mode since.
        """
        try:
            mode = self.api.get(_settings(props) + "ssl")["value"]
        except CloudflareError as error:
            if error.not_found:
                return ReadResult("", {})
            raise
        claim = self._claim(props)
        claimed = claim is not None and claim.owner == props["owner"]
        return ReadResult(id_, {**props, "live": mode, "claimed": claimed})

    @plain_errors
    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Put the old mode back, unless somebody changed ours since; then give up the claim."""
        claim = self._claim(_props)
        chosen = claim is not None and claim.automatic and claim.owner == _props["owner"]
        self.api.retry(lambda: self._restore(_props, automatic=chosen))
        self._rule_set(_props).remove(
            CLAIM_REF, only_if=lambda rule: _owner(rule) in {None, _props["owner"]}
        )

    def _ensure(self, props: dict[str, Any], before: str | None) -> dict[str, Any]:
        def refuse_others(rule: Rule) -> None:
            claim = Claim.of(rule)
            if claim is not None and claim.owner != props["owner"]:
                raise CloudflareError(refusal(props["zone"], claim))

        claim = self._claim(props)
        path = _settings(props) + "ssl"
        known = before or (claim.before if claim else None) or self.api.get(path)["value"]
        # In the zone alone: the state of a run that was cut short would not tell it.
        automatic = (claim is not None and claim.automatic) or self._is_automatic(props)
        mine = Claim(owner=props["owner"], before=known, automatic=automatic)
        self._rule_set(props).put(mine.rule(props["zone"], props["ssl"]), guard=refuse_others)
        if automatic:
            ours = {"value": "custom"}
            self.api.retry(lambda: self.api.call("PATCH", _settings(props) + AUTOMATIC, body=ours))
        self.api.retry(lambda: self.api.call("PATCH", path, body={"value": props["ssl"]}))
        return {**props, "live": props["ssl"], "before": known, "claimed": True}

    def _is_automatic(self, props: dict[str, Any]) -> bool:
        try:
            return bool(self.api.get(_settings(props) + AUTOMATIC)["value"] == "auto")
        except CloudflareError as error:
            if error.status in _NO_SUCH_SETTING:
                return False
            raise

    def _restore(self, props: dict[str, Any], *, automatic: bool) -> None:
        path = _settings(props) + "ssl"
        try:
            live = self.api.call("GET", path)["value"]
            if live == props["ssl"]:
                self.api.call("PATCH", path, body={"value": props["before"]})
            # The old mode alone may be back: by a try that ended in between.
            if automatic and live in {props["ssl"], props["before"]}:
                self.api.call("PATCH", _settings(props) + AUTOMATIC, body={"value": "auto"})
        except CloudflareError as error:
            if not error.not_found:
                raise

    def _claim(self, props: dict[str, Any]) -> Claim | None:
        return Claim.of(self._rule_set(props).find(CLAIM_REF))

    def _rule_set(self, props: dict[str, Any]) -> RuleSet:
        return RuleSet(api=self.api, zone_id=props["zone_id"])


def _settings(props: dict[str, Any]) -> str:
    return f"/zones/{props['zone_id']}/settings/"


def _owner(rule: Rule) -> str | None:
    claim = Claim.of(rule)
    return claim.owner if claim else None


class ZoneSsl(Resource, module="cloudflare", name="ZoneSsl"):
    """The setting; `before` is what it was, and becomes again by `destroy`."""

    before: pulumi.Output[str]

    def __init__(
        self, name: str, *, zone_id: str, zone: str, owner: str, ssl: str, opts: ResourceOptions
    ) -> None:
        props: dict[str, pulumi.Input[Any]] = {
            "zone_id": zone_id,
            "zone": zone,
            "owner": owner,
            "ssl": ssl,
            "live": None,
            "before": None,
            "claimed": None,
        }
        super().__init__(ZoneSslProvider(), name, props, opts)
