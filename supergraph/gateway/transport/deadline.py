"""No answer is waited for longer than its subgraph is given."""

import asyncio

from supergraph.gateway.transport.client import (
    FailureReason,
    RequestClient,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.time_limit import TimeLimit


class DeadlineClient:
    """Gives up after `seconds`, all waiting and asking again included."""

    __slots__ = ("_inner", "_loop", "_seconds", "_timer", "_waiting")

    def __init__(self, inner: RequestClient, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds
        # All are given equally long, so they fall due in the order in which they began, and one timer, set for the
        # first of them, does for all: to set one for each costs as much as to send a small request.
        self._waiting: dict[TimeLimit, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        loop = asyncio.get_running_loop()
        limit = TimeLimit(loop)
        self._waiting[limit] = due = loop.time() + self._seconds
        if self._timer is None or self._loop is not loop:
            self._set_timer(loop, due)
        try:
            with limit:
                return await self._inner.send(request)
        finally:
            self._waiting.pop(limit, None)
        return SubgraphFailure(
            request.subgraph, FailureReason.TIMED_OUT, f"no answer within {self._seconds:g} s"
        )

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        await self._inner.close()

    def _set_timer(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._loop = loop
        self._timer = loop.call_at(due, self._end_overdue, loop)

    def _end_overdue(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for limit, due in self._waiting.items():
            if due > now:
                self._set_timer(loop, due)
                return
            limit.end()
