"""The types of a ruleset's rules: which properties there are, and what they take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lab.plugins.framework import Boolean, Integer, ListOf, MapOf, Object, String, Type
from lab.plugins.properties import Property

_SWITCHES = (
    *("automaticHttpsRewrites", "bic", "cache", "contentConverter", "disableApps", "disableRum"),
    *("disableZaraz", "emailObfuscation", "fonts", "hotlinkProtection", "mirage", "sxg"),
    *("opportunisticEncryption", "originCacheControl", "originErrorPagePassthru"),
    *("redirectsForAiTraining", "respectStrongEtags", "rocketLoader", "serverSideExcludes"),
    *("stripEtags", "stripLastModified", "stripSetCookie"),
)
_TEXTS = (
    *("assetName", "content", "contentType", "expression", "hostHeader", "id", "operation"),
    *("polish", "requestBodyBuffering", "responseBodyBuffering", "ruleset", "securityLevel", "ssl"),
)
_NUMBERS = ("increment", "readTimeout", "statusCode")
_TEXT_LISTS = ("phases", "products", "rulesets", "values")
_PARTS = (
    *("autominify", "browserTtl", "cacheKey", "cacheReserve", "edgeTtl", "fromList", "fromValue"),
    *("headers", "immutable", "matchedData", "maxAge", "mustRevalidate", "mustUnderstand"),
    *("noCache", "noStore", "noTransform", "origin", "originRangeRequests", "overrides"),
    *("private", "proxyRevalidate", "public", "response", "rules", "sMaxage", "serveStale", "sni"),
    *("staleIfError", "staleWhileRevalidate", "uri", "vary"),
)
_PART_LISTS = (
    *("additionalCacheablePorts", "algorithms", "cookieFields", "rawResponseFields"),
    *("requestFields", "responseFields", "transformedRequestFields"),
)

ACTION_PARAMETERS = Object(
    {
        **{name: Property(Boolean()) for name in _SWITCHES},
        **{name: Property(String()) for name in _TEXTS},
        **{name: Property(Integer()) for name in _NUMBERS},
        **{name: Property(ListOf(String())) for name in _TEXT_LISTS},
        **{name: Property(MapOf(Type())) for name in _PARTS},
        **{name: Property(ListOf(Type())) for name in _PART_LISTS},
    }
)
"""Parts of parameters are taken as they are: their own types are not checked."""

RATELIMIT = Object(
    {
        "characteristics": Property(ListOf(String(), ordered=False), required=True),
        "period": Property(Integer(), required=True),
        "countingExpression": Property(String()),
        "mitigationTimeout": Property(Integer()),
        "requestsPerPeriod": Property(Integer()),
        "requestsToOrigin": Property(Boolean()),
        "scorePerPeriod": Property(Integer()),
        "scoreResponseHeaderName": Property(String()),
    }
)

RULE = Object(
    {
        "action": Property(String(), required=True),
        "expression": Property(String(), required=True),
        "actionParameters": Property(ACTION_PARAMETERS),
        "description": Property(String()),
        "enabled": Property(Boolean(), default=True),
        "exposedCredentialCheck": Property(MapOf(String())),
        "logging": Property(Object({"enabled": Property(Boolean(), required=True)})),
        "ratelimit": Property(RATELIMIT),
        "ref": Property(String()),
    }
)
CHOSEN_BY_API = ("ref", "description")
"""What the API fills in for a rule that does not say it; no change by itself."""


@dataclass(frozen=True)
class Rules(ListOf):
    """The rules, in order; what the API chose counts as said."""

    item: Type = RULE

    def same(self, old: Any, new: Any) -> bool:
        """See Type."""
        if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
            pairs = zip(old, new, strict=True)
            new = [_with_chosen(before, after) for before, after in pairs]
        return super().same(old, new)


def _with_chosen(before: Any, after: Any) -> Any:
    if not isinstance(before, dict) or not isinstance(after, dict):
        return after
    return {**{key: before[key] for key in CHOSEN_BY_API if key in before}, **after}
