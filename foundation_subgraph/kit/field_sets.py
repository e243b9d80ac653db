"""Field sets in the names of the graph: what is written in Python names is printed in GraphQL's."""

from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    FieldNode,
    GraphQLSyntaxError,
    InlineFragmentNode,
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


def name_field_sets(definitions: Mapping[str, StrawberryObjectDefinition], names: NameConverter) -> None:
    """Rewrite the field sets of @key, @requires and @provides in place: `owner_id` becomes `ownerId`.

    Strawberry prints them as they were written, which for names in Python's manner is a field that the schema does
    not have. Names that are right already stay. Raises SubgraphError for one that is neither.
    """
    for definition in definitions.values():
        for directive in definition.directives or ():
            if isinstance(directive, Key):
                naming = _Naming(definitions, names, definition.name)
                directive.fields = naming.named(directive.fields, definition)
        for field in definition.fields:
            naming = _Naming(definitions, names, f"{definition.name}.{names.from_field(field)}")
            for directive in field.directives:
                if isinstance(directive, Requires):
                    directive.fields = naming.named(directive.fields, definition)
                elif isinstance(directive, Provides):
                    directive.fields = naming.named(directive.fields, _object_behind(field.type))


@dataclass(frozen=True, slots=True)
class _Naming:
    """Names the field sets at one coordinate. `None` for a definition stands for a union, which has no fields."""

    definitions: Mapping[str, StrawberryObjectDefinition]
    names: NameConverter
    coordinate: str

    def named(self, text: FieldSet, on: StrawberryObjectDefinition | None) -> FieldSet:
        try:
            document = parse(f"{{{text}}}", no_location=True)
        except GraphQLSyntaxError as problem:
            raise SubgraphError(
                f'{self.coordinate}: "{text}" is not a field set: {problem.message}'
            ) from problem
        operation = document.definitions[0]
        assert isinstance(operation, OperationDefinitionNode)
        renamed = self._renamed(operation.selection_set, on)
        return FieldSet(" ".join(print_ast(renamed).removeprefix("{").removesuffix("}").split()))

    def _renamed(self, selected: SelectionSetNode, on: StrawberryObjectDefinition | None) -> SelectionSetNode:
        return SelectionSetNode(selections=tuple(self._selection(one, on) for one in selected.selections))

    def _selection(self, selection: SelectionNode, on: StrawberryObjectDefinition | None) -> SelectionNode:
        match selection:
            case FieldNode(name=NameNode(value="__typename")):
                return selection
            case FieldNode():
                field = self._field(selection.name.value, on)
                below = selection.selection_set
                return FieldNode(
                    name=NameNode(value=self.names.from_field(field)),
                    arguments=selection.arguments,
                    selection_set=None if below is None else self._renamed(below, _object_behind(field.type)),
                )
            case InlineFragmentNode(type_condition=condition):
                within = on if condition is None else self.definitions.get(condition.name.value)
                return InlineFragmentNode(
                    type_condition=condition, selection_set=self._renamed(selection.selection_set, within)
                )
            case _:
                raise SubgraphError(f"{self.coordinate}: a field set has no named fragments")

    def _field(self, name: str, on: StrawberryObjectDefinition | None) -> StrawberryField:
        fields = () if on is None else on.fields
        for field in fields:
            if self.names.from_field(field) == name:
                return field
        for field in fields:
            if field.python_name == name:
                return field
        where = "what is selected here" if on is None else on.name
        raise SubgraphError(f'{self.coordinate}: {where} has no field "{name}" for this field set')


def _object_behind(kind: StrawberryType | type | object) -> StrawberryObjectDefinition | None:
    while isinstance(kind, StrawberryContainer | LazyType):
        kind = kind.resolve_type() if isinstance(kind, LazyType) else kind.of_type
    return get_object_definition(kind)
