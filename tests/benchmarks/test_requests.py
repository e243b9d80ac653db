"""What each step of a request costs the gateway, in microseconds of its processor, subgraphs' answers at hand.

The operations and the data are those of ../shared/bench. Times are the best of many rounds: they say what the code
costs, not what a busy machine adds. `bench.py` there has the last word, with sockets and many requests at once.
"""

import asyncio
import importlib
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from graphql import graphql_sync
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from supergraph.gateway.executor import Disclosure, ExecutionRequest, execute_encoded
from supergraph.gateway.executor.interpreter import interpret
from supergraph.gateway.open_streams import OpenStreams
from supergraph.gateway.operation import GraphQLRequest
from supergraph.gateway.pipeline.handling import Pipeline, handle
from supergraph.gateway.pipeline.http_request import HttpRequest, MediaType, negotiate, read_graphql_request
from supergraph.gateway.pipeline.http_response import Executed, render_executed
from supergraph.gateway.pipeline.limits import Limits
from supergraph.gateway.pipeline.normalization import prepare_operation
from supergraph.gateway.pipeline.planning import plan_prepared
from supergraph.gateway.pipeline.result_stream import WaitingRoom
from supergraph.gateway.pipeline.variables import check_variables
from supergraph.gateway.settings import CacheSettings
from supergraph.gateway.snapshot import build_snapshot
from supergraph.gateway.transport import SubgraphRequest, SubgraphResponse
from supergraph.spec import ANONYMOUS

pytestmark = pytest.mark.sweep

WORKLOADS = ("guild", "small", "chain")
ROUNDS = 40
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
    snapshot = build_snapshot(sdl, CacheSettings())
    client = KnownAnswers(subgraphs)
    limits = Limits()
    pipeline = Pipeline(
        snapshot=lambda: snapshot,
        client=client,
        identity=None,
        limits=limits,
        disclosure=Disclosure(),
        streams=OpenStreams(at_once=1, per_tenant=1),
        waiting_room=WaitingRoom(),
    )
    http = HttpRequest("POST", b"", HEADERS, body.encode())
    assert json.loads((await handle(http, pipeline)).body) == expected

    request = read_graphql_request(http)
    assert isinstance(request, GraphQLRequest)
    operation = prepare_operation(request, snapshot, limits)
    variables = check_variables(snapshot.api, operation.variables, request.variables, limits)
    planned = plan_prepared(request, operation, ANONYMOUS, snapshot)
    execution = ExecutionRequest(client, variables)
    result = await execute_encoded(planned.executable, execution)
    steps = {
        "read the request": lambda: (negotiate(http), read_graphql_request(http)),
        "parse, validate, normalize (kept)": lambda: prepare_operation(request, snapshot, limits),
        "check variables": lambda: check_variables(
            snapshot.api, operation.variables, request.variables, limits
        ),
        "authorize, plan (kept)": lambda: plan_prepared(request, operation, ANONYMOUS, snapshot),
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
