"""What can be reached from where: types in subgraphs, and the edges between them.

A node is a type as one subgraph has it. Edges lead

- along a field, within the subgraph (`FieldEdge`), perhaps only along a path that provides it, perhaps only once
  what it `requires` is known, perhaps only while an override's label is on or off;
- from an abstract type to one of its object types there (`DowncastEdge`);
- by a key to the same entity elsewhere, or back to the same subgraph (`KeyEdge`);
- from outside to a root type (`RootEdge`).

The graph of a large supergraph has many more edges than any operation meets, so nodes and edges are made when they
are first asked for, type by type, and kept. Seen from outside it is a value: it never changes what it says.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from supergraph.planner.query_graph.field_sets import FieldSet, SetField
from supergraph.spec import (
    CONTEXT,
    ContextArgument,
    EnumType,
    FieldName,
    GraphName,
    InterfaceType,
    ObjectType,
    ScalarType,
    SubgraphName,
    Supergraph,
    TypeName,
    TypeReference,
    UnionType,
)


class NodeKind(Enum):
    OBJECT = "object"
    INTERFACE = "interface"
    UNION = "union"
    INTERFACE_OBJECT = "interface object"
    """An interface of the supergraph that this subgraph has as an object: it never knows the concrete type."""


@dataclass(frozen=True, slots=True, eq=False)
class Node:
    """A composite type in a subgraph. One object per pair in a graph, so nodes are compared by identity."""

    type: TypeName
    graph: GraphName
    kind: NodeKind

    def __str__(self) -> str:
        return f"{self.type}({self.graph})"


@dataclass(frozen=True, slots=True)
class OverrideCondition:
    """An edge that exists only while a label is active (`when`), or only while it is not."""

    label: str
    when: bool


@dataclass(frozen=True, slots=True, eq=False)
class FieldEdge:
    """A field that the subgraph of `source` has.

    `type` is its type there. `external`: it may be taken only along a path that provides it. `is_leaf`: a scalar or an
    enum, without a node to go to. `arguments` are those that need a value from a `@context`.
    """

    source: Node
    name: FieldName
    type: TypeReference
    is_leaf: bool
    external: bool = False
    requires: FieldSet | None = None
    provides: FieldSet | None = None
    override: OverrideCondition | None = None
    context_arguments: tuple[ContextArgument, ...] = ()

    @property
    def target_type(self) -> TypeName:
        return self.type.named


@dataclass(frozen=True, slots=True, eq=False)
class KeyEdge:
    """From any node of a type to an entity in the target's subgraph, once the key's fields are known.

    `representation` is the `__typename` to send where it is not the object's own: the interface's, when the target
    has the interface as an object.
    """

    type: TypeName
    target: Node
    key: FieldSet
    representation: TypeName | None = None


@dataclass(frozen=True, slots=True, eq=False)
class DowncastEdge:
    source: Node
    target: Node


@dataclass(frozen=True, slots=True, eq=False)
class RootEdge:
    target: Node


Edge = FieldEdge | KeyEdge | DowncastEdge | RootEdge


class QueryGraph:
    """Nodes and edges of one supergraph. `building` makes it; the look-ups below are all it can do."""

    __slots__ = (
        "_edge",
        "_edges",
        "_expand",
        "_expansions",
        "_likenesses",
        "_members",
        "_possible",
        "fake_externals",
        "supergraph",
    )

    def __init__(
        self,
        supergraph: Supergraph,
        expand: "Callable[[QueryGraph, TypeName], Expansion]",
        edge: "Callable[[QueryGraph, Node, FieldName], FieldEdge | None]",
        fake_externals: frozenset[tuple[GraphName, TypeName, FieldName]],
    ) -> None:
        self.supergraph = supergraph
        self.fake_externals = fake_externals
        self._expand = expand
        self._edge = edge
        self._edges: dict[tuple[Node, FieldName], FieldEdge | None] = {}
        self._expansions: dict[TypeName, Expansion] = {}
        self._likenesses: dict[tuple[TypeName, FieldName], object] = {}
        self._possible: dict[Node, frozenset[TypeName]] = {}
        self._members = _members(supergraph)

    def expansion(self, type_name: TypeName) -> "Expansion":
        """Everything the graph says of one type."""
        found = self._expansions.get(type_name)
        if found is None:
            found = self._expansions[type_name] = self._expand(self, type_name)
        return found

    def roots(self, type_name: TypeName | None) -> tuple[RootEdge, ...]:
        """The subgraphs where an operation on this root type may begin, in the document's order."""
        if type_name is None:
            return ()
        return tuple(RootEdge(node) for node in self.expansion(type_name).nodes.values())

    def node(self, type_name: TypeName, graph: GraphName) -> Node | None:
        return self.expansion(type_name).nodes.get(graph)

    def nodes(self, type_name: TypeName) -> tuple[Node, ...]:
        return tuple(self.expansion(type_name).nodes.values())

    def field(self, node: Node, name: FieldName) -> FieldEdge | None:
        """The edge of one field, whether or not only a provided path may take it."""
        mark = (node, name)
        try:
            return self._edges[mark]
        except KeyError:
            found = self._edges[mark] = self._edge(self, node, name)
            return found

    def fields(self, node: Node) -> Mapping[FieldName, FieldEdge]:
        """All fields leaving a node, in the supergraph's order."""
        definition = self.supergraph.composite(node.type)
        found: dict[FieldName, FieldEdge] = {}
        for name in definition.fields if definition is not None else ():
            edge = self.field(node, name)
            if edge is not None:
                found[name] = edge
        return found

    def likeness(self, type_name: TypeName, name: FieldName) -> object:
        """Equal for object types that differ in nothing that matters to a field: who has it and how, and the keys."""
        mark = (type_name, name)
        found = self._likenesses.get(mark)
        if found is None:
            found = self._likenesses[mark] = self._likeness(type_name, name)
        return found

    def _likeness(self, type_name: TypeName, name: FieldName) -> object:
        expansion = self.expansion(type_name)
        names = {name: None}
        for key in expansion.keys:
            names.update((each.name, None) for each in key.key.selections if isinstance(each, SetField))
            if any(not isinstance(each, SetField) for each in key.key.selections):
                return type_name
        edges = {
            (graph, each): self.field(node, each) for graph, node in expansion.nodes.items() for each in names
        }
        if any(edge is not None and (edge.requires or edge.context_arguments) for edge in edges.values()):
            return type_name
        return (
            tuple((graph, node.kind) for graph, node in expansion.nodes.items()),
            tuple(
                (
                    key.key.text,
                    key.target.graph,
                    key.target.type == type_name or key.target,
                    key.representation,
                )
                for key in expansion.keys
            ),
            tuple(
                (graph, each, edge and (str(edge.type), edge.external, edge.provides, edge.override))
                for (graph, each), edge in edges.items()
            ),
        )

    def target(self, edge: FieldEdge) -> Node | None:
        """Where a field leads; None for a leaf."""
        return None if edge.is_leaf else self.expansion(edge.type.named).nodes.get(edge.source.graph)

    def keys(self, type_name: TypeName) -> tuple[KeyEdge, ...]:
        """The ways into entities, starting from an object known to be of this type, wherever it was met."""
        return self.expansion(type_name).keys

    def key_groups(self, type_name: TypeName) -> tuple[tuple[KeyEdge, ...], ...]:
        """`keys`, those of one field set together: who can give a key has all of its doors open."""
        return self.expansion(type_name).key_groups

    def members(self, type_name: TypeName) -> tuple[TypeName, ...]:
        """The object types of a type in the supergraph, in its order; of an object, itself."""
        return self._members.get(type_name, ())

    def possible(self, node: Node) -> frozenset[TypeName]:
        """The object types that a value met at this node may have."""
        found = self._possible.get(node)
        if found is None:
            found = self._possible[node] = frozenset(_possible_types(self, node))
        return found

    def downcasts(self, node: Node) -> tuple[DowncastEdge, ...]:
        """The object types of an abstract node, in the supergraph's order; none for objects and interface objects."""
        if node.kind not in {NodeKind.INTERFACE, NodeKind.UNION}:
            return ()
        possible = self.possible(node)
        targets = (self.node(name, node.graph) for name in self.members(node.type) if name in possible)
        return tuple(DowncastEdge(node, target) for target in targets if target is not None)

    def sets_context(self, type_name: TypeName, context: str) -> bool:
        """Whether objects of a type are a `@context` of that name."""
        definition = self.supergraph.types.get(type_name)
        if definition is None:
            return False
        link = self.supergraph.link(CONTEXT)
        name = link.namespace if link is not None else "context"
        return any(
            each.name == name and each.argument("name") == f'"{context}"' for each in definition.directives
        )

    def subgraph_name(self, graph: GraphName) -> SubgraphName:
        return self.supergraph.graphs[graph].name

    def every_node(self) -> Iterator[Node]:
        """All nodes, in the supergraph's order. Expands the whole graph."""
        for name, definition in self.supergraph.types.items():
            if isinstance(definition, ObjectType | InterfaceType | UnionType):
                yield from self.nodes(name)

    def is_leaf_type(self, name: TypeName) -> bool:
        definition = self.supergraph.types.get(name)
        return definition is None or isinstance(definition, ScalarType | EnumType)


@dataclass(frozen=True, slots=True)
class Expansion:
    """One type's share of the graph."""

    nodes: Mapping[GraphName, Node]
    keys: tuple[KeyEdge, ...]
    key_groups: tuple[tuple[KeyEdge, ...], ...]


def _members(supergraph: Supergraph) -> dict[TypeName, tuple[TypeName, ...]]:
    found: dict[TypeName, list[TypeName]] = {}
    for name, definition in supergraph.types.items():
        match definition:
            case ObjectType(interfaces=interfaces):
                found[name] = [name]
                for interface in interfaces:
                    found.setdefault(interface, []).append(name)
            case UnionType(members=members):
                found[name] = list(members)
            case _:
                pass
    return {name: tuple(members) for name, members in found.items()}


def _possible_types(graph: QueryGraph, node: Node) -> Iterator[TypeName]:
    match node.kind:
        case NodeKind.OBJECT:
            yield node.type
        case NodeKind.INTERFACE_OBJECT:
            yield from graph.members(node.type)
        case NodeKind.UNION:
            union = graph.supergraph.types[node.type]
            assert isinstance(union, UnionType)
            yield from (join.member for join in union.member_joins if join.graph == node.graph)
        case NodeKind.INTERFACE:
            for name in graph.members(node.type):
                member = graph.supergraph.types[name]
                assert isinstance(member, ObjectType)
                if any(
                    each.graph == node.graph and each.interface == node.type for each in member.implements
                ):
                    yield name
