"""One event in, one executed plan out.

An event is the answer of the subscription's root fetch, which is there already. So what runs for it is an ordinary
plan: that fetch, then what follows it; and the fetch is answered with the event.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass, replace

from supergraph.gateway.executor.executable import Executable, prepare
from supergraph.gateway.executor.execution import execute
from supergraph.gateway.executor.execution_schema import ExecutionSchema
from supergraph.gateway.executor.interpreter import ExecutionRequest, ExecutionResult
from supergraph.gateway.executor.json_text import write_json
from supergraph.gateway.executor.problems import Denial
from supergraph.gateway.transport import (
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.planner import Fetch, NormalizedOperation, QueryPlan, Sequence, Subscribe

ExecutionResults = AsyncGenerator[ExecutionResult, None]
GoesOn = Callable[[], Awaitable[bool]]


@dataclass(frozen=True, slots=True)
class Subscription:
    """A subscription made ready: `source` is asked for the events, `per_event` is run for each."""

    source: Fetch
    per_event: Executable


def prepare_subscription(
    plan: QueryPlan,
    operation: NormalizedOperation,
    schema: ExecutionSchema,
    denials: tuple[Denial, ...] = (),
    *,
    rehearsed: tuple[Denial, ...] = (),
) -> Subscription | Executable:
    """As `prepare`. An executable is what a plan without a source comes to: one result, and no events."""
    if not isinstance(plan.node, Subscribe):
        return prepare(plan, operation, schema, denials, rehearsed=rehearsed)
    primary, then = plan.node.primary, plan.node.then
    per_event = QueryPlan(primary if then is None else Sequence((primary, then)))
    return Subscription(primary, prepare(per_event, operation, schema, denials, rehearsed=rehearsed))


class LiveSubscription:
    """A subscription that runs. Between two events another snapshot's plan may take the place of the present one.

    `keeps` is what must last for as long as anything is run for it.
    """

    __slots__ = ("_now",)

    def __init__(self, subscription: Subscription, request: ExecutionRequest, keeps: object = None) -> None:
        self._now = (subscription, request, keeps)

    def follow(self, subscription: Subscription, request: ExecutionRequest, keeps: object = None) -> None:
        """From the next event on. The events stay those that were asked for, so their source must be equal."""
        self._now = (subscription, request, keeps)

    def let_go(self) -> None:
        """It is over, and keeps nothing any more, whoever may still hold it."""
        del self._now

    def open(self) -> SubgraphEvents:
        subscription, request, _ = self._now
        source = subscription.source
        asked = SubgraphRequest(
            source.subgraph, _body(source, request), idempotent=False, principal=request.principal
        )
        return request.client.subscribe(asked)

    async def complete(self, event: SubgraphResponse | SubgraphFailure) -> ExecutionResult:
        # The local names keep all of it for as long as this event takes, whatever follows meanwhile.
        subscription, request, _keeps = self._now
        answered = replace(request, client=_AnsweredFirst(event, request.client))
        return await execute(subscription.per_event, answered)


async def subscribe(live: LiveSubscription, goes_on: GoesOn | None = None) -> ExecutionResults:
    """A result for each event, in their order. Whoever closes it frees the subgraph at once.

    What fails for one event is told in its result, and the next one follows. Where the events themselves fail, that is
    the last result. Nothing raises. `goes_on` is asked at each event, before anybody else is asked for anything: where
    it says no, the event is dropped and nothing follows.
    """
    async with aclosing(live.open()) as events:
        async for event in events:
            if goes_on is not None and not await goes_on():
                return
            yield await live.complete(event)
            if isinstance(event, SubgraphFailure):
                return


def _body(source: Fetch, request: ExecutionRequest) -> bytes:
    body: dict[str, object] = {"query": source.document}
    if source.operation_name is not None:
        body["operationName"] = source.operation_name
    variables = {name: request.variables[name] for name in source.variables if name in request.variables}
    if variables:
        body["variables"] = variables
    return write_json(body)


class _AnsweredFirst:
    """A client that has the answer to the first request in hand. Only the source's fetch can be the first."""

    __slots__ = ("_answer", "_inner")

    def __init__(self, answer: SubgraphResponse | SubgraphFailure, inner: SubgraphClient) -> None:
        self._answer: SubgraphResponse | SubgraphFailure | None = answer
        self._inner = inner

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        if self._answer is not None:
            answer, self._answer = self._answer, None
            return answer
        return await self._inner.send(request)

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        return self._inner.subscribe(request)

    async def close(self) -> None:
        """Nothing: the client behind it is the gateway's."""
