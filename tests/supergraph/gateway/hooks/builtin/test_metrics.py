"""Metrics as Prometheus scrapes them and as a collector receives them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families
from structlog.testing import CapturingLogger

from supergraph.gateway import GatewaySettings
from supergraph.gateway.settings import (
    MetricSettings,
    PrometheusSettings,
    SubgraphSettings,
    TelemetrySettings,
)
from supergraph.gateway.telemetry import Telemetry

Open = Callable[..., Awaitable[Any]]
Samples = dict[str, dict[tuple[tuple[str, str], ...], float]]

SDL = "type Query { shop: String, deep: String @authenticated } type Subscription { sales: String }"


def settings(*, service_name: str = "", **changes: Any) -> GatewaySettings:
    metrics = {"prometheus": PrometheusSettings(path="/metrics"), **changes.pop("metrics", {})}
    named = {"service_name": service_name} if service_name else {}
    telemetry = TelemetrySettings(metrics=MetricSettings(**metrics), **named)
    return GatewaySettings(telemetry=telemetry, **changes)


def read(text: str) -> Samples:
    samples: Samples = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            samples.setdefault(sample.name, {})[tuple(sorted(sample.labels.items()))] = sample.value
    return samples


async def scrape(gateway: Any) -> Samples:
    async with gateway.session.get(gateway.url + "/metrics") as response:
        assert response.status == 200
        assert response.headers["content-type"].startswith("text/plain; version=")
        return read(await response.text())


async def test_durations_and_outcomes_are_scraped(open_gateway: Open, graphql_subgraph: type[Any]) -> None:
    shop = graphql_subgraph(SDL, {"Query.shop": lambda *_: "s"})
    gateway = await open_gateway({"shop": shop}, settings=settings())
    for query in ("{ shop }", "{ shop }", "{ shop deep }", "{ nothing }", "{"):
        await gateway.ask(query)
    found = await scrape(gateway)
    requests = found["dovetail_request_duration_seconds_count"]
    assert requests == {
        (("graphql_operation_type", "query"), ("outcome", "ok")): 2,
        (("graphql_operation_type", "query"), ("outcome", "partial")): 1,
        (("graphql_operation_type", "unknown"), ("outcome", "refused")): 2,
    }
    ok = (("graphql_operation_type", "query"), ("outcome", "ok"))
    assert 0 < found["dovetail_request_duration_seconds_sum"][ok] < 5
    assert found["dovetail_request_duration_seconds_bucket"][(*ok[:1], ("le", "30.0"), *ok[1:])] == 2
    assert found["dovetail_fetch_duration_seconds_count"] == {
        (("dovetail_subgraph", "shop"), ("outcome", "OK")): 3
    }
    assert found["dovetail_cache_lookups_total"] == {
        (("dovetail_step", "prepare"), ("outcome", "hit")): 1,
        (("dovetail_step", "prepare"), ("outcome", "miss")): 2,
        (("dovetail_step", "plan"), ("outcome", "hit")): 1,
        (("dovetail_step", "plan"), ("outcome", "miss")): 2,
    }
    assert found["dovetail_request_errors_total"] == {
        (("error_code", "UNAUTHORIZED_FIELD_OR_TYPE"),): 1,
        (("error_code", "GRAPHQL_VALIDATION_FAILED"),): 1,
        (("error_code", "GRAPHQL_PARSE_FAILED"),): 1,
    }
    assert found["dovetail_authorization_denials_total"] == {
        (("mode", "enforced"),): 1,
        (("mode", "rehearsed"),): 0,
    }


async def test_states_are_read_when_somebody_looks(
    open_gateway: Open, graphql_subgraph: type[Any], channel: Any
) -> None:
    shop = graphql_subgraph(SDL, {"Subscription.sales": channel.listen})
    gateway = await open_gateway({"shop": shop}, settings=settings())
    assert (await scrape(gateway))["dovetail_subscriptions_open"] == {(): 0}
    async with gateway.session.post(
        gateway.url + "/graphql",
        json={"query": "subscription { sales }"},
        headers={"accept": "text/event-stream"},
    ):
        await channel.until(1)
        found = await scrape(gateway)
    assert found["dovetail_subscriptions_open"] == {(): 1}
    assert found["dovetail_breaker_state"] == {(("dovetail_subgraph", "shop"), ("state", "closed")): 1}
    assert 0 < found["dovetail_supergraph_age_seconds"][()] < 60


async def test_a_fetch_that_fails_has_its_reason(open_gateway: Open, graphql_subgraph: type[Any]) -> None:
    gateway = await open_gateway(
        {"shop": graphql_subgraph(SDL)},
        settings=settings(subgraphs={"shop": SubgraphSettings(retries=0)}),
        supergraph_sdl=None,
    )
    gateway.subgraphs["shop"].schema.query_type.fields["shop"].resolve = _exit
    await gateway.ask("{ shop }")
    found = await scrape(gateway)
    assert found["dovetail_fetch_duration_seconds_count"] == {
        (("dovetail_subgraph", "shop"), ("outcome", "CRASHED")): 1
    }
    assert found["dovetail_request_errors_total"] == {(("error_code", "SUBGRAPH_CRASHED"),): 1}


def _exit(*_: Any) -> None:
    raise SystemExit(1)


async def test_names_that_clients_make_up_are_one_label(
    open_gateway: Open, graphql_subgraph: type[Any]
) -> None:
    shop = graphql_subgraph(SDL, {"Query.shop": lambda *_: "s"})
    gateway = await open_gateway({"shop": shop}, settings=settings(metrics={"operation_names": {"Known"}}))
    for number in range(20):
        await gateway.ask(f"query Made{number} {{ shop }}")
    await gateway.ask("query Known { shop }")
    requests = (await scrape(gateway))["dovetail_request_duration_seconds_count"]
    assert {dict(labels)["graphql_operation_name"]: count for labels, count in requests.items()} == {
        "other": 20,
        "Known": 1,
    }


async def test_codes_that_subgraphs_make_up_are_one_label(
    open_gateway: Open, graphql_subgraph: type[Any]
) -> None:
    from graphql import GraphQLError

    def fail(*_: Any) -> None:
        nonlocal number
        number += 1
        raise GraphQLError("no", extensions={"code": f"MADE_UP_{number}"})

    number = 0
    gateway = await open_gateway({"shop": graphql_subgraph(SDL, {"Query.shop": fail})}, settings=settings())
    for _ in range(5):
        await gateway.ask("{ shop }")
    assert (await scrape(gateway))["dovetail_request_errors_total"] == {(("error_code", "other"),): 5}


async def test_by_default_nothing_is_served_of_it(open_gateway: Open, graphql_subgraph: type[Any]) -> None:
    gateway = await open_gateway({"shop": graphql_subgraph(SDL)})
    async with gateway.session.get(gateway.url + "/metrics") as response:
        assert response.status == 404


async def test_metrics_may_have_a_port_of_their_own() -> None:
    wanted = MetricSettings(prometheus=PrometheusSettings(port=0))
    telemetry = Telemetry(GatewaySettings(telemetry=TelemetrySettings(metrics=wanted)))
    async with telemetry.running(), aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{telemetry.metrics_port}/metrics"
        async with session.get(url) as response:
            assert "dovetail_authorization_denials_total" in read(await response.text())


async def test_a_port_that_is_taken_is_told_and_the_gateway_serves(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Where a log of this process goes depends on what another test has configured.
    log = CapturingLogger()
    monkeypatch.setattr("supergraph.gateway.telemetry._log", log)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wanted = MetricSettings(prometheus=PrometheusSettings(port=port))
    telemetry = Telemetry(GatewaySettings(telemetry=TelemetrySettings(metrics=wanted)))
    async with telemetry.running():
        assert telemetry.metrics_port is None
    server.close()
    await server.wait_closed()
    (told,) = log.calls
    assert told.method_name == "error"
    assert told.args == ("metrics are not served",)
    assert told.kwargs["port"] == port


async def test_a_collector_is_sent_the_same(
    open_gateway: Open, graphql_subgraph: type[Any], collector: Any
) -> None:
    shop = graphql_subgraph(SDL, {"Query.shop": lambda *_: "s"})
    otlp = {
        "endpoint": f"{collector.url}/v1/metrics",
        "every_seconds": 0.05,
        "prometheus": PrometheusSettings(),
    }
    gateway = await open_gateway({"shop": shop}, settings=settings(metrics=otlp, service_name="shop-gateway"))
    await gateway.ask("{ shop }")
    async with asyncio.timeout(4):
        while "dovetail.request.duration" not in collector.metrics:  # noqa: ASYNC110 - what is waited for is asserted
            await asyncio.sleep(0.02)
    [(labels, point)] = collector.metrics["dovetail.request.duration"]
    assert labels == {"graphql.operation.type": "query", "outcome": "ok"}
    assert (point.count, point.sum > 0) == (1, True)
    assert collector.resource["service.name"] == "shop-gateway"
