"""A fetch of a plan, made ready once: the fixed part of its body, its readers of representations, its answer's shape."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, assert_never

import orjson

from supergraph.gateway.executor.answer_shape import AnswerShape, read_answer_shape, rename_keys
from supergraph.gateway.executor.context_values import ContextReader, is_below_context
from supergraph.gateway.executor.json_text import write_json
from supergraph.gateway.executor.representations import RepresentationReader
from supergraph.planner import (
    BatchFetch,
    Condition,
    Defer,
    EntityGroup,
    Fetch,
    FetchPath,
    OperationKind,
    Parallel,
    PlanNode,
    RenameKey,
    Sequence,
    Subscribe,
)
from supergraph.spec import SubgraphName, TypeName

_ENTITIES: Final = "_entities"


@dataclass(frozen=True, slots=True)
class Spot:
    """Objects at one path, and what an answer brings for each of them.

    `order` is the spot's place in the plan: problems are told in that order, however the answers come in. `shape` is
    that of what one object gets. `may_share`: all objects that get the same may hold the very same value.
    """

    subgraph: SubgraphName
    order: int
    path: FetchPath
    shape: AnswerShape
    renames: tuple[RenameKey, ...]
    may_share: bool


@dataclass(frozen=True, slots=True)
class EntitySpot(Spot):
    """Entities: their representations go out in `variable`, their answers stand in `data` under `alias`."""

    alias: str
    variable: str
    reader: RepresentationReader


class ClientVariables:
    """The variables of one request, each encoded at most once."""

    __slots__ = ("_encoded", "_values")

    def __init__(self, values: Mapping[str, object]) -> None:
        self._values = values
        self._encoded: dict[str, bytes] = {}

    def encode(self, names: Iterable[str]) -> list[bytes]:
        """Name and value, as in a JSON object, of those among `names` that have a value."""
        return [self._encode(name) for name in names if name in self._values]

    def _encode(self, name: str) -> bytes:
        encoded = self._encoded.get(name)
        if encoded is None:
            encoded = self._encoded[name] = b'"%s":%s' % (name.encode(), write_json(self._values[name]))
        return encoded


@dataclass(frozen=True, slots=True)
class FetchProgram:
    """One request to one subgraph, either for entities or for a root. `head` is its JSON up to the variables.

    With `contexts` it is one request for each different value of what is read above its entities.
    """

    subgraph: SubgraphName
    head: bytes
    variables: tuple[str, ...]
    idempotent: bool
    asks: Spot | tuple[EntitySpot, ...]
    contexts: ContextReader | None = None

    def body(self, client: ClientVariables, representations: Iterable[bytes] = ()) -> bytes:
        """The request's JSON. `representations` are variables too, name and value."""
        variables = [*client.encode(self.variables), *representations]
        if not variables:
            return self.head + b"}"
        return b'%s,"variables":{%s}}' % (self.head, b",".join(variables))


def prepare_fetches(
    node: PlanNode | None, possible_types: Mapping[TypeName, frozenset[TypeName]]
) -> dict[int, FetchProgram]:
    """A program for each fetch of a plan, by the node's identity: two fetches of a plan may well be equal."""
    fetches = list(fetches_of(node))
    preparation = _Preparation(
        possible_types,
        tuple(path for fetch in fetches for path in _paths(fetch)),
        tuple(fetch for fetch in fetches if isinstance(fetch, Fetch) and fetch.contexts),
    )
    return {id(fetch): preparation.prepare(fetch) for fetch in fetches}


@dataclass(slots=True)
class _Preparation:
    possible_types: Mapping[TypeName, frozenset[TypeName]]
    paths: tuple[FetchPath, ...]
    with_contexts: tuple[Fetch, ...] = ()
    order: int = 0

    def prepare(self, fetch: Fetch | BatchFetch) -> FetchProgram:
        body = {"query": fetch.document}
        if fetch.operation_name is not None:
            body["operationName"] = fetch.operation_name
        return FetchProgram(
            subgraph=fetch.subgraph,
            head=orjson.dumps(body)[:-1],
            variables=fetch.variables,
            idempotent=isinstance(fetch, BatchFetch) or fetch.kind is not OperationKind.MUTATION,
            asks=self._asks(fetch, read_answer_shape(fetch.document)),
            contexts=ContextReader(fetch.path, fetch.contexts, self.possible_types)
            if isinstance(fetch, Fetch) and fetch.contexts
            else None,
        )

    def _asks(self, fetch: Fetch | BatchFetch, shape: AnswerShape) -> Spot | tuple[EntitySpot, ...]:
        if isinstance(fetch, BatchFetch):
            return tuple(self._entity_spot(fetch.subgraph, group, shape) for group in fetch.groups)
        if fetch.requires:
            group = EntityGroup(
                _ENTITIES,
                fetch.variable,
                fetch.path,
                fetch.requires,
                fetch.input_rewrites,
                fetch.output_rewrites,
            )
            return (self._entity_spot(fetch.subgraph, group, shape),)
        return Spot(
            subgraph=fetch.subgraph,
            order=self._next(),
            path=fetch.path,
            shape=rename_keys(shape, fetch.output_rewrites),
            renames=fetch.output_rewrites,
            may_share=self._may_share(fetch.path),
        )

    def _entity_spot(self, subgraph: SubgraphName, group: EntityGroup, shape: AnswerShape) -> EntitySpot:
        return EntitySpot(
            subgraph=subgraph,
            order=self._next(),
            path=group.path,
            shape=rename_keys(shape.below(group.alias), group.output_rewrites),
            renames=group.output_rewrites,
            may_share=self._may_share(group.path),
            alias=group.alias,
            variable=group.variable,
            reader=RepresentationReader(group.requires, group.input_rewrites, self.possible_types),
        )

    def _may_share(self, entities: FetchPath) -> bool:
        return all(_treats_alike(path, entities) for path in self.paths) and not any(
            is_below_context(each.path, each.contexts, entities) for each in self.with_contexts
        )

    def _next(self) -> int:
        self.order += 1
        return self.order


def _paths(fetch: Fetch | BatchFetch) -> Iterator[FetchPath]:
    if isinstance(fetch, BatchFetch):
        for group in fetch.groups:
            yield group.path
    else:
        yield fetch.path


def _treats_alike(path: FetchPath, entities: FetchPath) -> bool:
    """Whether `path` goes on from all entities or from none.

    Where one fetch fills two objects with one answer and a later fetch, by a type condition further up, extends only
    one of the two, the answer must not be the same object in both.
    """
    if len(path) <= len(entities) or path[: len(entities)] == entities:
        return True
    return any(
        type(ours) is not type(theirs) or getattr(ours, "key", None) != getattr(theirs, "key", None)
        for ours, theirs in zip(path, entities, strict=False)
    )


def fetches_of(node: PlanNode | None) -> Iterator[Fetch | BatchFetch]:
    match node:
        case None:
            pass
        case Fetch() | BatchFetch():
            yield node
        case Sequence(nodes=nodes) | Parallel(nodes=nodes):
            for each in nodes:
                yield from fetches_of(each)
        case Condition(if_true=if_true, if_false=if_false):
            yield from fetches_of(if_true)
            yield from fetches_of(if_false)
        case Subscribe(primary=source, then=then):
            yield source
            yield from fetches_of(then)
        case Defer(primary=primary, deferred=deferred):
            yield from fetches_of(primary)
            for part in deferred:
                yield from fetches_of(part.node)
        case _:
            assert_never(node)
