"""One subgraph's slowness must not fill the gateway: only so many requests are under way, and only so many wait."""

import asyncio
from collections import deque

from supergraph.gateway.transport.client import (
    FailureReason,
    RequestClient,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)


class BulkheadClient:
    """Lets `at_once` requests through. `waiting` more wait their turn, first come first served; others are refused."""

    __slots__ = ("_free", "_inner", "_most_waiting", "_queue")

    def __init__(self, inner: RequestClient, at_once: int, waiting: int) -> None:
        self._inner = inner
        self._free = at_once
        self._most_waiting = waiting
        self._queue: deque[asyncio.Future[None]] = deque()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        if self._free > 0:
            self._free -= 1
        elif not await self._admitted():
            return SubgraphFailure(
                request.subgraph, FailureReason.BUSY, f"{self._most_waiting} wait already", retry_after=1
            )
        try:
            return await self._inner.send(request)
        finally:
            self._leave()

    async def close(self) -> None:
        await self._inner.close()

    async def _admitted(self) -> bool:
        """False at once where too many wait. A place is handed from who leaves to who waits longest."""
        if len(self._queue) >= self._most_waiting:
            return False
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()  # the place was handed over at the very moment of giving up
            elif turn in self._queue:
                self._queue.remove(turn)
            raise
        return True

    def _leave(self) -> None:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
