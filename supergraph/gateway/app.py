"""The ASGI app: routes, lifespan, health; the only place where the gateway's parts are wired."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import Final

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from supergraph.gateway.endpoints import HttpEndpoint, SocketEndpoint
from supergraph.gateway.executor import Disclosure
from supergraph.gateway.open_streams import OpenStreams
from supergraph.gateway.pipeline.handling import Pipeline
from supergraph.gateway.pipeline.identity import Identity
from supergraph.gateway.pipeline.limits import Limits
from supergraph.gateway.pipeline.result_stream import WaitingRoom
from supergraph.gateway.settings import GatewaySettings
from supergraph.gateway.snapshot import InvalidSnapshotError, Snapshot, build_snapshot
from supergraph.gateway.subgraph_clients import build_client
from supergraph.gateway.supergraph_source import SupergraphSource, SupergraphUnavailableError
from supergraph.gateway.transport.client import SubgraphClient
from supergraph.gateway.transport.http import InvalidAddressError
from supergraph.spec import PrincipalSigner

_FAREWELL_SECONDS: Final = 2.0

Lifespan = Callable[[], AbstractAsyncContextManager[None]]


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


def build_app(
    source: SupergraphSource,
    *,
    settings: GatewaySettings | None = None,
    subgraphs: Mapping[str, ASGIApp | str] | None = None,
    identity: Identity | None = None,
    signer: PrincipalSigner | None = None,
    mounts: Mapping[str, ASGIApp] | None = None,
    lifespan: Lifespan = nullcontext,
) -> Gateway:
    """A gateway over the supergraph of `source`.

    `subgraphs` says, by name, which are called in this process (an ASGI app) or at another address than the document's
    (a URL). `signer` signs the principal for those that are spoken to over HTTP; without it they are told nothing of
    who asks. `mounts` are served beside `/graphql`, `/health` and `/ready`, in their order, so that one at `/` comes
    last. `lifespan` is entered before the first request and left after the last.

    Raises GatewayStartError.
    """
    settings = settings or GatewaySettings()
    try:
        snapshot = build_snapshot(source.read(), settings.cache)
        client = build_client(snapshot.supergraph, subgraphs or {}, signer, settings.subgraphs)
    except (SupergraphUnavailableError, InvalidSnapshotError, InvalidAddressError) as error:
        raise GatewayStartError(str(error)) from error
    _refuse_unguarded(snapshot, identity)
    app = Gateway(
        title="Dovetail",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=_lifespan(client, lifespan),
    )
    app.streams = OpenStreams(
        at_once=settings.subscriptions.at_once, per_tenant=settings.subscriptions.per_tenant
    )
    pipeline = _pipeline(snapshot, client, identity, app.streams, settings)
    app.graphql_path = settings.path
    app.message_bytes = settings.limits.body_bytes
    app.graphql = HttpEndpoint(pipeline, settings.subscriptions, settings.limits.body_bytes)
    app.graphql_socket = SocketEndpoint(pipeline, settings.subscriptions, settings.limits.body_bytes)
    app.add_route("/health", _health)
    app.add_route("/ready", _ready)
    for path, mounted in (mounts or {}).items():
        app.mount("" if path == "/" else path, mounted)
    return app


def _pipeline(
    snapshot: Snapshot,
    client: SubgraphClient,
    identity: Identity | None,
    streams: OpenStreams,
    settings: GatewaySettings,
) -> Pipeline:
    limits = settings.limits
    return Pipeline(
        snapshot=lambda: snapshot,
        client=client,
        identity=identity,
        limits=Limits(
            tokens=limits.tokens,
            depth=limits.depth,
            aliases=limits.aliases,
            selections=limits.selections,
            repeats=limits.repeats,
            variable_depth=limits.variable_depth,
        ),
        disclosure=Disclosure(
            messages=settings.errors.messages,
            extensions=settings.errors.extensions,
            subgraph_names=settings.errors.subgraph_names,
        ),
        streams=streams,
        waiting_room=WaitingRoom(settings.subscriptions.waiting_events, settings.subscriptions.waiting_bytes),
    )


def _refuse_unguarded(snapshot: Snapshot, identity: Identity | None) -> None:
    """Rules that nobody can ever be checked against are a mistake, and serving without them would be a worse one."""
    if identity is None and not snapshot.access.is_empty:
        raise GatewayStartError(
            f"the supergraph has authorization directives ({_first_guarded(snapshot)} for one) and no identity is "
            "configured: say whose tokens to trust (keys, issuer, audience)"
        )


def _first_guarded(snapshot: Snapshot) -> str:
    guarded = [*(f"{parent}.{field}" for parent, field in snapshot.access.fields), *snapshot.access.types]
    return guarded[0]


def _lifespan(
    client: SubgraphClient, around: Lifespan
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def run(_: FastAPI) -> AsyncIterator[None]:
        async with around():
            try:
                yield
            finally:
                await client.close()

    return run


async def _health(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


async def _ready(_: Request) -> Response:
    """A supergraph is loaded: without one the gateway does not start."""
    return JSONResponse({"status": "ready"})
