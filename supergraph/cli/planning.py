"""`dovetail plan`: which subgraphs an operation asks, for what, and after which other."""

import sys
from pathlib import Path

import orjson

from supergraph.cli.batch import run_batch
from supergraph.cli.failure import CommandError, describe_unreadable
from supergraph.cli.formats import PlanFormat
from supergraph.planner import (
    PlanningProblem,
    plan_batch_line,
    plan_document,
    plan_to_json,
    read_planning_schema,
    render_plan,
)
from supergraph.spec import InvalidSupergraphError


def plan_file(supergraph: Path, operation: Path, operation_name: str | None, format_: PlanFormat) -> int:
    """Print the plan. Raises CommandError."""
    supergraph_sdl, text = _read(supergraph), _read(operation)
    try:
        schema = read_planning_schema(supergraph_sdl)
    except InvalidSupergraphError as error:
        raise CommandError(f"{supergraph}: {error}") from error
    plan = plan_document(schema, text, operation_name)
    if isinstance(plan, PlanningProblem):
        raise CommandError(f"{operation}: {plan.message}")
    if format_ is PlanFormat.JSON:
        printed = orjson.dumps(plan_to_json(plan), option=orjson.OPT_INDENT_2).decode()
    else:
        printed = render_plan(plan)
    sys.stdout.write(printed.rstrip("\n") + "\n")
    return 0


def plan_batch() -> int:
    """Lines `{"id", "supergraph", "operation", "operationName"?, "overrides"?, "config"?}`."""
    return run_batch(plan_batch_line)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"{path}: {describe_unreadable(error)}") from error
