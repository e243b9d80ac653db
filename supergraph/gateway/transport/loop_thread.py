"""A thread with an event loop of its own, for code that is not ours and may hold it as long as it likes.

What it raises ends nothing but itself: not the loop, and not the process.
"""

import asyncio
import ctypes
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, Final

_FAREWELL_SECONDS: Final = 1.0


class InterruptedModuleError(BaseException):
    """Raised in code that held its thread for too long. No `except Exception` of that code catches it."""


class LoopThread:
    """Runs from its making until `stop`. `on_fault` hears, in that thread, of what nobody there caught."""

    def __init__(
        self, name: str, loop: asyncio.AbstractEventLoop, on_fault: Callable[[BaseException], None]
    ) -> None:
        self.loop = loop
        self._on_fault = on_fault
        self._stopping = False
        self._ended = threading.Event()
        loop.set_exception_handler(self._handle)
        # A daemon: a thread that is held for ever must not hold the process when it ends.
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    @property
    def has_ended(self) -> bool:
        return self._ended.is_set()

    def call(self, what: Callable[..., object], *arguments: object) -> None:
        """Have it called in that thread; nothing, where the thread has ended."""
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(what, *arguments)

    def stop(self) -> None:
        """Cancel what runs there and end, as soon as the thread is free to."""
        self._stopping = True
        self.call(self.loop.stop)

    async def wait_until_ended(self, seconds: float) -> bool:
        """Whether it has, within that time."""
        until = time.monotonic() + seconds
        while not self._ended.is_set() and time.monotonic() < until:  # noqa: ASYNC110 - another thread's event
            await asyncio.sleep(0.005)
        return self._ended.is_set()

    def interrupt(self) -> None:
        """Raise InterruptedModuleError in whatever Python code the thread runs.

        Code in C, and a call that waits in the kernel, go on to their end and are interrupted then.
        """
        if self._thread.ident is not None and not self._ended.is_set():
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(self._thread.ident), ctypes.py_object(InterruptedModuleError)
            )

    def where(self) -> str:
        """What the thread runs at this moment: `function (module:line)`."""
        frame: FrameType | None = sys._current_frames().get(self._thread.ident or 0)
        if frame is None:
            return "nothing"
        return f"{frame.f_code.co_qualname} ({frame.f_globals.get('__name__', '?')}:{frame.f_lineno})"

    def _run(self) -> None:
        try:
            while not self._stopping:
                try:
                    self.loop.run_forever()
                except BaseException as error:  # noqa: BLE001 - SystemExit of a background task comes out here
                    self._on_fault(error)
            self._clean_up()
        except InterruptedModuleError:
            pass  # it came late: what it was meant for had ended
        finally:
            self._close_loop()
            self._ended.set()

    def _close_loop(self) -> None:
        """Whatever comes in between: an interruption may still be on its way, and another one after it."""
        while not self.loop.is_closed():
            with suppress(InterruptedModuleError):
                self.loop.close()

    def _clean_up(self) -> None:
        until = time.monotonic() + _FAREWELL_SECONDS
        while (tasks := asyncio.all_tasks(self.loop)) and time.monotonic() < until:
            for task in tasks:
                task.cancel()
            with suppress(BaseException):  # whatever they raise, they end
                self.loop.run_until_complete(asyncio.wait(tasks, timeout=_FAREWELL_SECONDS / 4))
        with suppress(BaseException):
            self.loop.run_until_complete(asyncio.wait_for(self.loop.shutdown_asyncgens(), _FAREWELL_SECONDS))

    def _handle(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self._on_fault(error if isinstance(error, BaseException) else RuntimeError(context.get("message")))
