"""Document -> Supergraph, for join v0.2 to v0.6, whichever composer printed it."""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypedDict, TypeVar

from supergraph.spec.cycle_collector import cycle_collector_at_rest
from supergraph.spec.link import JOIN, LINK
from supergraph.spec.names import FieldName, GraphName, TypeName
from supergraph.spec.sdl import read_sdl
from supergraph.spec.supergraph import (
    BUILT_IN_SCALARS,
    AppliedDirective,
    Argument,
    ContextArgument,
    DirectiveDefinition,
    Element,
    EnumType,
    EnumValue,
    Field,
    FieldJoin,
    Implements,
    InputField,
    InputObjectType,
    InterfaceType,
    Key,
    ObjectType,
    ScalarType,
    SubgraphDirective,
    Supergraph,
    SupergraphType,
    TypeJoin,
    UnionMember,
    UnionType,
)
from supergraph.spec.supergraph_sdl.completion import complete_joins
from supergraph.spec.supergraph_sdl.dialect import (
    Dialect,
    Directives,
    InvalidSupergraphError,
    JoinArguments,
    find_join_namespace,
    find_link_name,
    read_graphs,
    read_link,
    read_type,
)
from supergraph.spec.type_reference import TypeReference
from supergraph.spec.type_system import (
    DefinedKind,
    Definition,
    DirectiveDefinitionSyntax,
    EnumValueSyntax,
    ExecutableSyntax,
    FieldSyntax,
    InputSyntax,
    SchemaSyntax,
    SdlSyntaxError,
    TypeSyntax,
)
from supergraph.spec.values import ObjectValue, StringValue, Value, print_value

_DEFAULT_ROOTS: Final = {
    operation: TypeName(operation.capitalize()) for operation in ("query", "mutation", "subscription")
}

_Syntax = TypeVar("_Syntax")
_Named = TypeVar("_Named", Field, InputField)


@cycle_collector_at_rest()
def read_supergraph(sdl: str) -> Supergraph:
    """Read a supergraph document into the normal form. Raises InvalidSupergraphError."""
    try:
        return _read(read_sdl(sdl))
    except SdlSyntaxError as error:
        line = sdl.count("\n", 0, error.at) + 1
        raise InvalidSupergraphError(f"the supergraph is not valid GraphQL, line {line}: {error}") from error


def _read(definitions: Sequence[Definition]) -> Supergraph:
    schema = [each for each in definitions if isinstance(each, SchemaSyntax)]
    schema_directives = [directive for each in schema for directive in each.directives]
    link_name = find_link_name(schema_directives)
    links = tuple(read_link(each) for each in schema_directives if each.name == link_name)
    join = find_join_namespace(links)
    dialect = Dialect(link_name, join, read_graphs(definitions, join))
    types: dict[TypeName, SupergraphType] = {}
    directives: dict[str, DirectiveDefinition] = {}
    for each in definitions:
        match each:
            case DirectiveDefinitionSyntax(name=name):
                if name != link_name and not dialect.is_machinery(name):
                    directives[name] = _read_directive_definition(each, dialect)
            case TypeSyntax(name=name):
                _add_type(types, each, dialect)
            case SchemaSyntax():
                pass
            case ExecutableSyntax(keyword=keyword):
                raise InvalidSupergraphError(f"a supergraph document has no {keyword}")
    roots = {operation: TypeName(root.name) for each in schema for operation, root in each.roots} or {
        operation: name for operation, name in _DEFAULT_ROOTS.items() if name in types
    }
    for root in roots.values():
        if not isinstance(types.get(root), ObjectType):
            raise InvalidSupergraphError(f"the root type {root} is not an object type of the supergraph")
    carried = [directive for directive in schema_directives if directive.name != link_name]
    return Supergraph(
        graphs=dialect.graphs,
        types=complete_joins(types),
        query=roots.get("query"),
        mutation=roots.get("mutation"),
        subscription=roots.get("subscription"),
        links=tuple(link for link in links if link.identity not in {LINK, JOIN}),
        directives=directives,
        schema=Element(
            description=next((each.description for each in schema if each.description is not None), None),
            **_carried(carried, dialect),
        ),
    )


def _add_type(types: dict[TypeName, SupergraphType], syntax: TypeSyntax, dialect: Dialect) -> None:
    name = TypeName(syntax.name)
    if syntax.extends:
        raise InvalidSupergraphError(f"a supergraph document has no extensions, but it extends {name}")
    if name in types:
        raise InvalidSupergraphError(f"the type {name} is defined twice")
    if name not in BUILT_IN_SCALARS and not dialect.is_machinery(name):
        types[name] = _read_type(syntax, dialect)


def _read_type(syntax: TypeSyntax, dialect: Dialect) -> SupergraphType:
    name, directives, description = TypeName(syntax.name), syntax.directives, syntax.description
    joins = _read_type_joins(directives, dialect)
    graphs = tuple(join.graph for join in joins)
    everywhere = tuple(map(FieldJoin, graphs))
    carried = _carried(directives, dialect)
    match syntax.kind:
        case DefinedKind.OBJECT | DefinedKind.INTERFACE:
            kind = ObjectType if syntax.kind is DefinedKind.OBJECT else InterfaceType
            return kind(
                name=name,
                description=description,
                joins=joins,
                interfaces=tuple(TypeName(each.name) for each in syntax.interfaces),
                implements=tuple(
                    Implements(said.required_graph, TypeName(said.required_text("interface")))
                    for said in dialect.joins(directives, "implements")
                ),
                fields=_by_name(name, syntax.fields, lambda each: _read_field(each, everywhere, dialect)),
                **carried,
            )
        case DefinedKind.INPUT_OBJECT:
            return InputObjectType(
                name=name,
                description=description,
                joins=joins,
                fields=_by_name(
                    name, syntax.inputs, lambda each: _read_input_field(each, everywhere, dialect)
                ),
                **carried,
            )
        case DefinedKind.UNION:
            return UnionType(
                name=name,
                description=description,
                joins=joins,
                members=tuple(TypeName(each.name) for each in syntax.members),
                member_joins=tuple(
                    UnionMember(said.required_graph, TypeName(said.required_text("member")))
                    for said in dialect.joins(directives, "unionMember")
                ),
                **carried,
            )
        case DefinedKind.ENUM:
            values = {each.name: _read_enum_value(each, graphs, dialect) for each in syntax.values}
            return EnumType(name=name, description=description, joins=joins, values=values, **carried)
        case DefinedKind.SCALAR:
            return ScalarType(name=name, description=description, joins=joins, **carried)


def _read_type_joins(directives: Directives, dialect: Dialect) -> tuple[TypeJoin, ...]:
    """One join per graph: a document says `@join__type` once for each key."""
    joins: dict[GraphName, TypeJoin] = {}
    for said in dialect.joins(directives, "type"):
        graph, fields, extension = said.required_graph, said.field_set("key"), said.flag("extension")
        resolvable = said.flag("resolvable", default=True)
        before = joins.get(graph) or TypeJoin(graph)
        joins[graph] = TypeJoin(
            graph,
            keys=before.keys if fields is None else (*before.keys, Key(fields, resolvable, extension)),
            is_interface_object=before.is_interface_object or said.flag("isInterfaceObject"),
            extension=before.extension or extension,
        )
    return tuple(joins.values())


def _read_field(syntax: FieldSyntax, everywhere: tuple[FieldJoin, ...], dialect: Dialect) -> Field:
    return Field(
        name=FieldName(syntax.name),
        type=syntax.type,
        description=syntax.description,
        arguments=tuple(_read_argument(each, dialect) for each in syntax.arguments),
        joins=_read_field_joins(syntax.directives, syntax.type, everywhere, dialect),
        **_carried(syntax.directives, dialect),
    )


def _read_input_field(syntax: InputSyntax, everywhere: tuple[FieldJoin, ...], dialect: Dialect) -> InputField:
    return InputField(
        name=FieldName(syntax.name),
        type=syntax.type,
        default=None if syntax.default is None else print_value(syntax.default),
        description=syntax.description,
        joins=_read_field_joins(syntax.directives, syntax.type, everywhere, dialect),
        **_carried(syntax.directives, dialect),
    )


def _read_argument(syntax: InputSyntax, dialect: Dialect) -> Argument:
    return Argument(
        name=syntax.name,
        type=syntax.type,
        default=None if syntax.default is None else print_value(syntax.default),
        description=syntax.description,
        **_carried(syntax.directives, dialect),
    )


def _read_enum_value(syntax: EnumValueSyntax, graphs: tuple[GraphName, ...], dialect: Dialect) -> EnumValue:
    said = tuple(each.required_graph for each in dialect.joins(syntax.directives, "enumValue"))
    return EnumValue(
        name=syntax.name,
        description=syntax.description,
        graphs=said or graphs,
        **_carried(syntax.directives, dialect),
    )


def _read_field_joins(
    directives: Directives, merged: TypeReference, everywhere: tuple[FieldJoin, ...], dialect: Dialect
) -> tuple[FieldJoin, ...]:
    said = tuple(dialect.joins(directives, "field")) if directives else ()
    if not said:
        return everywhere
    # `@join__field` without a graph means: of no subgraph by itself.
    return tuple(
        _read_field_join(each, graph, merged, dialect) for each in said if (graph := each.graph) is not None
    )


def _read_field_join(
    said: JoinArguments, graph: GraphName, merged: TypeReference, dialect: Dialect
) -> FieldJoin:
    if said.only_graph:
        return dialect.plain_joins[graph]
    declared = said.type("type")
    return FieldJoin(
        graph,
        type=None if declared == merged else declared,
        external=said.flag("external"),
        requires=said.field_set("requires"),
        provides=said.field_set("provides"),
        override=said.text("override"),
        override_label=said.text("overrideLabel"),
        used_overridden=said.flag("usedOverridden"),
        context_arguments=tuple(map(_read_context_argument, said.items("contextArguments"))),
    )


def _read_context_argument(value: Value) -> ContextArgument:
    fields = value.fields if isinstance(value, ObjectValue) else ()
    said = {name: inner.value for name, inner in fields if isinstance(inner, StringValue)}
    try:
        return ContextArgument(said["context"], said["name"], read_type(said["type"]), said["selection"])
    except KeyError as error:
        raise InvalidSupergraphError(f"a context argument lacks its {error}: {print_value(value)}") from error


def _read_directive_definition(syntax: DirectiveDefinitionSyntax, dialect: Dialect) -> DirectiveDefinition:
    return DirectiveDefinition(
        name=syntax.name,
        locations=tuple(each.name for each in syntax.locations),
        arguments=tuple(_read_argument(each, dialect) for each in syntax.arguments),
        repeatable=syntax.repeatable,
        description=syntax.description,
    )


class _Carried(TypedDict):
    directives: tuple[AppliedDirective, ...]
    subgraph_directives: tuple[SubgraphDirective, ...]


_NOTHING: Final = _Carried(directives=(), subgraph_directives=())


def _carried(directives: Directives, dialect: Dialect) -> _Carried:
    """What every element may carry, apart from its joins."""
    if not directives:
        return _NOTHING
    return _Carried(
        directives=tuple(
            AppliedDirective(each.name, tuple((name, print_value(value)) for name, value in each.arguments))
            for each in directives
            if not dialect.is_machinery(each.name)
        ),
        subgraph_directives=tuple(
            SubgraphDirective(
                said.graphs,
                said.required_text("name"),
                print_value(arguments) if (arguments := said.value("args")) else None,
            )
            for said in dialect.joins(directives, "directive")
        ),
    )


def _by_name(
    owner: TypeName, syntaxes: Iterable[_Syntax], read: Callable[[_Syntax], _Named]
) -> dict[FieldName, _Named]:
    fields: dict[FieldName, _Named] = {}
    for syntax in syntaxes:
        field = read(syntax)
        if field.name in fields:
            raise InvalidSupergraphError(f"the field {owner}.{field.name} is defined twice")
        fields[field.name] = field
    return fields
