"""Usage: who asked for what of the schema, as a file and an address get it, and as sinks do."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from graphql import build_schema

from supergraph.gateway import GatewaySettings
from supergraph.gateway.hooks import (
    OperationFacts,
    Outcome,
    RequestRecord,
    UsageReport,
    UsageSinkError,
)
from supergraph.gateway.hooks.builtin.usage_recording import UsageRecorder
from supergraph.gateway.hooks.builtin.usage_sinks import UsageFile, UsagePost
from supergraph.gateway.settings import UsageSettings

Open = Callable[..., Awaitable[Any]]

SDL = "type Query { shop(name: String): String, deep: String @authenticated }"
SCHEMA = build_schema("type Query { a: Int b: Int c: Int }")


class Sink:
    def __init__(self, *, fails: int = 0) -> None:
        self.reports: list[UsageReport] = []
        self.fails = fails
        self.closed = False

    async def record_usage(self, report: UsageReport) -> None:
        if self.fails:
            self.fails -= 1
            raise UsageSinkError("away")
        self.reports.append(report)

    async def close(self) -> None:
        self.closed = True


def recorder(*sinks: Sink, operations: int = 10, counts: int = 10) -> UsageRecorder:
    return UsageRecorder(sinks, every_seconds=3600, operations=operations, counts=counts)


def answered(document: str, client: str | None = None, outcome: Outcome = Outcome.OK) -> RequestRecord:
    headers = () if client is None else ((b"graphql-client-name", client.encode()),)
    record = RequestRecord(headers)
    record.operation = OperationFacts(None, "query", document, SCHEMA)
    record.operation.work_out()
    record.outcome = outcome
    return record


async def test_requests_are_counted_by_operation_and_client() -> None:
    sink = Sink()
    usage = recorder(sink)
    for record in (
        answered("{ a }", "web"),
        answered("{ x: a }", "web", Outcome.PARTIAL),
        answered("{ a }", "app"),
        answered("{ a b }"),
        RequestRecord(()),
    ):
        usage.answered(record)
    await usage.flush()
    [report] = sink.reports
    found = {
        (report.operations[each.operation].coordinates, each.client.name): (each.requests, each.errors)
        for each in report.counts
    }
    assert found == {
        (("Query.a",), "web"): (2, 1),
        (("Query.a",), "app"): (1, 0),
        (("Query.a", "Query.b"), None): (1, 0),
    }
    await usage.flush()
    assert len(sink.reports) == 1, "nothing was asked since"


async def test_what_is_beyond_the_bounds_is_only_counted() -> None:
    sink = Sink()
    usage = recorder(sink, operations=2, counts=3)
    for number in range(5):
        usage.answered(answered("{ a }", f"client {number}"))
    await usage.flush()
    for document in ("{ a }", "{ b }", "{ c }", "{ a }"):
        usage.answered(answered(document))
    await usage.flush()
    assert [(len(each.counts), each.dropped) for each in sink.reports] == [(3, 2), (2, 1)]


async def test_what_a_sink_did_not_take_it_is_offered_again() -> None:
    slow, quick = Sink(fails=2), Sink()
    usage = recorder(slow, quick, counts=2)
    for client in ("one", "two", "three"):
        usage.answered(answered("{ a }", client))
        usage.answered(answered("{ a }", "one"))
        await usage.flush()
    assert [sum(each.requests for each in report.counts) for report in quick.reports] == [2, 2, 2]
    [late] = slow.reports
    assert {each.client.name: each.requests for each in late.counts} == {"one": 4, "two": 1}
    assert late.dropped == 1
    assert (late.started, late.ended) == (quick.reports[0].started, quick.reports[-1].ended)


async def test_the_last_report_is_given_out_at_the_end() -> None:
    sink = Sink()
    usage = recorder(sink)
    usage.start()
    usage.answered(answered("{ a }"))
    await usage.close()
    assert (len(sink.reports), sink.closed) == (1, True)


async def test_a_gateway_writes_its_usage_to_a_file(
    open_gateway: Open, graphql_subgraph: type[Any], tmp_path: Path
) -> None:
    file = tmp_path / "usage.jsonl"
    shop = graphql_subgraph(SDL, {"Query.shop": lambda *_, **__: "s"})
    gateway = await open_gateway(
        {"shop": shop}, settings=GatewaySettings(usage=UsageSettings(file=file, every_seconds=0.05))
    )
    headers = {"apollographql-client-name": "web", "apollographql-client-version": "1.2"}
    for name in ("first", "second"):
        await gateway.ask(f'query Shop {{ shop(name: "{name}") }}', headers=headers)
    await gateway.ask("query Shop { shop deep }", headers=headers)
    async with asyncio.timeout(4):
        while not file.exists() or sum(_requests(file)) < 3:  # noqa: ASYNC110 - what is waited for is asserted
            await asyncio.sleep(0.02)
    text = file.read_text(encoding="utf-8")
    assert "first" not in text
    operations: dict[str, Any] = {}
    for line in text.splitlines():
        report = json.loads(line)
        assert report["format"] == "dovetail-usage/1"
        assert report["ended"] >= report["started"]
        operations |= report["operations"]
        for count in report["counts"]:
            assert count["client"] == {"name": "web", "version": "1.2"}
            is_denied = "Query.deep" in report["operations"][count["operation"]]["coordinates"]
            assert (count["errors"] > 0) is is_denied
    assert sorted((each["name"], each["type"], each["coordinates"]) for each in operations.values()) == [
        ("Shop", "query", ["Query.deep", "Query.shop"]),
        ("Shop", "query", ["Query.shop", "Query.shop(name:)"]),
    ]


def _requests(file: Path) -> list[int]:
    return [
        count["requests"]
        for line in file.read_text("utf-8").splitlines()
        for count in json.loads(line)["counts"]
    ]


async def test_a_strangers_sink_is_a_hook(open_gateway: Open, graphql_subgraph: type[Any]) -> None:
    sink = Sink()
    shop = graphql_subgraph(SDL, {"Query.shop": lambda *_, **__: "s"})
    gateway = await open_gateway(
        {"shop": shop}, settings=GatewaySettings(usage=UsageSettings(every_seconds=0.02)), hooks=[sink]
    )
    await gateway.ask("{ shop }")
    async with asyncio.timeout(4):
        while not sink.reports:  # noqa: ASYNC110 - likewise
            await asyncio.sleep(0.01)
    assert sink.reports[0].counts[0].requests == 1


async def test_an_address_is_posted_reports_and_says_whether_it_takes_them() -> None:
    received: list[Any] = []
    status = 200

    async def take(request: web.Request) -> web.Response:
        received.append((request.headers["authorization"], await request.json()))
        return web.Response(status=status)

    app = web.Application()
    app.router.add_post("/usage", take)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    server = site._server
    assert isinstance(server, asyncio.Server)
    address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/usage"
    post = UsagePost(address, {"authorization": "Bearer k"})
    report = UsageReport(1.0, 2.0, {}, ())
    await post.record_usage(report)
    assert received == [("Bearer k", report.as_json())]
    status = 503
    with pytest.raises(UsageSinkError, match="answered with status 503"):
        await post.record_usage(report)
    await runner.cleanup()
    with pytest.raises(UsageSinkError, match=r"Client.*Error"):
        await post.record_usage(report)
    await post.close()


async def test_a_file_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageSinkError, match="No such file"):
        await UsageFile(tmp_path / "missing" / "usage.jsonl").record_usage(UsageReport(1.0, 2.0, {}, ()))
