"""Callers who have something open: looked at again every few seconds, since what they showed may be taken back."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from typing import TypeVar

import structlog

from supergraph.gateway.errors import Refusal
from supergraph.spec import Caller

_log = structlog.stdlib.get_logger("dovetail.gateway")

Event = TypeVar("Event")
End = Callable[[Refusal], None]


class CallerWatch:
    """Asks `review` of each caller every `seconds`, and tells those who watch over one why it must end.

    Nothing runs while nobody is watched.
    """

    __slots__ = ("_review", "_seconds", "_task", "_watched")

    def __init__(self, review: Callable[[Caller], Awaitable[Refusal | None]], seconds: float) -> None:
        self._review = review
        self._seconds = seconds
        # One look for all that a caller has open: they are often many, and the caller the same.
        self._watched: dict[Caller, list[End]] = {}
        self._task: asyncio.Task[None] | None = None

    def watch(self, caller: Caller, end: End) -> Callable[[], None]:
        """`end` is called, once, when the caller must go; not after the function that comes back was called."""
        self._watched.setdefault(caller, []).append(end)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._look())

        def stop() -> None:
            ends = self._watched.get(caller, [])
            if end in ends:
                ends.remove(end)
            if not ends:
                self._watched.pop(caller, None)
                if not self._watched and self._task is not None:
                    self._task.cancel()
                    self._task = None

        return stop

    async def _look(self) -> None:
        while self._watched:
            await asyncio.sleep(self._seconds)
            watched = tuple(self._watched)
            # Keys are looked up side by side, so that a store that is slow delays nobody else's look. Of tokens, which
            # are many more, the word is there at once: a task for each would cost more than the look.
            await asyncio.gather(*(self._look_at(each) for each in watched if each.api_key is not None))
            for caller in watched:
                if caller.api_key is None:
                    await self._look_at(caller)

    async def _look_at(self, caller: Caller) -> None:
        try:
            reason = await self._review(caller)
        except Exception:  # noqa: BLE001 - the edge of a task: one look that fails must not end all others
            _log.exception("looking at a caller again met a fault")
            return
        if reason is not None:
            for end in tuple(self._watched.get(caller, ())):
                end(reason)


async def while_allowed(
    events: AsyncGenerator[Event, None], review: Callable[[], Refusal | None], end: End
) -> AsyncGenerator[Event, None]:
    """The events, until one comes that may not go out any more: `end` is told why."""
    async with aclosing(events):
        async for event in events:
            reason = review()
            if reason is not None:
                end(reason)
                return
            yield event
