"""Runs a compiled plan: asks, grafts, and on the first surprise leaves all answers it had to the interpreter.

A surprise ends only its own branch of the plan. The others go on, so that no request under way is given up and asked
again: whatever was answered is in `Received`, where the interpreter finds it in place of the subgraph.
"""

import asyncio
from collections.abc import Mapping
from typing import Final

import orjson

from supergraph.gateway.executor.compiled_plan import CompiledFetch, CompiledPlan, Object, Tables
from supergraph.gateway.executor.fetch_program import ClientVariables
from supergraph.gateway.executor.json_text import holds_long_integer
from supergraph.gateway.executor.value_code import SurpriseError
from supergraph.gateway.transport import (
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.planner import BatchFetch, Fetch, Parallel, PlanNode, Sequence
from supergraph.spec import Principal, SubgraphName

_NO_ERRORS: Final[tuple[object, ...]] = (None, [])


class Received:
    """Answers that are there already, in place of the subgraphs that gave them; the client for all others.

    Only for queries: equal requests of one plan get the same answer.
    """

    __slots__ = ("_answers", "_client")

    def __init__(self, client: SubgraphClient) -> None:
        self._client = client
        self._answers: dict[tuple[SubgraphName, bytes], SubgraphResponse | SubgraphFailure] = {}

    async def ask(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        """Ask the subgraph and keep what it says."""
        answer = self._answers[request.subgraph, request.body] = await self._client.send(request)
        return answer

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        known = self._answers.get((request.subgraph, request.body))
        return await self._client.send(request) if known is None else known

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        return self._client.subscribe(request)

    async def close(self) -> None:
        await self._client.close()


class CompiledRun:
    """One request's run. `data` is whole once `run` has said true for the plan's node.

    `exact_integers`: answers may hold integers that must be read with all their digits.
    """

    __slots__ = ("_exact_integers", "_plan", "_principal", "_tables", "_variables", "data", "received")

    def __init__(
        self,
        plan: CompiledPlan,
        client: SubgraphClient,
        principal: Principal,
        variables: Mapping[str, object],
        *,
        exact_integers: bool,
    ) -> None:
        self._plan = plan
        self._principal = principal
        self._variables = ClientVariables(variables)
        self._exact_integers = exact_integers
        self._tables: Tables = [{} for _ in range(plan.tables)]
        self.data: Object = plan.template.copy()
        self.received = Received(client)

    async def run(self, node: PlanNode) -> bool:
        """False for a surprise."""
        match node:
            case Fetch() | BatchFetch():
                return await self._fetch(self._plan.fetches[id(node)])
            case Sequence(nodes=nodes):
                for each in nodes:
                    if not await self.run(each):
                        return False
                return True
            case Parallel(nodes=nodes):
                # The last runs in this task: one task less for every fork.
                async with asyncio.TaskGroup() as group:
                    others = [group.create_task(self.run(each)) for each in nodes[:-1]]
                    done = await self.run(nodes[-1])
                return done and all(other.result() for other in others)
            case _:
                raise AssertionError(f"{type(node).__name__} was resolved before")

    async def _fetch(self, fetch: CompiledFetch) -> bool:
        program = fetch.program
        values: list[bytes] = []
        if fetch.entities:
            tables = self._tables
            if not any(tables[each.table] for each in fetch.entities):
                return True
            try:
                values = [each.variable + each.representations(tables) for each in fetch.entities]
            except TypeError:
                return False
        request = SubgraphRequest(
            program.subgraph, program.body(self._variables, values), program.idempotent, self._principal
        )
        response = await self.received.ask(request)
        try:
            fetch.graft(self._data_of(response), self.data, self._tables)
        except (SurpriseError, KeyError, TypeError, ValueError, RecursionError):
            return False
        return True

    def _data_of(self, response: SubgraphResponse | SubgraphFailure) -> Object:
        """The `data` of an answer in which nothing went wrong."""
        if isinstance(response, SubgraphFailure):
            raise SurpriseError
        body = orjson.loads(response.body)
        if body.__class__ is not dict:
            raise SurpriseError
        data = body.get("data")
        if (
            data.__class__ is not dict
            or body.get("errors") not in _NO_ERRORS
            or not isinstance(body.get("extensions"), dict | None)
            or (self._exact_integers and holds_long_integer(response.body))
        ):
            raise SurpriseError
        return data
