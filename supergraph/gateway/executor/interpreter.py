"""The interpreter of plans: it asks what each fetch wants, grafts what comes, and projects what the client selected."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, assert_never

import orjson

from supergraph.gateway.executor.executable import Executable
from supergraph.gateway.executor.fetch_program import ClientVariables, FetchProgram, Spot
from supergraph.gateway.executor.function_code import SurpriseError
from supergraph.gateway.executor.json_text import holds_long_integer, read_exactly
from supergraph.gateway.executor.problems import (
    Disclosure,
    ExecutionCode,
    Problem,
    TellDenial,
    format_denial,
    format_problem,
)
from supergraph.gateway.executor.projection import project
from supergraph.gateway.executor.response_tree import Batch, ResponseTree
from supergraph.gateway.transport import (
    FailureReason,
    SubgraphAnswer,
    SubgraphClient,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
    read_answer,
)
from supergraph.planner import BatchFetch, Condition, Defer, Fetch, Parallel, PlanNode, Sequence, Subscribe
from supergraph.spec import ANONYMOUS, Principal

DEFAULT_DISCLOSURE: Final = Disclosure()


# Not frozen, though nobody changes one: it is made for every request, and freezing takes three quarters of that time.
@dataclass(slots=True)
class ExecutionRequest:
    """One request for an executable. `variables` are coerced, defaults included; `client` speaks to all subgraphs.

    Without `tells_schema` every `__type` is null; an operation with `__schema` is not to come so far.
    """

    client: SubgraphClient
    variables: Mapping[str, object] = field(default_factory=dict)
    principal: Principal = ANONYMOUS
    disclosure: Disclosure = DEFAULT_DISCLOSURE
    tell_denial: TellDenial = format_denial
    tells_schema: bool = True


@dataclass(slots=True)  # not frozen, likewise
class ExecutionResult:
    """`data` and `errors` as they go into the response. `failures` are for the log: they hold what no client may see."""

    data: dict[str, object] | orjson.Fragment | None
    errors: list[dict[str, object]]
    failures: tuple[SubgraphFailure, ...] = ()


async def interpret(executable: Executable, request: ExecutionRequest) -> ExecutionResult:
    """Run a plan and answer the client's operation, all of it at once, whatever may be deferred.

    What fails at a subgraph is told in `errors`; nothing raises.
    """
    run = Run(executable, request, ResponseTree(executable.schema.object_types))
    if executable.plan.node is not None:
        await run.run(executable.plan.node)
    introspection: Mapping[str, object] = {}
    if executable.introspection is not None:
        introspection = executable.introspection.answer(request.variables, is_told=request.tells_schema)
    projection = executable.projection(request.variables)
    if executable.rehearsed:
        _rehearse(executable, request, run.tree, introspection)
    if run.tree.is_whole and not executable.denials:
        try:
            return ExecutionResult(projection.compiled(run.tree.data, introspection), [])
        except SurpriseError:
            pass  # the slower projection says what it was
    try:
        data, errors = project(
            projection.program, run.tree, introspection, request.disclosure, request.tell_denial
        )
    except RecursionError:
        problem = Problem("The operation is nested too deeply.", ExecutionCode.TOO_DEEP)
        data, errors = None, [format_problem(problem, None, request.disclosure)]
    return ExecutionResult(data, errors, tuple(run.tree.failures))


def _rehearse(
    executable: Executable,
    request: ExecutionRequest,
    tree: ResponseTree,
    introspection: Mapping[str, object],
) -> None:
    """Tell what would be denied, at the places where it would be: the projection with denials says it, and is dropped."""
    program = executable.rehearsal(request.variables)
    with suppress(RecursionError):  # the projection that answers meets it too, and tells it
        project(program, tree, introspection, request.disclosure, request.tell_denial)


@dataclass(slots=True)
class Run:
    """One execution. `answered` is set, by a fetch's id, for whoever waits for that fetch alone."""

    executable: Executable
    request: ExecutionRequest
    tree: ResponseTree
    answered: defaultdict[int, asyncio.Event] = field(default_factory=lambda: defaultdict(asyncio.Event))
    variables: ClientVariables = field(init=False)

    def __post_init__(self) -> None:
        self.variables = ClientVariables(self.request.variables)

    async def run(self, node: PlanNode) -> None:
        match node:
            case Fetch(id=number) | BatchFetch(id=number):
                await self._fetch(self.executable.fetches[id(node)])
                if number is not None:
                    self.answered[number].set()
            case Sequence(nodes=nodes):
                for each in nodes:
                    await self.run(each)
            case Parallel(nodes=nodes):
                await self._at_once(nodes)
            case Condition(variable=variable, if_true=if_true, if_false=if_false):
                chosen = if_true if self.request.variables.get(variable) is True else if_false
                if chosen is not None:
                    await self.run(chosen)
            case Defer(primary=primary, deferred=deferred):
                parts = (primary, *(each.node for each in deferred))
                await self.run(Sequence(tuple(each for each in parts if each is not None)))
            case Subscribe():
                raise ValueError("a subscription is subscribed to; only what follows an event is run")
            case _:
                assert_never(node)

    async def _at_once(self, nodes: tuple[PlanNode, ...]) -> None:
        # The last runs in this task: one task less for every fork.
        async with asyncio.TaskGroup() as group:
            for each in nodes[:-1]:
                group.create_task(self.run(each))
            for each in nodes[-1:]:
                await self.run(each)

    async def _fetch(self, program: FetchProgram) -> None:
        match program.asks:
            case Spot() as spot:
                if spot.path and not self.tree.objects_at(spot.path):
                    return
                answer = await self._ask(program, ())
                try:
                    self.tree.graft_root(spot, answer)
                except RecursionError:
                    self.tree.graft_root(spot, _too_deep(program))
            case (spot,) if program.contexts is not None:
                told = program.contexts.entities(self.tree.data)
                async with asyncio.TaskGroup() as group:
                    for values, entities in told.items():
                        batch = self.tree.batch_for(spot, entities)
                        group.create_task(self._fetch_entities(program, [batch], values))
            case spots:
                await self._fetch_entities(program, [self.tree.batch_for(spot) for spot in spots])

    async def _fetch_entities(
        self, program: FetchProgram, batches: list[Batch], context_values: bytes | None = None
    ) -> None:
        if not any(batch.representations for batch in batches):
            return
        answer = await self._ask(program, batches, context_values)
        try:
            self.tree.graft(batches, answer)
        except RecursionError:
            self.tree.graft(batches, _too_deep(program))

    async def _ask(
        self, program: FetchProgram, batches: Iterable[Batch], context_values: bytes | None = None
    ) -> SubgraphAnswer | SubgraphFailure:
        values = [batch.encoded for batch in batches]
        if context_values is not None:
            values.append(context_values)
        request = SubgraphRequest(
            subgraph=program.subgraph,
            body=program.body(self.variables, values),
            idempotent=program.idempotent,
            principal=self.request.principal,
        )
        response = await self.request.client.send(request)
        if isinstance(response, SubgraphFailure):
            return response
        answer = read_answer(request, response)
        if (
            self.executable.schema.has_custom_scalars
            and isinstance(answer, SubgraphAnswer)
            and holds_long_integer(response.body)
        ):
            return _exact(program, answer, response)
        return answer


def _exact(
    program: FetchProgram, answer: SubgraphAnswer, response: SubgraphResponse
) -> SubgraphAnswer | SubgraphFailure:
    """The answer again, its integers as they were written."""
    try:
        body = read_exactly(response.body)
    except (ValueError, RecursionError):  # thousands of digits, or nearly a thousand levels
        return _too_deep(program)
    assert isinstance(body, dict), "it was read as an object before"
    return replace(answer, data=body.get("data"))


def _too_deep(program: FetchProgram) -> SubgraphFailure:
    return SubgraphFailure(program.subgraph, FailureReason.MALFORMED, "numbers or nesting beyond measure")
