"""Which open subscriptions go on when another snapshot takes the place of theirs, and which must be opened again.

One goes on where the new snapshot would do all of it just as the old one does: the operation reads the same, the caller may
see the same of it, the plan asks the same subgraphs at the same addresses the same questions, and each value that the
client is given has the type that it had. Everything else about the subgraphs may have changed.
"""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from graphql import (
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    get_named_type,
)

from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.executor import (
    Denial,
    Executable,
    ExecutionRequest,
    LiveSubscription,
    Subscription,
)
from supergraph.gateway.hooks import SubgraphClient
from supergraph.gateway.pipeline.access_control import LiveAccess
from supergraph.gateway.pipeline.denials import DenialReport
from supergraph.gateway.pipeline.result_stream import ResultStream
from supergraph.gateway.snapshot import Snapshot
from supergraph.planner import (
    BatchFetch,
    Condition,
    Defer,
    Fetch,
    FieldSelection,
    NormalizedOperation,
    Parallel,
    PlanNode,
    Selection,
    Sequence,
    Subscribe,
)
from supergraph.spec import RequestCode, SubgraphName, TypeName

_log = structlog.stdlib.get_logger("dovetail.gateway")

GRAPH_CHANGED: Final = refuse(
    503,
    "The graph has changed in what this subscription uses; connect again.",
    RequestCode.SUBSCRIPTION_SCHEMA_RELOAD,
    retry_after="1",
)


@dataclass(slots=True)
class ReadyOperation:
    """An operation for which only the subgraphs are still to be asked; `snapshot` is the one that this caller sees."""

    executable: Executable | Subscription
    execution: ExecutionRequest
    report: DenialReport | None
    still_granted: Callable[[], Awaitable[bool]] | None
    snapshot: Snapshot
    cost: int = 0
    is_mutation: bool = False


@dataclass(frozen=True, slots=True)
class Footing:
    """All that a subscription stands on, of one snapshot. Equal ones do the same.

    `clients` are those of the subgraphs that are asked: another address has another.
    """

    source: Fetch
    plan: PlanNode | None
    operation: NormalizedOperation
    denials: tuple[Denial, ...]
    rehearsed: tuple[Denial, ...]
    variables: Mapping[str, object]
    types: tuple[object, ...]
    clients: tuple[SubgraphClient | None, ...]


Again = Callable[[Snapshot], Awaitable[ReadyOperation | Refusal]]
"""The steps of the request once more, on another snapshot."""


class OpenSubscription:
    """One subscription that a client has open. `snapshot` is what it runs on at present."""

    __slots__ = ("_again", "_footing", "_is_over", "_stream", "access", "live", "snapshot")

    def __init__(self, ready: ReadyOperation, snapshot: Snapshot, again: Again) -> None:
        assert isinstance(ready.executable, Subscription), "whatever else is ready is executed"
        self.live = LiveSubscription(ready.executable, ready.execution, (snapshot, ready.snapshot))
        self.access = LiveAccess(ready.report, ready.still_granted)
        self.snapshot = snapshot
        self._footing = _footing(ready.executable, ready)
        self._again = again
        self._stream: ResultStream | None = None
        self._is_over = False

    def begun(self, stream: ResultStream) -> None:
        """Its results come by this stream."""
        self._stream = stream

    def ended(self) -> None:
        """Nothing is made for it any more, so it holds no snapshot."""
        self._is_over = True
        self.live.let_go()
        self.access.still_granted = None
        del self.snapshot

    async def continue_on(self, snapshot: Snapshot) -> bool:
        """Go on with that one, or end: the client is told to connect again. Whether it goes on."""
        assert self._stream is not None, "it has begun"
        ready = await self._try_again(snapshot)
        if self._is_over:
            return False  # meanwhile: for another reason, or its client has left
        if (
            isinstance(ready, Refusal)
            or not isinstance(ready.executable, Subscription)
            or _footing(ready.executable, ready) != self._footing
        ):
            self._stream.end(GRAPH_CHANGED)
            return False
        self.live.follow(ready.executable, ready.execution, (snapshot, ready.snapshot))
        self.access.report, self.access.still_granted = ready.report, ready.still_granted
        self.snapshot = snapshot
        return True

    async def _try_again(self, snapshot: Snapshot) -> ReadyOperation | Refusal:
        try:
            return await self._again(snapshot)
        except Exception:  # noqa: BLE001 - the edge of this subscription: the others are to go on
            _log.exception("a subscription met a fault on a new supergraph")
            return GRAPH_CHANGED


def _footing(subscription: Subscription, ready: ReadyOperation) -> Footing:
    per_event = subscription.per_event
    names = sorted({subscription.source.subgraph, *_subgraphs(per_event.plan.node)})
    return Footing(
        subscription.source,
        per_event.plan.node,
        per_event.operation,
        per_event.denials,
        per_event.rehearsed,
        ready.execution.variables,
        tuple(_types(ready.snapshot.api, per_event.operation)),
        tuple(ready.snapshot.clients.get(name) for name in names),
    )


def _subgraphs(node: PlanNode | None) -> Iterator[SubgraphName]:
    match node:
        case Fetch() | BatchFetch():
            yield node.subgraph
        case Sequence(nodes=nodes) | Parallel(nodes=nodes):
            for each in nodes:
                yield from _subgraphs(each)
        case Condition(if_true=one, if_false=other) | Subscribe(primary=one, then=other):
            yield from _subgraphs(one)
            yield from _subgraphs(other)
        case Defer(primary=primary, deferred=deferred):
            yield from _subgraphs(primary)
            for part in deferred:
                yield from _subgraphs(part.node)
        case None:
            pass


def _types(schema: GraphQLSchema, operation: NormalizedOperation) -> Iterator[object]:
    """The type of each field that is selected, and what may be behind its name."""
    yield from _selected(schema, operation.root_type, operation.selections)


def _selected(schema: GraphQLSchema, parent: TypeName, selections: tuple[Selection, ...]) -> Iterator[object]:
    owner = schema.type_map[parent]
    yield _meaning(schema, owner)
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            yield from _selected(schema, selection.type_condition or parent, selection.selections)
        elif isinstance(owner, GraphQLObjectType | GraphQLInterfaceType) and selection.name in owner.fields:
            type_ = owner.fields[selection.name].type
            named = get_named_type(type_)
            yield parent, selection.name, str(type_), _meaning(schema, named)
            if selection.selections:
                yield from _selected(schema, TypeName(named.name), selection.selections)


def _meaning(schema: GraphQLSchema, named: GraphQLNamedType) -> object:
    """What a value of the type may be."""
    match named:
        case GraphQLEnumType():
            return named.name, type(named), tuple(sorted(named.values))
        case GraphQLInterfaceType() | GraphQLUnionType():
            return (
                named.name,
                type(named),
                tuple(sorted(each.name for each in schema.get_possible_types(named))),
            )
        case _:
            return named.name, type(named)
