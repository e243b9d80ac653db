"""What every part of the merge stands on: the sources of a type or field, and the facts that hold across subgraphs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.subgraph import (
    DirectiveUse,
    Subgraph,
    SubgraphElement,
    SubgraphField,
    SubgraphType,
)
from supergraph.spec import Code, FieldJoin, FieldName, GraphName, Severity, SubgraphName, TypeName


class ElementSource(NamedTuple):
    """An element as one subgraph has it."""

    subgraph: Subgraph
    element: SubgraphElement


class TypeSource(NamedTuple):
    subgraph: Subgraph
    type: SubgraphType


class FieldSource(NamedTuple):
    """A field as one subgraph has it. `owner` is an interface object where the field reaches its type through one."""

    subgraph: Subgraph
    owner: SubgraphType
    field: SubgraphField


@dataclass
class Merging:
    """One merge under way: what is known beforehand, and what gathers on the way.

    `subgraphs` are sorted by name, so nothing depends on the order in which they came. `supertypes` of a type are the
    interfaces and unions that any subgraph counts it to; `implementations` of an interface are the
    objects that any counts to it; `enums` are the enums of any. `read` and `written` are the types that merged fields
    return and that merged arguments and input fields take. `directive_names` are the names in the supergraph of the
    directives that reach it from anywhere, by what they are in a subgraph; `composed_names` those of single subgraphs.
    """

    subgraphs: tuple[Subgraph, ...]
    graphs: Mapping[SubgraphName, GraphName]
    supertypes: Mapping[TypeName, frozenset[TypeName]]
    implementations: Mapping[TypeName, Sequence[TypeName]]
    enums: frozenset[TypeName]
    directive_names: Mapping[tuple[str, str, str], str]
    composed_names: frozenset[tuple[SubgraphName, str]] = frozenset()
    repeatable: frozenset[str] = frozenset()
    found: list[Diagnostic] = field(default_factory=list)
    read: set[TypeName] = field(default_factory=set)
    written: set[TypeName] = field(default_factory=set)

    @cached_property
    def plain_joins(self) -> Mapping[SubgraphName, FieldJoin]:
        """For each subgraph the join that says nothing but its name: most are, and equal ones may be one."""
        return {name: FieldJoin(graph) for name, graph in self.graphs.items()}

    def report(
        self,
        code: Code,
        at: str,
        sources: Iterable[tuple[Subgraph, SubgraphElement]],
        why: str,
        *,
        mend: str = "",
        severity: Severity | None = None,
    ) -> None:
        """Tell a problem or hint; `mend` where it is better than the catalogue's."""
        places = [(subgraph, element.at) for subgraph, element in sources]
        self.found.append(report(code, at, places, severity=severity, why=why, mend=mend))

    def name_of(self, subgraph: Subgraph, use: DirectiveUse) -> str | None:
        """What the supergraph calls a directive; None for one that does not reach it."""
        if (subgraph.name, use.name) in self.composed_names:
            return use.name
        return self.directive_names.get((use.spec, use.canonical, use.name))

    def graph(self, subgraph: Subgraph) -> GraphName:
        return self.graphs[subgraph.name]


def fields_by_name(sources: Sequence[TypeSource]) -> dict[FieldName, list[FieldSource]]:
    """Every field any source has, in order of first appearance."""
    fields: dict[FieldName, list[FieldSource]] = {}
    for subgraph, definition in sources:
        for name, each in definition.fields.items():
            known = fields.get(name)
            if known is None:
                fields[name] = [FieldSource(subgraph, definition, each)]
            else:
                known.append(FieldSource(subgraph, definition, each))
    return fields


def elements(sources: Iterable[FieldSource]) -> list[ElementSource]:
    return [ElementSource(source.subgraph, source.field) for source in sources]


def name_subgraphs(subgraphs: Iterable[Subgraph]) -> str:
    """Name subgraphs in a sentence: `subgraphs "a", "b" and "c"`."""
    names = [f'"{subgraph.name}"' for subgraph in subgraphs]
    if len(names) == 1:
        return f"subgraph {names[0]}"
    return f"subgraphs {', '.join(names[:-1])} and {names[-1]}" if names else "no subgraph"


def group_by_text(pairs: Iterable[tuple[str, Subgraph]]) -> dict[str, list[Subgraph]]:
    groups: dict[str, list[Subgraph]] = {}
    for text, subgraph in pairs:
        groups.setdefault(text, []).append(subgraph)
    return groups


def contrast(groups: Mapping[str, Sequence[Subgraph]]) -> str:
    """Say who has what: `"Int" in subgraph "a", but "ID" in subgraph "b" and "String" in subgraph "c"`."""
    first, *others = describe_groups(groups)
    return f"{first}, but {' and '.join(others)}" if others else first


def describe_groups(groups: Mapping[str, Sequence[Subgraph]]) -> Iterator[str]:
    """`"Int" in subgraph "a"`, one for each group."""
    return (f'"{text}" in {name_subgraphs(subgraphs)}' for text, subgraphs in groups.items())
