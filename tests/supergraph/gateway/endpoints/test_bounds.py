"""How many there may be, how slowly they may read, and what they hear when the gateway stops."""

import asyncio
import json
import socket as sockets
from dataclasses import replace

import pytest

from supergraph.cli.gateway_server import GatewayServer
from supergraph.gateway import (
    GatewaySettings,
    GivenSupergraph,
    SubgraphSettings,
    SubscriptionSettings,
    build_app,
)

SDL = """
type Query { a: Int }
type Subscription { blobs: String ticks: Int }
"""
BLOB = "x" * 100_000


@pytest.fixture
def subgraph(graphql_subgraph, channel):
    return graphql_subgraph(SDL, {"Subscription.blobs": channel.listen, "Subscription.ticks": channel.listen})


@pytest.fixture
def open_with(open_gateway, subgraph):
    async def open_(**settings):
        return await open_gateway(
            {"a": subgraph}, settings=GatewaySettings(subscriptions=SubscriptionSettings(**settings))
        )

    return open_


async def raw_stream(gateway, accept):
    """A client that asks for a stream and reads only what it is told to read."""
    port = int(gateway.url.rsplit(":", 1)[1])
    # The window is told in the handshake, so the buffer is made small before it.
    opened = sockets.socket()
    opened.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 4096)
    opened.setblocking(False)
    await asyncio.get_running_loop().sock_connect(opened, ("127.0.0.1", port))
    reader, writer = await asyncio.open_connection(sock=opened, limit=4096)
    body = json.dumps({"query": "subscription { blobs }"}).encode()
    head = (
        f"POST /graphql HTTP/1.1\r\nhost: x\r\naccept: {accept}\r\ncontent-type: application/json\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    writer.write(head.encode() + body)
    return reader, writer


@pytest.mark.parametrize("accept", ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0"])
async def test_a_slow_reader_gets_what_waits_then_an_error_and_the_end(open_with, channel, accept):
    gateway = await open_with(waiting_events=5, waiting_bytes=10_000_000)
    reader, writer = await raw_stream(gateway, accept)
    await channel.publish(*[BLOB] * 200)
    await channel.until(0)  # freed at once, though the client has read nothing
    text = b""
    async with asyncio.timeout(10):
        while b"0\r\n\r\n" not in text[-16:]:
            piece = await reader.read(65536)
            assert piece
            text += piece
    assert b"SUBSCRIBER_TOO_SLOW" in text
    assert 5 <= text.count(b'"blobs"') < 200
    writer.close()


async def test_a_slow_reader_of_a_socket_loses_the_one_subscription(open_with, open_socket, channel):
    gateway = await open_with(waiting_events=5, waiting_bytes=10_000_000)
    client = await open_socket(gateway, init=None)
    client.socket._response.connection.transport.pause_reading()
    await client.subscribe("1", "subscription { blobs }")
    await channel.publish(*[BLOB] * 200)
    await channel.until(0)
    client.socket._response.connection.transport.resume_reading()
    heard = []
    while not heard or heard[-1]["type"] == "next":
        heard.append(await client.hear())
    assert heard[-1]["payload"][0]["extensions"]["code"] == "SUBSCRIBER_TOO_SLOW"
    assert 5 <= len(heard) < 200
    await client.subscribe("1", "{ a }")
    assert (await client.hear())["type"] == "next"


async def test_what_waits_is_bounded_in_bytes_too(open_with, channel):
    gateway = await open_with(waiting_events=1_000_000, waiting_bytes=300_000)
    _, writer = await raw_stream(gateway, "text/event-stream")
    await channel.publish(*[BLOB] * 200)
    await channel.until(0)
    writer.close()


async def test_a_burst_does_not_make_a_ready_reader_slow(open_with, results, channel):
    gateway = await open_with(waiting_events=2)
    reading = results(gateway, "subscription { ticks }")
    got, _ = await asyncio.gather(reading, channel.publish(*range(500), None))
    assert [each["data"]["ticks"] for each in got] == list(range(500))


@pytest.fixture
def results(results_of):
    async def all_of(*asked):
        return [each async for each in results_of(*asked)]

    return all_of


async def test_who_takes_nothing_at_all_is_given_up(open_with, channel):
    gateway = await open_with(waiting_events=5, waiting_bytes=10_000_000, write_seconds=0.2)
    reader, writer = await raw_stream(gateway, "text/event-stream")
    await channel.publish(*[BLOB] * 200)
    await channel.until(0)
    await asyncio.sleep(0.4)
    text = b""
    async with asyncio.timeout(10):
        while piece := await reader.read(65536):
            text += piece
    assert b"SUBSCRIBER_TOO_SLOW" not in text
    writer.close()


async def test_a_tenant_has_a_share_and_all_have_a_bound(open_with, open_socket, channel):
    gateway = await open_with(per_tenant=1, at_once=2)

    async def code(tenant):
        token = gateway.token("x", tenant=tenant)
        client = await open_socket(gateway, init={"authorization": f"Bearer {token}"})
        before = channel.opened
        await client.subscribe("1", "subscription { ticks }")
        for _ in range(50):
            await asyncio.sleep(0.005)
            if channel.opened > before:
                return None, client
        return (await client.hear())["payload"][0]["extensions"]["code"], client

    assert (await code("t1"))[0] is None
    assert (await code("t1"))[0] == "SUBSCRIPTION_LIMIT_EXCEEDED"
    opened, client = await code("t2")
    assert opened is None
    assert (await code("t3"))[0] == "SUBSCRIPTION_LIMIT_EXCEEDED"
    await client.say(id="1", type="complete")
    await channel.until(1)
    assert (await code("t3"))[0] is None


async def test_over_the_bound_a_stream_over_http_is_an_answer_with_status_429(open_with, channel):
    gateway = await open_with(at_once=1)
    _, writer = await raw_stream(gateway, "text/event-stream")
    await channel.until(1)
    answer = await gateway.ask("subscription { ticks }", headers={"accept": "text/event-stream"})
    assert (answer.status, answer.codes) == (429, ["SUBSCRIPTION_LIMIT_EXCEEDED"])
    assert answer.headers["retry-after"] == "5"
    writer.close()


async def test_a_gateway_that_stops_tells_its_clients_to_connect_again(
    open_with, open_socket, subgraph, channel, results_of
):
    other = await open_with()
    settings = GatewaySettings(subgraphs=SubgraphSettings(own_thread=False))
    app = build_app(GivenSupergraph(other.supergraph_sdl), settings=settings, subgraphs={"a": subgraph})
    listening = sockets.create_server(("127.0.0.1", 0))
    ready = asyncio.Event()
    server = GatewayServer(app, ready.set, grace_seconds=5)
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    await ready.wait()

    stopping = replace(other, url=f"http://127.0.0.1:{listening.getsockname()[1]}")
    idle = await open_socket(stopping, init=None)

    async def collect():
        return [each async for each in results_of(stopping, "subscription { ticks }")]

    collecting = asyncio.create_task(collect())
    await channel.publish(1)
    await asyncio.sleep(0.05)
    server.should_exit = True
    async with asyncio.timeout(3):
        first, last = await collecting
        assert first == {"data": {"ticks": 1}}
        assert last == {"closed": 1001} or last["errors"][0]["extensions"]["code"] == "GATEWAY_STOPPING"
        assert (await idle.closed())[0] == 1001
        await serving
    assert channel.listeners == 0
