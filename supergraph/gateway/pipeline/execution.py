"""Plan -> data and errors; for a subscription, again and again."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

import structlog

from supergraph.gateway.executor import (
    DeferProgram,
    Executable,
    ExecutionRequest,
    ExecutionResult,
    Increment,
    Subscription,
    execute_encoded,
    execute_incrementally,
    subscribe,
)
from supergraph.gateway.pipeline.http_response import Executed, Increments

_log = structlog.stdlib.get_logger("dovetail.gateway")


async def execute_planned(executable: Executable, request: ExecutionRequest, *, is_denied: bool) -> Executed:
    """Run it."""
    result = await execute_encoded(executable, request)
    _tell(result)
    # Where everything was denied there is no data, not even an empty object.
    data = None if is_denied and result.errors else result.data
    return Executed(data, tuple(result.errors))


async def subscribe_planned(
    subscription: Subscription, request: ExecutionRequest
) -> AsyncGenerator[Executed, None]:
    """Run it for each event. Whoever closes it frees the subgraph."""
    async with aclosing(subscribe(subscription, request)) as results:
        async for result in results:
            _tell(result)
            yield Executed(result.data, tuple(result.errors))


async def execute_planned_in_parts(
    executable: Executable, request: ExecutionRequest, defer: DeferProgram
) -> AsyncGenerator[Executed | Increments, None]:
    """Run it, and give each part when it is ready. Whoever closes it frees the subgraphs."""
    async with aclosing(execute_incrementally(executable, request, defer)) as parts:
        async for part in parts:
            if isinstance(part, Increment):
                _tell(part)
                yield Increments(part.results, part.has_next)
            else:
                _tell(part.result)
                yield Executed(part.result.data, tuple(part.result.errors), part.has_next)


def _tell(result: ExecutionResult | Increment) -> None:
    """What failed at subgraphs, and what no client may know of it, goes to the log."""
    for failure in result.failures:
        _log.warning(
            "a subgraph failed",
            subgraph=failure.subgraph,
            reason=failure.reason.value,
            detail=failure.detail,
        )
