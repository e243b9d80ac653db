"""What join v0.2 leaves unsaid: it has no @join__implements, @join__unionMember and @join__enumValue."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from itertools import starmap

from supergraph.spec.names import GraphName, TypeName
from supergraph.spec.supergraph import (
    Implements,
    InterfaceType,
    ObjectType,
    SupergraphType,
    TypeDefinition,
    UnionMember,
    UnionType,
)


def complete_joins(types: Mapping[TypeName, SupergraphType]) -> dict[TypeName, SupergraphType]:
    return {name: _completed(definition, types) for name, definition in types.items()}


def _completed(definition: SupergraphType, types: Mapping[TypeName, SupergraphType]) -> SupergraphType:
    match definition:
        case ObjectType(interfaces=others, implements=()) | InterfaceType(interfaces=others, implements=()):
            shared = _shared_graphs(definition, others, types)
            return (
                replace(definition, implements=tuple(starmap(Implements, shared))) if shared else definition
            )
        case UnionType(members=others, member_joins=()):
            shared = _shared_graphs(definition, others, types)
            return (
                replace(definition, member_joins=tuple(starmap(UnionMember, shared)))
                if shared
                else definition
            )
        case _:
            return definition


def _shared_graphs(
    definition: TypeDefinition, others: Iterable[TypeName], types: Mapping[TypeName, SupergraphType]
) -> list[tuple[GraphName, TypeName]]:
    return [
        (graph, other)
        for other in others
        for graph in definition.graphs
        if other in types and types[other].join(graph)
    ]
