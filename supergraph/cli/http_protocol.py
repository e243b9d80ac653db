"""HTTP/1.1 as the server speaks it, with an end to what a client may send before it is heard, and to how slowly."""

import asyncio
from dataclasses import dataclass
from typing import ClassVar, Final, cast

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from supergraph.cli.http_exchange import WholeAnswerCycle, read_target

_REASONS: Final = {408: b"Request Timeout", 431: b"Request Header Fields Too Large"}


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """`header_bytes` are those of the first line and the headers; `request_seconds` those for all of a request."""

    header_bytes: int = 32 * 1024
    request_seconds: float = 15.0
    keep_alive_seconds: int = 75


class LimitedHttpProtocol(HttpToolsProtocol):
    """uvicorn's, and it gives up clients that send headers without end or one byte now and then.

    Between requests uvicorn's own time for idle connections counts, and after the upgrade to a WebSocket nothing here.
    """

    limits: ClassVar[ConnectionLimits] = ConnectionLimits()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn has it
        super().connection_made(transport)
        self._seen = 0
        self._has_begun = False
        self._in_head = True
        self._is_refused = False
        self._deadline: asyncio.TimerHandle | None = self.loop.call_later(
            self.limits.request_seconds, self._give_up
        )

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_deadline()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._is_refused:
            return
        if self._in_head:
            self._seen += len(data)
        super().data_received(data)
        if self._in_head and self._has_begun and self._seen > self.limits.header_bytes:
            self._refuse_head()
        elif self._has_begun and self._deadline is None and not self.transport.is_closing():
            self._deadline = self.loop.call_later(self.limits.request_seconds, self._give_up)

    def on_message_begin(self) -> None:
        self._has_begun = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        if self._is_refused:
            return
        self._in_head = False
        # What came so far may hold the body as well, or the next request: only then the head is measured by itself.
        if self._seen > self.limits.header_bytes:
            head = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
            if head > self.limits.header_bytes:
                self._refuse_head()
                return
        self._begin_exchange()

    def _begin_exchange(self) -> None:
        """As uvicorn does it, but for its bound on requests at once, which is not set here; and with our own cycle."""
        scope, version = self.scope, self.parser.get_http_version()
        scope["method"] = self.parser.get_method().decode("ascii")
        scope["http_version"] = version
        if self.parser.should_upgrade() and self._should_upgrade():
            return
        scope["path"], scope["raw_path"], scope["query_string"] = read_target(self.url)
        before = cast("RequestResponseCycle | None", self.cycle)
        self.cycle = WholeAnswerCycle(
            scope,
            self.transport,
            self.flow,
            self.logger,
            self.access_logger,
            self.access_log,
            self.server_state.default_headers,
            asyncio.Event(),
            self.expect_100_continue,
            version != "1.0" and self.parser.should_keep_alive(),
            self.on_response_complete,
        )
        if before is None or before.response_complete:
            self._start_asgi_task(self.cycle, self.app)
        else:
            # One after the other, though the client did not wait.
            self.flow.pause_reading()
            self.pipeline.appendleft((self.cycle, self.app))

    def on_body(self, body: bytes) -> None:
        if not self._is_refused:
            super().on_body(body)

    def on_message_complete(self) -> None:
        self._has_begun = False
        self._in_head = True
        self._seen = 0
        self._end_deadline()
        if not self._is_refused:
            super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._has_begun = False
        self._end_deadline()
        super().handle_websocket_upgrade()

    def _end_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _give_up(self) -> None:
        self._deadline = None
        if self._has_begun:
            self._refuse(408, f"The request was not there within {self.limits.request_seconds:g} s.")
        else:
            self.transport.close()

    def _refuse_head(self) -> None:
        self._refuse(
            431, f"The headers are longer than the {self.limits.header_bytes} bytes that are allowed."
        )

    def _refuse(self, status: int, message: str) -> None:
        """Answer, unless an answer is on its way already, and hang up."""
        self._is_refused = True
        self._end_deadline()
        if self.transport.is_closing():
            return
        # uvicorn gives it a value with the first request, and a type as if it always had one.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if cycle is None or cycle.response_complete or not cycle.response_started:
            body = orjson.dumps({"errors": [{"message": message, "extensions": {"code": "BAD_REQUEST"}}]})
            self.transport.write(
                b"HTTP/1.1 %d %b\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: %d\r\n"
                b"connection: close\r\n\r\n%b" % (status, _REASONS[status], len(body), body)
            )
        self.transport.close()


def http_protocol(limits: ConnectionLimits) -> type[LimitedHttpProtocol]:
    """A protocol with these limits; a server makes one of it for each connection."""
    return type("HttpProtocol", (LimitedHttpProtocol,), {"limits": limits})
