"""What a client may send before it is heard, and how slowly (C5): against the server that `dovetail serve` runs."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import aiohttp
import pytest

from supergraph.cli.gateway_server import GatewayServer
from supergraph.cli.http_protocol import ConnectionLimits
from supergraph.cli.serving import open_port
from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import GivenSupergraph, build_app

BODY = b'{"query":"{ __typename }"}'
HEAD = b"POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: %d\r\n" % len(
    BODY
)
REQUEST = HEAD + b"\r\n" + BODY


@pytest.fixture
async def listening() -> AsyncIterator[Callable[..., int]]:
    """Starts the server with these limits; its port."""
    composition = compose([SubgraphSource("a", "http://127.0.0.1:9/", "type Query { hello: String }")])
    assert composition.supergraph_sdl is not None
    document = composition.supergraph_sdl
    async with AsyncExitStack() as stack:

        async def start(**limits) -> int:
            listener = stack.enter_context(open_port("127.0.0.1", 0))
            ready = asyncio.Event()
            server = GatewayServer(
                build_app(GivenSupergraph(document)),
                ready.set,
                grace_seconds=1,
                limits=ConnectionLimits(**limits),
            )
            serving = asyncio.create_task(server.serve(sockets=[listener]))

            async def stop() -> None:
                server.should_exit = True
                await serving

            stack.push_async_callback(stop)
            await ready.wait()
            return listener.getsockname()[1]

        yield start


async def talk(port: int, *pieces: bytes | float) -> bytes:
    """Sends the pieces, waiting where a number of seconds stands; all that comes until the server hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    answering = asyncio.create_task(reader.read())
    try:
        for piece in pieces:
            if isinstance(piece, bytes):
                writer.write(piece)
            else:
                await asyncio.sleep(piece)
        async with asyncio.timeout(10):
            return await answering
    finally:
        answering.cancel()
        writer.close()


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1])


def body(answer: bytes) -> object:
    return json.loads(answer.partition(b"\r\n\r\n")[2])


async def test_a_request_in_small_pieces_is_answered_all_the_same(listening):
    port = await listening(request_seconds=5)
    answer = await talk(
        port, REQUEST[:20], 0.02, REQUEST[20:90], 0.02, REQUEST[90:], b"", 0.05, b"GET / HTTP/1.0\r\n\r\n"
    )
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'{"data":{"__typename":"Query"}}' in answer


async def test_headers_beyond_the_limit_are_refused_and_the_connection_ended(listening):
    port = await listening(header_bytes=8 * 1024)
    answer = await talk(port, HEAD + b"x-large: " + b"a" * 9_000 + b"\r\n\r\n" + BODY)
    assert status(answer) == 431
    assert b"connection: close" in answer
    assert "8192 bytes" in json.dumps(body(answer))


async def test_64_kib_of_headers_are_refused_by_default(listening):
    port = await listening()
    answer = await talk(
        port, HEAD + b"".join(b"x-%d: %b\r\n" % (n, b"a" * 1000) for n in range(64)) + b"\r\n" + BODY
    )
    assert status(answer) == 431


async def test_headers_without_an_end_are_refused_before_they_end(listening):
    port = await listening(header_bytes=8 * 1024)
    answer = await talk(port, HEAD, *[b"x-%d: %b\r\n" % (number, b"a" * 1000) for number in range(20)])
    assert status(answer) == 431


async def test_an_address_without_an_end_is_refused(listening):
    port = await listening(header_bytes=8 * 1024)
    assert status(await talk(port, b"GET /graphql?query=" + b"a" * 20_000)) == 431


async def test_a_large_body_does_not_count_as_headers(listening):
    port = await listening(header_bytes=8 * 1024)
    large = b'{"query":"{ __typename }", "x":"' + b"a" * 30_000 + b'"}'
    head = HEAD.replace(b"%d" % len(BODY), b"%d" % len(large)) + b"connection: close\r\n\r\n"
    assert status(await talk(port, head + large)) == 200
    assert status(await talk(port, head, 0.02, large)) == 200


async def test_two_requests_in_one_piece_are_both_answered(listening):
    port = await listening(header_bytes=1024)
    last = REQUEST.replace(b"host: x", b"host: x\r\nconnection: close")
    padded = REQUEST.replace(b"host: x", b"host: x\r\nx-pad: " + b"a" * 700)
    answer = await talk(port, padded + last)
    assert answer.count(b"HTTP/1.1 200 ") == 2


@pytest.mark.parametrize(
    "pieces",
    [
        (HEAD[:30],),
        (HEAD[:30], 0.1, HEAD[30:40], 0.1, HEAD[40:50], 0.1, HEAD[50:60]),
        (HEAD + b"\r\n" + BODY[:5], 0.1, BODY[5:7]),
    ],
    ids=["stops in the headers", "drips headers", "drips the body"],
)
async def test_a_client_that_drips_is_given_up(listening, pieces):
    """Slowloris."""
    port = await listening(request_seconds=0.25)
    answer = await talk(port, *pieces)
    assert status(answer) == 408
    assert "within 0.25 s" in json.dumps(body(answer))


async def test_a_connection_that_says_nothing_is_ended(listening):
    port = await listening(request_seconds=0.2)
    assert await talk(port) == b""


async def test_the_time_runs_for_each_request_anew(listening):
    port = await listening(request_seconds=0.25)
    answer = await talk(port, REQUEST, 0.2, REQUEST, 0.2, REQUEST, 0.2, HEAD[:10])
    assert answer.count(b"HTTP/1.1 200 ") == 3
    assert b"HTTP/1.1 408 " in answer


async def test_an_idle_connection_is_ended_after_its_own_time(listening):
    port = await listening(request_seconds=30, keep_alive_seconds=1)
    assert status(await talk(port, REQUEST)) == 200


async def test_a_socket_has_all_the_time_there_is(listening):
    port = await listening(request_seconds=0.15)
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"http://127.0.0.1:{port}/graphql", protocols=["graphql-transport-ws"]) as socket,
    ):
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json())["type"] == "connection_ack"
        await asyncio.sleep(0.4)
        await socket.send_json({"type": "ping"})
        assert (await socket.receive_json())["type"] == "pong"


async def test_a_body_of_2_mb_is_refused_by_its_announced_length(listening):
    port = await listening()
    head = HEAD.replace(b"%d" % len(BODY), b"%d" % (2 * 1024 * 1024))
    answer = await talk(port, head + b"\r\n")
    assert status(answer) == 413
    assert b"connection: close" in answer


async def test_a_body_in_chunks_is_refused_when_it_grows_too_long(listening):
    port = await listening()
    head = HEAD.replace(b"content-length: %d" % len(BODY), b"transfer-encoding: chunked")
    chunk = b"10000\r\n" + b"a" * 0x10000 + b"\r\n"
    # Just beyond 1 MiB: what is sent after the refusal would only meet a closed connection.
    answer = await talk(port, head + b"\r\n", *[chunk] * 17)
    assert status(answer) == 413


async def test_what_is_no_http_is_refused(listening):
    port = await listening()
    assert status(await talk(port, b"nonsense\r\n\r\n")) == 400
