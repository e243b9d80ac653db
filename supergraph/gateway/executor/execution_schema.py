"""What execution needs to know of a supergraph, worked out once per snapshot."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import GraphQLSchema

from supergraph.spec import (
    BUILT_IN_SCALARS,
    InterfaceType,
    ObjectType,
    ScalarType,
    Supergraph,
    TypeName,
    UnionType,
)


@dataclass(frozen=True, slots=True)
class ExecutionSchema:
    """`api` is what clients may see. The rest is about the whole supergraph, inaccessible types included.

    `possible_types` has an entry for each interface and union, its own name among the objects': an interface object
    bears it. `object_types` are all others that a value may be of. `has_custom_scalars`: values may hold numbers of any size.
    """

    api: GraphQLSchema
    possible_types: Mapping[TypeName, frozenset[TypeName]]
    object_types: frozenset[TypeName]
    has_custom_scalars: bool


def read_execution_schema(supergraph: Supergraph, api: GraphQLSchema) -> ExecutionSchema:
    return ExecutionSchema(
        api=api,
        possible_types={
            name: frozenset((name, *supergraph.possible_types(name)))
            for name, definition in supergraph.types.items()
            if isinstance(definition, InterfaceType | UnionType)
        },
        object_types=frozenset(
            each.name for each in supergraph.types.values() if isinstance(each, ObjectType)
        ),
        has_custom_scalars=any(
            isinstance(each, ScalarType) and each.name not in BUILT_IN_SCALARS
            for each in supergraph.types.values()
        ),
    )
