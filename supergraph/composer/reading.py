"""Subgraph documents -> Subgraphs: each read and checked alone, then all brought to the terms of federation 2."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from supergraph.composer.definitions import definitions_are_those_of_their_specification
from supergraph.composer.diagnostics import Diagnostic, any_error, report
from supergraph.composer.facts import with_facts
from supergraph.composer.folding import ROOT_NAMES, Folding
from supergraph.composer.graphql_rules import GRAPHQL_RULES
from supergraph.composer.linking import Linking, resolve_links
from supergraph.composer.subgraph import Subgraph
from supergraph.spec import (
    SUBGRAPH_MACHINERY_TYPES,
    Code,
    DirectiveDefinitionSyntax,
    SchemaSyntax,
    SdlSyntaxError,
    SubgraphName,
    read_sdl,
)

_UNKNOWN_VERSIONS: Final = frozenset({Code.UNKNOWN_FEDERATION_LINK_VERSION, Code.UNKNOWN_LINK_VERSION})
_ROOT_NAME_TAKEN: Final = {
    "query": Code.ROOT_QUERY_USED,
    "mutation": Code.ROOT_MUTATION_USED,
    "subscription": Code.ROOT_SUBSCRIPTION_USED,
}


@dataclass(frozen=True, slots=True)
class SubgraphSource:
    """A subgraph as its owners hand it in. `url` is where it will be asked, and may be empty."""

    name: str
    url: str
    sdl: str


def read_subgraph(source: SubgraphSource) -> tuple[Subgraph | None, list[Diagnostic]]:
    """One document as a Subgraph, or what is wrong with it. A federation 1 document is not upgraded yet."""
    name = SubgraphName(source.name)
    nothing = Subgraph(name=name, url=source.url, text=source.sdl, types=MappingProxyType({}))
    try:
        definitions = read_sdl(source.sdl)
    except SdlSyntaxError as error:
        return None, [report(Code.INVALID_GRAPHQL, name, [(nothing, error.at)], why=error)]
    linking, link_problems = resolve_links(
        [
            use
            for definition in definitions
            if isinstance(definition, SchemaSyntax)
            for use in definition.directives
        ],
        {each.name for each in definitions if isinstance(each, DirectiveDefinitionSyntax)},
    )
    folding = Folding(linking)
    subgraph = folding.fold(definitions, name, source.url, source.sdl)
    broken = [report(each.code, "@link", [(subgraph, each.at)], why=each.why) for each in link_problems]
    repeated = [
        report(Code.INVALID_GRAPHQL, name, [(subgraph, at)], why=why) for why, at in folding.repeated_fields
    ]
    # A version that nobody knows is the last thing to be said of a document that is wrong by itself.
    misread = [each for each in broken if each.code not in _UNKNOWN_VERSIONS]
    found = misread or repeated or broken
    found = found or list(definitions_are_those_of_their_specification(subgraph, linking))
    if not found:
        found += [
            report(Code.INVALID_GRAPHQL, name, [(subgraph, at)], why=why) for why, at in folding.problems
        ]
        for rule in GRAPHQL_RULES:
            found += rule(subgraph, linking)
    if any_error(found):
        return None, found
    found += _taken_root_names(subgraph, folding)
    return with_facts(_without_machinery(subgraph, linking)), found


def read_subgraphs(sources: Sequence[SubgraphSource]) -> tuple[list[Subgraph], list[Diagnostic]]:
    """All documents, sorted by name so that nothing depends on the order they were handed in."""
    subgraphs: list[Subgraph] = []
    found: list[Diagnostic] = _name_problems(sources)
    for source in sorted(sources, key=lambda each: each.name):
        subgraph, problems = read_subgraph(source)
        found += problems
        if subgraph is not None:
            subgraphs.append(subgraph)
    return subgraphs, found


def _name_problems(sources: Sequence[SubgraphSource]) -> list[Diagnostic]:
    found = []
    seen: set[str] = set()
    for source in sorted(sources, key=lambda each: each.name):
        nothing = Subgraph(name=SubgraphName(source.name), types=MappingProxyType({}))
        if source.name in seen:
            why = f'two subgraphs are called "{source.name}"'
        elif source.name == "_":
            why = 'the name "_" is federation\'s own'
        elif not source.name.strip():
            why = "a subgraph has no name"
        else:
            seen.add(source.name)
            continue
        found.append(report(Code.INVALID_SUBGRAPH_NAME, source.name, [(nothing, 0)], why=why))
    return found


def _taken_root_names(subgraph: Subgraph, folding: Folding) -> list[Diagnostic]:
    """Types called Query that are not the query root, and the like: merged, they would be taken for it."""
    found = []
    for operation, root in folding.root_names_taken:
        usual = ROOT_NAMES[operation]
        why = f"the {operation} root is {root.name}, but another type is called {usual}"
        where = [(subgraph, root.at)]
        found.append(report(_ROOT_NAME_TAKEN[operation], usual, where, why=why))
    return found


def _without_machinery(subgraph: Subgraph, linking: Linking) -> Subgraph:
    """Leave out what a document defines only for its links' sake and the gateway's: FieldSet, link__Import, _Any."""
    left_out = {*linking.types, *SUBGRAPH_MACHINERY_TYPES} & subgraph.types.keys()
    if not left_out:
        return subgraph
    kept = {name: definition for name, definition in subgraph.types.items() if name not in left_out}
    return replace(subgraph, types=MappingProxyType(kept))
