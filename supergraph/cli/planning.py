"""`dovetail plan`: which subgraphs an operation asks, for what, and after which other."""

import sys
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import orjson
from graphql import DocumentNode, GraphQLError, GraphQLSchema, parse, validate

from supergraph.cli.batch import run_batch
from supergraph.cli.failure import CommandError
from supergraph.cli.formats import PlanFormat
from supergraph.cli.supergraph_yaml import describe_unreadable
from supergraph.planner import (
    PlanningProblem,
    QueryGraph,
    QueryPlan,
    build_query_graph,
    count_fetches,
    longest_chain,
    normalize,
    plan_operation,
    plan_to_json,
    render_plan,
)
from supergraph.spec import InvalidSupergraphError, client_schema, read_supergraph


class UnplannableError(Exception):
    """What keeps an operation from being planned. The message is one line."""


def plan_file(supergraph: Path, operation: Path, operation_name: str | None, format_: PlanFormat) -> int:
    """Print the plan. Raises CommandError."""
    supergraph_sdl, document = _read(supergraph), _read(operation)
    try:
        schema, graph = _read_graph(supergraph_sdl)
    except UnplannableError as error:
        raise CommandError(f"{supergraph}: {error}") from error
    try:
        plan = _plan(schema, graph, document, operation_name, {})
    except UnplannableError as error:
        raise CommandError(f"{operation}: {error}") from error
    if format_ is PlanFormat.JSON:
        text = orjson.dumps(plan_to_json(plan), option=orjson.OPT_INDENT_2).decode()
    else:
        text = render_plan(plan)
    sys.stdout.write(text.rstrip("\n") + "\n")
    return 0


def plan_batch() -> int:
    """Lines `{"id", "supergraph", "operation", "operationName"?, "overrides"?}`."""
    return run_batch(plan_batch_line)


def plan_batch_line(line: bytes) -> str:
    """The answer to one line, `{"id", "plan", "fetches", "depth"}` or `{"id", "error"}`."""
    try:
        case = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        return _print({"id": None, "error": f"the line is not JSON: {error}"})
    if not isinstance(case, dict):
        return _print({"id": None, "error": "the line is not a JSON object"})
    try:
        plan = _plan_case(case)
    except UnplannableError as error:
        return _print({"id": case.get("id"), "error": str(error)})
    return _print(
        {
            "id": case.get("id"),
            "plan": plan_to_json(plan),
            "fetches": count_fetches(plan.node),
            "depth": longest_chain(plan.node),
        }
    )


def _plan_case(case: dict[str, object]) -> QueryPlan:
    supergraph, operation = case.get("supergraph"), case.get("operation")
    name, overrides = case.get("operationName"), case.get("overrides") or {}
    if not isinstance(supergraph, str) or not isinstance(operation, str):
        raise UnplannableError("`supergraph` and `operation` must be strings")
    if not isinstance(name, str | None):
        raise UnplannableError("`operationName` must be a string")
    if not isinstance(overrides, dict) or not all(isinstance(each, bool) for each in overrides.values()):
        raise UnplannableError("`overrides` must be an object of booleans")
    schema, graph = _read_graph(supergraph)
    return _plan(schema, graph, operation, name, overrides)


def _print(answer: dict[str, object]) -> str:
    return orjson.dumps(answer).decode()


@lru_cache(maxsize=8)
def _read_graph(sdl: str) -> tuple[GraphQLSchema, QueryGraph]:
    """What follows from a supergraph alone: a batch plans many operations over one."""
    try:
        supergraph = read_supergraph(sdl)
    except InvalidSupergraphError as error:
        raise UnplannableError(str(error)) from error
    return client_schema(supergraph), build_query_graph(supergraph)


def _plan(
    schema: GraphQLSchema,
    graph: QueryGraph,
    text: str,
    operation_name: str | None,
    overrides: Mapping[str, bool],
) -> QueryPlan:
    document = _parse(text)
    errors = validate(schema, document, max_errors=1, allow_empty_selection_sets=False)
    if errors:
        raise UnplannableError(_describe(errors[0]))
    operation = normalize(schema, document, operation_name)
    if isinstance(operation, PlanningProblem):
        raise UnplannableError(operation.message)
    plan = plan_operation(graph, operation, overrides=overrides)
    if isinstance(plan, PlanningProblem):
        raise UnplannableError(plan.message)
    return plan


def _parse(text: str) -> DocumentNode:
    try:
        return parse(text, allow_empty_selection_sets=False)
    except GraphQLError as error:
        raise UnplannableError(_describe(error)) from error


def _describe(error: GraphQLError) -> str:
    place = f"line {error.locations[0].line}, column {error.locations[0].column}: " if error.locations else ""
    return place + " ".join(error.message.split())


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {describe_unreadable(error)}") from error
