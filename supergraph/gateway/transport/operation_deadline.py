"""The time of a whole operation: what is fetched by then stays, every other fetch becomes a failure."""

import asyncio
from typing import Self

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.time_limit import TimeLimit


class OperationDeadlines:
    """Gives every operation `seconds`. One timer does for all, since they fall due in the order of their beginning."""

    __slots__ = ("_loop", "_running", "_seconds", "_timer")

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._running: dict[OperationClient, float] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def limit(self, client: SubgraphClient) -> "OperationClient":
        """A client for one operation, whose time runs from its `begin`."""
        return OperationClient(client, self)

    def begin(self, operation: "OperationClient") -> asyncio.AbstractEventLoop:
        """The loop that the operation runs in."""
        loop = asyncio.get_running_loop()
        self._running[operation] = due = loop.time() + self._seconds
        if self._timer is None or self._loop is not loop:
            self._set_timer(loop, due)
        return loop

    def end(self, operation: "OperationClient") -> None:
        self._running.pop(operation, None)

    def _set_timer(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._loop = loop
        self._timer = loop.call_at(due, self._end_overdue, loop)

    def _end_overdue(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        now = loop.time()
        for operation, due in tuple(self._running.items()):
            if due > now:
                self._set_timer(loop, due)
                return
            operation.expire()


class OperationClient:
    """Subgraphs as one operation may ask them: until its time is over. It is begun and ended by a `with`."""

    __slots__ = ("_client", "_deadlines", "_is_over", "_loop", "_waiting")

    def __init__(self, client: SubgraphClient, deadlines: OperationDeadlines) -> None:
        self._client = client
        self._deadlines = deadlines
        self._waiting: set[TimeLimit] = set()
        self._is_over = False
        self._loop: asyncio.AbstractEventLoop | None = None

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        if not self._is_over:
            limit = TimeLimit(self._loop)
            self._waiting.add(limit)
            try:
                with limit:
                    return await self._client.send(request)
            finally:
                self._waiting.discard(limit)
        return SubgraphFailure(request.subgraph, FailureReason.OPERATION_TIMED_OUT)

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        """A subscription has all the time there is: it is opened outside of an operation's."""
        return self._client.subscribe(request)

    async def close(self) -> None:
        """Nothing: the client below is everybody's."""

    def __enter__(self) -> Self:
        self._loop = self._deadlines.begin(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._deadlines.end(self)

    def expire(self) -> None:
        """Give up what is waited for, and refuse what is still to be asked."""
        self._is_over = True
        self._deadlines.end(self)
        for limit in tuple(self._waiting):
            limit.end()
