"""The root types: the same names in every subgraph after reading, and a query root there must be."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from supergraph.composer.merge.merging import Merging
from supergraph.spec import Code, ObjectType, SupergraphType, TypeJoin, TypeName

QUERY: Final = TypeName("Query")
MUTATION: Final = TypeName("Mutation")
SUBSCRIPTION: Final = TypeName("Subscription")
ROOT_TYPES: Final = frozenset({QUERY, MUTATION, SUBSCRIPTION})


def check_roots(merging: Merging, types: Mapping[TypeName, SupergraphType]) -> None:
    query = types.get(QUERY)
    if not isinstance(query, ObjectType) or not query.fields:
        why = "no subgraph has a query, and a supergraph without any cannot be asked anything"
        merging.report(Code.NO_QUERIES, QUERY, (), why)


def join_query_everywhere(
    merging: Merging, types: Mapping[TypeName, SupergraphType]
) -> Mapping[TypeName, SupergraphType]:
    """Every subgraph has the query root, even one whose document leaves it out: entities are asked for there."""
    query = types.get(QUERY)
    if not isinstance(query, ObjectType):
        return types
    joins = (query.join(graph) or TypeJoin(graph) for graph in merging.graphs.values())
    return {**types, QUERY: replace(query, joins=tuple(joins))}
