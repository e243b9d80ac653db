"""Runs a compiled plan: asks, grafts, and on the first surprise leaves all answers it had to the interpreter.

A surprise ends only its own branch of the plan. The others go on, so that no request under way is given up and asked
again: whatever was answered is in `Received`, where the interpreter finds it in place of the subgraph.
"""

import asyncio
from collections.abc import Mapping

from supergraph.gateway.executor.compiled_plan import CompiledFetch, CompiledPlan
from supergraph.gateway.executor.fetch_program import ClientVariables
from supergraph.gateway.executor.function_code import SurpriseError
from supergraph.gateway.executor.response_text import GrowingResponse
from supergraph.gateway.transport import (
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.planner import BatchFetch, Fetch, Parallel, PlanNode, Sequence
from supergraph.spec import Principal


class Received:
    """Answers that are there already, in place of the subgraphs that gave them; the client for all others.

    Only for queries: equal requests of one plan get the same answer.
    """

    __slots__ = ("_answers", "_client")

    def __init__(self, client: SubgraphClient) -> None:
        self._client = client
        self._answers: list[tuple[SubgraphRequest, SubgraphResponse | SubgraphFailure]] = []

    async def ask(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        """Ask the subgraph and keep what it says."""
        answer = await self._client.send(request)
        self._answers.append((request, answer))
        return answer

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        for asked, answer in self._answers:
            if asked == request:
                return answer
        return await self._client.send(request)

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        return self._client.subscribe(request)

    async def close(self) -> None:
        await self._client.close()


class CompiledRun:
    """One request's run. `data` can be had once `run` has said true for the plan's node."""

    __slots__ = ("_plan", "_principal", "_response", "_variables", "received")

    def __init__(
        self,
        plan: CompiledPlan,
        client: SubgraphClient,
        principal: Principal,
        variables: Mapping[str, object],
    ) -> None:
        self._plan = plan
        self._principal = principal
        self._variables = ClientVariables(variables)
        self._response = GrowingResponse(plan.template.copy(), plan.tables)
        self.received = Received(client)

    def data(self) -> bytes | None:
        """The response's data as JSON; None where it has no form there."""
        try:
            return self._response.text()
        except TypeError:
            return None

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
                return await self._run_all(nodes)
            case _:
                raise AssertionError(f"{type(node).__name__} was resolved before")

    async def _run_all(self, nodes: tuple[PlanNode, ...]) -> bool:
        # The last runs in this task: one task less for every fork. And no TaskGroup, which costs as much as its tasks.
        others = [asyncio.create_task(self.run(each)) for each in nodes[:-1]]
        try:
            done = await self.run(nodes[-1])
            for other in others:
                done = await other and done
        except BaseException:
            for other in others:
                other.cancel()
            await asyncio.gather(*others, return_exceptions=True)
            raise
        return done

    async def _fetch(self, fetch: CompiledFetch) -> bool:
        program = fetch.program
        values: list[bytes] = []
        if fetch.entities:
            growing = self._response
            if not any(growing.tables[each.table] for each in fetch.entities):
                return True
            values = [each.variable + each.representations(growing) for each in fetch.entities]
        request = SubgraphRequest(
            program.subgraph, program.body(self._variables, values), program.idempotent, self._principal
        )
        response = await self.received.ask(request)
        if isinstance(response, SubgraphFailure):
            return False
        try:
            answer = fetch.read(response.body)
            if answer.errors:
                return False
            fetch.graft(answer.data, self._response)
        except (SurpriseError, TypeError, ValueError, RecursionError):
            return False
        return True
