"""Tags: the names in use, and what carries each."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from lab.clouds.linode.account import Account
from lab.clouds.linode.errors import invalid, not_found
from lab.clouds.linode.instance_view import render_instance
from lab.clouds.linode.listing import listing
from lab.clouds.linode.store import Record
from lab.clouds.linode.validation import TAGS, body_of, ids, text


def remember_tags(account: Account, tags: Iterable[str]) -> None:
    """Keep the tags of something new: a tag stays when nothing carries it any more."""
    for tag in tags:
        if account.labelled("tags", tag) is None:
            account.store.add("tags", {"label": tag})


class Tags:
    """The endpoints under /tags."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._table = account.store.table("tags")

    def routes(self) -> list[Route]:
        """See the class."""
        return [
            Route("/tags", self._index),
            Route("/tags", self._create, methods=["POST"]),
            Route("/tags/{label}", self._show),
            Route("/tags/{label}", self._delete, methods=["DELETE"]),
        ]

    async def _index(self, request: Request) -> Response:
        return listing(request, self._table.values(), render=_render)

    async def _create(self, request: Request) -> Response:
        body = await body_of(request)
        label = text(body, "label", required=True)
        if len(label) not in TAGS:
            raise invalid("label", f"Tags must be {TAGS.start}-{TAGS.stop - 1} characters")
        if self._account.labelled("tags", label):
            raise invalid("label", "Tag already exists")
        chosen = [self._account.get("instances", key) for key in ids(body, "linodes")]
        tag = self._account.store.add("tags", {"label": label})
        for instance in chosen:
            instance["tags"] = sorted({*instance["tags"], label})
        self._account.store.save()
        return JSONResponse(_render(tag))

    async def _show(self, request: Request) -> Response:
        label = self._of(request)["label"]
        instances = self._account.store.table("instances").values()
        tagged = [each for each in instances if label in each["tags"]]
        return listing(
            request,
            tagged,
            render=lambda each: {"type": "linode", "data": render_instance(self._account, each)},
        )

    async def _delete(self, request: Request) -> Response:
        tag = self._of(request)
        del self._table[tag["id"]]
        for kind in ("instances", "firewalls"):
            for each in self._account.store.table(kind).values():
                each["tags"] = [label for label in each["tags"] if label != tag["label"]]
        self._account.store.save()
        return JSONResponse({})

    def _of(self, request: Request) -> Record:
        found = self._account.labelled("tags", request.path_params["label"])
        if found is None:
            raise not_found()
        return found


def _render(tag: Record) -> Record:
    return {"label": tag["label"]}
