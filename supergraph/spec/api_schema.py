"""Supergraph -> the schema a client may see: no join machinery, no linked specifications, nothing @inaccessible."""

from collections.abc import Iterable
from functools import lru_cache, partial
from typing import Final, Protocol, TypeVar, cast

from graphql import (
    DirectiveLocation,
    GraphQLArgument,
    GraphQLDefaultInput,
    GraphQLDeferDirective,
    GraphQLDirective,
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLNullableType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLSchema,
    GraphQLType,
    GraphQLUnionType,
    StringValueNode,
    parse_const_value,
    print_schema,
    specified_directives,
    specified_scalar_types,
)
from graphql.pyutils import natural_comparison_key

from supergraph.spec.cycle_collector import cycle_collector_at_rest
from supergraph.spec.default_values import coerce_default
from supergraph.spec.link import INACCESSIBLE
from supergraph.spec.names import TypeName
from supergraph.spec.supergraph import (
    Argument,
    DirectiveDefinition,
    Element,
    EnumType,
    EnumValue,
    Field,
    InputField,
    InputObjectType,
    InterfaceType,
    ObjectType,
    ScalarType,
    Supergraph,
    SupergraphType,
    UnionType,
)
from supergraph.spec.type_reference import ListOf, Named, NonNull, TypeReference

_DEFAULT_DEPRECATION_REASON: Final = "No longer supported"

_natural_order: Final = lru_cache(maxsize=65_536)(natural_comparison_key)


class _Named(Protocol):
    @property
    def name(self) -> str: ...


_AnyNamed = TypeVar("_AnyNamed", bound=_Named)
_Visible = TypeVar("_Visible", Argument, Field, InputField, EnumValue)


@cycle_collector_at_rest()
def api_document(supergraph: Supergraph) -> str:
    """Print what `client_schema` gives of the supergraph's own, everything in lexicographic order.

    What the gateway adds, `@defer`, is no part of the contract between teams.
    """
    return print_schema(_ApiSchema(supergraph, is_sorted=True).build())


@cycle_collector_at_rest()
def client_schema(supergraph: Supergraph) -> GraphQLSchema:
    """The schema to validate and introspect with. It resolves nothing and is taken for valid, as composition proved it.

    Directive definitions are kept when no linked specification owns them: those are the ones clients may use. `@defer`
    joins them: the planner and the executor know it.
    """
    return _ApiSchema(supergraph).build(GraphQLDeferDirective)


class _ApiSchema:
    """The types under construction: they refer to each other, so each resolves its references when first asked.

    Sorted, it is what graphql-core's `lexicographic_sort_schema` makes of it, without being built twice.
    """

    def __init__(self, supergraph: Supergraph, *, is_sorted: bool = False) -> None:
        self._supergraph = supergraph
        self._is_sorted = is_sorted
        self._inaccessible = supergraph.directive_name(INACCESSIBLE, "inaccessible")
        self._types: dict[str, GraphQLNamedType] = dict(specified_scalar_types)
        for name, definition in supergraph.types.items():
            if self._is_visible(definition) and not supergraph.is_of_linked_specification(name):
                self._types[name] = self._type(definition)

    def build(self, *added: GraphQLDirective) -> GraphQLSchema:
        own = [
            self._directive(definition)
            for definition in self._supergraph.directives.values()
            if not self._supergraph.is_of_linked_specification(f"@{definition.name}")
        ]
        names = {directive.name for directive in own}
        return GraphQLSchema(
            query=self._root(self._supergraph.query),
            mutation=self._root(self._supergraph.mutation),
            subscription=self._root(self._supergraph.subscription),
            types=self._arranged(
                each for name, each in self._types.items() if name not in specified_scalar_types
            ),
            directives=self._arranged(
                [*(each for each in (*specified_directives, *added) if each.name not in names), *own]
            ),
            description=self._supergraph.schema.description,
            assume_valid=True,
        )

    def _is_visible(self, element: Element) -> bool:
        return not any(each.name == self._inaccessible for each in element.directives)

    def _visible(self, elements: Iterable[_Visible]) -> Iterable[_Visible]:
        return self._arranged(filter(self._is_visible, elements))

    def _arranged(self, named: Iterable[_AnyNamed]) -> list[_AnyNamed]:
        return sorted(named, key=lambda each: _natural_order(each.name)) if self._is_sorted else list(named)

    def _root(self, name: TypeName | None) -> GraphQLObjectType | None:
        found = None if name is None else self._types.get(name)
        return found if isinstance(found, GraphQLObjectType) else None

    def _type(self, definition: SupergraphType) -> GraphQLNamedType:
        name, description = definition.name, definition.description
        match definition:
            case ObjectType():
                return GraphQLObjectType(
                    name,
                    partial(self._fields, definition),
                    partial(self._interfaces, definition),
                    description=description,
                )
            case InterfaceType():
                return GraphQLInterfaceType(
                    name,
                    partial(self._fields, definition),
                    partial(self._interfaces, definition),
                    description=description,
                )
            case UnionType():
                return GraphQLUnionType(name, partial(self._members, definition), description=description)
            case InputObjectType():
                return GraphQLInputObjectType(
                    name,
                    partial(self._input_fields, definition),
                    description=description,
                    is_one_of=any(each.name == "oneOf" for each in definition.directives),
                )
            case EnumType():
                values = {
                    each.name: GraphQLEnumValue(each.name, each.description, _deprecation(each))
                    for each in self._visible(definition.values.values())
                }
                return GraphQLEnumType(name, values, description=description)
            case ScalarType():
                url = _text_argument(definition, "specifiedBy", "url")
                return GraphQLScalarType(name, description=description, specified_by_url=url)

    def _interfaces(self, definition: ObjectType | InterfaceType) -> list[GraphQLInterfaceType]:
        found = (self._types.get(name) for name in definition.interfaces)
        return self._arranged(each for each in found if isinstance(each, GraphQLInterfaceType))

    def _members(self, definition: UnionType) -> list[GraphQLObjectType]:
        found = (self._types.get(name) for name in definition.members)
        return self._arranged(each for each in found if isinstance(each, GraphQLObjectType))

    def _fields(self, definition: ObjectType | InterfaceType) -> dict[str, GraphQLField]:
        return {each.name: self._field(each) for each in self._visible(definition.fields.values())}

    def _field(self, field: Field) -> GraphQLField:
        return GraphQLField(
            cast("GraphQLOutputType", self._reference(field.type)),
            self._arguments(field.arguments),
            description=field.description,
            deprecation_reason=_deprecation(field),
        )

    def _input_fields(self, definition: InputObjectType) -> dict[str, GraphQLInputField]:
        return {each.name: self._input_field(each) for each in self._visible(definition.fields.values())}

    def _input_field(self, field: InputField) -> GraphQLInputField:
        return GraphQLInputField(
            cast("GraphQLInputType", self._reference(field.type)),
            description=field.description,
            deprecation_reason=_deprecation(field),
            default=self._default(field),
        )

    def _arguments(self, arguments: Iterable[Argument]) -> dict[str, GraphQLArgument]:
        return {
            each.name: GraphQLArgument(
                cast("GraphQLInputType", self._reference(each.type)),
                description=each.description,
                deprecation_reason=_deprecation(each),
                default=self._default(each),
            )
            for each in self._visible(arguments)
        }

    def _directive(self, definition: DirectiveDefinition) -> GraphQLDirective:
        return GraphQLDirective(
            definition.name,
            self._arranged(DirectiveLocation[location] for location in definition.locations),
            self._arguments(definition.arguments),
            is_repeatable=definition.repeatable,
            description=definition.description,
        )

    def _default(self, element: Argument | InputField) -> GraphQLDefaultInput | None:
        if element.default is None:
            return None
        literal = coerce_default(element.default, element.type, self._supergraph.types)
        return GraphQLDefaultInput(literal=parse_const_value(literal, no_location=True))

    def _reference(self, reference: TypeReference) -> GraphQLType:
        match reference:
            case Named(name):
                return self._types[name]
            case ListOf(of):
                return GraphQLList(self._reference(of))
            case NonNull(of):
                return GraphQLNonNull(cast("GraphQLNullableType", self._reference(of)))


def _deprecation(element: Element) -> str | None:
    reason = _text_argument(element, "deprecated", "reason")
    if reason is None and any(each.name == "deprecated" for each in element.directives):
        return _DEFAULT_DEPRECATION_REASON
    return reason


def _text_argument(element: Element, directive: str, argument: str) -> str | None:
    for each in element.directives:
        if each.name == directive and (literal := each.argument(argument)) is not None:
            node = parse_const_value(literal, no_location=True)
            return node.value if isinstance(node, StringValueNode) else None
    return None
