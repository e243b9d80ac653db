"""Whether a document's own definitions of linked directives and types are what the specification has."""

from collections.abc import Iterator, Mapping

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.linking import Linking
from supergraph.composer.subgraph import Subgraph, SubgraphDirectiveDefinition, TypeKind
from supergraph.spec import (
    BUILT_IN_SCALARS,
    Code,
    DirectiveDefinitionSyntax,
    ListOf,
    NonNull,
    TypeName,
    TypeReference,
    connect_types,
    print_value,
)


def definitions_are_those_of_their_specification(
    subgraph: Subgraph, linking: Linking
) -> Iterator[Diagnostic]:
    canonical_names = linking.types
    for name, known in linking.directives.items():
        definition = subgraph.directives.get(name)
        if definition is not None:
            for why in _differences(definition, known.definition, subgraph, canonical_names):
                yield report(
                    Code.DIRECTIVE_DEFINITION_INVALID, f"@{name}", [(subgraph, definition.at)], why=why
                )
    for name, canonical in linking.types.items():
        found = subgraph.types.get(TypeName(name))
        if found is None:
            continue
        wanted = _kind_of(canonical)
        if found.kind is not wanted:
            why = f"it is a {wanted} in its specification, and a {found.kind} here"
            yield report(Code.TYPE_DEFINITION_INVALID, name, [(subgraph, found.at)], why=why)
        elif wanted is TypeKind.ENUM and set(found.values) != {"SECURITY", "EXECUTION"}:
            why = "its values are SECURITY and EXECUTION in its specification"
            yield report(Code.TYPE_DEFINITION_INVALID, name, [(subgraph, found.at)], why=why)


def _kind_of(canonical: str) -> TypeKind:
    if canonical in connect_types():
        return TypeKind(connect_types()[canonical].kind.name)
    return TypeKind.ENUM if canonical == "Purpose" else TypeKind.SCALAR


def _differences(
    ours: SubgraphDirectiveDefinition,
    wanted: DirectiveDefinitionSyntax,
    subgraph: Subgraph,
    canonical_names: Mapping[str, str],
) -> Iterator[str]:
    given = {argument.name: argument for argument in ours.arguments}
    for argument in wanted.arguments:
        mine = given.pop(argument.name, None)
        if mine is None:
            if isinstance(argument.type, NonNull):
                yield f"it lacks the argument {argument.name}"
            continue
        if mine.type.named not in BUILT_IN_SCALARS and mine.type.named not in subgraph.types:
            continue  # There is no such type, which GraphQL's own rules say better.
        if not _may_stand_for(mine.type, argument.type, subgraph, canonical_names):
            yield f"its argument {argument.name} is of type {mine.type}, not {argument.type}"
        elif mine.default != argument.default:
            default = print_value(argument.default) if argument.default is not None else "none"
            yield f"the default of its argument {argument.name} is not {default}"
    for name in given:
        yield f"it has an unknown argument {name}"
    if ours.repeatable and not wanted.repeatable:
        yield "it is repeatable"
    allowed = {location.name for location in wanted.locations}
    if unknown := [location for location in ours.locations if location not in allowed]:
        yield f"it may not stand on {', '.join(unknown)}"


def _may_stand_for(
    mine: TypeReference, wanted: TypeReference, subgraph: Subgraph, canonical_names: Mapping[str, str]
) -> bool:
    """A built-in type may stand for a scalar of the specification, whose values nobody checks but we."""
    if isinstance(wanted, NonNull):
        return isinstance(mine, NonNull) and _may_stand_for(mine.of, wanted.of, subgraph, canonical_names)
    if isinstance(mine, NonNull):
        return _may_stand_for(mine.of, wanted, subgraph, canonical_names)
    if isinstance(wanted, ListOf):
        return isinstance(mine, ListOf) and _may_stand_for(mine.of, wanted.of, subgraph, canonical_names)
    if isinstance(mine, ListOf):
        return wanted.name not in BUILT_IN_SCALARS
    if wanted.name in BUILT_IN_SCALARS:
        return mine.name == wanted.name
    if mine.name in canonical_names:
        return canonical_names[mine.name] == wanted.name
    found = subgraph.types.get(mine.name)
    return mine.name in BUILT_IN_SCALARS or (found is not None and found.kind is not TypeKind.SCALAR)
