"""What telemetry costs a request, in microseconds of the gateway's processor: off, and each part of it on.

The whole gateway is called as a server calls it; subgraphs run in this process and answer from memory. Times are the
best of many rounds: they say what the code costs, not what a busy machine adds. What is delivered in the background is
counted with it: a collector that takes everything listens in this process.
"""

import asyncio
import gc
import importlib
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from graphql import graphql_sync
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from supergraph.gateway import GatewaySettings, GivenSupergraph, SubgraphSettings, build_app
from supergraph.gateway.settings import (
    AccessLogSettings,
    LogSettings,
    MetricSettings,
    PrometheusSettings,
    TelemetrySettings,
    TraceSettings,
    UsageSettings,
)

pytestmark = pytest.mark.sweep

ROUNDS = 15
REQUESTS = {"small": 400, "guild": 100}
HEADERS = [
    (b"host", b"gateway"),
    (b"content-type", b"application/json"),
    (b"accept", b"*/*"),
    (b"graphql-client-name", b"web"),
    (b"x-a", b"1"),
]


def answering_from_memory(schema: Any, root: Any) -> Callable[..., Any]:
    known: dict[bytes, bytes] = {}

    async def app(scope: Any, receive: Any, send: Any) -> None:
        body = (await receive())["body"]
        answer = known.get(body)
        if answer is None:
            asked = json.loads(body)
            result = graphql_sync(schema, asked["query"], root, variable_values=asked.get("variables"))
            answer = known[body] = json.dumps(result.formatted, separators=(",", ":")).encode()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": answer})

    return app


def variants(collector: str, folder: Path) -> dict[str, dict[str, Any]]:
    def traces(share: float) -> TelemetrySettings:
        return TelemetrySettings(traces=TraceSettings(endpoint=f"{collector}/v1/traces", share=share))

    prometheus = MetricSettings(prometheus=PrometheusSettings(path="/metrics"))
    usage = UsageSettings(file=folder / "usage.jsonl")
    return {
        "off": {},
        "one header passed on": {"headers": {"*": [{"propagate": {"named": "x-a"}}]}},
        "trace passed on": {"telemetry": TelemetrySettings(propagate=True)},
        "traces, 1 %": {"telemetry": traces(0.01)},
        "traces, 100 %": {"telemetry": traces(1.0)},
        "metrics": {"telemetry": TelemetrySettings(metrics=prometheus)},
        "usage": {"usage": usage},
        "access log, 1 %": {"logs": LogSettings(access=AccessLogSettings(successes=0.01, errors=1))},
        "traces 1 %, metrics, usage": {
            "telemetry": TelemetrySettings(traces=traces(0.01).traces, metrics=prometheus),
            "usage": usage,
        },
    }


async def one(app: Any, body: bytes) -> bytes:
    sent: list[Any] = []

    async def receive() -> Any:
        if not sent:
            return {"type": "http.request", "body": body, "more_body": False}
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "path": "/graphql",
        "method": "POST",
        "query_string": b"",
        "headers": HEADERS,
        "client": ("127.0.0.1", 1),
    }
    await app(scope, receive, send)
    return sent[-1]["body"]


@pytest.mark.parametrize("name", list(REQUESTS))
async def test_what_telemetry_costs(
    name: str, shared: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    bench = shared / "bench"
    monkeypatch.syspath_prepend(str(bench))
    monkeypatch.syspath_prepend(str(bench / "subgraphs"))
    schemas = importlib.import_module("schemas")
    workload = importlib.import_module("workloads").WORKLOADS[name]
    body, expected = workload.checks()[0]
    sdl = (bench / "subgraphs" / "supergraph.graphql").read_text()

    async def take(_: web.Request) -> web.Response:
        return web.Response()

    server = web.Application()
    server.router.add_post("/v1/traces", take)
    runner = web.AppRunner(server)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert isinstance(site._server, asyncio.Server)
    collector = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"

    apps: dict[str, Any] = {}
    for variant, wanted in variants(collector, tmp_path).items():
        settings = GatewaySettings(subgraphs={"*": SubgraphSettings(own_thread=False)}, **wanted)
        subgraphs = {each: answering_from_memory(*schemas.subgraph(each)) for each in schemas.NAMES}
        apps[variant] = build_app(GivenSupergraph(sdl), settings=settings, subgraphs=subgraphs)
        assert json.loads(await one(apps[variant], body.encode())) == expected
    best = dict.fromkeys(apps, float("inf"))
    gc.collect()
    gc.freeze()
    for _ in range(ROUNDS):  # in turns, so that the machine's moods are everybody's
        for variant, app in apps.items():
            begun = time.process_time()
            for _ in range(REQUESTS[name]):
                await one(app, body.encode())
            best[variant] = min(best[variant], (time.process_time() - begun) / REQUESTS[name] * 1e6)
    gc.unfreeze()
    for app in apps.values():
        for each in app.telemetry._delivering:
            await asyncio.to_thread(each.shut_down)
    await runner.cleanup()

    table = Table(f"{name}", "µs of CPU a request", "more", box=MARKDOWN)
    for variant, cost in best.items():
        table.add_row(variant, f"{cost:,.1f}", f"{cost - best['off']:+.1f}")
    with capsys.disabled():
        Console(width=100).print(table)
