"""A subgraph of this process in a thread of its own: what it holds up is itself.

Requests and answers cross between the two loops, a wake-up each way. Its objects stay in its own loop.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.health_board import SubgraphHealth
from supergraph.gateway.transport.loop_thread import InterruptedModuleError, LoopThread
from supergraph.gateway.transport.module_watch import ModuleWatch

_log = structlog.stdlib.get_logger("dovetail.gateway")

_MOST_LEFT_BEHIND: Final = 3
_FAREWELL_SECONDS: Final = 2.0
_GRACE_SECONDS: Final = 0.5
_LAST_CHANCES: Final = 5

Answer = SubgraphResponse | SubgraphFailure
_Outcome = Answer | None
"""None: a subscription's events are over."""


class OwnThreadClient:
    """Runs the client that `make` gives in a thread of its own; makes another, in another thread, when that stalls.

    A thread cannot be killed. One that stalls is interrupted and left behind; it ends when its code lets go. While
    three of them have not, the module is asked nothing.
    """

    __slots__ = ("_closed", "_health", "_left_behind", "_make", "_module", "_watch")

    def __init__(
        self, make: Callable[[], SubgraphClient], health: SubgraphHealth, watch: ModuleWatch
    ) -> None:
        self._make = make
        self._health = health
        self._watch = watch
        self._module: _Module | None = None
        self._left_behind: list[LoopThread] = []
        self._closed = False

    async def send(self, request: SubgraphRequest) -> Answer:
        module = self._module or self._begin()
        if module is None:
            return self._not_asked(request)
        client = module.client
        outcome = await module.run(lambda: client.send(request), request, is_work=True)
        assert outcome is not None, "a request has an answer"
        return outcome

    async def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        module = self._module or self._begin()
        if module is None:
            yield self._not_asked(request)
            return
        events = module.client.subscribe(request)
        try:
            while (event := await module.run(lambda: anext(events, None), request)) is not None:
                yield event
                if isinstance(event, SubgraphFailure):
                    return
        finally:
            with suppress(TimeoutError):
                async with asyncio.timeout(_FAREWELL_SECONDS):
                    await module.run(events.aclose, request)

    async def close(self) -> None:
        self._closed = True
        await self._end_those_left_behind()
        module, self._module = self._module, None
        if module is None:
            return
        self._watch.forget(module)
        request = SubgraphRequest(self._health.name, b"", idempotent=False)
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await module.run(module.client.close, request)
        module.thread.stop()
        await module.thread.wait_until_ended(_FAREWELL_SECONDS)

    async def _end_those_left_behind(self) -> None:
        """One more chance to let go, for those that run Python code. The process ends without the others."""
        for _ in range(_LAST_CHANCES):
            held = [each for each in self._left_behind if not each.has_ended]
            if not held:
                return
            for thread in held:
                thread.interrupt()
            await held[0].wait_until_ended(_GRACE_SECONDS / _LAST_CHANCES)

    def _begin(self) -> "_Module | None":
        self._left_behind = [each for each in self._left_behind if not each.has_ended]
        if self._closed or len(self._left_behind) >= _MOST_LEFT_BEHIND:
            return None
        here = asyncio.get_running_loop()
        # Of the same kind as the gateway's own: uvloop where that is.
        thread = LoopThread(
            f"in-process subgraph {self._health.name}",
            type(here)(),
            lambda error: _tell(here, self._hear_of, error),
        )
        self._module = _Module(self._make(), thread, here, self._watch, self._give_up)
        return self._module

    def _give_up(self, module: "_Module", why: str) -> None:
        where = module.thread.where()
        if self._module is module:
            self._module = None
        self._left_behind.append(module.thread)
        self._health.interruptions += 1
        detail = f"{why}; it was in {where}"
        self._health.note(FailureReason.STALLED, detail)
        _log.error("a module was interrupted", subgraph=self._health.name, why=why, where=where)
        module.abandon(SubgraphFailure(self._health.name, FailureReason.STALLED, detail))

    def _hear_of(self, error: BaseException) -> None:
        """What nobody in the module caught: of a task in the background, for one."""
        if isinstance(error, InterruptedModuleError):
            return
        self._health.note(FailureReason.CRASHED, f"in the background: {error!r}")
        _log.error("a module failed in the background", subgraph=self._health.name, error=repr(error))

    def _not_asked(self, request: SubgraphRequest) -> SubgraphFailure:
        detail = "closed" if self._closed else f"{len(self._left_behind)} of its threads are still held"
        return SubgraphFailure(request.subgraph, FailureReason.STALLED, detail)


class _Call:
    """One call, as the two threads know it: `task` is the module's thread's, all else is the gateway's."""

    __slots__ = ("_here", "_start", "began", "is_work", "outcome", "task")

    def __init__(
        self, start: Callable[[], Awaitable[_Outcome]], here: asyncio.AbstractEventLoop, *, is_work: bool
    ) -> None:
        self._start = start
        self._here = here
        self.is_work = is_work
        self.began = here.time()
        self.outcome: asyncio.Future[_Outcome] = here.create_future()
        self.task: asyncio.Task[_Outcome] | None = None

    def run(self) -> None:
        """In the module's thread."""
        self.task = asyncio.ensure_future(self._start())
        self.task.add_done_callback(self._ended)

    def cancel(self) -> None:
        """In the module's thread."""
        if self.task is not None:
            self.task.cancel()

    def _ended(self, task: asyncio.Task[_Outcome]) -> None:
        if task.cancelled():
            _tell(self._here, self._fail, "cancelled")
        elif (error := task.exception()) is not None:
            _tell(self._here, self._fail, repr(error))
        else:
            _tell(self._here, self.settle, task.result())

    def settle(self, outcome: _Outcome) -> None:
        if not self.outcome.done():
            self.outcome.set_result(outcome)

    def _fail(self, detail: str) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(_CallFailedError(detail))


class _CallFailedError(Exception):
    """The client in the other thread raised instead of answering."""


class _Module:
    """A client in its thread, and the calls that are under way there."""

    def __init__(
        self,
        client: SubgraphClient,
        thread: LoopThread,
        here: asyncio.AbstractEventLoop,
        watch: ModuleWatch,
        on_stall: "Callable[[_Module, str], None]",
    ) -> None:
        self.client = client
        self.thread = thread
        self._here = here
        self._watch = watch
        self._on_stall = on_stall
        self._calls: dict[_Call, None] = {}
        self._asked = self._answered = 0
        self._given_up: SubgraphFailure | None = None

    async def run(
        self, start: Callable[[], Awaitable[_Outcome]], request: SubgraphRequest, *, is_work: bool = False
    ) -> _Outcome:
        """What `start` comes to in the module's thread. `is_work`: it is done when it ends, unlike a subscription."""
        if self._given_up is not None:
            return self._given_up
        if not self._calls:
            self._watch.watch(self)
        call = _Call(start, asyncio.get_running_loop(), is_work=is_work)
        self._calls[call] = None
        self.thread.call(call.run)
        try:
            return await call.outcome
        except asyncio.CancelledError:
            self.thread.call(call.cancel)
            raise
        except _CallFailedError as error:
            return SubgraphFailure(request.subgraph, FailureReason.CRASHED, str(error))
        finally:
            self._calls.pop(call, None)

    def abandon(self, failure: SubgraphFailure) -> None:
        """Answer everybody who waits, and end the thread as soon as it lets go."""
        self._given_up = failure
        for call in tuple(self._calls):
            call.settle(failure)
        self.thread.stop()
        if self.is_silent:
            self._insist()
        else:
            self._here.call_later(_GRACE_SECONDS, self._insist)

    def _insist(self) -> None:
        """Code may catch the interruption; it gets another until it lets go."""
        if not self.thread.has_ended and not self._here.is_closed():
            self.thread.interrupt()
            self._here.call_later(_GRACE_SECONDS, self._insist)

    # What the watch asks.

    @property
    def is_called(self) -> bool:
        return bool(self._calls)

    @property
    def began(self) -> float | None:
        return next((call.began for call in self._calls if call.is_work), None)

    @property
    def is_silent(self) -> bool:
        return self._answered != self._asked

    def ping(self) -> None:
        self._asked += 1
        self.thread.call(self._pong, self._asked)

    def _pong(self, number: int) -> None:
        self._answered = number

    def give_up(self, why: str) -> None:
        self._on_stall(self, why)


def _tell(here: asyncio.AbstractEventLoop, what: Callable[..., object], *arguments: object) -> None:
    """Have it called in the gateway's loop, if there still is one."""
    with suppress(RuntimeError):
        here.call_soon_threadsafe(what, *arguments)
