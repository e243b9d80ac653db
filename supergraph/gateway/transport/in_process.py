"""A subgraph in the same process: its ASGI app is called, no socket is opened.

The bytes are those that would travel over HTTP, both ways. Only the principal is handed over as it is: nothing that
arrives over a socket can set a key of the scope.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from contextlib import aclosing
from typing import Any, Final

from supergraph.gateway.hooks import HeaderLines
from supergraph.gateway.transport import sse
from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.in_process_stream import AsgiApp, Message, StreamedCall
from supergraph.gateway.transport.retry_after import read_retry_after
from supergraph.spec import GATEWAY_SCOPE_KEY, PRINCIPAL_SCOPE_KEY, GatewayDoor

_UNAVAILABLE: Final = 503
_ACCEPT: Final = b"application/graphql-response+json, application/json;q=0.9"


class InProcessClient:
    """Calls one ASGI app at `path`. What the app raises, `SystemExit` included, is a failure answer.

    By `door` it may ask the gateway in turn.
    """

    __slots__ = ("_answer_bytes", "_app", "_door", "_kept_headers", "_open_seconds", "_path", "_running")

    def __init__(
        self,
        app: AsgiApp,
        *,
        path: str = "/graphql",
        answer_bytes: int = 64 * 1024 * 1024,
        open_seconds: float = 30.0,
        kept_headers: frozenset[bytes] = frozenset(),
        door: GatewayDoor | None = None,
    ) -> None:
        self._app = app
        self._door = door
        self._kept_headers = kept_headers
        self._path = path
        self._answer_bytes = answer_bytes
        self._open_seconds = open_seconds
        self._running: set[asyncio.Task[None]] = set()

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        exchange = _Exchange(request, self._answer_bytes, self._kept_headers)
        running = self._start(self._run(exchange), request)
        try:
            return await exchange.outcome
        except asyncio.CancelledError:
            running.cancel()
            raise

    async def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        seconds = self._open_seconds
        call = StreamedCall(self._app, self._scope(request, sse.ACCEPT.encode()), request.body)
        running = self._start(call.run(), request)
        try:
            async with asyncio.timeout(seconds):
                answer = await call.answer()
            async with aclosing(
                sse.read_events(request, answer, event_bytes=self._answer_bytes, seconds=seconds)
            ) as events:
                async for event in events:
                    yield event
        except TimeoutError:
            yield SubgraphFailure(
                request.subgraph, FailureReason.TIMED_OUT, f"no answer within {seconds:g} s"
            )
        except sse.BrokenStreamError as error:
            yield SubgraphFailure(request.subgraph, error.reason, str(error))
        finally:
            running.cancel()

    async def close(self) -> None:
        for running in tuple(self._running):
            running.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    def _start(self, call: Coroutine[Any, Any, None], request: SubgraphRequest) -> asyncio.Task[None]:
        # A task of its own: what the app leaves in context variables stays there, and what it does after its answer
        # keeps nobody waiting.
        running = asyncio.create_task(call, name=f"in-process subgraph {request.subgraph}")
        self._running.add(running)
        running.add_done_callback(self._running.discard)
        return running

    async def _run(self, exchange: "_Exchange") -> None:
        try:
            await self._app(self._scope(exchange.request, _ACCEPT), exchange.receive, exchange.send)
            exchange.fail(FailureReason.CRASHED, "it ended without an answer")
        except (asyncio.CancelledError, GeneratorExit) as error:
            exchange.fail(FailureReason.CRASHED, repr(error))
            raise
        except BaseException as error:
            exchange.fail(FailureReason.CRASHED, repr(error))
            if is_ctrl_c(error):
                raise

    def _scope(self, request: SubgraphRequest, accept: bytes) -> Message:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self._path,
            "raw_path": self._path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [
                (b"host", b"in-process"),
                (b"content-type", b"application/json"),
                (b"accept", accept),
                (b"content-length", b"%d" % len(request.body)),
                *request.headers,
                *request.trace,
            ],
            "client": ("127.0.0.1", 0),
            "server": ("in-process", None),
            PRINCIPAL_SCOPE_KEY: request.principal,
            GATEWAY_SCOPE_KEY: self._door,
        }


def is_ctrl_c(error: BaseException) -> bool:
    """Whether it may be the user's wish to stop: that reaches the main thread alone."""
    return isinstance(error, KeyboardInterrupt) and threading.current_thread() is threading.main_thread()


class _Exchange:
    """The two channels of one call, and what came of it."""

    __slots__ = (
        "_answer_bytes",
        "_chunks",
        "_headers",
        "_kept_headers",
        "_retry_after",
        "_size",
        "_status",
        "_taken",
        "outcome",
        "request",
    )

    def __init__(self, request: SubgraphRequest, answer_bytes: int, kept_headers: frozenset[bytes]) -> None:
        self.request = request
        self._kept_headers = kept_headers
        self._headers: HeaderLines = ()
        self.outcome: asyncio.Future[SubgraphResponse | SubgraphFailure] = (
            asyncio.get_running_loop().create_future()
        )
        self._answer_bytes = answer_bytes
        self._taken = False
        self._status: int | None = None
        self._retry_after: int | None = None
        self._chunks: list[bytes] = []
        self._size = 0

    async def receive(self) -> Message:
        if not self._taken:
            self._taken = True
            return {"type": "http.request", "body": self.request.body, "more_body": False}
        # An app that listens on hears, as over HTTP, when nobody wants more of it.
        await asyncio.wait((self.outcome,))
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self.outcome.done():
            if isinstance(self.outcome.result(), SubgraphFailure):
                # As over a socket that was closed: an app that would go on for ever ends here.
                raise ConnectionResetError("nobody takes any more of this answer")
            return
        if message["type"] == "http.response.start":
            self._status = message["status"]
            if self._kept_headers:
                lines = ((bytes(name).lower(), bytes(value)) for name, value in message.get("headers", ()))
                self._headers = tuple((name, value) for name, value in lines if name in self._kept_headers)
            if self._status == _UNAVAILABLE:
                self._retry_after = _read_retry_after(message.get("headers", ()))
        elif message["type"] == "http.response.body":
            if self._status is None:
                self.fail(FailureReason.CRASHED, "it sent a body before a status")
                return
            chunk = message.get("body", b"")
            self._size += len(chunk)
            if self._size > self._answer_bytes:
                self.fail(FailureReason.TOO_LARGE, f"more than {self._answer_bytes} bytes")
                raise ConnectionResetError("the answer is larger than is taken")
            self._chunks.append(chunk)
            if not message.get("more_body", False):
                self.outcome.set_result(
                    SubgraphResponse(self._status, b"".join(self._chunks), self._retry_after, self._headers)
                )

    def fail(self, reason: FailureReason, detail: str) -> None:
        """Nothing, where the outcome is there already: after its answer an app's troubles are its own."""
        if not self.outcome.done():
            self.outcome.set_result(SubgraphFailure(self.request.subgraph, reason, detail))


def _read_retry_after(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    for name, value in headers:
        if name.lower() == b"retry-after":
            return read_retry_after(value.decode("latin-1"))
    return None
