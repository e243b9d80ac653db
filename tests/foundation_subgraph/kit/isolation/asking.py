"""Every field of every subgraph's roots, asked with arguments made from the schema alone: modules to come are asked too."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLUnionType,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from foundation_subgraph.kit import Subgraph

_MACHINERY = {"_entities", "_service"}
DEEP = 5


@dataclass(frozen=True)
class Asked:
    """One operation for one field of a root."""

    subgraph: Subgraph
    kind: str
    field: str
    query: str
    variables: Mapping[str, Any]

    def __str__(self) -> str:
        return f"{self.subgraph.name}.{self.field}"


def root_fields(subgraph: Subgraph, kind: str, values: Mapping[str, Any]) -> Iterator[Asked]:
    """An operation for each field of `query` or `mutation`. `values` are by argument or scalar name; all else is made up."""
    schema = subgraph.schema.executable
    root = schema.query_type if kind == "query" else schema.mutation_type
    for name, field in (root.fields if root is not None else {}).items():
        if name in _MACHINERY:
            continue
        declared, given, variables = [], [], {}
        for argument, definition in field.args.items():
            if is_required_argument(definition) or argument in values:
                declared.append(f"${argument}: {definition.type}")
                given.append(f"{argument}: ${argument}")
                variables[argument] = _value(argument, definition.type, values)
        head = f"({', '.join(declared)})" if declared else ""
        arguments = f"({', '.join(given)})" if given else ""
        body = selection(subgraph, field.type)
        yield Asked(subgraph, kind, name, f"{kind} Q{head} {{ {name}{arguments} {body} }}", variables)


def entity_selections(subgraph: Subgraph) -> Iterator[tuple[str, str]]:
    """Each entity's name, and a selection of all that its fields tell without arguments."""
    union = subgraph.schema.executable.type_map.get("_Entity")
    for entity in union.types if isinstance(union, GraphQLUnionType) else ():
        yield entity.name, f"... on {entity.name} {selection(subgraph, entity)}"


def lists_in(subgraph: Subgraph, output: GraphQLOutputType) -> bool:
    """Whether what a field gives is, or has directly in it, a list of objects."""
    if is_list_type(_bare(output)) and not is_leaf_type(get_named_type(output)):
        return True
    named = get_named_type(output)
    return isinstance(named, GraphQLObjectType) and named.name.endswith("Connection")


def selection(subgraph: Subgraph, output: GraphQLOutputType, depth: int = DEEP) -> str:
    """All fields that need no argument, several levels deep."""
    named = get_named_type(output)
    if is_leaf_type(named):
        return ""
    schema = subgraph.schema.executable
    if isinstance(named, GraphQLUnionType | GraphQLInterfaceType):
        parts = [
            f"... on {one.name} {selection(subgraph, one, depth)}" for one in schema.get_possible_types(named)
        ]
        # Fields of one name may differ in their type between the types of a union: told apart by an alias.
        return "{ __typename " + " ".join(parts) + " }"
    assert isinstance(named, GraphQLObjectType)
    found = ["__typename"]
    for name, field in named.fields.items():
        part = _selected(subgraph, named.name, name, field, depth)
        if part:
            found.append(part)
    return "{ " + " ".join(found) + " }"


def _selected(subgraph: Subgraph, parent: str, name: str, field: GraphQLField, depth: int) -> str:
    if any(is_required_argument(argument) for argument in field.args.values()):
        return ""
    if is_leaf_type(get_named_type(field.type)):
        return f"{parent}_{name}: {name}"
    return f"{parent}_{name}: {name} {selection(subgraph, field.type, depth - 1)}" if depth > 1 else ""


def _value(name: str, kind: GraphQLInputType, values: Mapping[str, Any]) -> Any:
    if name in values:
        return [values[name]] if isinstance(_bare(kind), GraphQLList) else values[name]
    bare = _bare(kind)
    if isinstance(bare, GraphQLList):
        return [_value(name, bare.of_type, values)]
    if isinstance(bare, GraphQLInputObjectType):
        return {
            key: _value(key, one.type, values)
            for key, one in bare.fields.items()
            if isinstance(one.type, GraphQLNonNull)
        }
    if isinstance(bare, GraphQLEnumType):
        return next(iter(bare.values))
    return values[str(bare)]


def _bare(kind: Any) -> Any:
    return kind.of_type if isinstance(kind, GraphQLNonNull) else kind
