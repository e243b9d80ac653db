"""What telemetry may say of an operation: its signature and the schema coordinates it uses, never its values.

Worked out where somebody asks for it, once for each operation that is kept ready.
"""

import hashlib
from collections.abc import Iterable
from typing import Final, Literal

from graphql import (
    BooleanValueNode,
    DocumentNode,
    EnumValueNode,
    FieldNode,
    FloatValueNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    ListValueNode,
    Node,
    ObjectFieldNode,
    OperationDefinitionNode,
    StringValueNode,
    TypeInfo,
    TypeInfoVisitor,
    VariableDefinitionNode,
    Visitor,
    get_named_type,
    parse,
    print_ast,
    type_from_ast,
    visit,
)

OperationType = Literal["query", "mutation", "subscription"]


class OperationFacts:
    """Facts about one operation of a document. `hash` and `coordinates` are there once they are worked out.

    `hash` is the SHA-256, in hexadecimal digits, of the operation without its values, aliases and layout: what is alike
    in all else is one operation. `coordinates` are what it uses of the schema, sorted: `Type.field`,
    `Type.field(argument:)`, `Input.field`, `Enum.VALUE`, `Type` where a fragment is on it; of what comes by a variable
    everything counts that may be given.
    """

    __slots__ = ("_source", "coordinates", "hash", "name", "type")

    def __init__(self, name: str | None, type_: OperationType, document: str, schema: GraphQLSchema) -> None:
        self.name = name
        self.type = type_
        self.hash = ""
        self.coordinates: tuple[str, ...] = ()
        self._source: tuple[str, GraphQLSchema] | None = (document, schema)

    def work_out(self) -> None:
        """To be called while the schema is in use; afterwards nothing of it is held. Nothing, from the second time on."""
        if self._source is None:
            return
        document, schema = self._source
        definitions = _definitions(document, self.name)
        self.hash = hashlib.sha256(_signature(definitions).encode("utf-8", "surrogatepass")).hexdigest()
        self.coordinates = _coordinates(definitions, schema)
        self._source = None


_Definition = OperationDefinitionNode | FragmentDefinitionNode


def _definitions(text: str, name: str | None) -> tuple[_Definition, ...]:
    """The operation and the fragments that it uses."""
    document = parse(text, no_location=True)
    operation: OperationDefinitionNode | None = None
    fragments: dict[str, FragmentDefinitionNode] = {}
    for each in document.definitions:
        if isinstance(each, FragmentDefinitionNode):
            fragments[each.name.value] = each
        elif isinstance(each, OperationDefinitionNode) and (each.name and each.name.value) == name:
            operation = each
    assert operation is not None, "the operation was found before"
    used: dict[str, FragmentDefinitionNode] = {}
    waiting: list[_Definition] = [operation]
    while waiting:
        for spread in _spreads(waiting.pop()):
            if spread not in used:
                used[spread] = fragments[spread]
                waiting.append(fragments[spread])
    return (operation, *used.values())


def _signature(definitions: Iterable[_Definition]) -> str:
    return "\n".join(sorted(print_ast(visit(each, _ValuesRemoved())) for each in definitions))


def _coordinates(definitions: Iterable[_Definition], schema: GraphQLSchema) -> tuple[str, ...]:
    collected = _Coordinates(schema)
    visit(DocumentNode(definitions=tuple(definitions)), TypeInfoVisitor(collected.types, collected))
    return tuple(sorted(collected.found))


def _spreads(node: Node) -> list[str]:
    names: list[str] = []

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            names.append(spread.name.value)

    visit(node, Spreads())
    return names


class _ValuesRemoved(Visitor):
    """Every literal becomes an empty one of its kind. Enum values and names of input fields are the schema's words."""

    def leave_int_value(self, *_: object) -> IntValueNode:
        return IntValueNode(value="0")

    def leave_float_value(self, *_: object) -> FloatValueNode:
        return FloatValueNode(value="0")

    def leave_string_value(self, *_: object) -> StringValueNode:
        return StringValueNode(value="", block=False)

    def leave_boolean_value(self, *_: object) -> BooleanValueNode:
        return BooleanValueNode(value=False)

    def leave_list_value(self, node: ListValueNode, *_: object) -> ListValueNode:
        """Equal elements once: how many there are is a value too."""
        return ListValueNode(values=tuple({print_ast(each): each for each in node.values}.values()))

    def leave_field(self, node: FieldNode, *_: object) -> FieldNode | None:
        if node.alias is None:
            return None
        return FieldNode(
            name=node.name,
            arguments=node.arguments,
            directives=node.directives,
            selection_set=node.selection_set,
        )


class _Coordinates(Visitor):
    def __init__(self, schema: GraphQLSchema) -> None:
        super().__init__()
        self.types: Final = TypeInfo(schema)
        self.found: Final[set[str]] = set()
        self._schema = schema

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self.types.get_parent_type()
        if parent is not None and not node.name.value.startswith("__"):
            self.found.add(f"{parent.name}.{node.name.value}")
            for argument in node.arguments or ():
                self.found.add(f"{parent.name}.{node.name.value}({argument.name.value}:)")

    def enter_inline_fragment(self, node: InlineFragmentNode, *_: object) -> None:
        if node.type_condition is not None:
            self.found.add(node.type_condition.name.value)

    def enter_fragment_definition(self, node: FragmentDefinitionNode, *_: object) -> None:
        self.found.add(node.type_condition.name.value)

    def enter_variable_definition(self, node: VariableDefinitionNode, *_: object) -> None:
        type_ = type_from_ast(self._schema, node.type)
        if type_ is not None:
            self._take_all(get_named_type(type_))

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        owner = self.types.get_parent_input_type()
        named = None if owner is None else get_named_type(owner)
        if isinstance(named, GraphQLInputObjectType):
            self.found.add(f"{named.name}.{node.name.value}")

    def enter_enum_value(self, node: EnumValueNode, *_: object) -> None:
        expected = self.types.get_input_type()
        named = None if expected is None else get_named_type(expected)
        if isinstance(named, GraphQLEnumType):
            self.found.add(f"{named.name}.{node.value}")

    def _take_all(self, type_: GraphQLNamedType) -> None:
        """All that a variable of the type may hold."""
        if isinstance(type_, GraphQLEnumType):
            self.found.update(f"{type_.name}.{value}" for value in type_.values)
        elif isinstance(type_, GraphQLInputObjectType) and type_.name not in self.found:
            self.found.add(type_.name)
            for name, field in type_.fields.items():
                self.found.add(f"{type_.name}.{name}")
                self._take_all(get_named_type(field.type))
