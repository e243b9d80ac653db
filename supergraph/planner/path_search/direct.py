"""Steps inside a subgraph: which fields can be taken where one stands, and where they lead."""

from collections.abc import Iterator
from typing import Final

from supergraph.planner.query_graph.field_sets import SetField, SetFragment, SetSelection
from supergraph.planner.query_graph.model import FieldEdge, Node, NodeKind, QueryGraph
from supergraph.spec import FieldName, GraphName, TypeName

Provided = tuple[SetSelection, ...]

NOTHING: Final[Provided] = ()

JOINED: Final = GraphName("")
"""In place of the subgraph of a node that is several."""


class Steps:
    """The query graph as one operation sees it: with the labels of its overrides decided."""

    __slots__ = ("_joined", "_offers", "_selectable", "active", "graph", "parts")

    def __init__(self, graph: QueryGraph, active: frozenset[str]) -> None:
        self.graph = graph
        self.active = active
        self._offers: dict[tuple[Node, FieldName], FieldEdge | None] = {}
        self._selectable: dict[tuple[Node, str], bool] = {}
        self._joined: dict[tuple[TypeName, tuple[Node, ...]], Node] = {}
        self.parts: dict[Node, tuple[Node, ...]] = {}
        """Nodes that are several: an object stands in one of them, nobody knows yet in which."""

    def offer(self, node: Node, name: FieldName, provided: Provided = NOTHING) -> FieldEdge | None:
        """The edge for a field, if it can be taken at a node: of all objects that may stand there.

        The edge may still have requirements of its own (`requires`, contexts).
        """
        if provided:
            return self._find(node, name, provided)
        mark = (node, name)
        try:
            return self._offers[mark]
        except KeyError:
            found = self._offers[mark] = self._find(node, name, NOTHING)
            return found

    def join(self, type_name: TypeName, nodes: tuple[Node, ...]) -> Node:
        """A node that has what all of these have."""
        mark = (type_name, nodes)
        found = self._joined.get(mark)
        if found is None:
            is_object = self.graph.members(type_name) == (type_name,)
            kind = NodeKind.OBJECT if is_object else NodeKind.INTERFACE
            found = self._joined[mark] = Node(type_name, JOINED, kind)
            self.parts[found] = nodes
        return found

    def _offer_of_all(self, node: Node, name: FieldName) -> FieldEdge | None:
        """Leaves that every part has. What lies deeper is another subgraph's matter, or a joined place's of its own."""
        edges = [self.offer(part, name) for part in self.parts[node]]
        for edge in edges:
            if edge is None or not edge.is_leaf or edge.requires is not None or edge.context_arguments:
                return None
        return edges[0]

    def _find(self, node: Node, name: FieldName, provided: Provided) -> FieldEdge | None:
        if node.graph == JOINED:
            return self._offer_of_all(node, name)
        edge = self.graph.field(node, name)
        if edge is None or not self._is_active(edge):
            return None
        if node.kind is not NodeKind.INTERFACE:
            return edge if not edge.external or self._provides(provided, node.type, name) else None
        # Asking an interface asks each of its objects: a field that one of them cannot resolve is not on offer.
        for possible in self.graph.possible(node):
            member = self.graph.node(possible, node.graph)
            found = self._member_offer(member, name, provided, node.type) if member else None
            if found is None or found.requires is not None or found.context_arguments:
                return None
        return edge

    def _member_offer(
        self, node: Node, name: FieldName, provided: Provided, through: TypeName
    ) -> FieldEdge | None:
        edge = self.graph.field(node, name)
        if edge is None or not self._is_active(edge):
            return None
        if edge.external and not (
            self._provides(provided, node.type, name) or self._provides(provided, through, name)
        ):
            return None
        return edge

    def _is_active(self, edge: FieldEdge) -> bool:
        override = edge.override
        return override is None or (override.label in self.active) is override.when

    def _provides(self, provided: Provided, type_name: TypeName, name: FieldName) -> bool:
        return any(each.name == name for each in self._applying(provided, type_name))

    def _applying(self, provided: Provided, type_name: TypeName) -> Iterator[SetField]:
        """The fields of a set that apply to a type, out of their fragments."""
        for each in provided:
            if isinstance(each, SetField):
                yield each
            elif self._applies(each, type_name):
                yield from self._applying(each.selections, type_name)

    def _applies(self, fragment: SetFragment, type_name: TypeName) -> bool:
        condition = fragment.type_condition
        if condition is None or condition == type_name:
            return True
        return type_name in self.graph.members(condition)

    def provided_below(self, edge: FieldEdge, provided: Provided) -> Provided:
        """What is provided at the target of an edge, taken where `provided` was."""
        found = edge.provides.selections if edge.provides else NOTHING
        if provided:
            for each in self._applying(provided, edge.source.type):
                if each.name == edge.name:
                    found = (*found, *each.selections)
        return found

    def narrowed(self, node: Node, type_name: TypeName) -> Node | None:
        """The node for the same object once its type is known.

        An interface object stays what it is: it answers for every object of its interface.
        """
        if node.kind is NodeKind.OBJECT:
            return node if node.type == type_name else None
        if node.graph == JOINED:
            narrowed = (self.narrowed(part, type_name) for part in self.parts[node])
            parts = tuple([each for each in narrowed if each is not None])
            return self.join(type_name, parts) if parts else None
        possible = self.graph.possible(node)
        if node.kind is NodeKind.INTERFACE_OBJECT:
            if type_name in possible or type_name == node.type:
                return node
            return None
        if type_name in possible:
            return self.graph.node(type_name, node.graph)
        target = self.graph.node(type_name, node.graph)
        if target is None or target.kind not in {NodeKind.INTERFACE, NodeKind.UNION}:
            return None
        # The subgraph must agree on who belongs: an object may implement an interface elsewhere only.
        belonging = possible.intersection(self.graph.members(type_name))
        return target if belonging and belonging <= self.graph.possible(target) else None

    def can_select(self, node: Node, selections: Provided, provided: Provided = NOTHING) -> bool:
        """Whether everything selected can be taken at a node without leaving the subgraph."""
        for each in selections:
            if isinstance(each, SetFragment):
                condition = each.type_condition
                if condition is None or condition == node.type:
                    target: Node | None = node
                else:
                    target = self.narrowed(node, condition)
                    if target is None:
                        continue  # No object here has that type: nothing to select.
                assert target is not None
                if not self.can_select(target, each.selections, provided):
                    return False
                continue
            if each.name == "__typename":
                continue
            edge = self.offer(node, each.name, provided)
            if edge is None or edge.requires is not None or edge.context_arguments:
                return False
            if each.selections:
                target = self.graph.target(edge)
                below = self.provided_below(edge, provided)
                if target is None or not self.can_select(target, each.selections, below):
                    return False
        return True

    def has_key(self, node: Node, key: str, selections: Provided, provided: Provided) -> bool:
        """`can_select`, remembered."""
        if provided:
            return self.can_select(node, selections, provided)
        mark = (node, key)
        found = self._selectable.get(mark)
        if found is None:
            found = self._selectable[mark] = self.can_select(node, selections)
        return found
