"""A gateway of its own, its document replaced again and again while it answers. VERIFICATION.md: F3.

The short run belongs to every test run; the long one, and what a swap costs, run with --sweep.
"""

import asyncio
import gzip
import os
import signal
import statistics
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from supergraph.composer import SubgraphSource, compose

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n'
NAMES = ("a", "b", "c")
QUERY = "{ a b c }"


@dataclass
class Subgraph:
    """One field, that bears the subgraph's name; and a subscription that ticks."""

    name: str
    ticks_each: float = 0.05
    runner: web.AppRunner | None = None
    port: int = 0

    @property
    def sdl(self) -> str:
        return f"type Query {{ {self.name}: String }} type Subscription {{ {self.name}Ticks: Int }}"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    async def start(self) -> None:
        app = web.Application()
        app.router.add_post("/", self.answer)
        self.runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", self.port, reuse_address=True).start()
        self.port = self.runner.addresses[0][1]

    async def stop(self) -> None:
        if self.runner is not None:
            await self.runner.cleanup()
            self.runner = None

    async def answer(self, request: web.Request) -> web.StreamResponse:
        query = (await request.json())["query"]
        if "subscription" not in query:
            return web.json_response({"data": {self.name: self.name.upper()}})
        response = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await response.prepare(request)
        number = 0
        while True:
            number += 1
            await response.write(
                b'event: next\ndata: {"data":{"%sTicks":%d}}\n\n' % (self.name.encode(), number)
            )
            await asyncio.sleep(self.ticks_each)


def document(subgraphs: list[Subgraph], number: int) -> str:
    """Another one for each number; `a` is the same in all."""
    extra = {"b": f" type Extra{number} {{ id: ID! }} extend type Query {{ extra{number}: Extra{number} }}"}
    composition = compose(
        [
            SubgraphSource(each.name, each.url, LINK + each.sdl + extra.get(each.name, ""))
            for each in subgraphs
        ]
    )
    assert composition.ok, composition.diagnostics
    assert composition.supergraph_sdl is not None
    return composition.supergraph_sdl


def replace(path: Path, text: str) -> None:
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


@dataclass
class GatewayProcess:
    url: str
    pid: int
    session: aiohttp.ClientSession

    async def ask(self, query: str) -> Any:
        async with self.session.post(f"{self.url}/graphql", json={"query": query}) as response:
            return response.status, await response.json(content_type=None)

    async def health(self) -> Any:
        async with self.session.get(f"{self.url}/health") as response:
            return await response.json()

    def resident(self) -> int:
        """KiB that the process holds."""
        status = Path(f"/proc/{self.pid}/status")
        if not status.exists():
            pytest.skip("memory is read from /proc, which this system does not have")
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1])


@asynccontextmanager
async def gateway_over(path: Path, **settings: str) -> AsyncIterator[GatewayProcess]:
    environment = {
        **os.environ,
        **{f"DOVETAIL_GATEWAY__{name}": value for name, value in settings.items()},
        "DOVETAIL_GATEWAY__SUPERGRAPH__FILE_SECONDS": "0.05",
    }
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "supergraph.cli", "serve", "--supergraph", str(path), "--port", "0"),
        stderr=asyncio.subprocess.PIPE,
        env=environment,
        cwd=path.parent,
    )
    assert process.stderr is not None
    heard: list[bytes] = []
    async with asyncio.timeout(60):
        while b"serving" not in (line := await process.stderr.readline()):
            heard.append(line)
            assert line, b"".join(heard).decode()
    url = line.decode().split(" at ")[1].strip().removesuffix("/graphql")

    async def listen() -> None:
        assert process.stderr is not None
        while await process.stderr.readline():
            pass

    listening = asyncio.create_task(listen())
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=30)) as session:
            yield GatewayProcess(url, process.pid, session)
    finally:
        process.send_signal(signal.SIGINT)
        await process.wait()
        await listening


@dataclass
class Seen:
    """What clients saw. `faults` are answers that should not have been."""

    answers: int = 0
    partial: int = 0
    faults: list[Any] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    ticks: list[int] = field(default_factory=list)


async def load(gateway: GatewayProcess, seen: Seen, until: asyncio.Event) -> None:
    """`c` may be null, with an error of its own: its subgraph is killed now and then. Nothing else may be missing."""
    while not until.is_set():
        begun = time.perf_counter()
        try:
            status, body = await gateway.ask(QUERY)
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            seen.faults.append(repr(error))
            continue
        seen.latencies.append(time.perf_counter() - begun)
        seen.answers += 1
        data = body.get("data") or {}
        failed = {error.get("path", [None])[0] for error in body.get("errors", ())}
        seen.partial += bool(failed)
        whole = data.get("c") == "C" and not failed
        apart = data.get("c") is None and failed == {"c"}
        if status != 200 or data.get("a") != "A" or data.get("b") != "B" or not (whole or apart):
            seen.faults.append((status, body))


async def listen_on(gateway: GatewayProcess, seen: Seen) -> None:
    """A subscription on a subgraph that no document changes: it is never ended."""
    body = {"query": "subscription { aTicks }"}
    timeout = aiohttp.ClientTimeout(total=None)
    headers = {"accept": "text/event-stream"}
    async with gateway.session.post(
        f"{gateway.url}/graphql", json=body, headers=headers, timeout=timeout
    ) as response:
        async for line in response.content:
            if line.startswith(b"data: {"):
                if b"errors" in line:
                    seen.faults.append(line)
                else:
                    seen.ticks.append(int(line.rsplit(b":", 1)[1].strip(b"} \n")))
    seen.faults.append("the subscription ended")


async def soak(folder: Path, seconds: float, swap_each: float) -> tuple[Seen, Any, list[int]]:
    subgraphs = [Subgraph(name) for name in NAMES]
    for each in subgraphs:
        await each.start()
    killed = subgraphs[2]
    path = folder / "supergraph.graphql"
    path.write_text(document(subgraphs, 0))
    seen, over = Seen(), asyncio.Event()
    resident: list[int] = []
    try:
        async with gateway_over(path, SUBGRAPHS__SECONDS="2") as gateway:
            loading = [asyncio.create_task(load(gateway, seen, over)) for _ in range(8)]
            listening = asyncio.create_task(listen_on(gateway, seen))
            end = time.monotonic() + seconds
            number = 0
            while time.monotonic() < end:
                number += 1
                replace(path, document(subgraphs, number))
                await asyncio.sleep(swap_each)
                if number % 4 == 2:
                    await killed.stop()
                elif number % 4 == 0:
                    await killed.start()
                resident.append(gateway.resident())
            over.set()
            await asyncio.gather(*loading)
            health = await gateway.health()
            assert not listening.done()
            listening.cancel()
            await asyncio.wait((listening,))
    finally:
        for each in subgraphs:
            await each.stop()
    return seen, health["supergraph"], resident


def check(seen: Seen, told: Any, swaps: int) -> None:
    assert seen.faults[:3] == []
    assert seen.partial, "the killed subgraph was missed by nobody"
    assert seen.partial < seen.answers
    assert told["swaps"] >= swaps
    assert told["refused"] == 0
    assert seen.ticks == list(range(1, len(seen.ticks) + 1)), (
        "an event was lost, or the stream was opened again"
    )
    assert len(seen.ticks) > swaps


async def test_requests_and_subscriptions_outlive_swaps_and_a_subgraph_that_dies(tmp_path):
    seen, told, _ = await soak(tmp_path, seconds=2.5, swap_each=0.25)
    check(seen, told, swaps=4)


@pytest.mark.sweep
async def test_a_minute_of_swaps_and_deaths_costs_no_request_and_no_memory(tmp_path, capsys):
    seen, told, resident = await soak(tmp_path, seconds=60, swap_each=1.0)
    settled = statistics.median(resident[5:10])
    last = statistics.median(resident[-5:])
    with capsys.disabled():
        Console(width=100).print(
            f"\n{seen.answers} answers, {seen.partial} without the killed subgraph, {told['swaps']} swaps, "
            f"{len(seen.ticks)} events; p50 {quantile(seen.latencies, 50) * 1e3:.1f} ms, "
            f"p99 {quantile(seen.latencies, 99) * 1e3:.1f} ms; "
            f"resident {settled / 1024:.1f} MiB after 10 s, {last / 1024:.1f} MiB at the end"
        )
    check(seen, told, swaps=50)
    assert last / settled < 1.1


def quantile(values: list[float], percent: int) -> float:
    return statistics.quantiles(values, n=100)[percent - 1]


# ---- what a swap costs those who ask meanwhile


LARGE = ("fixture-11", "synthetic-10x50", "fixture-191", "synthetic-50x40")


@pytest.mark.sweep
@pytest.mark.parametrize("name", LARGE)
async def test_what_a_swap_costs_those_who_ask_meanwhile(shared, tmp_path, capsys, name):
    """One client that asks 200 times a second, without swaps and with two a second."""
    folder = shared / "conformance" / "large" / "supergraphs"
    plain = folder / f"{name}.graphql"
    text = (
        plain.read_text()
        if plain.exists()
        else gzip.decompress((folder / f"{name}.graphql.gz").read_bytes()).decode()
    )
    path = tmp_path / "supergraph.graphql"
    path.write_text(text)
    table = Table("swaps", "requests", "p50 ms", "p99 ms", "max ms", title=name, box=MARKDOWN)
    p99 = {}
    async with gateway_over(path) as gateway:
        for swapping in (False, True):
            latencies: list[float] = []
            before = (await gateway.health())["supergraph"]["swaps"]
            end = time.monotonic() + 6
            number, next_swap = 0, time.monotonic()
            while time.monotonic() < end:
                if swapping and time.monotonic() > next_swap:
                    number += 1
                    replace(path, f"{text}\n# {number}\n")
                    next_swap += 0.5
                begun = time.perf_counter()
                status, _ = await gateway.ask("{ __typename }")
                latencies.append(time.perf_counter() - begun)
                assert status == 200
                await asyncio.sleep(0.005)
            swaps = (await gateway.health())["supergraph"]["swaps"] - before
            p99[swapping] = quantile(latencies, 99)
            table.add_row(
                str(swaps),
                str(len(latencies)),
                *(f"{each * 1e3:.1f}" for each in (quantile(latencies, 50), p99[swapping], max(latencies))),
            )
    with capsys.disabled():
        Console(width=100).print("", table)
    assert p99[True] < 1.0, "nobody waits for a second"
