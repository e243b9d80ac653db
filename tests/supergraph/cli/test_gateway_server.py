"""F8: a gateway that is told to stop drains first, in a process of its own and by real signals."""

import asyncio
import contextlib
import os
import re
import signal
import socket
import sys
import time
from ipaddress import ip_network

import aiohttp
import pytest

from supergraph.cli.gateway_server import GatewayServer
from supergraph.cli.serving import open_port
from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import GatewaySettings, GivenSupergraph, build_app

SDL = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
type Query { slow: Int }
type Subscription { ticks: Int }
"""
EVENT = b'event: next\ndata: {"data":{"ticks":1}}\n\n'
SUBSCRIBE = {"id": "1", "type": "subscribe", "payload": {"query": "subscription { ticks }"}}


class SlowSubgraph:
    """Answers queries after `seconds`, subscriptions with one event and then with nothing."""

    def __init__(self):
        self.seconds = 1.0
        self.asked = asyncio.Event()

    async def serve(self, reader, writer):
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
                await reader.readexactly(length)
                self.asked.set()
                if b"accept: text/event-stream" in head.lower():
                    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n" + EVENT)
                    await reader.read()
                    break
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(reader.read(1), self.seconds)
                    break  # who asked has gone
                body = b'{"data":{"slow":1}}'
                writer.write(
                    b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%s"
                    % (len(body), body)
                )
        writer.close()


class Served:
    """`dovetail serve` in a process, and what it says."""

    def __init__(self, process, url, subgraph, session):
        self.process = process
        self.url = url
        self.subgraph = subgraph
        self.session = session

    async def ask(self):
        async with self.session.post(f"{self.url}/graphql", json={"query": "{ slow }"}) as answer:
            return answer.status, await answer.json()

    async def ready(self):
        """The status of `/ready`, as a balancer asks: over a connection of its own."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{self.url}/ready") as answer,
        ):
            return answer.status

    async def begin_to_ask(self):
        asking = asyncio.create_task(self.ask())
        await asyncio.wait_for(self.subgraph.asked.wait(), 10)
        return asking

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)

    async def ended(self, seconds):
        """The exit code, and after how long."""
        began = time.monotonic()
        return await asyncio.wait_for(self.process.wait(), seconds), time.monotonic() - began


@pytest.fixture
async def serve(tmp_path):
    async with contextlib.AsyncExitStack() as stack:

        async def start(**settings):
            subgraph = SlowSubgraph()
            server = await asyncio.start_server(subgraph.serve, "127.0.0.1", 0)
            stack.callback(server.close)
            address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/graphql"
            document = compose([SubgraphSource("slow", address, SDL)]).supergraph_sdl
            file = tmp_path / "supergraph.graphql"
            file.write_text(document)
            environment = {
                f"DOVETAIL_GATEWAY__SERVER__{name.upper()}": str(it) for name, it in settings.items()
            }
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "supergraph.cli", "serve", "--supergraph", str(file), "--port", "0"),
                cwd=tmp_path,
                env={**os.environ, **environment},
                stderr=asyncio.subprocess.PIPE,
            )
            stack.push_async_callback(process.wait)
            stack.callback(lambda: process.returncode is None and process.kill())
            said = ""
            async with asyncio.timeout(30):
                while not (found := re.search(r"at (http://\S+)/graphql", said)):
                    line = await process.stderr.readline()
                    assert line, said
                    said += line.decode()
            draining = asyncio.create_task(process.stderr.read())
            stack.push_async_callback(lambda: asyncio.wait({draining}))
            session = await stack.enter_async_context(aiohttp.ClientSession())
            return Served(process, found.group(1), subgraph, session)

        yield start


async def test_it_turns_unready_ends_subscriptions_and_finishes_what_is_under_way(serve):
    served = await serve(announce_seconds=0.5, drain_seconds=10)
    assert await served.ready() == 200
    async with served.session.ws_connect(
        f"{served.url}/graphql".replace("http", "ws"), protocols=["graphql-transport-ws"]
    ) as socket:
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json())["type"] == "connection_ack"
        await socket.send_json(SUBSCRIBE)
        assert (await socket.receive_json())["payload"] == {"data": {"ticks": 1}}
        served.subgraph.asked.clear()
        asking = await served.begin_to_ask()
        served.stop()
        # First whoever sends requests hears of it, and those that come meanwhile are answered.
        async with asyncio.timeout(0.5):
            while await served.ready() != 503:
                pass
        closing = await socket.receive(timeout=5)
        assert closing.type is aiohttp.WSMsgType.CLOSE
        assert (closing.data, "connect again" in closing.extra) == (1001, True)
    assert await asking == (200, {"data": {"slow": 1}})
    code, _ = await served.ended(10)
    assert code == 0
    with pytest.raises(aiohttp.ClientConnectorError):
        await served.ready()


async def test_a_second_signal_ends_it_at_once(serve):
    served = await serve(announce_seconds=20, drain_seconds=20)
    served.subgraph.seconds = 60
    asking = await served.begin_to_ask()
    served.stop()
    await asyncio.sleep(0.3)
    assert served.process.returncode is None
    served.stop()
    _, seconds = await served.ended(10)
    assert seconds < 3
    with pytest.raises(aiohttp.ClientError):
        await asking


async def test_what_takes_longer_than_it_is_given_is_cut_off(serve):
    served = await serve(announce_seconds=0, drain_seconds=1)
    served.subgraph.seconds = 60
    asking = await served.begin_to_ask()
    served.stop()
    _, seconds = await served.ended(10)
    assert 0.8 < seconds < 5
    with pytest.raises(aiohttp.ClientError):
        await asking


async def test_ctrl_c_does_not_make_a_person_wait(serve):
    served = await serve(announce_seconds=20, drain_seconds=10)
    served.stop(signal.SIGINT)
    code, seconds = await served.ended(10)
    assert code == 0
    assert seconds < 5


async def test_with_nothing_under_way_open_connections_keep_nobody_waiting(serve):
    served = await serve(announce_seconds=0, drain_seconds=30)
    host, port = served.url.removeprefix("http://").split(":")
    async with contextlib.AsyncExitStack() as stack:
        # One that was used and is kept, one that never asked anything, one that asks half of something.
        async with served.session.get(f"{served.url}/ready") as answer:
            assert answer.status == 200
        for sent in (b"", b"POST /graphql HTTP/1.1\r\nhost: x\r\n"):
            _, writer = await asyncio.open_connection(host, int(port))
            stack.callback(writer.close)
            writer.write(sent)
        socket_ = await stack.enter_async_context(
            served.session.ws_connect(
                f"{served.url}/graphql".replace("http", "ws"), protocols=["graphql-transport-ws"]
            )
        )
        await socket_.send_json({"type": "connection_init"})
        assert (await socket_.receive_json())["type"] == "connection_ack"
        served.stop()
        code, seconds = await served.ended(25)
    assert code == 0
    assert seconds < 10


@pytest.mark.parametrize("turns", range(4))
async def test_connections_of_the_very_moment_in_which_it_stops_keep_nobody_waiting(turns):
    """Accepted already, and not heard of yet: in whatever turn of the loop that is."""
    document = compose([SubgraphSource("slow", "http://127.0.0.1:9/", SDL)]).supergraph_sdl
    with contextlib.ExitStack() as stack:
        listening = stack.enter_context(open_port("127.0.0.1", 0))
        address = listening.getsockname()

        class ReachedJustNow(GatewayServer):
            async def shutdown(self, sockets=None):
                for _ in range(8):
                    stack.callback(socket.create_connection(address).close)
                for _ in range(turns):
                    await asyncio.sleep(0)
                await super().shutdown(sockets)

        ready = asyncio.Event()
        server = ReachedJustNow(build_app(GivenSupergraph(document)), ready.set, grace_seconds=30)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await ready.wait()
        server.should_exit = True
        await asyncio.wait_for(serving, 10)


RATES = {"client": {"per_second": 0.001, "burst": 1}, "private_addresses": True}


@pytest.mark.parametrize(
    ("trusted", "by_server", "statuses"),
    [
        # From 127.0.0.1, which nobody said is a proxy: whatever the header says, it is one client.
        ([], [], [200, 429, 429]),
        # A proxy: each is who it says.
        (["127.0.0.0/8"], [], [200, 200, 429]),
        # The same for applications beside the gateway, who look at nothing but the connection.
        ([], [ip_network("127.0.0.0/8")], [200, 200, 429]),
        (["127.0.0.0/8"], [ip_network("127.0.0.0/8")], [200, 200, 429]),
    ],
)
async def test_whose_word_on_a_clients_address_counts_is_said_by_the_settings_alone(
    trusted, by_server, statuses
):
    document = compose([SubgraphSource("slow", "http://127.0.0.1:9/", SDL)]).supergraph_sdl
    settings = GatewaySettings(rate_limits={**RATES, "trusted_proxies": trusted})
    ready = asyncio.Event()
    with open_port("127.0.0.1", 0) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/graphql"
        app = build_app(GivenSupergraph(document), settings=settings)
        server = GatewayServer(app, ready.set, grace_seconds=1, trusted_proxies=by_server)
        serving = asyncio.create_task(server.serve(sockets=[listening]))
        await ready.wait()
        found = []
        async with aiohttp.ClientSession() as session:
            for client in ("203.0.113.1", "203.0.113.2", "203.0.113.2"):
                headers = {"x-forwarded-for": client}
                asked = {"query": "{ __typename }"}
                async with session.post(url, json=asked, headers=headers) as answer:
                    found.append(answer.status)
        server.should_exit = True
        await serving
    assert found == statuses
