"""What to run: a small algebra. A new ability is a new node, and the type checker then lists who must learn it.

What the executor may rely on:

- The response grows under the client's response keys. Fields that only the plan needs (keys, `@requires`, `__typename`)
  stand beside them under their own names where the client's selections leave those free or mean the same, else
  under private keys like `_1_price`; the projection passes over what the client did not select. `__typename` is always the
  type: a field that the client calls so stands under its `response_key`, which then is not the client's.
- `__typename` is fetched for every object of an abstract type, and wherever a representation needs it. A subgraph that has the interface as an object answers with the interface's name, which counts as the
  type until a subgraph that knows better has answered.
- `__typename` stands first in every `RequiredFragment`, as the field it is.
- Types of a `Step` or `EachItem` are those of the objects it arrives at.
- Root fields `__typename`, `__schema` and `__type` are not in any plan.
- A fetch without `requires` whose `path` is not empty asks the query's root type for an object at that path
  (a `Query` inside a mutation's payload); its answer is grafted there.
"""

from dataclasses import dataclass
from typing import Final

from supergraph.planner.operation.model import OperationKind
from supergraph.spec import SubgraphName, TypeName

REPRESENTATIONS: Final = "representations"
"""The variable that entities are sent in, unless the client has one of that name."""


@dataclass(frozen=True, slots=True)
class Step:
    """Down into a response key; with `types`, only where the object's `__typename` is one of them."""

    key: str
    types: frozenset[TypeName] | None = None


@dataclass(frozen=True, slots=True)
class EachItem:
    """Into every item of a list; with `types`, only those whose `__typename` is one of them."""

    types: frozenset[TypeName] | None = None


FetchPath = tuple[Step | EachItem, ...]
"""Where in the growing response the entities of a fetch stand; `()` is the root."""


@dataclass(frozen=True, slots=True)
class RequiredField:
    """A field of a representation: read from the response at `source`, sent as `name`."""

    name: str
    source: str
    selections: "tuple[RequiredSelection, ...]" = ()


@dataclass(frozen=True, slots=True)
class RequiredFragment:
    """What to send for objects whose `__typename` is `type_condition`, or implements it or is a member of it."""

    type_condition: TypeName
    selections: "tuple[RequiredSelection, ...]"


RequiredSelection = RequiredField | RequiredFragment


@dataclass(frozen=True, slots=True)
class RenameType:
    """In representations: `__typename` goes out as `to`. An entity's interface object is asked for by that name."""

    path: FetchPath
    to: TypeName


@dataclass(frozen=True, slots=True)
class RenameKey:
    """In answers: what came as the last key of `path` is stored under `to`. Aliases that would collide need it.

    `path` starts at the answer's root object or entity. Renames are applied in their order, the innermost first, so a path
    names keys as they came.
    """

    path: FetchPath
    to: str


@dataclass(frozen=True, slots=True)
class ContextValue:
    """A variable of an entity fetch that is read above each entity: `@fromContext`.

    `path` is a beginning of the fetch's path: the object met there on the way down to the entity holds the value.
    `selections` lead to it, a field in a field, perhaps by type; null where they lead nowhere. `type` is the variable's.
    """

    variable: str
    type: str
    path: FetchPath
    selections: tuple[RequiredSelection, ...]


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one subgraph.

    A root fetch has no `requires`. An entity fetch sends one representation for each object at `path` that `requires`
    applies to, in `variable`, and grafts each answer of `_entities` into its object.
    `document` is the operation sent, `variables` the client's variables it uses. With `contexts`, entities whose values
    differ go out in separate requests of the same document. `id` is set where a deferred part waits for this fetch.
    """

    subgraph: SubgraphName
    kind: OperationKind
    document: str
    operation_name: str | None = None
    variables: tuple[str, ...] = ()
    path: FetchPath = ()
    requires: tuple[RequiredFragment, ...] = ()
    input_rewrites: tuple[RenameType, ...] = ()
    output_rewrites: tuple[RenameKey, ...] = ()
    contexts: tuple[ContextValue, ...] = ()
    id: int | None = None
    variable: str = REPRESENTATIONS


@dataclass(frozen=True, slots=True)
class EntityGroup:
    """Entities of one spot within a batch: `alias` is its `_entities` field, `variable` holds its representations."""

    alias: str
    variable: str
    path: FetchPath
    requires: tuple[RequiredFragment, ...]
    input_rewrites: tuple[RenameType, ...] = ()
    output_rewrites: tuple[RenameKey, ...] = ()


@dataclass(frozen=True, slots=True)
class BatchFetch:
    """One request that asks one subgraph for the entities of several spots.

    It means what entity fetches of its groups side by side would mean: each group sends the representations of the
    objects at its path in its variable, and its answers stand in `data` under its alias. A group without
    representations sends an empty list; where all groups are empty there is no request.
    """

    subgraph: SubgraphName
    document: str
    groups: tuple[EntityGroup, ...]
    operation_name: str | None = None
    variables: tuple[str, ...] = ()
    id: int | None = None


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other: later nodes read what earlier ones brought."""

    nodes: "tuple[PlanNode, ...]"


@dataclass(frozen=True, slots=True)
class Parallel:
    """All at once: none reads what another brings."""

    nodes: "tuple[PlanNode, ...]"


@dataclass(frozen=True, slots=True)
class Condition:
    """One of two, by a Boolean variable of the client."""

    variable: str
    if_true: "PlanNode | None"
    if_false: "PlanNode | None"


@dataclass(frozen=True, slots=True)
class Subscribe:
    """`primary` is a subscription; `then` runs for every event it brings."""

    primary: Fetch
    then: "PlanNode | None"


@dataclass(frozen=True, slots=True)
class Deferred:
    """A part of the answer that is given later, once for each object that its fragment applies to.

    `number` is that of the operation's deferral. `node` fetches what nobody else does (None: all of it comes anyway); it
    may run when the fetches with the ids in `depends` have answered, be the rest of the primary done or not. The part is given
    after the one `within` which it stands (None: the primary). `path` and `selections` are for readers of the plan.
    """

    number: int
    node: "PlanNode | None"
    depends: tuple[int, ...] = ()
    within: int | None = None
    label: str | None = None
    path: tuple[str, ...] = ()
    selections: str = ""


@dataclass(frozen=True, slots=True)
class Defer:
    """`primary` is answered as soon as it is done, each deferred part when it is ready.

    It stands outermost in a plan, or below conditions alone: those of `@defer(if: $variable)`.
    """

    primary: "PlanNode | None"
    deferred: tuple[Deferred, ...]
    selections: str = ""


PlanNode = Fetch | BatchFetch | Sequence | Parallel | Condition | Subscribe | Defer


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """`node` is None where nothing is to be fetched: an operation of introspection or `__typename` alone."""

    node: PlanNode | None
