"""A collector that really receives OTLP over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from aiohttp import web
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def plain(attributes: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in attributes:
        kind = each.value.WhichOneof("value")
        value = getattr(each.value, kind)
        found[each.key] = [item.string_value for item in value.values] if kind == "array_value" else value
    return found


@dataclass
class ReceivedSpan:
    name: str
    kind: int
    trace_id: str
    span_id: str
    parent_id: str
    attributes: dict[str, Any]
    status: int
    seconds: float
    state: str


@dataclass
class Collector:
    url: str = ""
    spans: list[ReceivedSpan] = field(default_factory=list)
    metrics: dict[str, list[tuple[dict[str, Any], Any]]] = field(default_factory=dict)
    resource: dict[str, Any] = field(default_factory=dict)
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    status: int = 200

    async def traces(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        body = await request.read()
        self.bodies.append(body)
        if self.status != 200:
            return web.Response(status=self.status)
        for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
            self.resource = plain(resource.resource.attributes)
            for scope in resource.scope_spans:
                self.spans += [
                    ReceivedSpan(
                        span.name,
                        span.kind,
                        span.trace_id.hex(),
                        span.span_id.hex(),
                        span.parent_span_id.hex(),
                        plain(span.attributes),
                        span.status.code,
                        (span.end_time_unix_nano - span.start_time_unix_nano) / 1e9,
                        span.trace_state,
                    )
                    for span in scope.spans
                ]
        return web.Response()

    async def receive_metrics(self, request: web.Request) -> web.Response:
        self.headers.append(dict(request.headers))
        for resource in ExportMetricsServiceRequest.FromString(await request.read()).resource_metrics:
            self.resource = plain(resource.resource.attributes)
            for scope in resource.scope_metrics:
                for metric in scope.metrics:
                    points = getattr(metric, metric.WhichOneof("data")).data_points
                    self.metrics[metric.name] = [(plain(point.attributes), point) for point in points]
        return web.Response()

    async def until(self, spans: int) -> list[ReceivedSpan]:
        async with asyncio.timeout(4):
            while len(self.spans) < spans:  # noqa: ASYNC110 - what is waited for is what a test asserts
                await asyncio.sleep(0.01)
        return self.spans

    def span(self, name: str) -> ReceivedSpan:
        found = [each for each in self.spans if each.name == name]
        assert len(found) == 1, [each.name for each in self.spans]
        return found[0]


@pytest.fixture
async def collector() -> AsyncIterator[Collector]:
    found = Collector()
    app = web.Application()
    app.router.add_post("/v1/traces", found.traces)
    app.router.add_post("/v1/metrics", found.receive_metrics)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server = site._server
    assert isinstance(server, asyncio.Server)
    found.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    yield found
    await runner.cleanup()
