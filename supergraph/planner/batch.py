"""One plan as a line of JSON in, a line of JSON out: what tools and conformance checks call."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from supergraph.planner.document import PlanningSchema, plan_document, read_planning_schema
from supergraph.planner.operation.problem import PlanningProblem
from supergraph.planner.plan.codec import plan_to_json
from supergraph.planner.plan.measures import count_fetches, longest_chain
from supergraph.planner.plan.nodes import QueryPlan
from supergraph.spec import InvalidSupergraphError


def plan_batch_line(line: bytes | str) -> str:
    """Plan `{"id", "supergraph", "operation", "operationName"?, "overrides"?, "config"?}`.

    `overrides` says of labels whether they are active. `config` is that of the reference planner; of it,
    `{"incrementalDelivery": {"enableDefer": true}}` is heeded: without it `@defer` changes nothing. The answer is
    `{"id", "plan", "fetches", "depth"}`, or `{"id", "error"}` where there is no plan.
    """
    try:
        case = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _printed({"id": None, "error": f"the line is not JSON: {error}"})
    if not isinstance(case, dict):
        return _printed({"id": None, "error": "the line is not a JSON object"})
    plan = _plan(case)
    if isinstance(plan, str):
        return _printed({"id": case.get("id"), "error": plan})
    return _printed(
        {
            "id": case.get("id"),
            "plan": plan_to_json(plan),
            "fetches": count_fetches(plan.node),
            "depth": longest_chain(plan.node),
        }
    )


def _plan(case: Mapping[str, object]) -> QueryPlan | str:
    """The plan, or why there is none."""
    supergraph, operation = case.get("supergraph"), case.get("operation")
    name, overrides = case.get("operationName"), case.get("overrides") or {}
    if not isinstance(supergraph, str) or not isinstance(operation, str):
        return "`supergraph` and `operation` must be strings"
    if not isinstance(name, str | None):
        return "`operationName` must be a string"
    if not isinstance(overrides, dict) or not all(isinstance(each, bool) for each in overrides.values()):
        return "`overrides` must be an object of booleans"
    incremental = _is_incremental(case.get("config") or {})
    if incremental is None:
        return '`config` must be of the form {"incrementalDelivery": {"enableDefer": true}}'
    try:
        schema = _read_schema(supergraph)
    except InvalidSupergraphError as error:
        return f"supergraph: {error}"
    plan = plan_document(schema, operation, name, overrides, incremental=incremental)
    return plan.message if isinstance(plan, PlanningProblem) else plan


def _is_incremental(config: object) -> bool | None:
    """Whether `@defer` is to be heeded; None where that cannot be read."""
    delivery = config.get("incrementalDelivery") or {} if isinstance(config, dict) else None
    wanted = delivery.get("enableDefer", False) if isinstance(delivery, dict) else None
    return wanted if isinstance(wanted, bool) else None


@lru_cache(maxsize=8)
def _read_schema(supergraph_sdl: str) -> PlanningSchema:
    """A batch plans many operations over one supergraph. Raises InvalidSupergraphError."""
    return read_planning_schema(supergraph_sdl)


def _printed(answer: Mapping[str, Any]) -> str:  # JSON leaves here
    return orjson.dumps(answer).decode()
