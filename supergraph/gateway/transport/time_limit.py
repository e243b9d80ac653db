"""A limit to one wait. What `asyncio.timeout` does, for those who keep the time of many waits with one timer."""

import asyncio
from types import TracebackType
from typing import Self


class TimeLimit:
    """Limits what the present task waits for within `with`. When it has ended that, `is_over` and nothing is raised."""

    __slots__ = ("_cancelling", "_ended", "_task", "is_over")

    def __init__(self, loop: asyncio.AbstractEventLoop | None = None) -> None:
        """`loop` is the running one, for those who know it."""
        task = asyncio.current_task(loop)
        assert task is not None, "whoever waits is a task"
        self._task = task
        self._cancelling = task.cancelling()
        self._ended = False
        self.is_over = False

    def end(self) -> None:
        """Give up the wait."""
        if not self._ended:
            self._ended = True
            self._task.cancel()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not self._ended:
            return False
        # Somebody else may have cancelled the task at the same moment: then it stays cancelled.
        self.is_over = self._task.uncancel() <= self._cancelling and kind is asyncio.CancelledError
        return self.is_over
