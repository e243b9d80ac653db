"""The results of one subscription, between what makes them and the client that takes them."""

import asyncio
import sys
from collections import deque
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import structlog

from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.pipeline.http_response import Executed, Increments, encode_result
from supergraph.spec import RequestCode

_log = structlog.stdlib.get_logger("dovetail.gateway")

TOO_SLOW: Final = refuse(
    429,
    "Events came faster than they were taken, and too many were waiting; the subscription is ended.",
    RequestCode.SUBSCRIBER_TOO_SLOW,
)


@dataclass(frozen=True, slots=True)
class WaitingRoom:
    """How much may wait for a client that is slow. One result may always wait, however large."""

    events: int = 100
    size: int = 1024 * 1024


class ResultStream:
    """Results are made as the subgraph's events come, encoded, and wait in a bounded room.

    Where the room is full the stream ends: what waits is still given out, then the reason. `ended` is called when
    nothing is made any more and the subgraph is free.
    """

    __slots__ = ("_changed", "_making", "_reason", "_room", "_size", "_waiting")

    def __init__(
        self,
        results: AsyncGenerator[Executed | Increments, None],
        room: WaitingRoom,
        ended: Callable[[], None],
    ) -> None:
        self._room = room
        self._waiting: deque[bytes] = deque()
        self._size = 0
        self._reason: Refusal | None = None
        self._changed = asyncio.Event()
        self._making = asyncio.create_task(self._make(results))

        def made(_: asyncio.Task[None]) -> None:
            self._changed.set()
            ended()

        self._making.add_done_callback(made)

    async def next(self) -> bytes | Refusal | None:
        """The next result as JSON; or, as the last, why there are no more; or None at an end that needs no reason.

        Waiting for it may be cancelled, and nothing is lost.
        """
        while not self._waiting:
            if self._making.done():
                reason, self._reason = self._reason, None
                return reason
            self._changed.clear()
            await self._changed.wait()
        result = self._waiting.popleft()
        self._size -= len(result)
        return result

    def end(self, reason: Refusal) -> None:
        """Make no more, and free the subgraph. What waits is still given out, then the reason."""
        if not self._making.done() and self._reason is None:
            self._reason = reason
            self._making.cancel()

    async def close(self) -> None:
        """Nobody takes any more. The subgraph is free when this returns."""
        self._making.cancel()
        await asyncio.wait((self._making,))

    async def _make(self, results: AsyncGenerator[Executed | Increments, None]) -> None:
        try:
            async with aclosing(results):
                async for result in results:
                    if not self._keep(encode_result(result)):
                        self._reason = TOO_SLOW
                        return
                    # Many events may have come in one piece: the client gets its turn after each.
                    await asyncio.sleep(0)
        except Exception:  # noqa: BLE001 - the edge of a task: the client gets an answer, the log gets the fault
            _log.exception("a stream met a fault of the gateway's own")
            self._reason = refuse(
                500, "Something went wrong in the gateway.", RequestCode.INTERNAL_SERVER_ERROR
            )

    def _keep(self, result: bytes) -> bool:
        full = len(self._waiting) >= self._room.events or self._size + len(result) > self._room.size
        if self._waiting and full:
            return False
        self._waiting.append(result)
        self._size += len(result)
        self._changed.set()
        return True


class PartStream(ResultStream):
    """The parts of one answer. They may all wait: in one piece the answer would wait as well.

    `keeps` is what must last for as long as they are made: their snapshot.
    """

    __slots__ = ("_keeps",)

    def __init__(self, parts: AsyncGenerator[Executed | Increments, None], keeps: object = None) -> None:
        super().__init__(parts, _ROOM_FOR_ALL, ended=lambda: None)
        self._keeps = keeps


_ROOM_FOR_ALL: Final = WaitingRoom(sys.maxsize, sys.maxsize)
