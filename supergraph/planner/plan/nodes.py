"""What to run: a small algebra. A new ability is a new node, and the type checker then lists who must learn it."""

from dataclasses import dataclass

from supergraph.planner.operation.model import OperationKind
from supergraph.spec import SubgraphName, TypeName


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
    """In answers: what came as the last key of `path` is stored under `to`. Aliases that would collide need it."""

    path: FetchPath
    to: str


@dataclass(frozen=True, slots=True)
class Fetch:
    """One request to one subgraph.

    A root fetch has no `requires`. An entity fetch sends one representation for each object at `path` that `requires`
    applies to, in the variable `$representations`, and grafts each answer of `_entities` into its object.
    `document` is the operation sent, `variables` the client's variables it uses.
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


PlanNode = Fetch | Sequence | Parallel | Condition | Subscribe


@dataclass(frozen=True, slots=True)
class QueryPlan:
    """`node` is None where nothing is to be fetched: an operation of introspection or `__typename` alone."""

    node: PlanNode | None
