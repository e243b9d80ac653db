"""The ASGI app: routes, lifespan, health; the only place where the gateway's parts are wired."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

from supergraph.gateway.client_pool import ClientPool
from supergraph.gateway.endpoints import HttpEndpoint, SocketEndpoint
from supergraph.gateway.executor import Disclosure
from supergraph.gateway.health import HealthReport, Readiness
from supergraph.gateway.hooks import Policy, SupergraphSource, SupergraphUnavailableError
from supergraph.gateway.hooks.builtin.operation_manifest import InvalidManifestError
from supergraph.gateway.hooks.gathering import InvalidHookError, gather_hooks, load_hooks
from supergraph.gateway.open_streams import OpenStreams
from supergraph.gateway.pipeline.access_control import AccessControl, build_access_control
from supergraph.gateway.pipeline.answering import Pipeline
from supergraph.gateway.pipeline.errands import ErrandOperations
from supergraph.gateway.pipeline.http_rules import HttpRules, read_http_rules
from supergraph.gateway.pipeline.identity import (
    Identity,
    IdentitySettingsError,
    TrustedIssuer,
    build_identity,
    share_revocations,
)
from supergraph.gateway.pipeline.introspection import SchemaDisclosure
from supergraph.gateway.pipeline.limits import LimitPolicy, read_limits
from supergraph.gateway.pipeline.persisted import PersistedOperations, read_persisted_operations
from supergraph.gateway.pipeline.policies import PolicyNotFoundError
from supergraph.gateway.pipeline.rate_limit import (
    InvalidRateLimitError,
    read_rate_limiter,
)
from supergraph.gateway.pipeline.result_stream import WaitingRoom
from supergraph.gateway.pipeline.sharing import SharedQueries
from supergraph.gateway.reloading import RefusedDocumentError, Reloads, load_first
from supergraph.gateway.settings import (
    GatewaySettings,
    HealthDetails,
    SupergraphSettings,
    UnreadableSecretError,
)
from supergraph.gateway.settings.gateway import HEALTH_PATH, READY_PATH
from supergraph.gateway.snapshot_building import SnapshotBuilder
from supergraph.gateway.sources import LastGood, SignatureCheck
from supergraph.gateway.subgraph_clients import SubgraphClients
from supergraph.gateway.telemetry import InvalidTelemetryError, Telemetry, state_gauges, trace_id_headers
from supergraph.gateway.transport.errands import Errands, InProcessDoor
from supergraph.gateway.transport.health_board import HealthBoard
from supergraph.gateway.transport.http import InvalidAddressError
from supergraph.gateway.transport.operation_deadline import OperationDeadlines
from supergraph.gateway.variants import TenantGraphs, Variants, variant_gauge
from supergraph.spec import (
    DeclaredOperationError,
    DeclaredOperations,
    ErrandSigner,
    ErrandVerifier,
    InvalidKeyError,
    PrincipalSigner,
    read_declared_operations,
    read_public_keys,
)

if TYPE_CHECKING:
    from supergraph.gateway.hooks.builtin.redis_revocations import RedisRevocations  # an extra

_FAREWELL_SECONDS: Final = 2.0
_LAST_GOOD: Final = Path(".dovetail", "last-good")


class _Closing(Protocol):
    """What is open for as long as the gateway runs."""

    async def close(self) -> None: ...


class GatewayStartError(Exception):
    """A gateway that must not start as it is configured. The message is one line: what is wrong, how to mend it."""


class Gateway(FastAPI):
    """A FastAPI application that answers its GraphQL path itself, before any routing.

    `message_bytes` is how long a WebSocket's message may be: the server that runs it refuses longer ones unread.
    """

    graphql_path: str
    graphql: ASGIApp
    graphql_socket: ASGIApp
    streams: OpenStreams
    reloads: Reloads
    readiness: Readiness
    telemetry: Telemetry
    message_bytes: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == self.graphql_path:
            await self.graphql(scope, receive, send)
        elif scope["type"] == "websocket" and scope["path"] == self.graphql_path:
            await self.graphql_socket(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)

    async def end_streams(self) -> None:
        """End what would never end by itself, and tell clients to connect again.

        To be called when a server begins to stop: it waits for answers, and a subscription's has no end.
        """
        await self.streams.stop(_FAREWELL_SECONDS)


def build_app(  # noqa: PLR0913 - each is given by its name, and most callers give two or three
    source: SupergraphSource,
    *,
    settings: GatewaySettings | None = None,
    subgraphs: Mapping[str, ASGIApp | str] | None = None,
    issuers: Sequence[TrustedIssuer] = (),
    identity: Identity | None = None,
    signer: PrincipalSigner | None = None,
    policies: Mapping[str, Policy] | None = None,
    broken: Mapping[str, str] | None = None,
    hooks: Sequence[object] = (),
    tenant_graphs: TenantGraphs | None = None,
    declared: Mapping[str, DeclaredOperations] | None = None,
) -> Gateway:
    """A gateway over the supergraph of `source`. What else its process serves is mounted on it.

    `subgraphs` says, by name, which are called in this process (an ASGI app) or at another address than the document's
    (a URL). `issuers` are trusted beside those of the settings; `identity` takes the place of both. `signer` signs the
    principal for subgraphs that are spoken to over HTTP; without it they are told nothing of who asks. `policies` decide
    those of `@policy`, by name. `broken` names subgraphs that could not be loaded, with the reason, for `/health`.
    `hooks` are objects with the methods of hook points; those that the settings name come after them. With
    `tenant_graphs` each tenant has the graph of its modules, and `source` gives that of nobody, as it is at the start.

    `declared` are the operations that subgraphs may ask here in turn, by subgraph, beside those of the settings.

    Raises GatewayStartError.
    """
    settings = settings or GatewaySettings()
    board = HealthBoard(broken)
    try:
        plugged = gather_hooks((*hooks, *load_hooks(settings.hooks), *trace_id_headers(settings)))
        telemetry = Telemetry(
            settings, fetches=plugged.fetches, observers=plugged.observers, sinks=plugged.usage
        )
        http = read_http_rules(settings.http, plugged)
        persisted = read_persisted_operations(settings.persisted_operations, plugged)
        shared = share_revocations(settings.identity.revocations, plugged.revocations)
        operations = _declared_operations(settings, declared or {})
        errands = _errands(operations, signer, settings, lambda: app.graphql)
        identity = identity or build_identity(
            settings.identity,
            issuers=issuers,
            api_keys=plugged.api_keys,
            revocations=plugged.revocations if shared is None else (*plugged.revocations, shared),
            errands=None
            if errands is None
            else ErrandVerifier(errands.signer.key.public_key(), settings.errands.longest),
        )
        if errands is not None and identity is None:
            raise GatewayStartError(
                "errands: subgraphs ask on behalf of callers, and nobody is known here: say whose tokens to trust"
            )
        clients = SubgraphClients(
            settings.subgraphs, settings.in_process, signer, board, telemetry.returned, errands
        )
        access = build_access_control(
            settings.authorization,
            policies or {},
            plugged.audit,
            plugged.advisor,
        )
        limits = read_limits(settings.limits)
        rates = read_rate_limiter(settings.rate_limits, plugged.rates, limits.everybody.reports)
        builder = SnapshotBuilder(
            settings,
            ClientPool(clients.make),
            subgraphs or {},
            access,
            identity is not None,
            limits.everybody,
            _signature_check(settings.supergraph, tenant_graphs),
        )
        last_good = _last_good(settings.supergraph, source)
        first = load_first(source, builder.build, last_good)
        if tenant_graphs is None:  # else any name may be that of a module that some tenant has
            builder.check_names(first.snapshot)
    except (
        DeclaredOperationError,
        IdentitySettingsError,
        SupergraphUnavailableError,
        RefusedDocumentError,
        InvalidAddressError,
        InvalidKeyError,
        PolicyNotFoundError,
        InvalidHookError,
        InvalidManifestError,
        InvalidRateLimitError,
        InvalidTelemetryError,
        UnreadableSecretError,
    ) as error:
        raise GatewayStartError(str(error)) from error
    streams = OpenStreams(
        at_once=settings.subscriptions.at_once, per_tenant=settings.subscriptions.per_tenant
    )
    reloads = Reloads(
        source,
        first,
        builder.build,
        streams,
        last_good=last_good,
        warm_operations=settings.supergraph.warm_operations,
    )
    variants: Variants | None = None
    if tenant_graphs is not None:
        variants = Variants(
            tenant_graphs,
            builder.build_composed,
            reloads,
            settings.tenant_graphs,
            warm_operations=settings.supergraph.warm_operations,
        )
        telemetry.add_gauges((variant_gauge(lambda: variants.counts),))
    telemetry.add_gauges(
        state_gauges(
            open_streams=lambda: len(streams),
            breakers=board.states,
            loaded_at=lambda: reloads.loaded_at,
            reloads=lambda: reloads.counts,
            reported_limits=lambda: limits.everybody.reports.counts,
            clock=time.time,
        )
    )
    app = Gateway(
        title="Dovetail",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan(
            reloads,
            variants,
            shared,
            [builder.pool, *(each for each in (rates, persisted.store, shared) if each is not None)],
            telemetry,
            watch=settings.supergraph.watch,
        ),
    )
    app.streams = streams
    app.reloads = reloads
    pipeline = replace(
        _pipeline(reloads, limits, identity, access, http, persisted, settings),
        rates=rates,
        watch=telemetry.watch,
        tenants=variants,
        errands=operations,
    )
    app.telemetry = telemetry
    app.graphql_path = settings.path
    app.message_bytes = settings.limits.body_bytes
    app.graphql = HttpEndpoint(pipeline, settings.subscriptions, settings.limits)
    app.graphql_socket = SocketEndpoint(pipeline, settings.subscriptions, settings.limits.body_bytes)
    app.readiness = Readiness()
    report = HealthReport(
        board, app.readiness, settings.health.details, _described(reloads, variants, settings)
    )
    metrics_path = settings.telemetry.metrics.prometheus.path
    if metrics_path is not None:
        app.add_route(metrics_path, telemetry.metrics_response)
    app.add_route(HEALTH_PATH, report.health)
    app.add_route(READY_PATH, report.ready)
    return app


def _pipeline(
    reloads: Reloads,
    limits: LimitPolicy,
    identity: Identity | None,
    access: AccessControl,
    http: HttpRules,
    persisted: PersistedOperations,
    settings: GatewaySettings,
) -> Pipeline:
    return Pipeline(
        snapshot=lambda: reloads.snapshot,
        identity=identity,
        access=access,
        limits=limits,
        disclosure=Disclosure(
            messages=settings.errors.messages,
            extensions=settings.errors.extensions,
            subgraph_names=settings.errors.subgraph_names,
        ),
        streams=reloads.streams,
        waiting_room=WaitingRoom(settings.subscriptions.waiting_events, settings.subscriptions.waiting_bytes),
        http=http,
        persisted=persisted,
        schema=SchemaDisclosure(settings.introspectors, settings.suggestions),
        deadlines=OperationDeadlines(settings.limits.operation_seconds),
        # A subgraph's headers reach whoever asked it, and nobody else.
        shared=SharedQueries() if settings.share_equal_queries and not settings.response_headers else None,
    )


def _declared_operations(settings: GatewaySettings, given: ErrandOperations) -> ErrandOperations:
    """Raises DeclaredOperationError."""
    folders = settings.errands.operations.items()
    return {**given, **{name: read_declared_operations(folder) for name, folder in folders}}


def _errands(
    operations: ErrandOperations,
    signer: PrincipalSigner | None,
    settings: GatewaySettings,
    endpoint: Callable[[], ASGIApp],
) -> Errands | None:
    """None where no subgraph asks anything in turn. Raises GatewayStartError."""
    if not operations:
        return None
    if signer is None:
        raise GatewayStartError(
            "errands: what subgraphs are lent is signed with the gateway's key: set `principal.key`"
        )
    return Errands(
        frozenset(operations),
        ErrandSigner(signer.key),
        settings.errands.longest,
        InProcessDoor(endpoint, settings.path),
    )


def _signature_check(
    settings: SupergraphSettings, tenant_graphs: TenantGraphs | None
) -> SignatureCheck | None:
    """Raises InvalidKeyError."""
    if settings.public_key is None:
        return None
    if tenant_graphs is not None:
        raise InvalidKeyError(
            "supergraph.public_key: tenants' graphs are composed here, and nobody can have signed them; leave it out"
        )
    return SignatureCheck(read_public_keys(settings.public_key))


def _last_good(settings: SupergraphSettings, source: SupergraphSource) -> LastGood | None:
    path = settings.last_good or (_LAST_GOOD if settings.address is not None else None)
    return None if path is None else LastGood(path, str(source))


def _described(
    reloads: Reloads, variants: Variants | None, settings: GatewaySettings
) -> Callable[[], Mapping[str, object]]:
    if variants is None:
        return reloads.describe
    reasons = settings.health.details is HealthDetails.REASONS
    return lambda: {**reloads.describe(), "variants": variants.describe(reasons=reasons)}


def _lifespan(
    reloads: Reloads,
    variants: Variants | None,
    shared: "RedisRevocations | None",
    closing: Sequence[_Closing],
    telemetry: Telemetry,
    *,
    watch: bool,
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[None]:
        async with telemetry.running():
            watching = {asyncio.create_task(reloads.watch() if watch else reloads.heed())}
            if variants is not None:
                watching.add(asyncio.create_task(variants.watch()))
            if shared is not None:
                watching.add(asyncio.create_task(shared.watch()))
                await shared.first_read()
            try:
                yield
            finally:
                for each in watching:
                    each.cancel()
                await asyncio.wait(watching)
                if variants is not None:
                    await variants.close()
                await reloads.close()
                for open_ in closing:
                    await open_.close()

    return run
