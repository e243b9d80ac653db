"""Directives on an element, gathered from every subgraph that has it."""

from collections import Counter
from collections.abc import Sequence

from supergraph.composer.merge.argument_strategies import STRATEGIES, merge_by_strategy
from supergraph.composer.merge.authorization import TooManyAlternativesError
from supergraph.composer.merge.features import canonical_of, name_for_subgraphs
from supergraph.composer.merge.merging import ElementSource, Merging
from supergraph.composer.subgraph import DirectiveUse
from supergraph.spec import (
    AppliedDirective,
    Code,
    GraphName,
    Literal,
    ObjectValue,
    SubgraphDirective,
    print_value,
)

Arguments = tuple[tuple[str, Literal], ...]


def merge_directives(
    merging: Merging, at: str, sources: Sequence[ElementSource]
) -> tuple[tuple[AppliedDirective, ...], tuple[SubgraphDirective, ...]]:
    """What the supergraph says of the element, and what only some subgraphs are told (`@join__directive`)."""
    if not any(source.element.directives for source in sources):
        return (), ()
    named: dict[str, list[tuple[ElementSource, DirectiveUse]]] = {}
    for source in sources:
        for use in source.element.directives:
            name = merging.name_of(source.subgraph, use)
            if name is not None:
                named.setdefault(name, []).append((source, use))
    applied = [each for name, uses in named.items() for each in _merge_uses(merging, at, name, uses)]
    return tuple(applied), _for_subgraphs(merging, sources)


def _merge_uses(
    merging: Merging, at: str, name: str, uses: Sequence[tuple[ElementSource, DirectiveUse]]
) -> list[AppliedDirective]:
    canonical = canonical_of(uses[0][1]) or uses[0][1].canonical
    if canonical == "context":
        # A context is its subgraph's own: two subgraphs may call different things by one name.
        return [
            AppliedDirective(name, (("name", _context_name(merging, source, use)),)) for source, use in uses
        ]
    distinct: dict[Arguments, list[tuple[ElementSource, DirectiveUse]]] = {}
    for source, use in uses:
        arguments = tuple((key, print_value(value)) for key, value in use.arguments)
        distinct.setdefault(arguments, []).append((source, use))
    if len(distinct) == 1 or name in merging.repeatable:
        return [AppliedDirective(name, arguments) for arguments in distinct]
    places = [(source.subgraph, source.element) for source, _ in uses]
    if canonical in STRATEGIES:
        try:
            merged = merge_by_strategy(canonical, [use for _, use in uses])
        except TooManyAlternativesError as error:
            merging.report(Code.DIRECTIVE_COMPOSITION_ERROR, at, places, str(error))
            return []
        why = f"@{name} has different arguments in different subgraphs; they are merged"
        merging.report(Code.MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS, at, places, why)
        return [AppliedDirective(name, merged)]
    counts = Counter({arguments: len(same) for arguments, same in distinct.items()})
    why = f"@{name} has different arguments in different subgraphs; the commonest are used"
    merging.report(Code.INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS, at, places, why)
    return [AppliedDirective(name, counts.most_common(1)[0][0])]


def _context_name(merging: Merging, source: ElementSource, use: DirectiveUse) -> Literal:
    value = use.argument("name")
    text = "" if value is None else print_value(value).strip('"')
    return Literal(f'"{context_name(merging, source, text)}"')


def context_name(merging: Merging, source: ElementSource, name: str) -> str:
    """The supergraph's name of a context: `<subgraph>__<context>`."""
    return f"{merging.graph(source.subgraph).lower()}__{name}"


def _for_subgraphs(merging: Merging, sources: Sequence[ElementSource]) -> tuple[SubgraphDirective, ...]:
    """Directives whose meaning is each subgraph's own; equal ones name all their subgraphs at once."""
    graphs: dict[tuple[str, Literal | None], list[GraphName]] = {}
    for source in sources:
        for use in source.element.directives:
            name = name_for_subgraphs(use)
            if name is not None:
                arguments = print_value(ObjectValue(use.arguments)) if use.arguments else None
                graphs.setdefault((name, arguments), []).append(merging.graph(source.subgraph))
    return tuple(
        SubgraphDirective(tuple(dict.fromkeys(having)), name, arguments)
        for (name, arguments), having in graphs.items()
    )
