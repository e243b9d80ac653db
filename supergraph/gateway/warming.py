"""What is asked most, made ready on a new snapshot before anybody asks it there."""

import time
from collections.abc import Sequence

import structlog

from supergraph.gateway.errors import Refusal
from supergraph.gateway.executor import Executable
from supergraph.gateway.hooks import GraphQLRequest
from supergraph.gateway.pipeline.limits import Limits
from supergraph.gateway.pipeline.normalization import prepare_operation
from supergraph.gateway.pipeline.planning import plan_prepared
from supergraph.gateway.snapshot import PlanKey, Snapshot

_log = structlog.stdlib.get_logger("dovetail.gateway")

Asked = tuple[PlanKey, int]
"""What was planned on the former snapshot, and how often that was used."""


def warm(
    snapshot: Snapshot, hottest: Sequence[Asked], limits: Limits, seconds: float, *, suggestions: bool
) -> int:
    """Parse, validate, normalise, plan and compile them, in their order, until the time is over; how many were done.

    Operations that the new snapshot refuses are no trouble: whoever asks them is told. Half of how often they were used
    goes on with them, so that what was hot stays hot over the next swap too, and what no longer is fades.
    """
    deadline = time.monotonic() + seconds
    done = 0
    for key, times in hottest:
        if time.monotonic() > deadline:
            break
        try:
            done += _make_ready(snapshot, key, limits, suggestions=suggestions)
        except Exception:  # noqa: BLE001 - a fault that whoever asks will meet again, and no reason to keep the old graph
            _log.exception("an operation could not be made ready on the new supergraph")
        snapshot.planned.credit(key, times // 2)
    return done


def _make_ready(snapshot: Snapshot, key: PlanKey, limits: Limits, *, suggestions: bool) -> bool:
    (query, name), decision, incremental = key
    request = GraphQLRequest(query, name, {})
    operation = prepare_operation(request, snapshot, limits, suggestions=suggestions)
    if isinstance(operation, Refusal):
        return False
    planned = plan_prepared(request, operation, decision, snapshot, incremental=incremental)
    if isinstance(planned, Refusal):
        return False
    executable = planned.executable
    if isinstance(executable, Executable) and not executable.condition_variables:
        executable.projection({})
    return True
