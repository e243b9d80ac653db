"""Plan -> data and errors; for a subscription, again and again."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import aclosing
from typing import Final

import structlog

from supergraph.gateway.errors import Problem
from supergraph.gateway.executor import (
    DeferProgram,
    Executable,
    ExecutionRequest,
    ExecutionResult,
    Increment,
    LiveSubscription,
    execute_encoded,
    execute_incrementally,
    subscribe,
)
from supergraph.gateway.pipeline.access_control import LiveAccess
from supergraph.gateway.pipeline.denials import DenialReport
from supergraph.gateway.pipeline.http_response import Executed, Increments
from supergraph.gateway.transport.operation_deadline import OperationClient
from supergraph.spec import RequestCode

_log = structlog.stdlib.get_logger("dovetail.gateway")


_NO_LONGER_GRANTED: Final = Problem(
    RequestCode.UNAUTHORIZED_FIELD_OR_TYPE,
    "A policy that let this subscription begin does not hold any more; the subscription is ended.",
)


async def execute_planned(
    executable: Executable, request: ExecutionRequest, report: DenialReport | None
) -> Executed:
    """Run it within its time. `report` says what becomes of its denials; None where it has none."""
    with _time_of(request):
        result = await execute_encoded(executable, request)
    _tell(result)
    executed = Executed(result.data, tuple(result.errors))
    return executed if report is None else await report.complete(executed)


async def carry_out(mutation: Awaitable[Executed], keeps: object) -> Executed:
    """A mutation that has begun is carried out to its end, though whoever asked for it may have left.

    `keeps` is what must last until then: its snapshot.
    """
    running = asyncio.ensure_future(mutation)
    _carried_out[running] = keeps
    running.add_done_callback(_carried_out.pop)
    return await asyncio.shield(running)


_carried_out: Final[dict[asyncio.Future[Executed], object]] = {}


async def subscribe_planned(live: LiveSubscription, access: LiveAccess) -> AsyncGenerator[Executed, None]:
    """Run it for each event. Whoever closes it frees the subgraph."""
    async with aclosing(subscribe(live, access.goes_on)) as results:
        async for result in results:
            _tell(result)
            yield await access.complete(Executed(result.data, tuple(result.errors)))
    if access.ended:
        yield Executed(None, (_NO_LONGER_GRANTED.as_json(),))


async def execute_planned_in_parts(
    executable: Executable, request: ExecutionRequest, defer: DeferProgram, report: DenialReport | None
) -> AsyncGenerator[Executed | Increments, None]:
    """Run it, and give each part when it is ready. Its time is for all parts. Whoever closes it frees the subgraphs."""
    with _time_of(request):
        async with aclosing(execute_incrementally(executable, request, defer)) as parts:
            async for part in parts:
                if isinstance(part, Increment):
                    _tell(part)
                    increments = Increments(part.results, part.has_next)
                    yield increments if report is None else await report.complete_part(increments)
                else:
                    _tell(part.result)
                    executed = Executed(part.result.data, tuple(part.result.errors), part.has_next)
                    yield executed if report is None else await report.complete(executed)


def _time_of(request: ExecutionRequest) -> OperationClient:
    operation = request.client
    assert isinstance(operation, OperationClient), "whatever is not a subscription has its time"
    return operation


def _tell(result: ExecutionResult | Increment) -> None:
    """What failed at subgraphs, and what no client may know of it, goes to the log."""
    for failure in result.failures:
        _log.warning(
            "a subgraph failed",
            subgraph=failure.subgraph,
            reason=failure.reason.value,
            detail=failure.detail,
        )
