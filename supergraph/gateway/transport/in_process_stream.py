"""A call of an ASGI app whose answer is taken piece by piece, as it is made."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from supergraph.gateway.transport.client import FailureReason
from supergraph.gateway.transport.sse import BrokenStreamError, Pieces, StreamedAnswer

# The ASGI specification's own types: a scope and its messages hold values of any type.
Message = MutableMapping[str, Any]
AsgiApp = Callable[
    [Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]
]


class StreamedCall:
    """One call. The app makes no third piece before the first is taken, so nothing piles up here."""

    __slots__ = ("_app", "_body", "_ended", "_failure", "_head", "_pieces", "_scope")

    def __init__(self, app: AsgiApp, scope: Message, body: bytes) -> None:
        self._app = app
        self._scope = scope
        self._body: bytes | None = body
        self._head: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        self._pieces: asyncio.Queue[bytes] = asyncio.Queue(1)
        self._ended = asyncio.Event()
        self._failure: BrokenStreamError | None = None

    async def run(self) -> None:
        """Call the app; to be run as a task. Whatever the app raises becomes the end of the answer."""
        try:
            await self._app(self._scope, self._receive, self._send)
            self._end(BrokenStreamError("it ended in the midst of its answer", FailureReason.CRASHED))
        except (asyncio.CancelledError, GeneratorExit) as error:
            self._end(BrokenStreamError(repr(error), FailureReason.CRASHED))
            raise
        except BaseException as error:  # a subgraph's failure of any kind is an answer
            self._end(BrokenStreamError(repr(error), FailureReason.CRASHED))
            if isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread():
                raise  # it may be the user's wish to stop

    async def answer(self) -> StreamedAnswer:
        """The answer, once its head is there. Raises BrokenStreamError."""
        status, content_type = await self._head
        return StreamedAnswer(status, content_type, self._taken())

    async def _taken(self) -> Pieces:
        while not (self._ended.is_set() and self._pieces.empty()):
            piece = await self._pieces.get()
            if piece:
                yield piece
        if self._failure is not None:
            raise self._failure

    def _end(self, failure: BrokenStreamError | None = None) -> None:
        """Nothing, where the answer has ended already: after it an app's troubles are its own."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._failure = failure
        if failure is not None and not self._head.done():
            self._head.set_exception(failure)
            self._head.exception()  # whoever waited for it may be gone
        if self._pieces.empty():
            self._pieces.put_nowait(b"")  # for who waits for a piece

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        # Who leaves cancels the app, so there is nothing to hear before its answer ends.
        await self._ended.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            if not self._head.done():
                self._head.set_result((message["status"], _content_type(message.get("headers", ()))))
        elif message["type"] == "http.response.body" and not self._ended.is_set():
            if not self._head.done():
                raise RuntimeError("a body before a status")
            if message.get("body"):
                await self._pieces.put(message["body"])
            if not message.get("more_body", False):
                self._end()


def _content_type(headers: object) -> str:
    assert isinstance(headers, list | tuple)
    for name, value in headers:
        if name.lower() == b"content-type":
            found: str = value.decode("latin-1").partition(";")[0].strip().lower()
            return found
    return ""
