"""Both clients over HTTP against a server that sends exactly the bytes a test gives it."""

import asyncio
import gzip
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphClient,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
    encode_body,
)
from supergraph.gateway.transport.deadline import DeadlineClient
from supergraph.gateway.transport.http import InvalidAddressError, http_client
from supergraph.gateway.transport.http_complete import CompleteHttpClient
from supergraph.gateway.transport.http_lean import LeanHttpClient
from supergraph.gateway.transport.http_settings import HttpClientSettings
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.spec import (
    PRINCIPAL_HEADER,
    Principal,
    PrincipalSigner,
    PrincipalVerifier,
    SubgraphName,
)

Respond = Callable[[asyncio.StreamWriter, bytes], Awaitable[None]]
ANSWER = b'{"data":{"a":1}}'


@dataclass
class WireServer:
    respond: Respond
    received: list[bytes] = field(default_factory=list)
    connections: int = 0
    open_now: int = 0
    most_open: int = 0
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    client_left: asyncio.Event = field(default_factory=asyncio.Event)
    url: str = ""
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self.serving.add(task)
        self.connections += 1
        self.open_now += 1
        self.most_open = max(self.most_open, self.open_now)
        try:
            while not writer.is_closing():
                head = await reader.readuntil(b"\r\n\r\n")
                length = next(
                    int(line.split(b":")[1])
                    for line in head.lower().split(b"\r\n")
                    if line.startswith(b"content-length")
                )
                self.received.append(head + await reader.readexactly(length))
                self.asked.set()
                responding = asyncio.ensure_future(self.respond(writer, self.received[-1]))
                while not responding.done():
                    await asyncio.wait({responding}, timeout=0.005)
                    if reader.at_eof() or reader.exception() is not None:
                        responding.cancel()
                        self.client_left.set()
                        return
                await responding
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            self.client_left.set()
        except asyncio.CancelledError:
            pass  # The test is over; asyncio would complain of a handler that ends cancelled.
        finally:
            self.open_now -= 1
            writer.close()


@asynccontextmanager
async def wire_server(respond: Respond) -> AsyncIterator[WireServer]:
    wire = WireServer(respond)
    server = await asyncio.start_server(wire.serve, "127.0.0.1", 0)
    wire.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql"
    try:
        yield wire
    finally:
        server.close()
        for task in wire.serving:
            task.cancel()
        await asyncio.gather(*wire.serving, return_exceptions=True)


def request(*, idempotent: bool = True, principal: Principal = Principal()) -> SubgraphRequest:  # noqa: B008
    return SubgraphRequest(SubgraphName("a"), encode_body("{ a }", None, {}), idempotent, principal)


def answering(*pieces: bytes) -> Respond:
    async def respond(writer: asyncio.StreamWriter, _: bytes) -> None:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.001)

    return respond


def http(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    lines = [b"HTTP/1.1 " + status, b"content-length: %d" % len(body), *headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


async def never(_: asyncio.StreamWriter, __: bytes) -> None:
    await asyncio.sleep(60)


def reason(answer: SubgraphResponse | SubgraphFailure) -> FailureReason:
    assert isinstance(answer, SubgraphFailure), answer
    return answer.reason


@pytest.fixture(params=[LeanHttpClient, CompleteHttpClient])
async def open_client(
    request: pytest.FixtureRequest,
) -> AsyncIterator[Callable[..., SubgraphClient]]:
    opened: list[SubgraphClient] = []

    def open_(url: str, principals: PrincipalHeaders | None = None, **bounds: float) -> SubgraphClient:
        settings = HttpClientSettings(**bounds)  # type: ignore[arg-type] - each test names bounds of the right type
        opened.append(request.param(url, principals, settings))
        return opened[-1]

    yield open_
    for client in opened:
        await client.close()


OpenClient = Callable[..., SubgraphClient]


async def test_an_answer_comes_back_as_its_bytes(open_client: OpenClient):
    async with wire_server(answering(http(ANSWER))) as server:
        assert await open_client(server.url).send(request()) == SubgraphResponse(200, ANSWER)
    assert server.received[0].startswith(b"POST /graphql HTTP/1.1\r\n")
    assert server.received[0].endswith(b'{"query":"{ a }"}')


async def test_a_chunked_answer_is_put_together(open_client: OpenClient):
    pieces = (
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n",
        b"8\r\n" + ANSWER[:8] + b"\r\n",
        b"8\r\n" + ANSWER[8:] + b"\r\n0\r\n\r\n",
    )
    async with wire_server(answering(*pieces)) as server:
        client = open_client(server.url)
        assert await client.send(request()) == SubgraphResponse(200, ANSWER)
        assert await client.send(request()) == SubgraphResponse(200, ANSWER)
        assert server.connections == 1


async def test_an_answer_in_single_bytes_is_put_together(open_client: OpenClient):
    whole = http(ANSWER)
    async with wire_server(answering(*(whole[i : i + 1] for i in range(len(whole))))) as server:
        assert await open_client(server.url).send(request()) == SubgraphResponse(200, ANSWER)


async def test_an_answer_without_a_length_ends_with_its_connection(open_client: OpenClient):
    async def respond(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n" + ANSWER)
        writer.close()

    async with wire_server(respond) as server:
        client = open_client(server.url)
        assert await client.send(request()) == SubgraphResponse(200, ANSWER)
        assert await client.send(request()) == SubgraphResponse(200, ANSWER)
        assert server.connections == 2


async def test_an_interim_response_is_not_the_answer(open_client: OpenClient):
    early = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
    async with wire_server(answering(early, http(ANSWER))) as server:
        assert await open_client(server.url).send(request()) == SubgraphResponse(200, ANSWER)


async def test_a_zipped_answer_is_unpacked(open_client: OpenClient):
    async with wire_server(answering(http(gzip.compress(ANSWER), b"content-encoding: gzip"))) as server:
        assert await open_client(server.url).send(request()) == SubgraphResponse(200, ANSWER)


async def test_a_small_bomb_does_not_become_a_large_answer(open_client: OpenClient):
    bomb = gzip.compress(b" " * 10_000_000)
    async with wire_server(answering(http(bomb, b"content-encoding: gzip"))) as server:
        answer = await open_client(server.url, answer_bytes=100_000).send(request())
        assert reason(answer) is FailureReason.TOO_LARGE


async def test_an_answer_beyond_the_bound_is_a_failure_and_the_next_one_is_not(open_client: OpenClient):
    answers = [http(b'"' + b"x" * 200_000 + b'"'), http(ANSWER)]

    async def respond(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(answers.pop(0))

    async with wire_server(respond) as server:
        client = open_client(server.url, answer_bytes=100_000)
        assert reason(await client.send(request())) is FailureReason.TOO_LARGE
        assert await client.send(request()) == SubgraphResponse(200, ANSWER)


async def test_the_status_is_handed_on(open_client: OpenClient):
    async with wire_server(answering(http(b"oh", status=b"503 Service Unavailable"))) as server:
        assert await open_client(server.url).send(request()) == SubgraphResponse(503, b"oh")


async def test_a_redirect_is_not_followed(open_client: OpenClient):
    elsewhere = http(b"", b"location: http://127.0.0.1:1/", status=b"302 Found")
    async with wire_server(answering(elsewhere)) as server:
        assert await open_client(server.url).send(request()) == SubgraphResponse(302, b"")


async def test_nobody_listening_is_a_failure(open_client: OpenClient):
    async with wire_server(never) as server:
        pass
    await asyncio.sleep(0)
    assert reason(await open_client(server.url).send(request())) is FailureReason.REFUSED


async def test_a_connection_that_breaks_in_an_answer_is_a_failure(open_client: OpenClient):
    async def respond(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(http(ANSWER)[:-4])
        writer.close()

    async with wire_server(respond) as server:
        assert reason(await open_client(server.url).send(request())) is FailureReason.LOST


async def test_what_is_no_http_is_a_failure(open_client: OpenClient):
    async with wire_server(answering(b"SSH-2.0-OpenSSH_9.6\r\n\r\n")) as server:
        assert reason(await open_client(server.url).send(request())) is FailureReason.LOST


async def test_a_deadline_ends_a_request_and_its_socket(open_client: OpenClient):
    async with wire_server(never) as server:
        client = DeadlineClient(open_client(server.url), 0.05)
        began = time.monotonic()
        assert reason(await client.send(request())) is FailureReason.TIMED_OUT
        assert time.monotonic() - began < 2
        await asyncio.wait_for(server.client_left.wait(), 2)


async def test_cancelling_closes_the_socket(open_client: OpenClient):
    async with wire_server(never) as server:
        asking = asyncio.ensure_future(open_client(server.url).send(request()))
        await server.asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await asyncio.wait_for(server.client_left.wait(), 2)


async def test_a_cancelled_answer_is_never_read_as_the_next_one(open_client: OpenClient):
    asked = 0

    async def respond(writer: asyncio.StreamWriter, _: bytes) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            await asyncio.sleep(0.05)
            writer.write(http(b'{"data":{"a":"late"}}'))
        else:
            writer.write(http(ANSWER))

    async with wire_server(respond) as server:
        client = open_client(server.url)
        first = asyncio.ensure_future(client.send(request()))
        await server.asked.wait()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        assert await client.send(request()) == SubgraphResponse(200, ANSWER)
        assert server.connections == 2


async def test_no_more_connections_are_open_than_allowed(open_client: OpenClient):
    async def respond(writer: asyncio.StreamWriter, _: bytes) -> None:
        await asyncio.sleep(0.01)
        writer.write(http(ANSWER))

    async with wire_server(respond) as server:
        client = open_client(server.url, connections=3)
        answers = await asyncio.gather(*(client.send(request()) for _ in range(20)))
        assert all(answer == SubgraphResponse(200, ANSWER) for answer in answers)
        assert server.most_open == 3
        assert server.connections == 3


async def test_the_principal_goes_signed(open_client: OpenClient):
    key = Ed25519PrivateKey.generate()
    principals = PrincipalHeaders(PrincipalSigner(key), "a")
    asker = Principal("u1", "t1", frozenset({"a:read"}))
    async with wire_server(answering(http(ANSWER))) as server:
        await open_client(server.url, principals).send(request(principal=asker))
    header = next(
        line.partition(b": ")[2]
        for line in server.received[0].split(b"\r\n")
        if line.lower().startswith(PRINCIPAL_HEADER.encode())
    )
    assert PrincipalVerifier([key.public_key()], "a").verify(header.decode()) == asker


async def test_a_kept_connection_that_closed_costs_a_query_nothing():
    """The other side closes just as we send: nothing of an answer came, so the query is asked again."""
    answers = 0

    async def respond(writer: asyncio.StreamWriter, _: bytes) -> None:
        nonlocal answers
        answers += 1
        if answers == 2:
            writer.transport.abort()
        else:
            writer.write(http(ANSWER))

    async with wire_server(respond) as server:
        client = LeanHttpClient(server.url, None)
        assert await client.send(request()) == SubgraphResponse(200, ANSWER)
        assert await client.send(request()) == SubgraphResponse(200, ANSWER)
        assert len(server.received) == 3
        await client.close()


async def test_a_mutation_is_never_sent_twice():
    answers = 0

    async def respond(writer: asyncio.StreamWriter, _: bytes) -> None:
        nonlocal answers
        answers += 1
        if answers == 2:
            writer.transport.abort()
        else:
            writer.write(http(ANSWER))

    async with wire_server(respond) as server:
        client = LeanHttpClient(server.url, None)
        await client.send(request())
        assert reason(await client.send(request(idempotent=False))) is FailureReason.LOST
        assert len(server.received) == 2
        await client.close()


async def test_two_answers_to_one_request_end_the_connection():
    """The second must not be taken for the answer to the next request."""
    async with wire_server(answering(http(b'{"data":1}') + http(b'{"data":"smuggled"}'))) as server:
        client = LeanHttpClient(server.url, None)
        assert await client.send(request()) == SubgraphResponse(200, b'{"data":1}')
        assert await client.send(request()) == SubgraphResponse(200, b'{"data":1}')
        assert server.connections == 2
        await client.close()


async def test_a_head_without_an_end_is_given_up():
    async def respond(writer: asyncio.StreamWriter, _: bytes) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while not writer.is_closing():
            writer.write(b"x-more: " + b"y" * 1000 + b"\r\n")
            await writer.drain()
            await asyncio.sleep(0)

    async with wire_server(respond) as server:
        client = LeanHttpClient(server.url, None, HttpClientSettings(answer_bytes=1000))
        assert reason(await client.send(request())) is FailureReason.TOO_LARGE
        await client.close()


@pytest.mark.parametrize(
    ("url", "kind"),
    [
        ("http://localhost:4001/graphql", LeanHttpClient),
        ("http://[::1]:4001/graphql?x=1", LeanHttpClient),
        ("https://localhost/graphql", CompleteHttpClient),
        ("http://user:secret@localhost/graphql", CompleteHttpClient),
    ],
)
async def test_the_lean_client_is_taken_where_it_applies(
    url: str, kind: type, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("http_proxy", raising=False)
    monkeypatch.delenv("HTTP_PROXY", raising=False)
    assert type(http_client(url)) is kind


async def test_a_proxy_is_spoken_to_by_the_complete_client(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("http_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("no_proxy", "localhost")
    assert type(http_client("http://subgraph.example/graphql")) is CompleteHttpClient
    assert type(http_client("http://localhost/graphql")) is LeanHttpClient


@pytest.mark.parametrize(
    "url",
    ["", "localhost:4001", "ftp://x/y", "http://", "http://x:99999/", "http://x/\r\nevil: 1", "http://x/ä"],
)
def test_what_is_no_address_is_told(url: str):
    with pytest.raises(InvalidAddressError):
        http_client(url)
