"""Every directive is known, stands where it may, as often as it may, with the arguments it has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.graphql_rules.input_values import value_fits
from supergraph.composer.linking import Linking
from supergraph.composer.subgraph import (
    DirectiveUse,
    Subgraph,
    SubgraphArgument,
    SubgraphDirectiveDefinition,
    SubgraphField,
    SubgraphType,
    TypeKind,
)
from supergraph.spec import (
    FEDERATION,
    NULL,
    Code,
    DirectiveDefinitionSyntax,
    NonNull,
    TypeReference,
    first_version_with,
    print_value,
    read_sdl,
)

_BUILT_IN: Final = """
directive @deprecated(reason: String = "No longer supported") on FIELD_DEFINITION | ARGUMENT_DEFINITION
    | INPUT_FIELD_DEFINITION | ENUM_VALUE
directive @specifiedBy(url: String!) on SCALAR
directive @oneOf on INPUT_OBJECT
directive @skip(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
directive @include(if: Boolean!) on FIELD | FRAGMENT_SPREAD | INLINE_FRAGMENT
"""


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a use is held against: argument -> (type, whether it has a default)."""

    locations: frozenset[str]
    repeatable: bool
    arguments: Mapping[str, tuple[TypeReference, bool]]


@dataclass(frozen=True, slots=True)
class _Element:
    coordinate: str
    location: str
    directives: Sequence[DirectiveUse]
    required: bool = False


def directives_are_used_as_defined(subgraph: Subgraph, linking: Linking) -> Iterator[Diagnostic]:
    shapes = _built_in_shapes() | {
        name: _shape_of_syntax(known.definition) for name, known in linking.directives.items()
    }
    shapes |= {name: _shape(definition) for name, definition in subgraph.directives.items()}
    causes: dict[str, str] = {}
    for element in _elements(subgraph):
        seen: set[str] = set()
        for use in element.directives:
            for why in _problems(use, element, shapes, subgraph, linking, causes):
                yield report(Code.INVALID_GRAPHQL, element.coordinate, [(subgraph, use.at)], why=why)
            shape = shapes.get(use.name)
            if use.name in seen and shape is not None and not shape.repeatable:
                why = f"@{use.name} stands here more than once"
                yield report(Code.INVALID_GRAPHQL, element.coordinate, [(subgraph, use.at)], why=why)
            seen.add(use.name)
            if use.name == "deprecated" and element.required:
                why = "what is required cannot be deprecated"
                yield report(Code.INVALID_GRAPHQL, element.coordinate, [(subgraph, use.at)], why=why)


def _problems(
    use: DirectiveUse,
    element: _Element,
    shapes: Mapping[str, _Shape],
    subgraph: Subgraph,
    linking: Linking,
    causes: dict[str, str],
) -> Iterator[str]:
    shape = shapes.get(use.name)
    if shape is None:
        if use.name not in causes:
            causes[use.name] = _likely_cause(use.name, linking, shapes)
        yield f"there is no directive @{use.name}{causes[use.name]}"
        return
    if element.location not in shape.locations:
        yield f"@{use.name} may not stand on {element.location}"
    given = dict(use.arguments)
    if len(given) < len(use.arguments):
        yield f"an argument is given twice to @{use.name}"
    for name, value in use.arguments:
        if name not in shape.arguments:
            yield f"@{use.name} has no argument {name}"
        elif value != NULL and not value_fits(value, shape.arguments[name][0], subgraph.types):
            yield f"{print_value(value)} is no {shape.arguments[name][0]}, as @{use.name}({name}:) wants"
    for name, (type_, has_default) in shape.arguments.items():
        if isinstance(type_, NonNull) and not has_default and name not in given:
            yield f"@{use.name} lacks its argument {name}"


def _likely_cause(name: str, linking: Linking, shapes: Mapping[str, _Shape]) -> str:
    since = first_version_with(name)
    if since is not None and linking.version[0] == 1:
        return (
            ": it is federation 2's, and this document links no federation 2; add extend schema "
            f'@link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@{name}"])'
        )
    if since is not None and since > linking.version:
        return f": it came with federation v{since[0]}.{since[1]}, and the document links v2.{linking.version[1]}"
    here = next(
        (
            alias
            for alias, known in linking.directives.items()
            if known.spec == FEDERATION and known.canonical == name
        ),
        None,
    )
    if here is not None:
        return f': import it from federation (import: ["@{name}"]), or write @{here}'
    close = get_close_matches(name, sorted(shapes), 1)
    return f": did you mean @{close[0]}?" if close else ""


@cache
def _built_in_shapes() -> dict[str, _Shape]:
    return {
        definition.name: _shape_of_syntax(definition)
        for definition in read_sdl(_BUILT_IN)
        if isinstance(definition, DirectiveDefinitionSyntax)
    }


@cache
def _shape_of_syntax(definition: DirectiveDefinitionSyntax) -> _Shape:
    return _Shape(
        frozenset(location.name for location in definition.locations),
        definition.repeatable,
        {each.name: (each.type, each.default is not None) for each in definition.arguments},
    )


def _shape(definition: SubgraphDirectiveDefinition) -> _Shape:
    return _Shape(
        frozenset(definition.locations),
        definition.repeatable,
        {each.name: (each.type, each.default is not None) for each in definition.arguments},
    )


def _elements(subgraph: Subgraph) -> Iterator[_Element]:
    """Everything that carries a directive."""
    if subgraph.schema_directives:
        yield _Element("schema", "SCHEMA", subgraph.schema_directives)
    for definition in subgraph.types.values():
        if definition.directives:
            yield _Element(definition.name, definition.kind, definition.directives)
        for field in definition.fields.values():
            if field.directives:
                yield _field_element(definition, field)
            if field.arguments:
                yield from _argument_elements(f"{definition.name}.{field.name}", field.arguments)
        for value in definition.values.values():
            if value.directives:
                yield _Element(f"{definition.name}.{value.name}", "ENUM_VALUE", value.directives)
    for directive in subgraph.directives.values():
        yield from _argument_elements(f"@{directive.name}", directive.arguments)


def _field_element(definition: SubgraphType, field: SubgraphField) -> _Element:
    is_input = definition.kind is TypeKind.INPUT_OBJECT
    required = is_input and isinstance(field.type, NonNull) and field.default is None
    location = "INPUT_FIELD_DEFINITION" if is_input else "FIELD_DEFINITION"
    return _Element(f"{definition.name}.{field.name}", location, field.directives, required)


def _argument_elements(owner: str, arguments: Sequence[SubgraphArgument]) -> Iterator[_Element]:
    for argument in arguments:
        if argument.directives:
            required = isinstance(argument.type, NonNull) and argument.default is None
            yield _Element(f"{owner}({argument.name}:)", "ARGUMENT_DEFINITION", argument.directives, required)
