"""What every stand-in for a provider plugin shares: tables in, a served provider out.

A plugin gives its resources (each a `Schema` and four blocking calls on plain values) and its data
sources to `TableProvider`, and calls `serve`. Handlers run in worker threads.
"""

import asyncio
from collections.abc import Callable, Mapping

from pulumi.provider.experimental import provider as sdk

from lab.plugins.properties import Object, Property
from lab.plugins.property_types import (
    Boolean,
    Failure,
    Integer,
    ListOf,
    MapOf,
    Number,
    String,
    Type,
)
from lab.plugins.resource import Function, Resource
from lab.plugins.schema import DEFAULTS, Schema
from lab.plugins.serving import InitFailedError, PluginError, serve
from lab.plugins.values import UNKNOWN, Values, from_values, holds_unknown, secret_names, to_values

__all__ = [
    "UNKNOWN", "Boolean", "Failure", "Function", "InitFailedError", "Integer", "ListOf", "MapOf",
    "Number", "Object", "PluginError", "Property", "Resource", "Schema", "String",
    "TableProvider", "Type", "Values", "holds_unknown", "serve",
]  # fmt: skip


_OF_THE_ENGINE = ("version", "pluginDownloadURL")
"""Inputs of a provider that are not the plugin's configuration."""


class TableProvider(sdk.Provider):
    """A provider made of tables; `configure` gets its configuration before anything runs."""

    def __init__(
        self,
        *,
        resources: Mapping[str, Resource],
        functions: Mapping[str, Function] | None = None,
        config: Schema | None = None,
        configure: Callable[[Values], None] = lambda _: None,
    ) -> None:
        """Types and data sources by token; `configure` raises PluginError to refuse."""
        self._resources = resources
        self._functions = functions or {}
        self._config = config
        self._configure = configure

    async def get_schema(self, request: sdk.GetSchemaRequest) -> sdk.GetSchemaResponse:
        """No schema: programs bring the published SDK."""
        del request
        return sdk.GetSchemaResponse(schema="{}")

    async def check_config(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Refuse unknown or ill-typed configuration of the provider."""
        if self._config is None:
            return sdk.CheckResponse(inputs=request.new_inputs)
        news = {k: v for k, v in to_values(request.new_inputs).items() if k not in _OF_THE_ENGINE}
        _, failures = self._config.check(news)
        return sdk.CheckResponse(inputs=request.new_inputs, failures=_failures(failures))

    async def configure(self, request: sdk.ConfigureRequest) -> sdk.ConfigureResponse:
        """Hand the configuration to the plugin; secrets and previews are understood."""
        await asyncio.to_thread(self._configure, to_values(request.args))
        return sdk.ConfigureResponse(accept_secrets=True, supports_preview=True)

    async def check(self, request: sdk.CheckRequest) -> sdk.CheckResponse:
        """Settle types, defaults and names."""
        resource = self._resource(_type(request.urn))
        news, olds = to_values(request.new_inputs), to_values(request.old_inputs)
        checked, failures = resource.schema.check(
            news, olds=olds, name=_name(request.urn), seed=request.random_seed
        )
        if not failures:
            failures = resource.check(checked)
        secrets = secret_names(request.new_inputs) | resource.schema.secrets
        return sdk.CheckResponse(
            inputs=from_values(checked, secrets=secrets), failures=_failures(failures)
        )

    async def diff(self, request: sdk.DiffRequest) -> sdk.DiffResponse:
        """Compare the inputs with the state."""
        state, news = to_values(request.old_state), to_values(request.new_inputs)
        resource = self._resource(_type(request.urn))
        ignore = (*request.ignore_changes, *resource.unchanged(news))
        change = resource.schema.diff(state, news, ignore=ignore)
        return sdk.DiffResponse(
            changes=bool(change.names),
            diffs=list(change.names),
            replaces=[name for name, replaces in change.names.items() if replaces],
            delete_before_replace=change.delete_first,
            detailed_diff={
                name: sdk.PropertyDiff(_kind(name, replaces, state, news), input_diff=False)
                for name, replaces in change.names.items()
            },
        )

    async def create(self, request: sdk.CreateRequest) -> sdk.CreateResponse:
        """Make the resource, or say what a preview can know of it."""
        resource = self._resource(_type(request.urn))
        inputs = to_values(request.properties)
        secrets = secret_names(request.properties) | resource.schema.secrets
        if request.preview:
            state = resource.schema.preview(inputs)
            return sdk.CreateResponse(properties=from_values(state, secrets=secrets))
        kept = resource.schema.remember(inputs)
        try:
            resource_id, outputs = await asyncio.to_thread(resource.create, inputs)
        except InitFailedError as error:
            error.properties = from_values({**kept, **error.state}, secrets=secrets)
            error.inputs = request.properties
            raise
        properties = from_values({**kept, **outputs}, secrets=secrets)
        return sdk.CreateResponse(resource_id=resource_id, properties=properties)

    async def update(self, request: sdk.UpdateRequest) -> sdk.UpdateResponse:
        """Change the resource in place."""
        resource = self._resource(_type(request.urn))
        state, inputs = to_values(request.olds), to_values(request.news)
        secrets = secret_names(request.news) | resource.schema.secrets
        secrets |= secret_names(request.olds) - set(resource.schema.inputs)
        if request.preview:
            planned = resource.schema.preview(inputs, state)
            return sdk.UpdateResponse(properties=from_values(planned, secrets=secrets))
        kept = {**resource.schema.carry(state), **resource.schema.remember(inputs)}
        try:
            outputs = await asyncio.to_thread(resource.update, request.resource_id, state, inputs)
        except InitFailedError as error:
            error.properties = from_values({**state, **error.state}, secrets=secrets)
            error.inputs = request.news
            raise
        return sdk.UpdateResponse(properties=from_values({**kept, **outputs}, secrets=secrets))

    async def read(self, request: sdk.ReadRequest) -> sdk.ReadResponse:
        """The resource as it is now; an empty answer when it is gone."""
        resource = self._resource(_type(request.urn))
        state, inputs = to_values(request.properties), to_values(request.inputs)
        now = await asyncio.to_thread(resource.read, request.resource_id, state)
        if now is None:
            return sdk.ReadResponse()
        schema = resource.schema
        wanted = [k for k in inputs if k in schema.inputs] if inputs else list(schema.inputs)
        seen = {k: now[k] for k in wanted if k in now and schema.inputs[k].stored is None}
        secrets = secret_names(request.properties) | secret_names(request.inputs) | schema.secrets
        extra: Values = {} if inputs else {DEFAULTS: []}
        return sdk.ReadResponse(
            resource_id=request.resource_id,
            properties=from_values({**state, **now}, secrets=secrets),
            inputs=from_values({**extra, **inputs, **seen}, secrets=secrets),
        )

    async def delete(self, request: sdk.DeleteRequest) -> None:
        """Remove the resource."""
        resource = self._resource(_type(request.urn))
        state = to_values(request.properties)
        await asyncio.to_thread(resource.delete, request.resource_id, state)

    async def invoke(self, request: sdk.InvokeRequest) -> sdk.InvokeResponse:
        """Answer a data source."""
        function = self._functions.get(request.tok)
        if function is None:
            raise PluginError(f"the lab's stand-in has no data source {request.tok}")
        result = await asyncio.to_thread(function, to_values(request.args))
        return sdk.InvokeResponse(return_value=from_values(result, secrets=frozenset()))

    def _resource(self, token: str) -> Resource:
        found = self._resources.get(token)
        if found is None:
            raise PluginError(f"the lab's stand-in has no resource type {token}")
        return found


def _type(urn: str) -> str:
    """The resource's own type: the part of the URN's type after the last parent."""
    return urn.split("::")[2].rsplit("$", maxsplit=1)[-1]


def _name(urn: str) -> str:
    """The resource's name, which may itself contain `::`."""
    return urn.split("::", 3)[3]


def _failures(failures: list[Failure]) -> list[sdk.CheckFailure]:
    return [sdk.CheckFailure(property=each.path, reason=each.reason) for each in failures]


def _kind(name: str, replaces: bool, state: Values, news: Values) -> sdk.PropertyDiffKind:  # noqa: FBT001 - a property's own
    word = "ADD" if name not in state else "UPDATE" if name in news else "DELETE"
    return sdk.PropertyDiffKind[f"{word}_REPLACE" if replaces else word]
