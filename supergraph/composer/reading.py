"""Subgraph documents -> Subgraphs: each read and checked alone, then all brought to the terms of federation 2."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final

from supergraph.composer.definitions import definitions_are_those_of_their_specification
from supergraph.composer.diagnostics import Diagnostic, any_error, report
from supergraph.composer.facts import with_facts
from supergraph.composer.folding import ROOT_NAMES, Folding
from supergraph.composer.graphql_rules import GRAPHQL_RULES
from supergraph.composer.linking import Linking, resolve_links
from supergraph.composer.origins import origins_by_offset
from supergraph.composer.subgraph import Subgraph
from supergraph.spec import (
    CONNECT,
    SUBGRAPH_MACHINERY_TYPES,
    Code,
    Definition,
    DirectiveDefinitionSyntax,
    SchemaSyntax,
    SdlSyntaxError,
    SubgraphName,
    TypeSyntax,
    connect_definitions,
    connect_types,
    read_sdl,
)

_Named = TypeSyntax | DirectiveDefinitionSyntax
_UNKNOWN_VERSIONS: Final = frozenset({Code.UNKNOWN_FEDERATION_LINK_VERSION, Code.UNKNOWN_LINK_VERSION})
_ROOT_NAME_TAKEN: Final = {
    "query": Code.ROOT_QUERY_USED,
    "mutation": Code.ROOT_MUTATION_USED,
    "subscription": Code.ROOT_SUBSCRIPTION_USED,
}


@dataclass(frozen=True, slots=True)
class SubgraphSource:
    """A subgraph as its owners hand it in. `url` is where it will be asked, and may be empty.

    For a document printed from code, `origins` says where its elements stand there: schema coordinate -> a name such as
    `module.Class.field`. Diagnostics then point at both.
    """

    name: str
    url: str
    sdl: str
    origins: Mapping[str, str] = field(default_factory=dict)


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
    folded = folding.fold(
        [*definitions, *_brought_by_connect(definitions, linking)], name, source.url, source.sdl
    )
    subgraph = replace(folded, origins=origins_by_offset(folded, source.origins))
    broken = [
        report(each.code, "@link", [(subgraph, each.at)], why=each.why, mend=each.mend)
        for each in link_problems
    ]
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


def _brought_by_connect(definitions: Sequence[Definition], linking: Linking) -> Iterator[Definition]:
    """What a link to connect defines and the document does not, so that its directives are held against it."""
    names = {known.canonical: name for name, known in linking.directives.items() if known.spec == CONNECT}
    if not names:
        return
    names |= {canonical: name for name, canonical in linking.types.items() if canonical in connect_types()}
    own = {(type(each), each.name) for each in definitions if isinstance(each, _Named)}
    for each in connect_definitions(names):
        if isinstance(each, _Named) and (type(each), each.name) not in own:
            yield each


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
