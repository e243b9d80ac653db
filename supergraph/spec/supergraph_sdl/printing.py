"""Supergraph -> document, always in join v0.5, whatever version it was read from."""

import json
from collections.abc import Iterable, Iterator
from typing import Final

from graphql.language.block_string import is_printable_as_block_string, print_block_string

from supergraph.spec.cycle_collector import cycle_collector_at_rest
from supergraph.spec.link import JOIN, LINK
from supergraph.spec.names import TypeName
from supergraph.spec.supergraph import (
    AppliedDirective,
    Argument,
    CompositeType,
    ContextArgument,
    DirectiveDefinition,
    Element,
    EnumType,
    Field,
    FieldJoin,
    InputField,
    InputObjectType,
    JoinGraph,
    Link,
    ObjectType,
    ScalarType,
    Supergraph,
    SupergraphType,
    TypeJoin,
    UnionType,
)

_LINKS: Final = (Link(f"{LINK}/v1.0"), Link(f"{JOIN}/v0.5", purpose="EXECUTION"))

_DIRECTIVE_DEFINITIONS: Final = {
    "join__directive": "(graphs: [join__Graph!], name: String!, args: join__DirectiveArguments) repeatable on "
    "SCHEMA | OBJECT | INTERFACE | FIELD_DEFINITION",
    "join__enumValue": "(graph: join__Graph!) repeatable on ENUM_VALUE",
    "join__field": "(graph: join__Graph, requires: join__FieldSet, provides: join__FieldSet, type: String, "
    "external: Boolean, override: String, usedOverridden: Boolean, overrideLabel: String, "
    "contextArguments: [join__ContextArgument!]) repeatable on FIELD_DEFINITION | INPUT_FIELD_DEFINITION",
    "join__graph": "(name: String!, url: String!) on ENUM_VALUE",
    "join__implements": "(graph: join__Graph!, interface: String!) repeatable on OBJECT | INTERFACE",
    "join__type": "(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, "
    "resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on "
    "OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR",
    "join__unionMember": "(graph: join__Graph!, member: String!) repeatable on UNION",
    "link": "(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA",
}

_TYPE_DEFINITIONS: Final = {
    "join__ContextArgument": """\
input join__ContextArgument {
  name: String!
  type: String!
  context: String!
  selection: join__FieldValue!
}""",
    "join__DirectiveArguments": "scalar join__DirectiveArguments",
    "join__FieldSet": "scalar join__FieldSet",
    "join__FieldValue": "scalar join__FieldValue",
    "link__Import": "scalar link__Import",
    "link__Purpose": '''\
enum link__Purpose {
  """
  `SECURITY` features provide metadata necessary to securely resolve fields.
  """
  SECURITY

  """
  `EXECUTION` features provide metadata necessary for operation execution.
  """
  EXECUTION
}''',
}


@cycle_collector_at_rest()
def print_supergraph(supergraph: Supergraph) -> str:
    """Print in an order that depends on the supergraph alone: definitions by name, members as the model has them.

    `@join__field` is left out where it would say only that every subgraph of the type has the field.
    """
    directives = {
        name: f"directive @{name}{definition}" for name, definition in _DIRECTIVE_DEFINITIONS.items()
    } | {each.name: _print_directive_definition(each) for each in supergraph.directives.values()}
    types = (
        _TYPE_DEFINITIONS
        | {"join__Graph": _print_graphs(supergraph.graphs.values())}
        | {each.name: _print_type(each) for each in supergraph.types.values()}
    )
    definitions = [
        _print_schema(supergraph),
        *(directives[name] for name in sorted(directives)),
        *(types[name] for name in sorted(types)),
    ]
    return "\n\n".join(definitions) + "\n"


# The document's own scaffolding


def _print_schema(supergraph: Supergraph) -> str:
    roots = (
        ("query", supergraph.query),
        ("mutation", supergraph.mutation),
        ("subscription", supergraph.subscription),
    )
    directives = [*map(_print_link, (*_LINKS, *supergraph.links)), *_print_directives(supergraph.schema)]
    lines = [f"  {operation}: {name}" for operation, name in roots if name is not None]
    return _print_description(supergraph.schema) + _print_block("schema", directives, lines)


def _print_link(link: Link) -> str:
    said = [f"url: {json.dumps(link.url)}"]
    if link.alias is not None:
        said.append(f"as: {json.dumps(link.alias)}")
    if link.purpose is not None:
        said.append(f"for: {link.purpose}")
    if link.imports:
        said.append(f"import: [{', '.join(_print_import(*each) for each in link.imports)}]")
    return f"@link({', '.join(said)})"


def _print_import(name: str, ours: str) -> str:
    return json.dumps(name) if name == ours else f"{{name: {json.dumps(name)}, as: {json.dumps(ours)}}}"


def _print_graphs(graphs: Iterable[JoinGraph]) -> str:
    values = [
        f"  {each.graph} @join__graph(name: {_text(each.name)}, url: {_text(each.url)})" for each in graphs
    ]
    return _print_block("enum join__Graph", [], values)


def _print_directive_definition(definition: DirectiveDefinition) -> str:
    repeatable = " repeatable" if definition.repeatable else ""
    arguments = _print_arguments(definition.arguments, "")
    locations = " | ".join(definition.locations)
    described = _print_text(definition.description, "")
    return f"{described}directive @{definition.name}{arguments}{repeatable} on {locations}"


# Types


def _print_type(definition: SupergraphType) -> str:
    head, joins, lines = definition.name, list(_print_type_joins(definition.joins)), list[str]()
    # What a field says that every subgraph of the type has, in no special way.
    everywhere = tuple(map(FieldJoin, definition.graphs))
    match definition:
        case CompositeType():
            keyword = "type" if isinstance(definition, ObjectType) else "interface"
            implemented = f" implements {' & '.join(definition.interfaces)}" if definition.interfaces else ""
            head = TypeName(f"{keyword} {definition.name}{implemented}")
            joins += [
                f"@join__implements(graph: {each.graph}, interface: {_text(each.interface)})"
                for each in definition.implements
            ]
            lines = [_print_field(each, everywhere) for each in definition.fields.values()]
        case InputObjectType():
            head = TypeName(f"input {definition.name}")
            lines = [_print_input_field(each, everywhere) for each in definition.fields.values()]
        case EnumType():
            head = TypeName(f"enum {definition.name}")
            lines = [
                " ".join(
                    (
                        f"{_print_description(each, '  ')}  {each.name}",
                        *(f"@join__enumValue(graph: {graph})" for graph in each.graphs),
                        *_print_directives(each),
                    )
                )
                for each in definition.values.values()
            ]
        case UnionType():
            head = TypeName(f"union {definition.name}")
            joins += [
                f"@join__unionMember(graph: {each.graph}, member: {_text(each.member)})"
                for each in definition.member_joins
            ]
        case ScalarType():
            head = TypeName(f"scalar {definition.name}")
    printed = _print_block(head, [*joins, *_print_directives(definition)], lines)
    if isinstance(definition, UnionType) and definition.members:
        printed = f"{printed}\n  = {' | '.join(definition.members)}"
    return _print_description(definition) + printed


def _print_type_joins(joins: Iterable[TypeJoin]) -> Iterator[str]:
    for join in joins:
        interface_object = ", isInterfaceObject: true" if join.is_interface_object else ""
        if not join.keys:
            extension = ", extension: true" if join.extension else ""
            yield f"@join__type(graph: {join.graph}{extension}{interface_object})"
        for key in join.keys:
            extension = ", extension: true" if key.extension else ""
            resolvable = "" if key.resolvable else ", resolvable: false"
            yield (
                f"@join__type(graph: {join.graph}, key: {_text(key.fields)}"
                f"{extension}{resolvable}{interface_object})"
            )


def _print_field(field: Field, everywhere: tuple[FieldJoin, ...]) -> str:
    line = f"{_print_description(field, '  ')}  {field.name}{_print_arguments(field.arguments, '  ')}: {field.type}"
    return " ".join((line, *_print_field_joins(field.joins, everywhere), *_print_directives(field)))


def _print_input_field(field: InputField, everywhere: tuple[FieldJoin, ...]) -> str:
    default = "" if field.default is None else f" = {field.default}"
    line = f"{_print_description(field, '  ')}  {field.name}: {field.type}{default}"
    return " ".join((line, *_print_field_joins(field.joins, everywhere), *_print_directives(field)))


def _print_field_joins(joins: tuple[FieldJoin, ...], everywhere: tuple[FieldJoin, ...]) -> Iterator[str]:
    if joins == everywhere:
        return
    if not joins:
        yield "@join__field"
    for join in joins:
        yield f"@join__field({', '.join(_print_field_join(join))})"


def _print_field_join(join: FieldJoin) -> Iterator[str]:
    yield f"graph: {join.graph}"
    if join.requires is not None:
        yield f"requires: {_text(join.requires)}"
    if join.provides is not None:
        yield f"provides: {_text(join.provides)}"
    if join.type is not None:
        yield f"type: {_text(str(join.type))}"
    if join.external:
        yield "external: true"
    if join.override is not None:
        yield f"override: {_text(join.override)}"
    if join.used_overridden:
        yield "usedOverridden: true"
    if join.override_label is not None:
        yield f"overrideLabel: {_text(join.override_label)}"
    if join.context_arguments:
        yield f"contextArguments: [{', '.join(map(_print_context_argument, join.context_arguments))}]"


def _print_context_argument(argument: ContextArgument) -> str:
    return (
        f"{{context: {_text(argument.context)}, name: {_text(argument.name)}, "
        f"type: {_text(str(argument.type))}, selection: {_text(argument.selection)}}}"
    )


# What every element carries


def _print_arguments(arguments: tuple[Argument, ...], indent: str) -> str:
    if not arguments:
        return ""
    if all(each.description is None for each in arguments):
        return f"({', '.join(map(_print_argument, arguments))})"
    inner = f"{indent}  "
    lines = [f"{_print_description(each, inner)}{inner}{_print_argument(each)}" for each in arguments]
    return "(\n" + "\n".join(lines) + f"\n{indent})"


def _print_argument(argument: Argument) -> str:
    default = "" if argument.default is None else f" = {argument.default}"
    return " ".join((f"{argument.name}: {argument.type}{default}", *_print_directives(argument)))


def _print_directives(element: Element) -> Iterator[str]:
    for each in element.subgraph_directives:
        arguments = "" if each.arguments is None else f", args: {each.arguments}"
        yield f"@join__directive(graphs: [{', '.join(each.graphs)}], name: {_text(each.name)}{arguments})"
    for directive in element.directives:
        yield _print_directive(directive)


def _print_directive(directive: AppliedDirective) -> str:
    arguments = ", ".join(f"{name}: {value}" for name, value in directive.arguments)
    return f"@{directive.name}({arguments})" if arguments else f"@{directive.name}"


def _print_block(head: str, directives: list[str], lines: list[str]) -> str:
    printed = "".join((head, *(f"\n  {each}" for each in directives)))
    if not lines:
        return printed
    return f"{printed}{chr(10) if directives else ' '}{{\n" + "\n".join(lines) + "\n}"


def _print_description(element: Element, indent: str = "") -> str:
    return _print_text(element.description, indent)


def _print_text(description: str | None, indent: str) -> str:
    if description is None:
        return ""
    printed = (
        print_block_string(description) if is_printable_as_block_string(description) else _text(description)
    )
    return indent + printed.replace("\n", f"\n{indent}") + "\n"


def _text(value: str) -> str:
    return json.dumps(value, ensure_ascii=False)
