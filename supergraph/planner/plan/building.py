"""FetchGraph -> plan: the layers of the graph become Sequence and Parallel."""

from collections.abc import Sequence as Many
from dataclasses import replace

from supergraph.planner.fetch_graph.model import Entities, FetchGraph, FetchStep, Selected, Spot
from supergraph.planner.operation.deferrals import DeferredFragment, print_without
from supergraph.planner.operation.model import Condition as FieldCondition
from supergraph.planner.operation.model import NormalizedOperation, OperationKind
from supergraph.planner.path_search.budget import Purse
from supergraph.planner.path_search.model import InputField, InputSelection
from supergraph.planner.plan.aliases import tell_apart
from supergraph.planner.plan.documents import DocumentWriter
from supergraph.planner.plan.nodes import (
    REPRESENTATIONS,
    BatchFetch,
    Condition,
    ContextValue,
    Defer,
    Deferred,
    EachItem,
    EntityGroup,
    Fetch,
    FetchPath,
    Parallel,
    PlanNode,
    RenameType,
    RequiredField,
    RequiredFragment,
    RequiredSelection,
    Sequence,
    Step,
    Subscribe,
)
from supergraph.spec import Supergraph


class PlanBuilder:
    """Builds the nodes of one operation; `number` counts its fetches.

    Its methods raise PlanningStoppedError where the budget is spent.
    """

    def __init__(self, supergraph: Supergraph, operation: NormalizedOperation, purse: Purse) -> None:
        self.supergraph = supergraph
        self.purse = purse
        self.operation = operation
        self.writer = DocumentWriter(operation)
        self.number = 0
        self.awaited: frozenset[int] = frozenset()
        self.ids: dict[int, int] = {}

    def incremental(self, graphs: Many[FetchGraph], deferred: Many[DeferredFragment]) -> Defer:
        """The graphs one after the other, without what is deferred; and each deferred part."""
        numbers = frozenset(each.deferral.number for each in deferred)
        primaries: list[PlanNode | None] = []
        parts: dict[int, tuple[PlanNode | None, tuple[int, ...]]] = {}
        for graph in graphs:
            self.awaited, self.ids = _awaited(graph), {}
            primaries.append(self._layers(_of_part(graph, 0)))
            for number in sorted({part for step in graph for part in step.serves if part}):
                node = self._layers(_of_part(graph, number))
                depends = sorted({self.ids[each] for each in _depends(graph, number)})
                parts[number] = (node, tuple(depends))
        self.awaited = frozenset()
        return Defer(
            sequence(primaries),
            tuple(
                Deferred(
                    each.deferral.number,
                    *parts.get(each.deferral.number, (None, ())),
                    each.within,
                    each.deferral.label,
                    each.path,
                    print_without(each.selections, numbers),
                )
                for each in deferred
            ),
            print_without(self.operation.selections, numbers),
        )

    def build(self, graph: FetchGraph) -> PlanNode | None:
        """The steps of a graph in an order that their waits allow, as much at once as may be."""
        return self._layers(graph.steps)

    def subscription(self, graph: FetchGraph) -> PlanNode | None:
        roots = [each for each in graph.steps if not each.waits_for]
        assert len(roots) == 1, "a subscription begins in one subgraph"
        primary = self.fetch(roots[0])
        assert isinstance(primary, Fetch)
        return Subscribe(primary, self._layers(_without(graph.steps, roots)))

    def _layers(self, steps: Many[FetchStep]) -> PlanNode | None:
        """Steps that have nothing to do with one another run beside one another, each at its own pace."""
        parts = _components(steps)
        if len(parts) > 1:
            return _parallel([self._layers(part) for part in parts])
        if not steps:
            return None
        shared = frozenset.intersection(*[frozenset(each.conditions) for each in steps])
        if shared:
            return self._shared(steps, tuple(each for each in steps[0].conditions if each in shared))
        first = [each for each in steps if not each.waits_for]
        node = _parallel([self._conditional(each) for each in first])
        rest = self._layers(_without(steps, first))
        return sequence([node, rest])

    def _shared(self, steps: Many[FetchStep], conditions: tuple[FieldCondition, ...]) -> PlanNode | None:
        """Steps that stand under the same conditions: those are asked once."""
        node = self._layers(
            [
                replace(step, conditions=tuple(each for each in step.conditions if each not in conditions))
                for step in steps
            ]
        )
        for condition in reversed(conditions):
            node = _when(condition, node) if node is not None else None
        return node

    def _conditional(self, step: FetchStep) -> PlanNode:
        node: PlanNode = self.fetch(step)
        for condition in reversed(step.conditions):
            node = _when(condition, node)
        return node

    def fetch(self, step: FetchStep) -> PlanNode:
        subgraph = self.supergraph.graphs[step.graph].name
        name = self.writer.name(subgraph, self.number)
        known_as = self.number if step.index in self.awaited else None
        self.ids[step.index] = self.number
        self.number += 1
        if not step.entities:
            nested = bool(step.spot)
            kind = OperationKind.QUERY if nested else self.operation.kind
            selections, renames = tell_apart(step.selections, self.purse)
            document, variables = self.writer.root(selections, kind, name)
            return Fetch(
                subgraph,
                kind,
                document,
                name,
                variables,
                _path(step.spot),
                output_rewrites=renames,
                id=known_as,
            )
        if len(step.entities) > 1:
            return replace(self._batch(step, name), id=known_as)
        [group] = step.entities
        selections, renames = tell_apart(group.selections, self.purse)
        variable = self.writer.variable(REPRESENTATIONS)
        document, variables = self.writer.entities([(None, variable, selections)], name, group.contexts)
        return Fetch(
            subgraph,
            OperationKind.QUERY,
            document,
            name,
            variables,
            _path(group.spot),
            _requires(group),
            _input_rewrites(group),
            renames,
            tuple(
                ContextValue(each.variable, str(each.type), _path(each.spot), _required(each.inputs))
                for each in group.contexts
            ),
            known_as,
            variable,
        )

    def _batch(self, step: FetchStep, name: str | None) -> BatchFetch:
        groups: list[EntityGroup] = []
        asked: list[tuple[str | None, str, tuple[Selected, ...]]] = []
        for number, each in enumerate(step.entities):
            selections, renames = tell_apart(each.selections, self.purse)
            alias, variable = f"_e{number}", self.writer.variable(f"{REPRESENTATIONS}{number}")
            asked.append((alias, variable, selections))
            groups.append(
                EntityGroup(
                    alias, variable, _path(each.spot), _requires(each), _input_rewrites(each), renames
                )
            )
        document, variables = self.writer.entities(asked, name)
        subgraph = self.supergraph.graphs[step.graph].name
        return BatchFetch(subgraph, document, tuple(groups), name, variables)


def _of_part(graph: FetchGraph, part: int) -> list[FetchStep]:
    """The steps that are made for a part, waiting for one another only."""
    return [each for each in graph.parted() if each.part == part]


def _depends(graph: FetchGraph, part: int) -> set[int]:
    """The steps made for others that a part waits for: what its own read, and what other deferred parts bring it."""
    parts = {each.index: each.part for each in graph}
    found = {other for each in graph if each.part == part for other in each.waits_for if parts[other] != part}
    return found | {each.index for each in graph if part in each.serves and each.part not in {0, part}}


def _awaited(graph: FetchGraph) -> frozenset[int]:
    numbers = {part for step in graph for part in step.serves if part}
    return frozenset(each for number in numbers for each in _depends(graph, number))


def _requires(group: Entities) -> tuple[RequiredFragment, ...]:
    return tuple(RequiredFragment(name, _required(inputs)) for name, inputs in group.inputs)


def _required(inputs: tuple[InputSelection, ...]) -> tuple[RequiredSelection, ...]:
    return tuple(
        RequiredField(each.name, each.source, _required(each.selections))
        if isinstance(each, InputField)
        else RequiredFragment(each.type_condition, _required(each.selections))
        for each in inputs
    )


def _input_rewrites(group: Entities) -> tuple[RenameType, ...]:
    return (RenameType((), group.sends_as),) if group.sends_as is not None else ()


def _path(spot: Spot) -> FetchPath:
    found: list[Step | EachItem] = []
    for each in spot:
        found.append(Step(each.key, None if each.lists else each.types))
        found += [EachItem()] * (each.lists - 1)
        if each.lists:
            found.append(EachItem(each.types))
    return tuple(found)


def _components(steps: Many[FetchStep]) -> list[list[FetchStep]]:
    """Steps grouped by who waits for whom, directly or not."""
    if len(steps) < 2:
        return [list(steps)] if steps else []
    leader: dict[int, int] = {each.index: each.index for each in steps}

    def find(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    for each in steps:
        for other in each.waits_for:
            one, two = find(each.index), find(other)
            leader[max(one, two)] = min(one, two)
    found: dict[int, list[FetchStep]] = {}
    for each in steps:
        found.setdefault(find(each.index), []).append(each)
    return list(found.values())


def _without(steps: Many[FetchStep], done: Many[FetchStep]) -> list[FetchStep]:
    gone = {each.index for each in done}
    return [each.after(each.waits_for - gone) for each in steps if each.index not in gone]


def _when(condition: FieldCondition, node: PlanNode) -> PlanNode:
    if condition.when:
        return Condition(condition.variable, node, None)
    return Condition(condition.variable, None, node)


def _parallel(nodes: Many[PlanNode | None]) -> PlanNode | None:
    found: list[PlanNode] = []
    for node in nodes:
        if isinstance(node, Parallel):
            found += node.nodes
        elif node is not None:
            found.append(node)
    return found[0] if len(found) == 1 else (Parallel(tuple(found)) if found else None)


def sequence(nodes: Many[PlanNode | None]) -> PlanNode | None:
    found: list[PlanNode] = []
    for node in nodes:
        if isinstance(node, Sequence):
            found += node.nodes
        elif node is not None:
            found.append(node)
    return found[0] if len(found) == 1 else (Sequence(tuple(found)) if found else None)
