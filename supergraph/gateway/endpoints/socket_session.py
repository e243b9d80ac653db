"""One WebSocket of a client: many operations at once, each with an id of the client's.

Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

import structlog

from supergraph.gateway.endpoints.asgi import Receive, Send
from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.hooks import GraphQLRequest, HttpRequest, begin_record
from supergraph.gateway.pipeline.answering import Pipeline, address_of, answer, identify
from supergraph.gateway.pipeline.handling import FAULT
from supergraph.gateway.pipeline.http_response import Executed, encode_result
from supergraph.gateway.pipeline.identity import Caller
from supergraph.gateway.pipeline.result_stream import ResultStream
from supergraph.gateway.pipeline.socket_messages import (
    ACKNOWLEDGEMENT,
    ClientMessage,
    CloseCode,
    Closure,
    Complete,
    ConnectionInit,
    Ping,
    Pong,
    Subscribe,
    read_credential_lines,
    read_message,
    write_complete,
    write_error,
    write_next,
    write_pong,
)
from supergraph.gateway.pipeline.watching import note_outcome
from supergraph.gateway.settings import SubscriptionSettings
from supergraph.spec import RequestCode

_log = structlog.stdlib.get_logger("dovetail.gateway")


@dataclass(slots=True, eq=False)
class _Operation:
    """`task` is set where it may be stopped: at a subscription. What is begun otherwise is carried out."""

    id: str
    task: asyncio.Task[None] | None = None


class SocketSession:
    """From the accepted handshake to the close."""

    def __init__(
        self,
        handshake: HttpRequest,
        pipeline: Pipeline,
        settings: SubscriptionSettings,
        message_bytes: int,
        receive: Receive,
        send: Send,
    ) -> None:
        self._headers = handshake.headers
        self._address = address_of(handshake, pipeline)
        self._pipeline = pipeline
        self._settings = settings
        self._message_bytes = message_bytes
        self._receive = receive
        self._asgi_send = send
        self._loop = asyncio.get_running_loop()
        # None as its result: the client has left, or is given up.
        self._closing: asyncio.Future[Closure | None] = self._loop.create_future()
        self._initialised = False
        self._caller: Caller | None = None
        self._operations: dict[str, _Operation] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._stop_watching: Callable[[], None] | None = None

    async def run(self) -> None:
        """Until one of the two sides ends it."""
        self._close_after(
            self._settings.init_seconds,
            Closure(CloseCode.INITIALISATION_TIMEOUT, "Connection initialisation timeout"),
        )
        going_away = Closure(CloseCode.GOING_AWAY, "The gateway is stopping; connect again")
        with self._pipeline.streams.stopping_with(lambda: self._close(going_away)):
            reading = asyncio.create_task(self._read())
            try:
                closure = await self._closing
            finally:
                reading.cancel()
                if self._timer is not None:
                    self._timer.cancel()
                if self._stop_watching is not None:
                    self._stop_watching()
                for operation in self._operations.values():
                    if operation.task is not None:
                        operation.task.cancel()
        if closure is not None:
            await self._say_goodbye(closure)
        if self._tasks:
            await asyncio.wait(self._tasks)

    # ---- ending

    def _close(self, closure: Closure | None) -> None:
        if not self._closing.done():
            self._closing.set_result(closure)

    def _close_after(self, seconds: float, closure: Closure) -> None:
        """The one timer: first for the initialisation, then for the token."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_later(seconds, self._close, closure)

    async def _say_goodbye(self, closure: Closure) -> None:
        message = {"type": "websocket.close", "code": int(closure.code), "reason": closure.frame_reason}
        try:
            async with asyncio.timeout(self._settings.write_seconds):
                await self._asgi_send(message)
        except (TimeoutError, OSError):
            pass  # gone already

    # ---- what the client says

    async def _read(self) -> None:
        try:
            while not self._closing.done():
                message = await self._receive()
                if message["type"] == "websocket.disconnect":
                    self._close(None)
                elif (text := message.get("text")) is None:
                    self._close(Closure(CloseCode.BAD_REQUEST, "Invalid message: a message is text"))
                elif len(text) > self._message_bytes:
                    self._close(
                        Closure(CloseCode.TOO_LARGE, f"A message has at most {self._message_bytes} bytes")
                    )
                else:
                    await self._heed(read_message(text))
        except Exception:  # noqa: BLE001 - the edge of a task: the client is told, the log gets the fault
            _log.exception("a socket met a fault of the gateway's own")
            self._close(Closure(CloseCode.FAULT, "Something went wrong in the gateway"))

    async def _heed(self, message: ClientMessage | Closure) -> None:
        match message:
            case Closure():
                self._close(message)
            case ConnectionInit():
                if self._initialised:
                    self._close(
                        Closure(CloseCode.TOO_MANY_INITIALISATIONS, "Too many initialisation requests")
                    )
                else:
                    await self._initialise(message)
            case Ping():
                await self._send(write_pong(message))
            case Pong():
                pass
            case Subscribe():
                await self._subscribe(message)
            case Complete(id=identifier):
                operation = self._operations.pop(identifier, None)
                if operation is not None and operation.task is not None:
                    operation.task.cancel()
            case _:
                assert_never(message)

    async def _initialise(self, message: ConnectionInit) -> None:
        self._initialised = True
        if self._timer is not None:
            self._timer.cancel()
        said = read_credential_lines(message.payload)
        if isinstance(said, Closure):
            self._close(said)
            return
        # What the message says takes the place of what the handshake's headers said.
        caller = await identify(said or self._headers, self._pipeline)
        if isinstance(caller, Refusal):
            self._turn_away(caller)
            return
        self._caller = caller
        if caller.until is not None:
            expired = Closure(CloseCode.FORBIDDEN, "Forbidden: the token has expired")
            self._close_after(caller.until - time.time(), expired)
        if self._pipeline.identity is not None:
            self._stop_watching = self._pipeline.identity.watch(caller, self._turn_away)
        await self._send(ACKNOWLEDGEMENT)

    def _turn_away(self, refusal: Refusal) -> None:
        code = CloseCode.FORBIDDEN if refusal.status < 500 else CloseCode.TRY_AGAIN_LATER
        self._close(Closure(code, f"Forbidden: {refusal.problems[0].message}"))

    async def _subscribe(self, message: Subscribe) -> None:
        if self._caller is None:
            self._close(Closure(CloseCode.UNAUTHORIZED, "Unauthorized"))
        elif self._pipeline.identity and (reason := self._pipeline.identity.review(self._caller)):
            self._turn_away(reason)
        elif message.id in self._operations:
            self._close(Closure(CloseCode.SUBSCRIBER_EXISTS, f"Subscriber for {message.id} already exists"))
        elif len(self._tasks) >= self._settings.per_connection:
            refusal = refuse(
                429,
                f"At most {self._settings.per_connection} operations may run over one connection.",
                RequestCode.SUBSCRIPTION_LIMIT_EXCEEDED,
            )
            await self._send(write_error(message.id, refusal))
        else:
            operation = self._operations[message.id] = _Operation(message.id)
            task = asyncio.create_task(self._operate(operation, message.request, self._caller))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    # ---- what it is answered

    async def _operate(self, operation: _Operation, request: GraphQLRequest, caller: Caller) -> None:
        watch = self._pipeline.watch
        record = begin_record(self._headers, is_socket=True)
        watch.identified(record, caller)
        watch.begun(record)
        try:
            outcome = await answer(request, caller, self._pipeline, can_stream=True, address=self._address)
            note_outcome(record, outcome)
            match outcome:
                case Refusal():
                    await self._conclude(operation, write_error(operation.id, outcome))
                case Executed():
                    if self._is_wanted(operation):
                        await self._send(write_next(operation.id, encode_result(outcome)))
                    await self._conclude(operation, write_complete(operation.id))
                case ResultStream():
                    await self._pass_on(operation, outcome)
                case _:
                    assert_never(outcome)
        except Exception:  # noqa: BLE001 - the edge of a task: the client is told, the log gets the fault
            _log.exception("an operation met a fault of the gateway's own")
            note_outcome(record, FAULT)
            await self._conclude(operation, write_error(operation.id, FAULT))
        finally:
            watch.ended(record)

    async def _pass_on(self, operation: _Operation, results: ResultStream) -> None:
        operation.task = asyncio.current_task()
        try:
            last: Refusal | None = None
            while self._is_wanted(operation) and (result := await results.next()) is not None:
                if isinstance(result, Refusal):
                    last = result
                    break
                await self._send(write_next(operation.id, result))
        finally:
            # Before the client is told: when it hears the end, the subgraph is free.
            await results.close()
        end = write_complete(operation.id) if last is None else write_error(operation.id, last)
        await self._conclude(operation, end)

    def _is_wanted(self, operation: _Operation) -> bool:
        """False once the client has completed it, maybe to use its id again; or has left."""
        return self._operations.get(operation.id) is operation and not self._closing.done()

    async def _conclude(self, operation: _Operation, message: str) -> None:
        if self._is_wanted(operation):
            # First: the client may use the id again as soon as it hears.
            del self._operations[operation.id]
            await self._send(message)

    async def _send(self, text: str) -> None:
        if self._closing.done():
            return
        try:
            async with asyncio.timeout(self._settings.write_seconds):
                await self._asgi_send({"type": "websocket.send", "text": text})
        except (TimeoutError, OSError):
            self._close(None)  # it takes nothing for so long, or has left: there is nobody to tell
