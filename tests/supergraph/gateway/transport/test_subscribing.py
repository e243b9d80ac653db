"""Events of one subgraph, over each transport, from servers that say exactly what a test tells them."""

import asyncio
import json
from contextlib import aclosing, asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
    encode_body,
)
from supergraph.gateway.transport.http import InvalidAddressError
from supergraph.gateway.transport.http_settings import HttpClientSettings
from supergraph.gateway.transport.in_process import InProcessClient
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.gateway.transport.subscribing import event_source
from supergraph.spec import (
    PRINCIPAL_HEADER,
    PRINCIPAL_SCOPE_KEY,
    Principal,
    PrincipalSigner,
    PrincipalVerifier,
    SubgraphName,
)

ASKER = Principal("u1", "t1", frozenset({"x"}))
BODY = encode_body("subscription($n: Int) { a(n: $n) }", None, {"n": 1})
REQUEST = SubgraphRequest(SubgraphName("a"), BODY, False, ASKER)
SETTINGS = HttpClientSettings(answer_bytes=1000, open_seconds=0.3)
KEY = Ed25519PrivateKey.generate()
SIGNER = PrincipalHeaders(PrincipalSigner(KEY), "a")


@asynccontextmanager
async def serving(handler):
    app = web.Application()
    app.router.add_route("*", "/graphql", handler)
    async with TestServer(app) as server:
        yield str(server.make_url("/graphql"))


@asynccontextmanager
async def opened(wanted, url, principals=None):
    source = event_source(wanted, url, principals, SETTINGS)
    try:
        yield source
    finally:
        await source.close()


async def all_events(source):
    async with asyncio.timeout(5), aclosing(source.subscribe(REQUEST)) as events:
        return [event async for event in events]


def failure_of(events):
    assert isinstance(events[-1], SubgraphFailure), events
    return events[-1].reason


# ---- over SSE, to an address and in process


def streaming(*pieces, status=200, content_type="text/event-stream", then=None):
    """An ASGI app, and the same as a handler."""

    async def app(scope, receive, send):
        assert (await receive())["body"] == BODY
        headers = [(b"content-type", content_type.encode())]
        await send({"type": "http.response.start", "status": status, "headers": headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        if then is not None:
            await then()
        await send({"type": "http.response.body", "body": b""})

    async def handler(request):
        assert await request.read() == BODY
        response = web.StreamResponse(status=status, headers={"content-type": content_type})
        await response.prepare(request)
        for piece in pieces:
            await response.write(piece)
            await asyncio.sleep(0.001)
        if then is not None:
            try:
                await then()
            except RuntimeError:
                request.transport.abort()
        await response.write_eof()
        return response

    return app, handler


@pytest.fixture(params=["over http", "in process"])
def events_of(request):
    async def events(app, handler):
        if request.param == "in process":
            client = InProcessClient(app, answer_bytes=1000, open_seconds=0.3)
            return await all_events(client)
        async with serving(handler) as url, opened("sse", url) as source:
            return await all_events(source)

    return events


COMPLETE = b"event: complete\ndata:\n\n"


async def test_events_until_complete(events_of):
    pieces = [
        b":\n\n",
        b'event: next\ndata: {"da',
        b'ta":{"a":1}}\n',
        b"\nevent: other\ndata: 1\n\n",
        COMPLETE,
    ]
    assert await events_of(*streaming(*pieces)) == [SubgraphResponse(200, b'{"data":{"a":1}}')]


async def test_a_stream_that_ends_without_complete_is_lost(events_of):
    events = await events_of(*streaming(b"event: next\ndata: 1\n\n"))
    assert events[0] == SubgraphResponse(200, b"1")
    assert failure_of(events) is FailureReason.LOST


async def test_a_stream_that_breaks_is_a_failure_after_its_events(events_of):
    async def break_off():
        raise RuntimeError("broken")

    events = await events_of(*streaming(b"event: next\ndata: 1\n\n", then=break_off))
    assert events[0] == SubgraphResponse(200, b"1")
    assert failure_of(events) in {FailureReason.LOST, FailureReason.CRASHED}


@pytest.mark.parametrize("status", [200, 400, 500])
async def test_an_answer_that_is_no_stream_is_passed_on_and_is_the_last(events_of, status):
    answer = b'{"errors":[{"message":"no"}]}'
    app = streaming(answer, status=status, content_type="application/json")
    assert await events_of(*app) == [SubgraphResponse(status, answer)]


async def test_a_stream_with_an_error_status_is_no_stream(events_of):
    assert await events_of(*streaming(COMPLETE, status=500)) == [SubgraphResponse(500, COMPLETE)]


@pytest.mark.parametrize("content_type", ["text/event-stream", "application/json"])
async def test_what_is_larger_than_an_answer_may_be_is_refused(events_of, content_type):
    events = await events_of(*streaming(b"data: " + b"x" * 2000, content_type=content_type))
    assert failure_of(events) is FailureReason.TOO_LARGE


async def test_an_answer_that_does_not_begin_or_is_never_whole_is_given_up(events_of):
    async def never():
        await asyncio.sleep(2)

    events = await events_of(*streaming(b"{", content_type="application/json", then=never))
    assert failure_of(events) is FailureReason.TIMED_OUT

    async def app(scope, receive, send):
        await never()

    async def handler(request):
        await never()

    assert failure_of(await events_of(app, handler)) is FailureReason.TIMED_OUT


async def test_in_process_a_crash_before_the_answer_is_a_failure_and_the_principal_is_handed_over():
    seen = {}

    async def app(scope, receive, send):
        seen.update(scope)
        raise SystemExit(1)

    assert failure_of(await all_events(InProcessClient(app))) is FailureReason.CRASHED
    assert seen[PRINCIPAL_SCOPE_KEY] == ASKER
    assert dict(seen["headers"])[b"accept"].startswith(b"text/event-stream")


async def test_in_process_an_app_that_is_cancelled_by_itself_is_a_failure():
    async def app(scope, receive, send):
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"text/event-stream")],
            }
        )
        raise asyncio.CancelledError

    assert failure_of(await all_events(InProcessClient(app))) is FailureReason.CRASHED


async def test_in_process_the_app_makes_no_more_than_is_taken():
    made = []

    async def app(scope, receive, send):
        headers = [(b"content-type", b"text/event-stream")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for number in range(100):
            made.append(number)
            text = b"event: next\ndata: %d\n\n" % number
            await send({"type": "http.response.body", "body": text, "more_body": True})

    async with aclosing(InProcessClient(app).subscribe(REQUEST)) as events:
        await anext(events)
        await asyncio.sleep(0.02)
        assert len(made) < 5


@pytest.mark.parametrize("wanted", ["sse", "in process"])
async def test_who_leaves_frees_the_subgraph(wanted):
    freed = asyncio.Event()

    async def until_freed():
        try:
            await asyncio.sleep(5)
        finally:
            freed.set()

    app, _ = streaming(b"event: next\ndata: 1\n\n", then=until_freed)

    async def handler(request):
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"event: next\ndata: 1\n\n")
        try:
            while not request.transport.is_closing():  # noqa: ASYNC110 - aiohttp tells in no other way
                await asyncio.sleep(0.005)
        finally:
            freed.set()
        return response

    async with serving(handler) as url, opened("sse", url) as source:
        events = (source if wanted == "sse" else InProcessClient(app)).subscribe(REQUEST)
        assert await anext(events) == SubgraphResponse(200, b"1")
        await events.aclose()
        async with asyncio.timeout(1):
            await freed.wait()


async def test_sse_is_asked_for_by_post_with_the_signed_principal():
    seen = {}

    async def handler(request):
        seen.update(request.headers, method=request.method)
        return web.Response(body=COMPLETE, headers={"content-type": "text/event-stream"})

    async with serving(handler) as url, opened("sse", url, SIGNER) as source:
        assert await all_events(source) == []
    assert (seen["method"], seen["Content-Type"]) == ("POST", "application/json")
    assert PrincipalVerifier([KEY.public_key()], "a").verify(seen[PRINCIPAL_HEADER]) == ASKER


@pytest.mark.parametrize("wanted", ["sse", "websocket"])
async def test_an_address_where_nobody_listens_is_unreachable(wanted):
    async with opened(wanted, "http://127.0.0.1:9/graphql") as source:
        assert failure_of(await all_events(source)) is FailureReason.REFUSED


# ---- over WebSocket


@pytest.fixture
def conversation():
    """Events from a server that runs `talk(socket)` once the handshake is done; what it heard is kept."""

    @asynccontextmanager
    async def open_(talk, *, protocols=("graphql-transport-ws",), principals=None):
        heard = []

        async def handler(request):
            socket = web.WebSocketResponse(protocols=protocols)
            await socket.prepare(request)
            heard.append(dict(request.headers))

            async def hear():
                heard.append(await socket.receive_json())
                return heard[-1]

            await talk(socket, hear)
            await socket.close()
            return socket

        async with serving(handler) as url, opened("websocket", url, principals) as source:
            yield source, heard

    return open_


async def acknowledge(socket, hear):
    await hear()
    await socket.send_json({"type": "connection_ack"})
    await hear()


async def test_a_subscription_over_websocket(conversation):
    async def talk(socket, hear):
        await acknowledge(socket, hear)
        await socket.send_json({"type": "next", "id": "another", "payload": {"data": {"a": 0}}})
        await socket.send_json({"type": "next", "id": "1", "payload": {"data": {"a": 2**70}}})
        await socket.send_json({"type": "ping", "payload": {}})
        assert await hear() == {"type": "pong"}
        await socket.send_json({"type": "pong"})
        await socket.send_json({"type": "complete", "id": "1"})
        await socket.receive()

    async with conversation(talk, principals=SIGNER) as (source, heard):
        events = await all_events(source)
    assert events == [SubgraphResponse(200, b'{"data":{"a":%d}}' % 2**70)]
    headers, init, subscribe, _ = heard
    assert init["type"] == "connection_init"
    for place in (headers, init["payload"]):
        assert PrincipalVerifier([KEY.public_key()], "a").verify(place[PRINCIPAL_HEADER]) == ASKER
    assert subscribe == {"id": "1", "type": "subscribe", "payload": json.loads(BODY)}


async def test_the_errors_of_a_subscription_that_is_refused_are_its_answer(conversation):
    async def talk(socket, hear):
        await acknowledge(socket, hear)
        await socket.send_json({"type": "error", "id": "1", "payload": [{"message": "no"}]})
        await socket.receive()

    async with conversation(talk) as (source, _):
        assert await all_events(source) == [SubgraphResponse(200, b'{"errors":[{"message":"no"}]}')]


async def close(socket, hear):
    await hear()
    await socket.close(code=4403, message=b"Forbidden")


async def be_silent(socket, hear):
    await asyncio.sleep(1)


async def talk_nonsense(socket, hear):
    await acknowledge(socket, hear)
    await socket.send_str("nonsense")
    await socket.receive()


async def talk_of_something_else(socket, hear):
    await hear()
    await socket.send_json({"type": "next", "id": "1", "payload": {}})
    await socket.receive()


async def send_a_list(socket, hear):
    await acknowledge(socket, hear)
    await socket.send_str("[]")
    await socket.receive()


async def acknowledge_twice(socket, hear):
    await acknowledge(socket, hear)
    await socket.send_json({"type": "connection_ack"})
    await socket.receive()


async def send_bytes(socket, hear):
    await acknowledge(socket, hear)
    await socket.send_bytes(b"{}")
    await socket.receive()


async def send_too_much(socket, hear):
    await acknowledge(socket, hear)
    await socket.send_json({"type": "next", "id": "1", "payload": {"data": "x" * 2000}})
    await socket.receive()


async def break_off(socket, hear):
    await acknowledge(socket, hear)
    socket._req.transport.abort()


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (close, FailureReason.LOST),
        (be_silent, FailureReason.TIMED_OUT),
        (talk_nonsense, FailureReason.NOT_JSON),
        (send_a_list, FailureReason.MALFORMED),
        (talk_of_something_else, FailureReason.MALFORMED),
        (acknowledge_twice, FailureReason.MALFORMED),
        (send_bytes, FailureReason.LOST),
        (send_too_much, FailureReason.TOO_LARGE),
        (break_off, FailureReason.LOST),
    ],
)
async def test_whatever_else_a_server_does_is_a_failure(conversation, talk, reason):
    async with conversation(talk) as (source, _):
        assert failure_of(await all_events(source)) is reason


async def test_a_server_of_another_subprotocol_is_left_at_once(conversation):
    async with conversation(be_silent, protocols=()) as (source, _):
        assert failure_of(await all_events(source)) is FailureReason.MALFORMED


async def test_an_address_that_opens_no_socket_is_a_bad_status():
    async def handler(request):
        return web.Response(status=404)

    async with serving(handler) as url, opened("websocket", url) as source:
        assert failure_of(await all_events(source)) is FailureReason.BAD_STATUS


async def test_who_leaves_a_websocket_frees_the_subgraph_however_much_it_still_sends(conversation):
    left = asyncio.Event()

    async def talk(socket, hear):
        await acknowledge(socket, hear)
        try:
            while True:
                await socket.send_json({"type": "next", "id": "1", "payload": {"data": {"a": 1}}})
                await asyncio.sleep(0.001)
        except (ConnectionError, aiohttp.ClientError):
            pass
        finally:
            left.set()

    async with conversation(talk) as (source, _):
        events = source.subscribe(REQUEST)
        await anext(events)
        async with asyncio.timeout(2):
            await events.aclose()
            await left.wait()


# ---- which of them


@pytest.mark.parametrize("wanted", ["", "http", "carrier pigeon", "ftp://a/b", "ws://", "sse://a/b"])
def test_a_manner_that_there_is_not_is_refused(wanted):
    with pytest.raises(InvalidAddressError):
        event_source(wanted, "http://localhost/graphql")


async def test_an_address_of_its_own_says_by_its_scheme_how_it_is_spoken_to(conversation):
    async def talk(socket, hear):
        await acknowledge(socket, hear)
        await socket.send_json({"type": "complete", "id": "1"})
        await socket.receive()

    async with conversation(talk) as (source, heard):
        url = source._make()._url.replace("http", "ws")
        async with opened(url, "http://127.0.0.1:9/") as other:
            assert await all_events(other) == []
    assert heard[1]["type"] == "connection_init"
