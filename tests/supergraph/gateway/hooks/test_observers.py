"""A stranger who watches: what is told, in which order, and that nothing of it can break a request."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from structlog.testing import capture_logs

from supergraph.gateway import GatewaySettings, LimitSettings
from supergraph.gateway.hooks import FetchRecord, Outcome, RequestRecord

Open = Callable[..., Awaitable[Any]]

SDL = "type Query { shop: String, deep: String @authenticated }"


class Watching:
    def __init__(self, *, breaks: bool = False) -> None:
        self.told: list[tuple[str, Any]] = []
        self.breaks = breaks

    def fetched(self, record: RequestRecord, fetch: FetchRecord) -> None:
        self.told.append(("fetched", (record, fetch)))
        assert not self.breaks

    def answered(self, record: RequestRecord) -> None:
        self.told.append(("answered", record))
        assert not self.breaks

    @property
    def records(self) -> list[RequestRecord]:
        return [each for what, each in self.told if what == "answered"]


async def test_fetches_are_told_then_the_answer(open_gateway: Open, graphql_subgraph: type[Any]) -> None:
    watching = Watching()
    shop = graphql_subgraph(SDL, {"Query.shop": lambda *_: "s"})
    gateway = await open_gateway({"shop": shop}, hooks=[watching])
    await gateway.ask("query Shop { shop }", scopes="")
    assert [what for what, _ in watching.told] == ["fetched", "answered"]
    (of_fetch, fetch), record = watching.told[0][1], watching.told[1][1]
    assert of_fetch is record
    assert (fetch.subgraph, fetch.status, fetch.failure) == ("shop", 200, None)
    assert record.started <= fetch.started <= fetch.ended <= record.ended
    assert (record.operation.name, record.operation.type) == ("Shop", "query")
    assert record.operation.coordinates == ("Query.shop",)
    assert (record.principal.tenant, record.outcome, record.status, record.fetches) == (
        "t1",
        Outcome.OK,
        200,
        1,
    )


@pytest.mark.parametrize(
    ("options", "outcome", "status", "code"),
    [
        ({"json": {"query": "{ shop deep }"}}, Outcome.PARTIAL, 200, "UNAUTHORIZED_FIELD_OR_TYPE"),
        ({"json": {"query": "{ nothing }"}}, Outcome.REFUSED, 200, "GRAPHQL_VALIDATION_FAILED"),
        ({"data": b"{", "headers": {"content-type": "application/json"}}, Outcome.REFUSED, 400, "BAD_REQUEST"),
        ({"json": {"query": "{ shop }"}, "headers": {"authorization": "Bearer x"}}, Outcome.REFUSED, 401, "UNAUTHENTICATED"),
        ({"json": {"query": "{ shop }" + " " * 2_000}}, Outcome.REFUSED, 413, "BAD_REQUEST"),
        ({"json": {"query": "{ shop }"}, "headers": {"accept": "image/png"}}, Outcome.REFUSED, 406, None),
    ],
)  # fmt: skip
async def test_every_way_out_is_told(
    open_gateway: Open,
    graphql_subgraph: type[Any],
    options: Any,
    outcome: Outcome,
    status: int,
    code: str | None,
) -> None:
    watching = Watching()
    shop = graphql_subgraph(SDL, {"Query.shop": lambda *_: "s"})
    settings = GatewaySettings(limits=LimitSettings(body_bytes=1_000))
    gateway = await open_gateway({"shop": shop}, settings=settings, hooks=[watching])
    await gateway.send(**options)
    [record] = watching.records
    assert (record.outcome, record.status) == (outcome, status)
    assert record.codes == ((code,) if code else ())


async def test_a_fault_of_our_own_is_told_as_one(
    open_gateway: Open, graphql_subgraph: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    watching = Watching()
    gateway = await open_gateway({"shop": graphql_subgraph(SDL)}, hooks=[watching])
    monkeypatch.setattr("supergraph.gateway.pipeline.answering.prepare_operation", None)
    await gateway.ask("{ shop }")
    [record] = watching.records
    assert (record.outcome, record.status) == (Outcome.FAULT, 500)


async def test_who_watches_cannot_break_what_is_watched(
    open_gateway: Open, graphql_subgraph: type[Any]
) -> None:
    broken, watching = Watching(breaks=True), Watching()
    shop = graphql_subgraph(SDL, {"Query.shop": lambda *_: "s"})
    gateway = await open_gateway({"shop": shop}, hooks=[broken, watching])
    with capture_logs() as lines:
        answer = await gateway.ask("{ shop }")
    assert answer.data == {"shop": "s"}
    assert len(watching.told) == 2
    assert [each["event"] for each in lines].count("an observer met a fault of its own") == 2
