"""Places, ways to arrive at them, and the hops that were chosen.

A `Place` is a spot in the response where an object stands: below the root by response keys, perhaps narrowed to a
type. A `Candidate` says what it would cost to be at a place in a node of the query graph. An `Arrival` is such
a candidate made real within a `Hop`: one visit to one subgraph. Hops and what waits for what are the result of the
search; `fetch_graph` turns them into steps. The search grows these objects, and nobody changes them afterwards.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Final

from supergraph.planner.operation.model import ArgumentValue, Condition, FieldSelection
from supergraph.planner.query_graph.field_sets import SetSelection
from supergraph.planner.query_graph.model import FieldEdge, KeyEdge, Node
from supergraph.spec import FieldName, GraphName, TypeName, TypeReference

TYPENAME: Final = FieldName("__typename")

Arguments = tuple[ArgumentValue, ...]

SelectionKey = tuple[str, tuple[Condition, ...]]
"""What tells two fields of one object apart: the response key and the conditions it stands under."""


class ResponseKeys:
    """What stands under each response key of an object, whatever type the object has.

    The search fetches fields that the client did not ask for. They must not disturb what the client did: a field
    takes its own name where that is free or means the same, and a private key otherwise.

    `clashes`: here or further down, a key means one thing for one type and another for another.
    """

    __slots__ = ("_above", "_children", "_taken", "clashes")

    def __init__(self, above: "ResponseKeys | None" = None) -> None:
        self._above = above
        self._taken: dict[str, set[tuple[FieldName, Arguments]]] = {}
        self._children: dict[str, ResponseKeys] = {}
        self.clashes = False

    def claim(self, key: str, name: FieldName, arguments: Arguments) -> None:
        taken = self._taken.get(key)
        if taken is None:
            self._taken[key] = {(name, arguments)}
            return
        taken.add((name, arguments))
        if len(taken) > 1:
            keys: ResponseKeys | None = self
            while keys is not None and not keys.clashes:
                keys.clashes = True
                keys = keys._above

    def free_key(self, name: FieldName, arguments: Arguments) -> str:
        """The key for a field that the search wants. Private keys look like `_1_name`."""
        meaning = (name, arguments)
        key, number = str(name), 0
        while (taken := self._taken.get(key)) is not None and taken != {meaning}:
            number += 1
            key = f"_{number}_{name}"
        self._taken.setdefault(key, set()).add(meaning)
        return key

    def child(self, key: str) -> "ResponseKeys":
        found = self._children.get(key)
        if found is None:
            found = self._children[key] = ResponseKeys(self)
        return found


class Place:
    """An object in the response.

    `field` leads here from `parent`; a narrowed place has the place it narrows as `base` instead, and stands for the
    same object. `types` are the object types that can be met here. `type` is the static type. `asked`: the client asked
    for the object, and wants to know whether it is there even where nothing of it is wanted. `alike`: a place narrowed to
    `type` may stand for others as well, of which every subgraph has what it has of `type`.

    `parts`: a joined place stands for several, the places where one field leads from objects of different types, each with
    the node in which it is met there. `ways` counts the combinations of types by which searches came here.
    """

    __slots__ = (
        "alike",
        "arrivals",
        "asked",
        "base",
        "cases",
        "changed",
        "children",
        "cover",
        "entries",
        "field",
        "groups",
        "joins",
        "keys",
        "parent",
        "parts",
        "reach",
        "reach_at",
        "shadows",
        "type",
        "types",
        "ways",
    )

    def __init__(
        self,
        type_name: TypeName,
        types: frozenset[TypeName],
        keys: ResponseKeys,
        parent: "Place | None" = None,
        field: FieldSelection | None = None,
        base: "Place | None" = None,
    ) -> None:
        self.type = type_name
        self.types = types
        self.keys = keys
        self.parent = parent
        self.field = field
        self.base = base
        self.children: dict[SelectionKey, Place] = {}
        self.shadows: dict[SetSelection, Place] = {}
        self.cases: dict[TypeName, Place] = {}
        self.alike: tuple[TypeName, ...] = ()
        self.groups: dict[tuple[TypeName, ...], Place] = {}
        self.joins: dict[SelectionKey, Place] = {}
        self.parts: tuple[tuple[Place, Node], ...] = ()
        self.ways = 1
        self.asked = False
        self.arrivals: list[Arrival] = []
        self.entries: list[Hop] = []
        self.cover: dict[GraphName, int] = {}
        self.reach: dict[Node, Candidate] = {}
        self.reach_at = -1
        self.changed = 0

    def above(self) -> "Place | None":
        return self.base or self.parent

    def whole(self) -> "Place":
        """The place that this one narrows, or itself."""
        return self.base or self

    def chain(self) -> Iterator["Place"]:
        """This place and those above it, upwards."""
        place: Place | None = self
        while place is not None:
            yield place
            place = place.base or place.parent


class Way(Enum):
    """How a candidate arrives."""

    HERE = 0
    """By an arrival that exists."""
    ROOT = 1
    FIELD = 2
    """Along a field from the place above."""
    NARROW = 3
    """From the place that this one narrows."""
    KEY = 4
    """By a hop from the same place."""
    JOINED = 5
    """By several visits, each for objects of other types."""


@dataclass(slots=True, eq=False)
class Candidate:
    """The cheapest known way to be at a place in a node.

    `cost` counts what is not chosen yet; `level` is the length of the chain of requests; `entry` is the place where the
    visit to this subgraph began. `source` is the node the way comes from, with `edge` the field or key.
    """

    node: Node
    way: Way
    cost: int
    level: int
    entry: Place
    source: Node | None = None
    edge: FieldEdge | KeyEdge | None = None
    provided: tuple[SetSelection, ...] = ()

    def better_than(self, other: "Candidate | None") -> bool:
        if other is None:
            return True
        return self.cost < other.cost or (self.cost == other.cost and self.level < other.level)


class Arrival:
    """Being at a place in a node within a hop. Fields of leaves and further arrivals hang below it.

    `edge` and `key` lead here from `parent`; without an edge the arrival is a hop's first, or narrows its parent.
    `provided` is what external fields the path provides here. An arrival at a joined place has no hop of its own: what is taken
    is taken by each of `parts`, and `hop` is the last of theirs.
    """

    __slots__ = ("below", "edge", "hop", "leaves", "node", "parent", "parts", "place", "provided")

    def __init__(
        self,
        hop: "Hop",
        place: Place,
        node: Node,
        parent: "Arrival | None" = None,
        edge: FieldEdge | None = None,
        provided: tuple[SetSelection, ...] = (),
    ) -> None:
        self.hop = hop
        self.place = place
        self.node = node
        self.parent = parent
        self.edge = edge
        self.provided = provided
        self.leaves: dict[SelectionKey, Leaf] = {}
        self.below: dict[Place, Arrival] = {}
        self.parts: tuple[Arrival, ...] = ()

    def hops(self) -> "list[Hop]":
        """The visits that bring what is taken here."""
        return [hop for part in self.parts for hop in part.hops()] if self.parts else [self.hop]

    def add_leaf(self, field: FieldSelection, edge: FieldEdge | None, *, wanted: bool) -> None:
        mark: SelectionKey = (field.response_key, field.conditions)
        leaf = self.leaves.get(mark)
        if leaf is not None:
            leaf.wanted = leaf.wanted or wanted
            return
        self.leaves[mark] = Leaf(field, edge, wanted)


@dataclass(slots=True)
class Leaf:
    """`wanted`: the client asked for it; otherwise only another hop did. `edge` is None for `__typename`."""

    field: FieldSelection
    edge: FieldEdge | None
    wanted: bool


@dataclass(frozen=True, slots=True)
class InputField:
    """A field of a representation, read from the response under `source`."""

    name: FieldName
    source: str
    selections: "tuple[InputSelection, ...]" = ()


@dataclass(frozen=True, slots=True)
class InputFragment:
    type_condition: TypeName
    selections: "tuple[InputSelection, ...]"


InputSelection = InputField | InputFragment


@dataclass(frozen=True, slots=True)
class ContextInput:
    """A value for an argument, read at a place above: what `inputs` lead to, of the object that stands there."""

    argument: str
    variable: str
    type: TypeReference
    place: Place
    inputs: tuple[InputSelection, ...]


class Hop:
    """One visit to a subgraph: a root operation, or entities at a place.

    `part` is the part of the answer that it is made for: 0 for the primary, else the number of a deferral. `serves` are
    all the parts that have something from it.

    `inputs` says by type what a representation holds; a root hop has none. `sends_as` replaces the `__typename` of
    representations. `contexts` has, by field, the values of its arguments that come from above. `waits_for` are the hops that bring the inputs, `level` the length of the longest such chain.
    """

    __slots__ = (
        "arrivals",
        "contexts",
        "followers",
        "graph",
        "index",
        "inputs",
        "level",
        "part",
        "place",
        "sends_as",
        "serves",
        "waits_for",
    )

    def __init__(
        self, index: int, graph: GraphName, place: Place, part: int, sends_as: TypeName | None = None
    ) -> None:
        self.index = index
        self.part = part
        self.serves = {part}
        self.graph = graph
        self.place = place
        self.sends_as = sends_as
        self.inputs: dict[TypeName, tuple[InputSelection, ...]] = {}
        self.contexts: dict[FieldEdge, tuple[ContextInput, ...]] = {}
        self.arrivals: list[Arrival] = []
        self.waits_for: list[Hop] = []
        self.followers: list[Hop] = []
        self.level = 1

    def wait_for(self, other: "Hop") -> None:
        if other in self.waits_for:
            return
        self.waits_for.append(other)
        other.followers.append(self)
        self._sink(other.level + 1)

    def _sink(self, level: int) -> None:
        if level > self.level:
            self.level = level
            for follower in self.followers:
                follower._sink(level + 1)

    def reaches(self, other: "Hop") -> bool:
        """Whether `other` waits for this hop, directly or not."""
        if self is other:
            return True
        if other.level <= self.level:
            return False
        return any(follower.reaches(other) for follower in self.followers)
