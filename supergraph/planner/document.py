"""A supergraph's document and an operation's text -> a plan: what tools want, who have neither read nor validated."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from graphql import (
    GraphQLError,
    GraphQLSchema,
    NoUnusedFragmentsRule,
    NoUnusedVariablesRule,
    parse,
    specified_rules,
    validate,
)

from supergraph.planner.operation.normalization import normalize
from supergraph.planner.operation.problem import PlanningCode, PlanningProblem
from supergraph.planner.plan.nodes import QueryPlan
from supergraph.planner.planning import plan_operation
from supergraph.planner.query_graph.building import build_query_graph
from supergraph.planner.query_graph.model import QueryGraph
from supergraph.spec import client_schema, read_supergraph

# What is not used changes no plan, and is left over where an operation was cut out of a larger document.
_RULES: Final = tuple(
    each for each in specified_rules if each not in {NoUnusedFragmentsRule, NoUnusedVariablesRule}
)


@dataclass(frozen=True, slots=True)
class PlanningSchema:
    """What follows from a supergraph alone, for any number of operations."""

    api: GraphQLSchema
    graph: QueryGraph


def read_planning_schema(supergraph_sdl: str) -> PlanningSchema:
    """Raises InvalidSupergraphError."""
    supergraph = read_supergraph(supergraph_sdl)
    return PlanningSchema(client_schema(supergraph), build_query_graph(supergraph))


def plan_document(
    schema: PlanningSchema,
    text: str,
    operation_name: str | None = None,
    overrides: Mapping[str, bool] | None = None,
    *,
    incremental: bool = True,
) -> QueryPlan | PlanningProblem:
    """The plan of an operation in a document. A problem of the text begins with its place, where it has one.

    `overrides` and `incremental` are those of `plan_operation`.
    """
    try:
        document = parse(text, allow_empty_selection_sets=False)
        errors = validate(schema.api, document, _RULES, max_errors=1, allow_empty_selection_sets=False)
        if errors:
            return _invalid(errors[0])
        operation = normalize(schema.api, document, operation_name)
    except GraphQLError as error:
        return _invalid(error)
    except RecursionError:
        return PlanningProblem(PlanningCode.OPERATION_TOO_LARGE, "the operation is nested too deeply")
    if isinstance(operation, PlanningProblem):
        return operation
    return plan_operation(schema.graph, operation, overrides=overrides or {}, incremental=incremental)


def _invalid(error: GraphQLError) -> PlanningProblem:
    place = f"line {error.locations[0].line}, column {error.locations[0].column}: " if error.locations else ""
    return PlanningProblem(PlanningCode.INVALID_OPERATION, place + " ".join(error.message.split()))
