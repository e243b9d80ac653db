"""The story of a plan: search and choose hops, group them into steps, optimise the steps, build the plan."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from supergraph.planner.fetch_graph.building import build_fetch_graph
from supergraph.planner.fetch_graph.model import FetchGraph
from supergraph.planner.fetch_graph.optimization import FETCH_PASSES, optimize
from supergraph.planner.fetch_graph.passes.order_mutations import order_mutations
from supergraph.planner.fetch_graph.rendering import render_fetch_graph
from supergraph.planner.operation.deferrals import deferral_variables, find_deferred
from supergraph.planner.operation.model import (
    FieldSelection,
    FragmentSelection,
    NormalizedOperation,
    OperationKind,
    Selection,
)
from supergraph.planner.operation.problem import PlanningCode, PlanningProblem, PlanningStoppedError
from supergraph.planner.operation.serial_fields import in_serial_order
from supergraph.planner.path_search.budget import Budget, Purse
from supergraph.planner.path_search.choice import choose_hops
from supergraph.planner.plan.building import PlanBuilder, sequence
from supergraph.planner.plan.nodes import Condition, PlanNode, QueryPlan
from supergraph.planner.query_graph.model import QueryGraph
from supergraph.spec import GraphName, cycle_collector_at_rest

_ANSWERED_HERE = frozenset({"__typename", "__schema", "__type"})
DEFAULT_BUDGET = Budget()

MOST_SWITCHES: Final = 3
"""Variables that switch `@defer`, of which each doubles the plan. By what further ones switch, nothing is deferred: the
specification leaves that to the server."""

Overrides = frozenset[str] | Mapping[str, bool]


def plan_operation(
    graph: QueryGraph,
    operation: NormalizedOperation,
    budget: Budget = DEFAULT_BUDGET,
    overrides: Overrides = frozenset(),
    *,
    incremental: bool = True,
) -> QueryPlan | PlanningProblem:
    """What to run for an operation; a problem where the budget is spent or a field cannot be reached.

    `overrides` are the labels of progressive overrides that are active, or all labels with whether they are; a label
    that is not named is inactive. Without `incremental` nothing is deferred. Introspection and `__typename` at the root are
    not planned: the executor answers.
    """
    planning = _Planning(graph, operation, _active(overrides), Purse(budget))
    try:
        variables = deferral_variables(operation.selections)[:MOST_SWITCHES] if incremental else ()
        with (
            cycle_collector_at_rest()
        ):  # what a search makes lives until it ends, and would be looked through each time
            return QueryPlan(planning.switched(variables, frozenset(), incremental=incremental))
    except PlanningStoppedError as stopped:
        return stopped.problem
    except RecursionError:
        return PlanningProblem(PlanningCode.OPERATION_TOO_LARGE, "the operation is nested too deeply")


def explain_operation(
    graph: QueryGraph, operation: NormalizedOperation, overrides: Overrides = frozenset()
) -> str | PlanningProblem:
    """The fetch graph of an operation as text, before the plan is built from it; with all that may be deferred deferred."""
    planning = _Planning(graph, operation, _active(overrides), Purse(DEFAULT_BUDGET))
    deferred = frozenset(each.deferral.number for each in find_deferred(operation.selections, None))
    try:
        graphs = planning.fetch_graphs(deferred)
    except PlanningStoppedError as stopped:
        return stopped.problem
    return "\n".join(render_fetch_graph(each) for each in graphs)


def _active(overrides: Overrides) -> frozenset[str]:
    if isinstance(overrides, frozenset):
        return overrides
    return frozenset(label for label, active in overrides.items() if active)


class _Planning:
    """One operation being planned: once, or once for each way in which its deferrals may be switched."""

    def __init__(
        self, graph: QueryGraph, operation: NormalizedOperation, active: frozenset[str], purse: Purse
    ) -> None:
        self.graph = graph
        self.operation = operation
        self.active = active
        self.purse = purse
        self.builder = PlanBuilder(graph.supergraph, operation, purse)

    def switched(
        self, variables: tuple[str, ...], switched_on: frozenset[str], *, incremental: bool
    ) -> PlanNode | None:
        if variables:
            first, *rest = variables
            if_true = self.switched(tuple(rest), switched_on | {first}, incremental=incremental)
            if_false = self.switched(tuple(rest), switched_on, incremental=incremental)
            return Condition(first, if_true, if_false) if if_true or if_false else None
        deferred = find_deferred(self.operation.selections, switched_on) if incremental else ()
        graphs = self.fetch_graphs(frozenset(each.deferral.number for each in deferred))
        if deferred:
            return self.builder.incremental(graphs, deferred)
        if self.operation.kind is OperationKind.SUBSCRIPTION:
            return sequence([self.builder.subscription(each) for each in graphs])
        return sequence([self.builder.build(each) for each in graphs])

    def fetch_graphs(self, deferred: frozenset[int]) -> list[FetchGraph]:
        """What is fetched, one graph after the other."""
        return [self._fetch_graph(each, deferred) for each in _parts(self.graph, self.operation)]

    def _fetch_graph(self, selections: tuple[Selection, ...], deferred: frozenset[int]) -> FetchGraph:
        hops = choose_hops(
            self.graph,
            self.operation.root_type,
            selections,
            self.active,
            self.purse,
            deferred,
            frozenset(each.name for each in self.operation.variables),
        )
        self.purse.check()
        fetches = build_fetch_graph(self.graph.supergraph, hops, self.purse)
        if self.operation.kind is OperationKind.MUTATION:
            fetches = order_mutations(fetches, selections)
        self.purse.check()
        return optimize(fetches, FETCH_PASSES, self.purse)


def _parts(graph: QueryGraph, operation: NormalizedOperation) -> list[tuple[Selection, ...]]:
    """What may be planned together: all of a query; of a mutation, the fields in a row that one subgraph runs."""
    fetched = tuple(_fetched(operation.selections))
    if not fetched:
        return []
    if operation.kind is not OperationKind.MUTATION:
        return [fetched]
    parts: list[list[Selection]] = []
    last: frozenset[GraphName] | None = None
    for selection in in_serial_order(fetched):
        owners = _owners(graph, operation, selection)
        if parts and owners == last:
            parts[-1].append(selection)
        else:
            parts.append([selection])
        last = owners
    return [tuple(part) for part in parts]


def _owners(graph: QueryGraph, operation: NormalizedOperation, selection: Selection) -> frozenset[GraphName]:
    if not isinstance(selection, FieldSelection):
        return frozenset()
    return frozenset(
        edge.target.graph
        for edge in graph.roots(operation.root_type)
        if graph.field(edge.target, selection.name) is not None
    )


def _fetched(selections: Iterable[Selection]) -> list[Selection]:
    """Without what the executor answers: at the root itself, and in fragments there."""
    found: list[Selection] = []
    for each in selections:
        if isinstance(each, FragmentSelection):
            inner = tuple(_fetched(each.selections))
            if inner:
                found.append(replace(each, selections=inner))
        elif each.name not in _ANSWERED_HERE:
            found.append(each)
    return found
