"""A subgraph's subscriptions as gateways ask for them: over real HTTP, and in the same process."""

import asyncio
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

import httpx
import pytest
import strawberry
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from foundation_subgraph.kit import (
    Database,
    DatabaseAddress,
    Info,
    Refusal,
    Subgraph,
    SubgraphApp,
    authenticated,
    field,
    public,
    subscription,
)
from foundation_subgraph.kit.event_stream import send_event_stream
from foundation_subgraph.kit.testing import principal
from supergraph.gateway.transport import SubgraphFailure, SubgraphRequest, SubgraphResponse
from supergraph.gateway.transport.client import EventSource, encode_body
from supergraph.gateway.transport.http_settings import HttpClientSettings
from supergraph.gateway.transport.in_process import InProcessClient
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.gateway.transport.subscribing import SSE, event_source
from supergraph.spec import PRINCIPAL_HEADER, PrincipalSigner, PrincipalVerifier, SubgraphName

NOWHERE = Database(DatabaseAddress("postgresql+asyncpg://nobody@/nothing").engine(pool_size=0))
KEY = Ed25519PrivateKey.generate()
SIGNER = PrincipalSigner(KEY)
NAME = SubgraphName("ticks")

left = threading.Event()


@strawberry.type
class Query:
    @field(public)
    def now(self) -> int:
        return 1


@strawberry.type
class Subscription:
    @subscription(public)
    async def count(self, to: int) -> AsyncGenerator[int, None]:
        for number in range(to):
            yield number

    @subscription(public)
    async def endless(self) -> AsyncGenerator[int, None]:
        try:
            yield 0
            await asyncio.Event().wait()
        finally:
            left.set()

    @subscription(public)
    async def crash(self) -> AsyncGenerator[int, None]:
        yield 0
        raise RuntimeError("secret detail")

    @subscription(public)
    async def refuse(self) -> AsyncGenerator[int, None]:
        yield 0
        raise Refusal("CLOSED", "The shop is closed")

    @subscription(authenticated)
    async def who(self, info: Info) -> AsyncGenerator[str | None, None]:
        yield info.context.principal.subject


APP = Subgraph("ticks", title="Ticks", query=Query, subscription=Subscription).asgi(
    NOWHERE, PrincipalVerifier([KEY.public_key()], NAME)
)


@asynccontextmanager
async def served(app: SubgraphApp) -> AsyncIterator[str]:
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn sets no event
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/"
    finally:
        server.should_exit = True
        await running


@asynccontextmanager
async def asked(way: str) -> AsyncIterator[EventSource]:
    if way == "in process":
        client = InProcessClient(APP)
        try:
            yield client
        finally:
            await client.close()
        return
    async with served(APP) as url:
        source = event_source(SSE, url, PrincipalHeaders(SIGNER, NAME), HttpClientSettings())
        try:
            yield source
        finally:
            await source.close()


def request(document: str, *scopes: str) -> SubgraphRequest:
    return SubgraphRequest(NAME, encode_body(document, None, {}), False, principal(*scopes))


@pytest.fixture(params=["in process", "over HTTP"])
async def source(request: pytest.FixtureRequest) -> AsyncIterator[EventSource]:
    async with asked(request.param) as opened:
        yield opened


async def bodies(source: EventSource, document: str) -> list[bytes | str]:
    async with asyncio.timeout(10), aclosing(source.subscribe(request(document))) as events:
        return [
            event.body if isinstance(event, SubgraphResponse) else event.reason.name async for event in events
        ]


async def test_each_event_is_an_answer_and_the_end_is_told(source: EventSource) -> None:
    assert await bodies(source, "subscription { count(to: 3) }") == [
        b'{"data":{"count":0}}',
        b'{"data":{"count":1}}',
        b'{"data":{"count":2}}',
    ]


async def test_who_asks_is_known_to_a_subscription(source: EventSource) -> None:
    [body] = await bodies(source, "subscription { who }")
    assert body == b'{"data":{"who":"00000000-0000-4000-8000-000000000001"}}'


async def test_a_client_that_leaves_ends_the_source_at_once(source: EventSource) -> None:
    left.clear()
    async with aclosing(source.subscribe(request("subscription { endless }"))) as events:
        first = await anext(events)
        assert not isinstance(first, SubgraphFailure)
        assert not left.is_set()
    assert await asyncio.to_thread(left.wait, 5)


async def test_a_source_that_fails_says_so_last_without_its_details(source: EventSource) -> None:
    first, last = await bodies(source, "subscription { crash }")
    assert first == b'{"data":{"crash":0}}'
    assert b"INTERNAL_SERVER_ERROR" in last  # type: ignore[operator]
    assert b"secret" not in last  # type: ignore[operator]


async def test_a_source_that_refuses_does_so_in_its_own_words(source: EventSource) -> None:
    _, last = await bodies(source, "subscription { refuse }")
    assert b'"message":"The shop is closed"' in last  # type: ignore[operator]
    assert b'"code":"CLOSED"' in last  # type: ignore[operator]


async def test_a_subscription_that_is_invalid_is_an_ordinary_refusal(source: EventSource) -> None:
    [body] = await bodies(source, "subscription { count(to: 1) now }")
    assert b'"errors"' in body  # type: ignore[operator]


async def test_a_subscription_asked_for_in_one_piece_is_refused_with_406() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://subgraph") as client:
        answer = await client.post(
            "/",
            json={"query": "subscription { endless }"},
            headers={PRINCIPAL_HEADER: SIGNER.sign(principal(), NAME)},
        )
    assert answer.status_code == 406
    assert "text/event-stream" in answer.json()["errors"][0]["message"]


async def test_silence_is_broken_by_comments() -> None:
    sent: list[bytes] = []
    spoken = asyncio.Event()

    async def silent() -> AsyncGenerator[dict[str, object], None]:
        await spoken.wait()
        yield {"data": None}

    async def send(message: object) -> None:
        assert isinstance(message, dict)
        if body := message.get("body"):
            sent.append(body)
            if len(sent) == 2:
                spoken.set()

    async def receive() -> dict[str, object]:
        return await asyncio.Future()

    async with asyncio.timeout(10):
        await send_event_stream(silent(), receive, send, silence=0.01)
    assert sent[:2] == [b":\n\n", b":\n\n"]
    assert sent[-2:] == [b'event: next\ndata: {"data":null}\n\n', b"event: complete\ndata:\n\n"]
