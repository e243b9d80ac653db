"""A thread with an event loop of its own, for code that is not ours and may hold it as long as it likes.

What it raises ends nothing but itself: not the loop, and not the process.
"""

import asyncio
import ctypes
import sys
import threading
import time
from collections.abc import Callable, Coroutine
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
        self._interruptible = False
        self._interrupting = threading.Lock()
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

        Code in C, and a call that waits in the kernel, go on to their end and are interrupted then. Until then a
        debugger or a measurement of coverage in CPython 3.11 keeps the thread that called this busy at its next
        function: with a trace function set, that version looks for the exception again and again.
        """
        thread, error = ctypes.c_ulong(self._thread.ident or 0), ctypes.py_object(InterruptedModuleError)
        with self._interrupting:  # no function of Python's in here: see above
            if self._interruptible:
                ctypes.pythonapi.PyThreadState_SetAsyncExc(thread, error)

    def where(self) -> str:
        """What the thread runs at this moment: `function (module:line)`."""
        frame: FrameType | None = sys._current_frames().get(self._thread.ident or 0)
        if frame is None:
            return "nothing"
        return f"{frame.f_code.co_qualname} ({frame.f_globals.get('__name__', '?')}:{frame.f_lineno})"

    def _run(self) -> None:
        try:
            cleaned_up = False
            while not cleaned_up:
                # An interruption that came when what it was meant for had ended, or a second one.
                with suppress(InterruptedModuleError):
                    self._serve()
                    self._clean_up()
                    cleaned_up = True
        finally:
            self.loop.close()
            self._ended.set()

    def _serve(self) -> None:
        while not self._stopping:
            try:
                self._let_run(self.loop.run_forever)
            except BaseException as error:  # noqa: BLE001 - SystemExit of a background task comes out here
                self._on_fault(error)

    def _clean_up(self) -> None:
        until = time.monotonic() + _FAREWELL_SECONDS
        while (tasks := asyncio.all_tasks(self.loop)) and time.monotonic() < until:
            for task in tasks:
                task.cancel()
            self._wait_for(asyncio.wait(tasks), _FAREWELL_SECONDS / 4)
        self._wait_for(self.loop.shutdown_asyncgens(), _FAREWELL_SECONDS)

    def _wait_for(self, what: Coroutine[Any, Any, object], seconds: float) -> None:
        waiting = self.loop.create_task(what)
        self.loop.call_later(seconds, waiting.cancel)
        try:
            self._let_run(lambda: self.loop.run_until_complete(waiting))
        except InterruptedModuleError:
            raise  # begin again: something may be left
        except BaseException:  # noqa: BLE001, S110 - whatever they raise, they end
            pass

    def _let_run(self, code_of_the_module: Callable[[], object]) -> None:
        """Interruptible meanwhile, and only then: what this thread does of itself would be left half done.

        An interruption that is on its way at the end is raised before the caller's next line. It is not taken back
        with NULL: CPython 3.11 would look for it at every function of every thread from then on.
        """
        with self._interrupting:
            self._interruptible = True
        try:
            code_of_the_module()
        finally:
            with self._interrupting:
                self._interruptible = False

    def _handle(self, _: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        self._on_fault(error if isinstance(error, BaseException) else RuntimeError(context.get("message")))
