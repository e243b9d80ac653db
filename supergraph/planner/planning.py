"""The story of a plan: search and choose hops, group them into steps, optimise the steps, build the plan."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from graphql import GraphQLSchema, GraphQLSyntaxError, KnownDirectivesRule, parse, specified_rules, validate

from supergraph.planner.fetch_graph.building import build_fetch_graph
from supergraph.planner.fetch_graph.model import FetchGraph
from supergraph.planner.fetch_graph.optimization import FETCH_PASSES, optimize
from supergraph.planner.fetch_graph.passes.order_mutations import order_mutations
from supergraph.planner.fetch_graph.rendering import render_fetch_graph
from supergraph.planner.operation.model import FieldSelection, NormalizedOperation, OperationKind, Selection
from supergraph.planner.operation.normalization import normalize
from supergraph.planner.operation.problem import PlanningCode, PlanningProblem, PlanningStoppedError
from supergraph.planner.operation.serial_fields import in_serial_order
from supergraph.planner.path_search.budget import Budget, Purse
from supergraph.planner.path_search.choice import choose_hops
from supergraph.planner.plan.building import PlanBuilder, sequence
from supergraph.planner.plan.codec import plan_to_json
from supergraph.planner.plan.measures import count_fetches, longest_chain
from supergraph.planner.plan.nodes import PlanNode, QueryPlan
from supergraph.planner.query_graph.building import build_query_graph
from supergraph.planner.query_graph.model import QueryGraph
from supergraph.spec import GraphName, InvalidSupergraphError, client_schema, read_supergraph

_ANSWERED_HERE = frozenset({"__typename", "__schema", "__type"})
DEFAULT_BUDGET = Budget()

# A directive that the schema lacks (`@defer`, for one) changes nothing in a plan: it is passed over.
_RULES = [rule for rule in specified_rules if rule is not KnownDirectivesRule]

Overrides = frozenset[str] | Mapping[str, bool]


def plan_operation(
    graph: QueryGraph,
    operation: NormalizedOperation,
    budget: Budget = DEFAULT_BUDGET,
    overrides: Overrides = frozenset(),
) -> QueryPlan | PlanningProblem:
    """What to run for an operation; a problem where the budget is spent or a field cannot be reached.

    `overrides` are the labels of progressive overrides that are active, or all labels with whether they are; a label
    that is not named is inactive. Introspection and `__typename` at the root are not planned: the executor answers.
    """
    active = overrides if isinstance(overrides, frozenset) else _active(overrides)
    purse = Purse(budget)
    builder = PlanBuilder(graph.supergraph, operation)
    try:
        nodes = [
            _plan_part(graph, operation, part, active, purse, builder) for part in _parts(graph, operation)
        ]
    except PlanningStoppedError as stopped:
        return stopped.problem
    except RecursionError:
        return PlanningProblem(PlanningCode.OPERATION_TOO_LARGE, "the operation is nested too deeply")
    return QueryPlan(sequence(nodes))


def explain_operation(
    graph: QueryGraph, operation: NormalizedOperation, overrides: Overrides = frozenset()
) -> str | PlanningProblem:
    """The fetch graph of an operation as text, before the plan is built from it."""
    active = overrides if isinstance(overrides, frozenset) else _active(overrides)
    purse = Purse(DEFAULT_BUDGET)
    try:
        graphs = [_fetch_graph(graph, operation, part, active, purse) for part in _parts(graph, operation)]
    except PlanningStoppedError as stopped:
        return stopped.problem
    return "\n".join(render_fetch_graph(each) for each in graphs)


def plan_batch_line(line: Mapping[str, object]) -> dict[str, object]:
    """One line of `dovetail plan --batch`, answered.

    In: `id`, `supergraph` (a document), `operation`, perhaps `operationName` and `overrides` (label to active).
    Out: `id`, `plan`, `fetches`, `depth`; or `id`, `error`.
    """
    found = _planned(line)
    if isinstance(found, str):
        return {"id": line.get("id"), "error": found}
    return {
        "id": line.get("id"),
        "plan": plan_to_json(found),
        "fetches": count_fetches(found.node),
        "depth": longest_chain(found.node),
    }


def _planned(line: Mapping[str, object]) -> QueryPlan | str:
    try:
        graph, schema = _prepared(str(line["supergraph"]))
        document = parse(str(line["operation"]), no_location=True)
    except KeyError as missing:
        return f"the line has no {missing}"
    except InvalidSupergraphError as error:
        return f"supergraph: {error}"
    except GraphQLSyntaxError as error:
        return f"operation: {error.message}"
    problems = validate(schema, document, _RULES, max_errors=1)
    if problems:
        return f"operation: {problems[0].message}"
    name = line.get("operationName")
    operation = normalize(schema, document, str(name) if name is not None else None)
    if isinstance(operation, PlanningProblem):
        return operation.message
    labels = line.get("overrides")
    active = (
        frozenset(str(label) for label, on in labels.items() if on)
        if isinstance(labels, Mapping)
        else frozenset()
    )
    plan = plan_operation(graph, operation, overrides=active)
    return plan.message if isinstance(plan, PlanningProblem) else plan


@lru_cache(maxsize=8)
def _prepared(supergraph_sdl: str) -> tuple[QueryGraph, GraphQLSchema]:
    supergraph = read_supergraph(supergraph_sdl)
    return build_query_graph(supergraph), client_schema(supergraph)


def _active(overrides: Mapping[str, bool]) -> frozenset[str]:
    return frozenset(label for label, active in overrides.items() if active)


def _plan_part(
    graph: QueryGraph,
    operation: NormalizedOperation,
    selections: tuple[Selection, ...],
    active: frozenset[str],
    purse: Purse,
    builder: PlanBuilder,
) -> PlanNode | None:
    fetches = _fetch_graph(graph, operation, selections, active, purse)
    if operation.kind is OperationKind.SUBSCRIPTION:
        return builder.subscription(fetches)
    return builder.build(fetches)


def _fetch_graph(
    graph: QueryGraph,
    operation: NormalizedOperation,
    selections: tuple[Selection, ...],
    active: frozenset[str],
    purse: Purse,
) -> FetchGraph:
    hops = choose_hops(graph, operation.root_type, selections, active, purse)
    purse.check()
    fetches = build_fetch_graph(graph.supergraph, hops)
    if operation.kind is OperationKind.MUTATION:
        fetches = order_mutations(fetches, selections)
    purse.check()
    return optimize(fetches, FETCH_PASSES, purse)


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
    return [
        each for each in selections if not (isinstance(each, FieldSelection) and each.name in _ANSWERED_HERE)
    ]
