"""What each step of a request costs the gateway, in microseconds of its processor, subgraphs' answers at hand.

The operations and the data are those of ../shared/bench. Times are the best of many rounds: they say what the code
costs, not what a busy machine adds. `bench.py` there has the last word, with sockets and many requests at once.
"""

import asyncio
import importlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from graphql import graphql_sync
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from supergraph.gateway import GivenSupergraph, build_app
from supergraph.gateway.executor import ExecutionRequest, execute_encoded
from supergraph.gateway.executor.interpreter import interpret
from supergraph.gateway.hooks import GraphQLRequest, HttpRequest
from supergraph.gateway.pipeline.cost import check_cost
from supergraph.gateway.pipeline.handling import handle
from supergraph.gateway.pipeline.http_request import MediaType, negotiate, read_graphql_request
from supergraph.gateway.pipeline.http_response import Executed, render_executed
from supergraph.gateway.pipeline.limit_reports import LimitReports
from supergraph.gateway.pipeline.normalization import prepare_operation
from supergraph.gateway.pipeline.planning import plan_prepared
from supergraph.gateway.pipeline.rate_limit import read_rate_limiter
from supergraph.gateway.pipeline.variables import check_variables
from supergraph.gateway.settings import RateLimitSettings, RateSettings
from supergraph.gateway.transport import SubgraphRequest, SubgraphResponse
from supergraph.spec import ANONYMOUS, Principal

pytestmark = pytest.mark.sweep

WORKLOADS = ("guild", "small", "chain")
ROUNDS = 40
BUSY = Principal("u", "t")
HEADERS = ((b"content-type", b"application/json"), (b"accept", b"*/*"))


@dataclass
class KnownAnswers:
    """Each request is answered by graphql-core once, afterwards from memory."""

    subgraphs: dict[str, tuple[Any, Any]]
    answers: dict[tuple[str, bytes], SubgraphResponse] = field(default_factory=dict)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        known = self.answers.get((request.subgraph, request.body))
        if known is None:
            schema, root = self.subgraphs[request.subgraph]
            body = json.loads(request.body)
            result = graphql_sync(
                schema,
                body["query"],
                root,
                variable_values=body.get("variables"),
                operation_name=body.get("operationName"),
            )
            known = SubgraphResponse(200, json.dumps(result.formatted, separators=(",", ":")).encode())
            self.answers[request.subgraph, request.body] = known
        return known

    def subscribe(self, request: SubgraphRequest):
        raise NotImplementedError

    async def close(self) -> None:
        pass


@pytest.fixture
def workloads(shared: Path, monkeypatch: pytest.MonkeyPatch):
    """The benchmark's own modules: its workloads, and its subgraphs' schemas with their data."""
    bench = shared / "bench"
    monkeypatch.syspath_prepend(str(bench))
    monkeypatch.syspath_prepend(str(bench / "subgraphs"))
    schemas = importlib.import_module("schemas")
    subgraphs = {name: schemas.subgraph(name) for name in schemas.NAMES}
    sdl = (bench / "subgraphs" / "supergraph.graphql").read_text()
    return importlib.import_module("workloads").WORKLOADS, subgraphs, sdl


async def microseconds(step: Callable[[], Awaitable[object] | object]) -> float:
    begun = time.perf_counter()
    await once(step)
    repeats = max(10, int(0.005 / (time.perf_counter() - begun)))
    best = float("inf")
    for _ in range(ROUNDS):
        begun = time.process_time()
        for _ in range(repeats):
            await once(step)
        best = min(best, (time.process_time() - begun) / repeats)
    return best * 1e6


async def once(step: Callable[[], Awaitable[object] | object]) -> object:
    outcome = step()
    return await outcome if asyncio.iscoroutine(outcome) else outcome


@pytest.mark.parametrize("name", WORKLOADS)
async def test_what_each_step_of_a_request_costs(name, workloads, capsys):
    known, subgraphs, sdl = workloads
    workload = known[name]
    body, expected = workload.checks()[0]
    client = KnownAnswers(subgraphs)
    app = build_app(GivenSupergraph(sdl))
    # As a gateway is wired whose settings say nothing, but for the subgraphs.
    snapshot = replace(app.reloads.snapshot, client=client)
    pipeline = replace(app.graphql._pipeline, snapshot=lambda: snapshot)
    limits, rates = pipeline.limits.everybody, pipeline.rates
    endless = RateSettings(per_second=1e9, burst=1e9)
    busy = read_rate_limiter(RateLimitSettings(tenant=endless, client=endless), None, LimitReports())
    http = HttpRequest("POST", b"", HEADERS, body.encode(), "127.0.0.1")
    assert json.loads((await handle(http, pipeline)).body) == expected

    request = read_graphql_request(http)
    assert isinstance(request, GraphQLRequest)
    operation = prepare_operation(request, snapshot, limits)
    variables = check_variables(snapshot.api, operation.variables, request.variables, limits)
    decision = await pipeline.access.decide(operation, variables, ANONYMOUS, snapshot)
    planned = plan_prepared(request, operation, decision, snapshot)
    execution = ExecutionRequest(client, variables)
    result = await execute_encoded(planned.executable, execution)
    steps = {
        "read the request": lambda: (negotiate(http), read_graphql_request(http)),
        "parse, validate, normalize (kept)": lambda: prepare_operation(request, snapshot, limits),
        "check variables": lambda: check_variables(
            snapshot.api, operation.variables, request.variables, limits
        ),
        "rates, nobody signed in": lambda: rates.admit(ANONYMOUS, rates.address(http)),
        "rates, a user of a tenant": lambda: busy.admit(BUSY, None),
        "cost": lambda: check_cost(operation.cost, variables, limits),
        "authorize, plan (kept)": lambda: plan_prepared(request, operation, decision, snapshot),
        "execute": lambda: execute_encoded(planned.executable, execution),
        "encode": lambda: render_executed(Executed(result.data), MediaType.JSON),
        "all of it": lambda: handle(http, pipeline),
        "execute, by the interpreter": lambda: interpret(planned.executable, execution),
    }
    costs = {step: await microseconds(run) for step, run in steps.items()}

    table = Table("step", "CPU us", title=name, box=MARKDOWN)
    for step, cost in costs.items():
        table.add_row(step, f"{cost:.1f}")
    with capsys.disabled():
        Console(width=100).print("", table)
    assert costs["execute"] < costs["execute, by the interpreter"], "the compiled plan must pay for itself"
