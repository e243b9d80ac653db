"""Supergraph -> QueryGraph, one type at a time."""

from collections.abc import Iterator, Mapping

from supergraph.planner.query_graph.field_sets import (
    FieldSet,
    SetField,
    SetFragment,
    SetSelection,
    read_field_set,
)
from supergraph.planner.query_graph.model import (
    Expansion,
    FieldEdge,
    KeyEdge,
    Node,
    NodeKind,
    OverrideCondition,
    QueryGraph,
)
from supergraph.spec import (
    FieldName,
    FieldSetText,
    GraphName,
    InterfaceType,
    ObjectType,
    Supergraph,
    SupergraphType,
    TypeJoin,
    TypeName,
    UnionType,
    cycle_collector_at_rest,
)


@cycle_collector_at_rest()
def build_query_graph(supergraph: Supergraph) -> QueryGraph:
    """The graph of a supergraph. Cheap: types are expanded when a search first meets them."""
    return QueryGraph(supergraph, _expand, _field_edge, frozenset(_fake_externals(supergraph)))


def _fake_externals(supergraph: Supergraph) -> Iterator[tuple[GraphName, TypeName, FieldName]]:
    """The key fields of type extensions.

    Federation 1 made owners of extensions mark them external although they do resolve them.
    """
    for definition in supergraph.composites():
        for join in definition.joins:
            for key in join.keys:
                if key.extension or join.extension:
                    selections = read_field_set(key.fields).selections
                    yield from _selected(supergraph, join.graph, definition.name, selections)


def _selected(
    supergraph: Supergraph, graph: GraphName, type_name: TypeName, selections: tuple[SetSelection, ...]
) -> Iterator[tuple[GraphName, TypeName, FieldName]]:
    definition = supergraph.composite(type_name)
    for selection in selections:
        match selection:
            case SetField():
                yield graph, type_name, selection.name
                field = definition.fields.get(selection.name) if definition else None
                if field is not None and selection.selections:
                    yield from _selected(supergraph, graph, field.type.named, selection.selections)
            case SetFragment():
                condition = selection.type_condition or type_name
                yield from _selected(supergraph, graph, condition, selection.selections)


def _expand(graph: QueryGraph, name: TypeName) -> Expansion:
    definition = graph.supergraph.types.get(name)
    if not isinstance(definition, ObjectType | InterfaceType | UnionType):
        return Expansion({}, (), ())
    nodes = {join.graph: Node(name, join.graph, _kind(definition, join)) for join in definition.joins}
    if isinstance(definition, UnionType):
        return Expansion(nodes, (), ())
    keys = tuple(_keys_into(graph, definition, nodes))
    groups: dict[str, list[KeyEdge]] = {}
    for edge in keys:
        groups.setdefault(edge.key.text, []).append(edge)
    return Expansion(nodes, keys, tuple(tuple(group) for group in groups.values()))


def _kind(definition: SupergraphType, join: TypeJoin) -> NodeKind:
    match definition:
        case InterfaceType():
            return NodeKind.INTERFACE_OBJECT if join.is_interface_object else NodeKind.INTERFACE
        case UnionType():
            return NodeKind.UNION
        case _:
            return NodeKind.OBJECT


def _field_edge(graph: QueryGraph, source: Node, name: FieldName) -> FieldEdge | None:
    definition = graph.supergraph.composite(source.type)
    field = definition.fields.get(name) if definition is not None else None
    join = field.join(source.graph) if field is not None else None
    if field is None or join is None:
        return None
    type_there = join.type or field.type
    override = None
    if join.override_label is not None:
        # The same label stands on both sides: the new owner's names whom it takes the field from.
        override = OverrideCondition(join.override_label, when=join.override is not None)
    taken_over = join.used_overridden and override is None
    fake = (source.graph, source.type, field.name) in graph.fake_externals
    return FieldEdge(
        source=source,
        name=field.name,
        type=type_there,
        is_leaf=graph.is_leaf_type(type_there.named),
        external=taken_over or (join.external and not fake),
        requires=_field_set(join.requires),
        provides=_field_set(join.provides),
        override=override,
        context_arguments=join.context_arguments,
    )


def _field_set(text: FieldSetText | None) -> FieldSet | None:
    return read_field_set(text) if text else None


def _keys_into(
    graph: QueryGraph, definition: ObjectType | InterfaceType, nodes: Mapping[GraphName, Node]
) -> Iterator[KeyEdge]:
    for join in definition.joins:
        node = nodes[join.graph]
        renamed = definition.name if node.kind is NodeKind.INTERFACE_OBJECT else None
        for key in join.keys:
            if key.resolvable:
                yield KeyEdge(definition.name, node, read_field_set(key.fields), renamed)
    for name in definition.interfaces:
        # An entity may be asked of a subgraph that has only its interface, as an object.
        interface = graph.supergraph.composite(name)
        assert interface is not None
        for join in interface.joins:
            if join.is_interface_object and join.graph not in nodes:
                target = graph.node(name, join.graph)
                assert target is not None
                for key in join.keys:
                    if key.resolvable:
                        yield KeyEdge(definition.name, target, read_field_set(key.fields), name)
