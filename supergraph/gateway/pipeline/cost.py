"""What an operation may cost: refused before it is planned, or any subgraph is asked."""

from dataclasses import replace

from supergraph.gateway.cost_estimate import CostEstimate, SlicingProblem, Variables
from supergraph.gateway.errors import Problem, Refusal
from supergraph.gateway.operation import Excess
from supergraph.gateway.pipeline.http_response import Executed
from supergraph.gateway.pipeline.limits import Limits, enforce
from supergraph.gateway.settings import LimitName
from supergraph.spec import RequestCode


def exceeded_cost(estimate: CostEstimate, limits: Limits) -> list[Excess]:
    """As far as that can be told without variables."""
    cost = estimate.constant
    return [] if cost is None or limits.cost is None or cost <= limits.cost else [_excess(cost, limits.cost)]


def check_cost(estimate: CostEstimate, variables: Variables, limits: Limits) -> int | Refusal:
    """What the operation is estimated to cost. What needs no variables was checked when it was prepared."""
    if (constant := estimate.constant) is not None:
        return constant
    cost, problems = estimate.cost(variables)
    if limits.cost is None:
        return cost
    if problems:
        if LimitName.COST not in limits.report_only:
            return Refusal(400, tuple(map(_slicing_problem, problems)), is_graphql=True)
        for each in problems:
            limits.reports.note(LimitName.COST, field=each.place, slicing_arguments=each.given)
    if cost > limits.cost:
        refusal = enforce([_excess(cost, limits.cost)], limits)
        if refusal is not None:
            return refusal
    return cost


def tell_cost(executed: Executed, cost: int, limits: Limits) -> Executed:
    """What the operation was estimated to cost, in the answer's `extensions`."""
    told: dict[str, object] = {"estimated": cost}
    if limits.cost is not None:
        told["max"] = limits.cost
    return replace(executed, extensions={**(executed.extensions or {}), "cost": told})


def _excess(cost: int, most: int) -> Excess:
    return Excess(LimitName.COST, cost, most)


def _slicing_problem(problem: SlicingProblem) -> Problem:
    names = ", ".join(f"`{name}`" for name in problem.names)
    wanted = f"the argument {names}" if len(problem.names) == 1 else f"exactly one of the arguments {names}"
    given = "none is given" if problem.given == 0 else f"{problem.given} are given"
    return Problem(
        RequestCode.COST_SLICING_ARGUMENT_REQUIRED,
        f"{problem.place} needs {wanted}, so that it can be told how many items it gives; {given}.",
        extensions={"coordinate": problem.place},
    )
