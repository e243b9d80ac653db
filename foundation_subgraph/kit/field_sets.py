"""Field sets in the names of the graph: what is written in Python names is printed in GraphQL's."""

from collections.abc import Iterable

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    NameNode,
    OperationDefinitionNode,
    SelectionNode,
    SelectionSetNode,
    parse,
    print_ast,
)
from strawberry.federation.schema_directives import Key, Provides, Requires
from strawberry.federation.types import FieldSet
from strawberry.schema.name_converter import NameConverter
from strawberry.types.base import (
    StrawberryContainer,
    StrawberryObjectDefinition,
    StrawberryType,
    get_object_definition,
)
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from foundation_subgraph.kit.errors import SubgraphError


def name_field_sets(definitions: Iterable[StrawberryObjectDefinition], names: NameConverter) -> None:
    """Rewrite the field sets of @key, @requires and @provides in place: `owner_id` becomes `ownerId`.

    Strawberry prints them as they were written, which for names in Python's manner is a field that the schema does
    not have. Names that are right already stay. Raises SubgraphError for one that is neither.
    """
    for definition in definitions:
        for directive in definition.directives or ():
            if isinstance(directive, Key):
                directive.fields = _named(directive.fields, definition, names, definition.name)
        for field in definition.fields:
            coordinate = f"{definition.name}.{names.from_field(field)}"
            for directive in field.directives:
                if isinstance(directive, Requires):
                    directive.fields = _named(directive.fields, definition, names, coordinate)
                elif isinstance(directive, Provides):
                    returned = _object_behind(field.type)
                    if returned is None:
                        raise SubgraphError(
                            f"{coordinate}: @provides stands on a field that returns no object"
                        )
                    directive.fields = _named(directive.fields, returned, names, coordinate)


def _named(text: FieldSet, on: StrawberryObjectDefinition, names: NameConverter, coordinate: str) -> FieldSet:
    try:
        document = parse(f"{{{text}}}", no_location=True)
    except GraphQLSyntaxError as problem:
        raise SubgraphError(f'{coordinate}: "{text}" is not a field set: {problem.message}') from problem
    operation = document.definitions[0]
    assert isinstance(operation, OperationDefinitionNode)
    renamed = _renamed(operation.selection_set, on, names, coordinate)
    return FieldSet(" ".join(print_ast(renamed).removeprefix("{").removesuffix("}").split()))


def _renamed(
    selected: SelectionSetNode, on: StrawberryObjectDefinition, names: NameConverter, coordinate: str
) -> SelectionSetNode:
    selections: list[SelectionNode] = []
    for selection in selected.selections:
        if not isinstance(selection, FieldNode):
            selections.append(selection)  # a type condition: fields behind it are those of another type
            continue
        field = _field(selection.name.value, on, names)
        if field is None:
            raise SubgraphError(
                f'{coordinate}: {on.name} has no field "{selection.name.value}" for this field set'
            )
        nested = _object_behind(field.type)
        below = selection.selection_set
        if below is not None and nested is not None:
            below = _renamed(below, nested, names, coordinate)
        selections.append(FieldNode(name=NameNode(value=names.from_field(field)), selection_set=below))
    return SelectionSetNode(selections=tuple(selections))


def _field(name: str, on: StrawberryObjectDefinition, names: NameConverter) -> StrawberryField | None:
    for field in on.fields:
        if names.from_field(field) == name:
            return field
    return next((field for field in on.fields if field.python_name == name), None)


def _object_behind(kind: StrawberryType | type | object) -> StrawberryObjectDefinition | None:
    while isinstance(kind, StrawberryContainer | LazyType):
        kind = kind.resolve_type() if isinstance(kind, LazyType) else kind.of_type
    return get_object_definition(kind)
