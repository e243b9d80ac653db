"""An operation answered in parts: what is not deferred at once, each deferred part when it is ready."""

import asyncio
from collections.abc import AsyncGenerator, Iterable, Mapping
from dataclasses import dataclass, field

from supergraph.gateway.executor.defer_program import PRIMARY, DeferProgram
from supergraph.gateway.executor.executable import Executable
from supergraph.gateway.executor.incremental_projection import (
    DeferredResult,
    IncrementalProjection,
    begin_incremental,
)
from supergraph.gateway.executor.interpreter import ExecutionRequest, ExecutionResult, Run
from supergraph.gateway.executor.problems import ExecutionCode, Problem, format_problem
from supergraph.gateway.executor.response_tree import ResponseTree
from supergraph.gateway.transport import SubgraphFailure
from supergraph.planner import Deferred, PlanNode


@dataclass(frozen=True, slots=True)
class Increment:
    """What has become ready since the last answer. `failures` are for the log."""

    results: tuple[DeferredResult, ...]
    has_next: bool
    failures: tuple[SubgraphFailure, ...] = ()


@dataclass(frozen=True, slots=True)
class FirstResult:
    """What is not deferred. `has_next`: increments follow."""

    result: ExecutionResult
    has_next: bool


IncrementalResults = AsyncGenerator[FirstResult | Increment, None]


async def execute_incrementally(
    executable: Executable, request: ExecutionRequest, defer: DeferProgram
) -> IncrementalResults:
    """A first result, then increments while `has_next`. Whoever closes it early frees the subgraphs.

    `defer` is what `executable.defer` gave for the request's variables. What fails is told in the part that misses it.
    """
    run = Run(executable, request, ResponseTree(executable.schema.object_types))
    introspection: Mapping[str, object] = {}
    if executable.introspection is not None:
        introspection = executable.introspection.answer(request.variables, is_told=request.tells_schema)
    projection = begin_incremental(
        executable.incremental_projection(defer, request.variables),
        defer,
        run.tree,
        introspection,
        request.disclosure,
        request.tell_denial,
    )
    delivery = _Delivery(defer, run, projection)
    tasks = {each.number: asyncio.create_task(delivery.make(each)) for each in defer.defer.deferred}
    primary = asyncio.create_task(delivery.run_node(PRIMARY, defer.defer.primary))
    try:
        await primary
        first = delivery.first()
        yield FirstResult(first, delivery.has_next)
        while delivery.has_next:
            ready = [number for number, task in tasks.items() if task.done()]
            for number in ready:
                tasks[number].result()  # a fault of our own is raised here
            increment = delivery.increment(ready)
            if increment is not None:
                yield increment
                continue
            under_way = [task for number, task in tasks.items() if number in delivery.left - set(ready)]
            await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
    finally:
        waiting = [primary, *tasks.values()]
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)


@dataclass(slots=True)
class _Delivery:
    """What was given so far, and what is left to give: the parts in `left`, by their numbers."""

    program: DeferProgram
    execution: Run
    projection: IncrementalProjection
    left: set[int] = field(default_factory=set)
    failures_told: int = 0

    async def run_node(self, number: int, node: PlanNode | None) -> None:
        """Run a part's fetches. Those that were not made, by a condition or an error further up, keep nobody waiting."""
        if node is not None:
            await self.execution.run(node)
        for each in self.program.ids[number]:
            self.execution.answered[each].set()

    async def make(self, part: Deferred) -> None:
        for each in part.depends:
            await self.execution.answered[each].wait()
        await self.run_node(part.number, part.node)

    @property
    def has_next(self) -> bool:
        return bool(self.left)

    def first(self) -> ExecutionResult:
        try:
            data, errors = self.projection.primary()
        except RecursionError:
            problem = Problem("The operation is nested too deeply.", ExecutionCode.TOO_DEEP)
            data, errors = None, [format_problem(problem, None, self.execution.request.disclosure)]
            self.projection.waiting.clear()
        self.left = {each.number for each in self.program.defer.deferred}
        self._forget_void()
        return ExecutionResult(data, errors, self._failures())

    def increment(self, ready: Iterable[int]) -> Increment | None:
        """What can be given now: parts that are ready, each after the one it stands in. None where that is nothing."""
        results: list[DeferredResult] = []
        finished = set(ready)
        for each in self.program.defer.deferred:
            if each.number in finished and each.number in self.left and each.within not in self.left:
                self.left.discard(each.number)
                results += self.projection.part(each.number)
        self._forget_void()
        if not results and self.has_next:
            return None
        return Increment(tuple(results), self.has_next, self._failures())

    def _forget_void(self) -> None:
        """Parts of objects that are not there will never be asked for."""
        for each in self.program.defer.deferred:
            if each.within not in self.left and not self.projection.waiting.get(each.number):
                self.left.discard(each.number)

    def _failures(self) -> tuple[SubgraphFailure, ...]:
        told = self.failures_told
        self.failures_told = len(self.execution.tree.failures)
        return tuple(self.execution.tree.failures[told:])
