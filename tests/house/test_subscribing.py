"""A module's subscription, from the kit through composer and gateway to the console, and to the protocols' own clients."""

import asyncio
import json
import queue
import shutil
import threading
from collections.abc import AsyncGenerator, AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import strawberry
import uvicorn
from playwright.async_api import Page, expect

from foundation_subgraph.kit import Database, DatabaseAddress, Subgraph, public, subscription
from supergraph.composer import SubgraphSource, compose
from supergraph.console import ConsoleConfig, console_app
from supergraph.gateway import GatewaySettings, GivenSupergraph, build_app
from supergraph.gateway.settings import Profile

RESULT = "Result Window"
SCRIPT = Path(__file__).resolve().parents[1] / "peers" / "subscription_client.mjs"
NOWHERE = Database(DatabaseAddress("postgresql+asyncpg://nobody@/nothing").engine(pool_size=0))


@dataclass
class Ticking:
    """What the subscription waits for, and whether somebody is there. Its module has a thread and a loop of its own."""

    ticks: queue.SimpleQueue[int] = field(default_factory=queue.SimpleQueue)
    left: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def ticking() -> Ticking:
    return Ticking()


@pytest.fixture
async def origin(ticking: Ticking) -> AsyncIterator[str]:
    @strawberry.type
    class Query:
        now: int = 0

    @strawberry.type
    class Subscription:
        @subscription(public)
        async def ticks(self) -> AsyncGenerator[int, None]:
            try:
                while (number := await asyncio.to_thread(ticking.ticks.get)) >= 0:
                    yield number
            finally:
                ticking.left.set()

    subgraph = Subgraph("clock", title="Clock", query=Query, subscription=Subscription)
    composition = compose([SubgraphSource("clock", "", subgraph.sdl())])
    assert composition.supergraph_sdl is not None, composition.diagnostics
    console = console_app(ConsoleConfig(title="Clock", sample_query="subscription Ticks { ticks }"))
    app = build_app(
        GivenSupergraph(composition.supergraph_sdl),
        settings=GatewaySettings(profile=Profile.CONSOLE),
        subgraphs={"clock": subgraph.asgi(NOWHERE)},
    )
    app.mount("", console)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn sets no event
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    ticking.ticks.put(-1)  # for the thread that still waits
    await app.end_streams()
    server.should_exit = True
    await running


async def begin(page: Page) -> None:
    await page.goto("/")
    await expect(page.locator(".graphiql-query-editor .view-lines")).to_contain_text("Ticks")
    await page.get_by_role("button", name="Execute query").click()


@pytest.mark.browser
async def test_each_event_is_shown_as_it_comes(page: Page, ticking: Ticking) -> None:
    await begin(page)
    for number in (7, 8):
        ticking.ticks.put(number)
        await expect(page.get_by_label(RESULT)).to_contain_text(f'"ticks": {number}')
    ticking.ticks.put(-1)
    await expect(page.get_by_role("button", name="Execute query")).to_be_visible()


@pytest.mark.browser
async def test_stopping_in_the_console_ends_the_modules_source(page: Page, ticking: Ticking) -> None:
    await begin(page)
    ticking.ticks.put(1)
    await expect(page.get_by_label(RESULT)).to_contain_text('"ticks": 1')
    await page.get_by_role("button", name="Stop query").click()
    assert await asyncio.to_thread(ticking.left.wait, 5)


@dataclass
class Client:
    """A client of the protocol's authors, in a process of its own."""

    process: asyncio.subprocess.Process

    async def hear(self) -> object:
        assert self.process.stdout is not None
        line = await asyncio.wait_for(self.process.stdout.readline(), 15)
        return json.loads(line) if line else None

    async def leave(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(b"leave\n")
        await self.process.stdin.drain()


@pytest.fixture(params=["graphql-ws", "graphql-sse"])
async def client(request: pytest.FixtureRequest, peers: Path, origin: str) -> AsyncIterator[Client]:
    # A module finds its packages from where it stands.
    script = shutil.copyfile(SCRIPT, peers / f"{request.param}.mjs")
    process = await asyncio.create_subprocess_exec(
        "node",
        script,
        request.param,
        f"{origin}/graphql",
        "subscription { ticks }",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    yield Client(process)
    if process.returncode is None:
        process.kill()
    await process.wait()


@pytest.mark.npm
async def test_the_protocols_own_clients_get_each_event_and_the_end(client: Client, ticking: Ticking) -> None:
    for number in (7, 8):
        ticking.ticks.put(number)
        assert await client.hear() == {"data": {"ticks": number}}
    ticking.ticks.put(-1)
    assert await client.hear() == "complete"
    assert await asyncio.wait_for(client.process.wait(), 15) == 0


@pytest.mark.npm
async def test_when_such_a_client_leaves_the_source_ends(client: Client, ticking: Ticking) -> None:
    ticking.ticks.put(1)
    assert await client.hear() == {"data": {"ticks": 1}}
    await client.leave()
    assert await asyncio.to_thread(ticking.left.wait, 15)
