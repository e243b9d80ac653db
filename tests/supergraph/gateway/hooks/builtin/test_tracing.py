"""Spans as a collector receives them, and the trace as subgraphs and clients see it."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from supergraph.gateway import GatewaySettings
from supergraph.gateway.hooks import TraceContext
from supergraph.gateway.hooks.builtin.tracing import TraceSampler
from supergraph.gateway.settings import BatchingSettings, HttpSettings, TelemetrySettings, TraceSettings

Open = Callable[..., Awaitable[Any]]

SERVER, CLIENT, INTERNAL = 2, 3, 1
ERROR = 2
TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"

SHOP = """
    type Query { shoes(name: String): [Shoe] }
    type Shoe @key(fields: "id") { id: ID! }
    type Mutation { buy: String }
    type Subscription { sales: Shoe }
"""
STOCK = 'type Query { inStock: Int } type Shoe @key(fields: "id") { id: ID! left: Int }'


@pytest.fixture
def shop(heard: type[Any]) -> dict[str, Any]:
    return {
        "shop": heard(SHOP, {"Query.shoes": lambda *_, **__: [{"id": "1"}]}, {"Shoe": lambda each: each}),
        "stock": heard(STOCK, {}, {"Shoe": lambda each: {"left": 3}}),
    }


def settings(url: str, *, telemetry: dict[str, Any] | None = None, **traces: Any) -> GatewaySettings:
    wanted = {"endpoint": f"{url}/v1/traces", "every_seconds": 0.05, "seconds": 1.0, **traces}
    return GatewaySettings(telemetry=TelemetrySettings(traces=TraceSettings(**wanted), **(telemetry or {})))


QUERY = 'query Shoes($name: String) { shoes(name: $name) { left } other: shoes(name: "l1teral") { id } }'


async def test_a_request_its_steps_and_its_fetches_are_spans_of_one_trace(
    open_gateway: Open, collector: Any, shop: dict[str, Any]
) -> None:
    gateway = await open_gateway(
        shop, settings=settings(collector.url, headers={"x-collector-key": "k"}), over_http=True
    )
    headers = {
        "traceparent": f"00-{TRACE}-{PARENT}-01",
        "tracestate": "vendor=1",
        "graphql-client-name": "web",
    }
    answer = await gateway.ask(QUERY, {"name": "s3cret"}, headers=headers, scopes="")
    assert answer.errors == []
    await collector.until(6)

    request = collector.span("query")
    assert (request.kind, request.trace_id, request.parent_id) == (SERVER, TRACE, PARENT)
    assert (request.status, request.state) == (0, "vendor=1")
    said = dict(request.attributes)
    assert len(said.pop("dovetail.operation.hash")) == 64
    assert said == {
        "graphql.operation.type": "query",
        "graphql.operation.name": "Shoes",
        "dovetail.tenant": "t1",
        "dovetail.outcome": "ok",
        "dovetail.fetches": 2,
        "dovetail.client.name": "web",
        "http.response.status_code": 200,
    }
    steps = [collector.span(name) for name in ("parse", "validate", "plan")]
    fetches = [collector.span(name) for name in ("fetch shop", "fetch stock")]
    for each in (*steps, *fetches):
        assert (each.trace_id, each.parent_id) == (TRACE, request.span_id)
        assert 0 <= each.seconds <= request.seconds
    assert {each.kind for each in steps} == {INTERNAL}
    for each, name in zip(fetches, ("shop", "stock"), strict=True):
        assert each.kind == CLIENT
        assert each.attributes["dovetail.subgraph"] == name
        assert each.attributes["dovetail.tenant"] == "t1"
        assert each.attributes["graphql.operation.name"] == "Shoes"
        assert each.attributes["dovetail.operation.hash"] == request.attributes["dovetail.operation.hash"]
        assert each.attributes["http.response.status_code"] == 200
        # The subgraph goes on from the fetch's own span.
        heard = shop[name].heard[-1]
        assert heard["traceparent"] == f"00-{TRACE}-{each.span_id}-01"
        assert heard["tracestate"] == "vendor=1"
    assert collector.resource["service.name"] == "dovetail-gateway"
    assert collector.headers[0]["x-collector-key"] == "k"
    sent = b"".join(collector.bodies)
    assert b"s3cret" not in sent
    assert b"l1teral" not in sent


async def test_the_gateway_is_called_as_the_settings_say(
    open_gateway: Open, collector: Any, shop: dict[str, Any]
) -> None:
    for telemetry, name in (({}, "dovetail-gateway"), ({"service_name": "shop-gateway"}, "shop-gateway")):
        collector.spans.clear()
        gateway = await open_gateway(shop, settings=settings(collector.url, telemetry=telemetry))
        await gateway.ask("{ shoes { id } }")
        await collector.until(1)
        assert collector.resource["service.name"] == name


async def test_what_is_kept_ready_is_not_worked_out_again(
    open_gateway: Open, collector: Any, shop: dict[str, Any]
) -> None:
    gateway = await open_gateway(shop, settings=settings(collector.url))
    for _ in range(2):
        await gateway.ask("{ shoes { id } }")
    await collector.until(7)
    assert sorted(each.name for each in collector.spans) == [
        "fetch shop", "fetch shop", "parse", "plan", "query", "query", "validate"
    ]  # fmt: skip
    assert len({each.trace_id for each in collector.spans}) == 2


async def test_tenants_are_told_apart(open_gateway: Open, collector: Any, shop: dict[str, Any]) -> None:
    """E5: a trace is its tenant's, though the operation and its plan are the same."""
    gateway = await open_gateway(shop, settings=settings(collector.url))
    for tenant in ("t1", "t2"):
        token = gateway.token("", tenant=tenant)
        await gateway.ask("{ shoes { id } }", headers={"authorization": f"Bearer {token}"})
    await collector.until(7)
    assert [each.attributes["dovetail.tenant"] for each in collector.spans if each.name == "query"] == [
        "t1",
        "t2",
    ]
    assert [each.attributes["dovetail.tenant"] for each in collector.spans if each.kind == CLIENT] == [
        "t1",
        "t2",
    ]


async def test_a_subgraph_that_fails_is_seen_at_its_fetch(
    open_gateway: Open, collector: Any, heard: type[Any]
) -> None:
    async def crash(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("broken")

    gateway = await open_gateway({"shop": heard(SHOP)}, settings=settings(collector.url))
    gateway.subgraphs["shop"].__class__.__call__ = crash
    answer = await gateway.ask("{ shoes { id } }")
    assert answer.codes == ["SUBGRAPH_CRASHED"]
    await collector.until(5)
    fetch, request = collector.span("fetch shop"), collector.span("query")
    assert (fetch.status, fetch.attributes["error.type"]) == (ERROR, "CRASHED")
    assert request.attributes["dovetail.outcome"] == "partial"
    assert request.attributes["dovetail.error.codes"] == ["SUBGRAPH_CRASHED"]
    assert request.status == 0  # the gateway did what it is there for


async def test_a_refused_operation_is_a_span_without_its_words(
    open_gateway: Open, collector: Any, shop: dict[str, Any]
) -> None:
    gateway = await open_gateway(shop, settings=settings(collector.url))
    await gateway.ask('{ nothing(password: "s3cret") }')
    await gateway.send("PUT")
    await collector.until(4)
    refused, put = [each for each in collector.spans if each.kind == SERVER]
    assert refused.name == "GraphQL Operation"
    assert refused.attributes["dovetail.outcome"] == "refused"
    assert refused.attributes["dovetail.error.codes"] == ["GRAPHQL_VALIDATION_FAILED"]
    assert put.attributes["http.response.status_code"] == 405
    assert b"s3cret" not in b"".join(collector.bodies)


@pytest.mark.parametrize("sampled", ["00", "01"])
async def test_who_is_not_recorded_is_told_on_all_the_same(
    open_gateway: Open, collector: Any, shop: dict[str, Any], sampled: str
) -> None:
    share = 1.0 if sampled == "00" else 0.0  # the caller's word counts, not the share
    gateway = await open_gateway(shop, settings=settings(collector.url, share=share))
    await gateway.ask("{ shoes { id } }", headers={"traceparent": f"00-{TRACE}-{PARENT}-{sampled}"})
    heard = shop["shop"].heard[0]["traceparent"]
    if sampled == "00":
        assert heard == f"00-{TRACE}-{PARENT}-00"  # no span of ours stands between
        await asyncio.sleep(0.2)
        assert collector.spans == []
    else:
        await collector.until(5)
        assert heard == f"00-{TRACE}-{collector.span('fetch shop').span_id}-01"


async def test_callers_that_are_not_believed_do_not_decide(
    open_gateway: Open, collector: Any, shop: dict[str, Any]
) -> None:
    gateway = await open_gateway(shop, settings=settings(collector.url, share=0.0, parent_based=False))
    await gateway.ask("{ shoes { id } }", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    assert shop["shop"].heard[0]["traceparent"] == f"00-{TRACE}-{PARENT}-00"
    await asyncio.sleep(0.2)
    assert collector.spans == []


def test_a_share_of_traces_is_that_share_and_always_the_same_traces() -> None:
    sampler = TraceSampler(0.25, parent_based=True)
    traces = [TraceContext(f"{'0' * 16}{number * (1 << 54):016x}", "a" * 16) for number in range(1, 1024)]
    taken = [each for each in traces if sampler.takes(each)]
    assert 250 <= len(taken) <= 256
    assert taken == [each for each in traces if sampler.takes(each)]


async def test_the_trace_goes_on_without_traces_where_it_is_wanted(
    open_gateway: Open, shop: dict[str, Any]
) -> None:
    wanted = TelemetrySettings(propagate=True, response_header="X-Trace-Id")
    gateway = await open_gateway(shop, settings=GatewaySettings(telemetry=wanted))
    answer = await gateway.ask("{ shoes { id } }", headers={"traceparent": f"00-{TRACE}-{PARENT}-01"})
    assert answer.headers["x-trace-id"] == TRACE
    assert shop["shop"].heard[0]["traceparent"] == f"00-{TRACE}-{PARENT}-01"
    answer = await gateway.ask("{ shoes { id } }")  # and begins where there is none
    assert shop["shop"].heard[1]["traceparent"].split("-")[1] == answer.headers["x-trace-id"] != TRACE
    assert (await gateway.ask("{ nothing }")).headers["x-trace-id"]


async def test_requests_of_different_traces_share_an_answer_in_flight(
    open_gateway: Open, heard: type[Any]
) -> None:
    held = asyncio.Event()

    async def slow(*_: Any, **__: Any) -> list[Any]:
        await held.wait()
        return [{"id": "1"}]

    shop = heard(SHOP, {"Query.shoes": slow})
    gateway = await open_gateway(
        {"shop": shop}, settings=GatewaySettings(telemetry=TelemetrySettings(propagate=True))
    )
    asking = [asyncio.create_task(gateway.ask("{ shoes { id } }")) for _ in range(3)]
    await asyncio.sleep(0.1)
    held.set()
    assert [(await each).data for each in asking] == [{"shoes": [{"id": "1"}]}] * 3
    assert len(shop.heard) == 1


async def test_a_subscription_is_one_span_and_its_fetches_come_as_they_are_made(
    open_gateway: Open, collector: Any, shop: dict[str, Any], channel: Any
) -> None:
    shop["shop"].schema.subscription_type.fields["sales"].subscribe = channel.listen
    shop["shop"].schema.subscription_type.fields["sales"].resolve = lambda event, *_: event
    gateway = await open_gateway(shop, settings=settings(collector.url))
    headers = {"accept": "text/event-stream"}
    query = {"query": "subscription Sales { sales { left } }"}
    async with gateway.session.post(gateway.url + "/graphql", json=query, headers=headers) as response:
        await channel.publish({"id": "1"}, {"id": "2"})
        await response.content.readuntil(b"\n\n")
        await collector.until(2)
        assert {each.name for each in collector.spans} == {"fetch stock"}
        await channel.publish(None)
        await response.read()
    await collector.until(7)
    whole = collector.span("subscription")
    assert collector.span("fetch shop").parent_id == whole.span_id
    assert {each.parent_id for each in collector.spans if each.name == "fetch stock"} == {whole.span_id}


@pytest.mark.parametrize("status", [None, 503, 400])
async def test_a_collector_that_is_away_keeps_nobody_waiting_and_fills_no_log(
    open_gateway: Open,
    collector: Any,
    shop: dict[str, Any],
    status: int | None,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    collector.status = status or 200
    url = "http://127.0.0.1:9" if status is None else collector.url
    gateway = await open_gateway(shop, settings=settings(url, waiting_spans=8))
    loop = asyncio.get_running_loop()
    began = loop.time()
    answers = await asyncio.gather(*(gateway.ask("{ shoes { id } }") for _ in range(50)))
    assert all(each.data == {"shoes": [{"id": "1"}]} for each in answers)
    assert loop.time() - began < 2
    await asyncio.sleep(0.3)
    assert [each for each in caplog.records if each.name.startswith("opentelemetry") and each.exc_info] == []


async def test_operations_of_a_batch_are_spans_below_it(
    open_gateway: Open, collector: Any, shop: dict[str, Any]
) -> None:
    batching = BatchingSettings(enabled=True)
    wanted = settings(collector.url).model_copy(update={"http": HttpSettings(batching=batching)})
    gateway = await open_gateway(shop, settings=wanted)
    batch = [{"query": "query A { shoes { id } }"}, {"query": "query B { nothing }"}]
    await gateway.send(json=batch)
    await collector.until(8)
    [whole] = [each for each in collector.spans if each.kind == SERVER and not each.parent_id]
    items = [each for each in collector.spans if each.kind == SERVER and each.parent_id]
    assert {(each.trace_id, each.parent_id) for each in items} == {(whole.trace_id, whole.span_id)}
    assert sorted(each.attributes["dovetail.outcome"] for each in items) == ["ok", "refused"]
    [fetch] = [each for each in collector.spans if each.kind == CLIENT]
    assert fetch.parent_id == next(
        each.span_id for each in items if each.attributes["dovetail.outcome"] == "ok"
    )


async def test_an_operation_over_a_websocket_is_part_of_the_handshakes_trace(
    open_gateway: Open, collector: Any, shop: dict[str, Any]
) -> None:
    gateway = await open_gateway(shop, settings=settings(collector.url))
    async with gateway.session.ws_connect(
        gateway.url + "/graphql",
        protocols=("graphql-transport-ws",),
        headers={"traceparent": f"00-{TRACE}-{PARENT}-01"},
    ) as socket:
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json())["type"] == "connection_ack"
        for number in "12":
            await socket.send_json(
                {"type": "subscribe", "id": number, "payload": {"query": "query Shoes { shoes { id } }"}}
            )
            assert (await socket.receive_json())["payload"]["data"] == {"shoes": [{"id": "1"}]}
            assert (await socket.receive_json())["type"] == "complete"
    await collector.until(7)
    first, second = [each for each in collector.spans if each.kind == SERVER]
    assert {(each.trace_id, each.parent_id) for each in (first, second)} == {(TRACE, PARENT)}
    assert first.span_id != second.span_id
    assert "http.response.status_code" not in first.attributes
