"""Directives that clients may use in operations: those that every subgraph knows, where every subgraph allows them."""

from collections.abc import Sequence
from functools import reduce
from typing import Final

from supergraph.composer.merge.arguments import merge_arguments
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.merging import ElementSource, Merging, name_subgraphs
from supergraph.composer.subgraph import Subgraph, SubgraphDirectiveDefinition
from supergraph.spec import Code, DirectiveDefinition

EXECUTABLE_LOCATIONS: Final = frozenset(
    {
        "QUERY",
        "MUTATION",
        "SUBSCRIPTION",
        "FIELD",
        "FRAGMENT_DEFINITION",
        "FRAGMENT_SPREAD",
        "INLINE_FRAGMENT",
        "VARIABLE_DEFINITION",
    }
)
_BUILT_IN: Final = frozenset({"skip", "include", "deprecated", "specifiedBy", "oneOf", "defer", "stream"})

DefinitionSource = tuple[Subgraph, SubgraphDirectiveDefinition]


def merge_directive_definitions(merging: Merging) -> dict[str, DirectiveDefinition]:
    """The executable directives of all subgraphs; type system directives reach the supergraph only when composed."""
    named: dict[str, list[DefinitionSource]] = {}
    for subgraph in merging.subgraphs:
        for definition in subgraph.directives.values():
            if not definition.spec and definition.name not in _BUILT_IN:
                named.setdefault(definition.name, []).append((subgraph, definition))
    merged = (
        _merge_definition(merging, name, sources)
        for name, sources in named.items()
        if any(EXECUTABLE_LOCATIONS.intersection(definition.locations) for _, definition in sources)
    )
    return {each.name: each for each in merged if each is not None}


def _merge_definition(
    merging: Merging, name: str, sources: Sequence[DefinitionSource]
) -> DirectiveDefinition | None:
    at = f"@{name}"
    elements = [ElementSource(subgraph, definition) for subgraph, definition in sources]
    if len(sources) < len(merging.subgraphs):
        having = {subgraph.name for subgraph, _ in sources}
        lacking = name_subgraphs(each for each in merging.subgraphs if each.name not in having)
        why = f"clients cannot use it, as it is not defined in {lacking}"
        merging.report(Code.INCONSISTENT_EXECUTABLE_DIRECTIVE_PRESENCE, at, elements, why)
        return None
    allowed = [
        [location for location in definition.locations if location in EXECUTABLE_LOCATIONS]
        for _, definition in sources
    ]
    common = reduce(lambda kept, more: [each for each in kept if each in more], allowed)
    if not common:
        why = "clients cannot use it, as subgraphs have no location of it in common"
        merging.report(Code.NO_EXECUTABLE_DIRECTIVE_LOCATIONS_INTERSECTION, at, elements, why)
        return None
    if any(set(locations) != set(common) for locations in allowed):
        why = f"subgraphs allow it in different locations; clients may use it on {', '.join(common)}"
        merging.report(Code.INCONSISTENT_EXECUTABLE_DIRECTIVE_LOCATIONS, at, elements, why)
    repeatable = [definition.repeatable for _, definition in sources]
    if len(set(repeatable)) > 1:
        why = "it is repeatable in some subgraphs only, so clients may not repeat it"
        merging.report(Code.INCONSISTENT_EXECUTABLE_DIRECTIVE_REPEATABLE, at, elements, why)
    return DirectiveDefinition(
        name=name,
        locations=tuple(common),
        arguments=merge_arguments(
            merging, at, [(subgraph, definition.arguments) for subgraph, definition in sources]
        ),
        repeatable=all(repeatable),
        description=merge_descriptions(merging, at, elements),
    )
