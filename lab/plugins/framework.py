"""What every stand-in for a provider plugin shares: tables in, a served provider out.

A plugin gives its resources (each a `Schema` and four blocking calls on plain values) and its data
sources to `TableProvider`, and calls `serve`. Handlers run in worker threads.
"""

import asyncio
from collections.abc import Callable, Mapping

from lab.plugins.messages import checked, compared, invoked, name_of, type_of
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
from lab.plugins.protocol import provider_pb2
from lab.plugins.resource import Function, Resource
from lab.plugins.schema import DEFAULTS, Schema
from lab.plugins.serving import InitFailedError, PluginError, Provider, serve
from lab.plugins.values import UNKNOWN, Values, from_values, holds_unknown, secret_names, to_values

__all__ = [
    "UNKNOWN", "Boolean", "Failure", "Function", "InitFailedError", "Integer", "ListOf", "MapOf",
    "Number", "Object", "PluginError", "Property", "Resource", "Schema", "String",
    "TableProvider", "Type", "Values", "holds_unknown", "serve",
]  # fmt: skip


_OF_THE_ENGINE = ("version", "pluginDownloadURL")
"""Inputs of a provider that are not the plugin's configuration."""


class TableProvider(Provider):
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

    async def check_config(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Refuse unknown or ill-typed configuration of the provider."""
        if self._config is None:
            return await super().check_config(request)
        news = {k: v for k, v in to_values(request.news).items() if k not in _OF_THE_ENGINE}
        _, failures = self._config.check(news)
        return checked(request.news, failures)

    async def configure(
        self, request: provider_pb2.ConfigureRequest
    ) -> provider_pb2.ConfigureResponse:
        """Hand the configuration to the plugin."""
        await asyncio.to_thread(self._configure, to_values(request.args))
        return await super().configure(request)

    async def check(self, request: provider_pb2.CheckRequest) -> provider_pb2.CheckResponse:
        """Settle types, defaults and names."""
        resource = self._resource(request.urn)
        news, olds = to_values(request.news), to_values(request.olds)
        inputs, failures = resource.schema.check(
            news, olds=olds, name=name_of(request.urn), seed=request.randomSeed
        )
        if not failures:
            failures = resource.check(inputs)
        secrets = secret_names(request.news) | resource.schema.secrets
        return checked(from_values(inputs, secrets=secrets), failures)

    async def diff(self, request: provider_pb2.DiffRequest) -> provider_pb2.DiffResponse:
        """Compare the inputs with the state."""
        state, news = to_values(request.olds), to_values(request.news)
        resource = self._resource(request.urn)
        ignore = (*request.ignoreChanges, *resource.unchanged(news))
        change = resource.schema.diff(state, news, ignore=ignore)
        kinds = {
            name: _kind(name, state, news) + ("_REPLACE" if replaces else "")
            for name, replaces in change.names.items()
        }
        return compared(kinds, delete_first=change.delete_first)

    async def create(self, request: provider_pb2.CreateRequest) -> provider_pb2.CreateResponse:
        """Make the resource, or say what a preview can know of it."""
        resource = self._resource(request.urn)
        inputs = to_values(request.properties)
        secrets = secret_names(request.properties) | resource.schema.secrets
        if request.preview:
            state = resource.schema.preview(inputs)
            return provider_pb2.CreateResponse(properties=from_values(state, secrets=secrets))
        kept = resource.schema.remember(inputs)
        try:
            resource_id, outputs = await asyncio.to_thread(resource.create, inputs)
        except InitFailedError as error:
            error.properties = from_values({**kept, **error.state}, secrets=secrets)
            error.inputs = request.properties
            raise
        properties = from_values({**kept, **outputs}, secrets=secrets)
        return provider_pb2.CreateResponse(id=resource_id, properties=properties)

    async def update(self, request: provider_pb2.UpdateRequest) -> provider_pb2.UpdateResponse:
        """Change the resource in place."""
        resource = self._resource(request.urn)
        state, inputs = to_values(request.olds), to_values(request.news)
        secrets = secret_names(request.news) | resource.schema.secrets
        secrets |= secret_names(request.olds) - set(resource.schema.inputs)
        if request.preview:
            planned = resource.schema.preview(inputs, state)
            return provider_pb2.UpdateResponse(properties=from_values(planned, secrets=secrets))
        kept = {**resource.schema.carry(state), **resource.schema.remember(inputs)}
        try:
            outputs = await asyncio.to_thread(resource.update, request.id, state, inputs)
        except InitFailedError as error:
            error.properties = from_values({**state, **error.state}, secrets=secrets)
            error.inputs = request.news
            raise
        properties = from_values({**kept, **outputs}, secrets=secrets)
        return provider_pb2.UpdateResponse(properties=properties)

    async def read(self, request: provider_pb2.ReadRequest) -> provider_pb2.ReadResponse:
        """The resource as it is now; an empty answer when it is gone."""
        resource = self._resource(request.urn)
        state, inputs = to_values(request.properties), to_values(request.inputs)
        now = await asyncio.to_thread(resource.read, request.id, state)
        if now is None:
            return provider_pb2.ReadResponse()
        schema = resource.schema
        wanted = [k for k in inputs if k in schema.inputs] if inputs else list(schema.inputs)
        seen = {k: now[k] for k in wanted if k in now and schema.inputs[k].stored is None}
        secrets = secret_names(request.properties) | secret_names(request.inputs) | schema.secrets
        extra: Values = {} if inputs else {DEFAULTS: []}
        return provider_pb2.ReadResponse(
            id=request.id,
            properties=from_values({**state, **now}, secrets=secrets),
            inputs=from_values({**extra, **inputs, **seen}, secrets=secrets),
        )

    async def delete(self, request: provider_pb2.DeleteRequest) -> None:
        """Remove the resource."""
        resource = self._resource(request.urn)
        await asyncio.to_thread(resource.delete, request.id, to_values(request.properties))

    async def invoke(self, request: provider_pb2.InvokeRequest) -> provider_pb2.InvokeResponse:
        """Answer a data source."""
        function = self._functions.get(request.tok)
        if function is None:
            raise PluginError(f"the lab's stand-in has no data source {request.tok}")
        result = await asyncio.to_thread(function, to_values(request.args))
        return invoked(from_values(result, secrets=frozenset()))

    async def cancel(self) -> None:
        """A call to the provider's API is not broken off: what it makes would be in no state."""

    def _resource(self, urn: str) -> Resource:
        found = self._resources.get(type_of(urn))
        if found is None:
            raise PluginError(f"the lab's stand-in has no resource type {type_of(urn)}")
        return found


def _kind(name: str, state: Values, news: Values) -> str:
    return "ADD" if name not in state else "UPDATE" if name in news else "DELETE"
