"""The walk over the API: from the roots outward, each standing once, so the first failure has a shortest path.

A value is a type and the closed set of places where it may have been met. What is proved of a set of places holds for
every larger one, so only the smallest sets of a type are walked: there are few, however many paths lead to them.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.satisfiability.reasons import why_unreachable, why_unresolvable_type
from supergraph.composer.satisfiability.standing import Place, Places, Standing, Standings, Step
from supergraph.composer.subgraph import Subgraph
from supergraph.planner import Node, NodeKind
from supergraph.spec import (
    INACCESSIBLE,
    Code,
    Element,
    FieldName,
    ObjectType,
    TypeName,
)


@dataclass(frozen=True, slots=True, eq=False)
class Visit:
    """A standing, and the first path that led to it: as (field or `... on Type`), innermost last."""

    standing: Standing
    operation: str
    before: "Visit | None" = None
    selection: str = ""

    def path(self) -> list[str]:
        visit: Visit | None = self
        found: list[str] = []
        while visit is not None:
            if visit.selection:
                found.append(visit.selection)
            visit = visit.before
        return found[::-1]


Labels = Mapping[str, bool]
"""Override labels that are settled, and whether each is active."""

_MOST_LABELS: Final = 8
"""Labels that decide on one field; where there are more, the proof does without the others' steps."""


class Proof:
    """One walk under a setting of labels. `labels`: those of fields on the paths that failed.

    The documents only serve to say where.
    """

    __slots__ = (
        "_failed",
        "_graph",
        "_hidden",
        "_proved",
        "_settled",
        "_standings",
        "_subgraphs",
        "_supergraph",
        "_waiting",
        "labels",
    )

    def __init__(self, standings: Standings, subgraphs: Sequence[Subgraph], settled: Labels) -> None:
        graph, supergraph = standings.graph, standings.graph.supergraph
        self._supergraph = supergraph
        self._subgraphs = {subgraph.name: subgraph for subgraph in subgraphs}
        self._graph = graph
        self._standings = standings
        self._settled = settled
        self.labels: set[str] = set()
        self._hidden = supergraph.directive_name(INACCESSIBLE, "inaccessible")
        self._proved: dict[TypeName, list[Places]] = {}
        self._failed: set[tuple[TypeName, str]] = set()
        self._waiting: deque[Visit] = deque()

    def run(self) -> Iterator[Diagnostic]:
        """An error for each field that some path of the API cannot reach, with a shortest such path."""
        roots = {
            "query": self._supergraph.query,
            "mutation": self._supergraph.mutation,
            "subscription": self._supergraph.subscription,
        }
        for operation, root in roots.items():
            if root is not None:
                self._visit(
                    root, frozenset(Place(edge.target) for edge in self._graph.roots(root)), operation
                )
        while self._waiting:
            visit = self._waiting.popleft()
            definition = self._supergraph.types[visit.standing.type]
            if isinstance(definition, ObjectType):
                yield from self._fields(visit, definition)
            else:
                yield from self._object_types(visit)

    def _visit(
        self, name: TypeName, places: Places, operation: str, before: Visit | None = None, selection: str = ""
    ) -> None:
        if name in {self._supergraph.query, self._supergraph.mutation, self._supergraph.subscription}:
            # Any subgraph can be asked anew from a root.
            places = frozenset(Place(edge.target) for edge in self._graph.roots(name))
        standing = self._standings.at(name, places)
        closed = frozenset(standing.places)
        proved = self._proved.setdefault(name, [])
        if any(smaller <= closed for smaller in proved):
            return
        proved.append(closed)
        self._waiting.append(Visit(standing, operation, before, selection))

    def _fields(self, visit: Visit, definition: ObjectType) -> Iterator[Diagnostic]:
        standing = visit.standing
        for name, field in definition.fields.items():
            if field.directives and self._is_hidden(field):
                continue
            for chosen in self._by_label(standing.steps.get(name, []), standing.labelled.get(name, [])):
                if not chosen:
                    yield from self._fail(visit, name)
                    continue
                target = field.type.named
                if self._graph.is_leaf_type(target):
                    continue
                places = standing.targets(self._graph, chosen)
                self._visit(target, places, visit.operation, visit, name)

    def _by_label(self, steps: list[Step], labelled: list[Step]) -> Iterator[list[Step]]:
        """The steps that are left for each setting of the labels that decide among them."""
        deciding = {step.edge.override.label for step in labelled if step.edge.override is not None}
        labels = sorted(deciding - self._settled.keys())[:_MOST_LABELS]
        for setting in product((False, True), repeat=len(labels)):
            active = {**self._settled, **dict(zip(labels, setting, strict=True))}
            yield [
                *steps,
                *(
                    step
                    for step in labelled
                    if step.edge.override is not None
                    and active.get(step.edge.override.label) is step.edge.override.when
                ),
            ]

    def _object_types(self, visit: Visit) -> Iterator[Diagnostic]:
        standing = visit.standing
        only_interface_objects = all(
            place.node.kind is NodeKind.INTERFACE_OBJECT for place in standing.places
        )
        for name in self._graph.members(standing.type):
            if self._is_hidden(self._supergraph.types[name]):
                continue
            if any(self._never_is(place.node, name) for place in standing.entered):
                # A subgraph that may be asked never answers with this type: there the condition asks for nothing.
                continue
            selection = f"... on {name}"
            places = self._standings.narrowed_places(standing, name)
            if places:
                self._visit(name, places, visit.operation, visit, selection)
            elif only_interface_objects and (standing.type, selection) not in self._failed:
                self._failed.add((standing.type, selection))
                self.labels |= self._labels_on(visit)
                why, mend = why_unresolvable_type(self._graph, standing)
                query, where = _printed(visit, selection, "__typename"), self._declarations(standing)
                yield report(Code.SATISFIABILITY_ERROR, standing.type, where, query=query, why=why, mend=mend)

    def _never_is(self, node: Node, name: TypeName) -> bool:
        return node.kind is not NodeKind.INTERFACE_OBJECT and name not in self._graph.possible(node)

    def _fail(self, visit: Visit, name: FieldName) -> Iterator[Diagnostic]:
        standing = visit.standing
        if (standing.type, name) in self._failed:
            return
        self._failed.add((standing.type, name))
        self.labels |= self._labels_on(visit) | self._labels_of(standing.type, name)
        why, mend = why_unreachable(self._graph, standing, name)
        at, where = f"{standing.type}.{name}", self._declarations(standing, name)
        query = _printed(visit, name)
        yield report(Code.SATISFIABILITY_ERROR, at, where, query=query, why=why, mend=mend)

    def _labels_on(self, visit: Visit) -> set[str]:
        found: set[str] = set()
        while visit.before is not None:
            found |= self._labels_of(visit.before.standing.type, FieldName(visit.selection))
            visit = visit.before
        return found

    def _labels_of(self, type_name: TypeName, name: FieldName) -> set[str]:
        edges = (self._graph.field(node, name) for node in self._graph.nodes(type_name))
        return {edge.override.label for edge in edges if edge is not None and edge.override is not None}

    def _declarations(self, standing: Standing, name: FieldName | None = None) -> list[tuple[Subgraph, int]]:
        """Where the field is declared, and before it the type in the subgraphs where the value may have been met."""
        met = {self._graph.subgraph_name(place.node.graph) for place in standing.entered}
        types = []
        fields = []
        for subgraph in self._subgraphs.values():
            definition = subgraph.types.get(standing.type)
            if definition is None:
                continue
            field = definition.fields.get(name) if name is not None else None
            if field is not None:
                fields.append((subgraph, field.at))
            elif subgraph.name in met:
                types.append((subgraph, definition.at))
        return types + fields

    def _is_hidden(self, element: Element) -> bool:
        return bool(element.directives) and any(each.name == self._hidden for each in element.directives)


def _printed(visit: Visit, *last: str) -> str:
    """The operation that fails, on one line."""
    path = [*visit.path(), *last]
    return f"{visit.operation} {{ {' { '.join(path)}{' }' * len(path)}"
