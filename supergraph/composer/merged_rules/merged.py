"""What a rule about the whole sees: the merged supergraph, and the documents it came from, to say where."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.subgraph import Subgraph, SubgraphElement, SubgraphType
from supergraph.spec import (
    INACCESSIBLE,
    Code,
    Element,
    FieldName,
    GraphName,
    InterfaceType,
    ObjectType,
    SubgraphName,
    Supergraph,
    TypeName,
)

_ROOTS: Final = frozenset({"Query", "Mutation", "Subscription"})


@dataclass(frozen=True)
class Merged:
    """One merge after it is done. Without `slots`: look-ups are made once and kept."""

    supergraph: Supergraph
    subgraphs: Sequence[Subgraph]

    @cached_property
    def by_graph(self) -> Mapping[GraphName, Subgraph]:
        by_name = {subgraph.name: subgraph for subgraph in self.subgraphs}
        return {graph: by_name[join.name] for graph, join in self.supergraph.graphs.items()}

    @cached_property
    def implementations(self) -> Mapping[TypeName, Sequence[ObjectType]]:
        """The objects that implement each interface."""
        found: dict[TypeName, list[ObjectType]] = {}
        for definition in self.supergraph.types.values():
            if isinstance(definition, ObjectType):
                for interface in definition.interfaces:
                    found.setdefault(interface, []).append(definition)
        return found

    @cached_property
    def reachable(self) -> Mapping[SubgraphName, frozenset[TypeName]]:
        """The types that each subgraph can come to, from its roots and its entities."""
        return {subgraph.name: _reachable_types(subgraph) for subgraph in self.subgraphs}

    @cached_property
    def inaccessible(self) -> str | None:
        """What the supergraph calls @inaccessible, if it uses it at all."""
        return self.supergraph.directive_name(INACCESSIBLE, "inaccessible")

    def is_hidden(self, element: Element) -> bool:
        return any(each.name == self.inaccessible for each in element.directives)

    def interfaces_of(self, definition: ObjectType | InterfaceType) -> Iterator[InterfaceType]:
        for name in definition.interfaces:
            interface = self.supergraph.types.get(name)
            if isinstance(interface, InterfaceType):
                yield interface

    def declarations(
        self, owner: TypeName, field: FieldName | None = None
    ) -> Iterator[tuple[Subgraph, SubgraphType, SubgraphElement]]:
        """Every subgraph that declares the type, or the field of it."""
        for subgraph in self.subgraphs:
            definition = subgraph.types.get(owner)
            if definition is None:
                continue
            if field is None:
                yield subgraph, definition, definition
            elif field in definition.fields:
                yield subgraph, definition, definition.fields[field]

    def report(
        self, code: Code, at: str, why: str, owner: TypeName, field: FieldName | None = None
    ) -> Diagnostic:
        """A problem of a type or field, shown wherever it is declared."""
        places = [(subgraph, element.at) for subgraph, _, element in self.declarations(owner, field)]
        return report(code, at, places, why=why)


def _reachable_types(subgraph: Subgraph) -> frozenset[TypeName]:
    behind: dict[TypeName, list[TypeName]] = {}
    for definition in subgraph.types.values():
        for interface in definition.interfaces:
            behind.setdefault(interface, []).append(definition.name)
    waiting = [
        definition.name
        for definition in subgraph.types.values()
        if definition.name in _ROOTS or any(key.resolvable for key in definition.keys)
    ]
    reached: set[TypeName] = set()
    while waiting:
        name = waiting.pop()
        found = subgraph.types.get(name)
        if found is None or name in reached:
            continue
        reached.add(name)
        waiting += [*found.members, *behind.get(name, ())]
        waiting += [field.type.named for field in found.fields.values() if not field.external]
    return frozenset(reached)


MergedRule = Callable[[Merged], Iterator[Diagnostic]]
