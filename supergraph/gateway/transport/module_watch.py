"""Looks after modules that run in this process: whether their threads still answer, and the memory still does."""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol

from supergraph.gateway.transport import memory_bound

_LOOKS: Final = 4
"""So often is a thread looked at before it counts as stalled: one look may be late on a busy machine."""

_GROWTH: Final = 0.01
"""Of the bound, between two looks: less is not the work of one call."""


class Watched(Protocol):
    """A module's thread. `is_called` is true while anybody waits for it.

    `began` is the loop's time at which the oldest request did; None while it has none. A subscription is none: it waits.
    """

    @property
    def is_called(self) -> bool: ...

    @property
    def began(self) -> float | None: ...

    def ping(self) -> None: ...

    @property
    def is_silent(self) -> bool:
        """Whether the last ping is still unanswered."""
        ...

    def give_up(self, why: str) -> None:
        """Interrupt it, and answer who waits for it."""
        ...


class ModuleWatch:
    """Watches while there are calls, and gives up a module that stalls for `stall_seconds`.

    Where the process grows beyond `memory_bytes` while modules are called, the one whose call is the oldest is given
    up: an endless list grows until somebody ends it.
    """

    __slots__ = ("_looked_at", "_loop", "_memory_bytes", "_period", "_silent", "_timer", "_used", "_watched")

    def __init__(
        self,
        stall_seconds: float,
        memory_bytes: int | None,
        used_bytes: Callable[[], int | None] = memory_bound.used_bytes,
    ) -> None:
        self._period = stall_seconds / _LOOKS
        self._memory_bytes = memory_bytes
        self._used = used_bytes
        self._looked_at: int | None = None
        self._watched: set[Watched] = set()
        self._silent: dict[Watched, int] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def watch(self, module: Watched) -> None:
        """From its first call on, until it has none."""
        self._watched.add(module)
        loop = asyncio.get_running_loop()
        if self._timer is None or self._loop is not loop:
            self._loop = loop
            self._timer = loop.call_later(self._period, self._look)

    def forget(self, module: Watched) -> None:
        self._watched.discard(module)
        self._silent.pop(module, None)
        if not self._watched and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        for module in tuple(self._watched):
            if module.is_silent:
                self._silent[module] = self._silent.get(module, 0) + 1
                if self._silent[module] >= _LOOKS:
                    self.forget(module)
                    module.give_up("it held its thread")
            elif not module.is_called:
                self.forget(module)
            else:
                self._silent.pop(module, None)
                module.ping()
        self._look_at_memory()
        self._timer = None
        if self._watched:
            assert self._loop is not None, "it was set with the timer"
            self._timer = self._loop.call_later(self._period, self._look)
        else:
            self._looked_at = None

    def _look_at_memory(self) -> None:
        if self._memory_bytes is None or not self._watched:
            return
        used, before = self._used(), self._looked_at
        self._looked_at = used
        if used is None or before is None or used < self._memory_bytes:
            return
        if used - before < self._memory_bytes * _GROWTH:
            return
        calling = [(module.began, module) for module in self._watched if module.began is not None]
        if calling:
            _, oldest = min(calling, key=lambda each: each[0])
            self.forget(oldest)
            oldest.give_up("the memory was used up while it was called")
