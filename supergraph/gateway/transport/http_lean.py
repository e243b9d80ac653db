"""HTTP/1.1 without TLS, proxies, redirects or cookies: what gateways and subgraphs speak inside one network.

Connections are kept in a pool with an enforced bound. A cancelled call closes its socket, since the answer under way
would otherwise be read as the next call's. httptools parses; nothing here reads heads by hand.
"""

import asyncio
import zlib
from dataclasses import dataclass, replace
from typing import Final, cast
from urllib.parse import urlsplit

import httptools

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.http_settings import REQUEST_HEADERS, HttpClientSettings
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.gateway.transport.retry_after import read_retry_after
from supergraph.spec import PRINCIPAL_HEADER

_HEAD_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Broken:
    """An exchange without an answer. `untouched`: not one byte of an answer had come."""

    reason: FailureReason
    detail: str
    untouched: bool = False


class LeanHttpClient:
    """One subgraph at one `http://` address."""

    __slots__ = ("_closed", "_head", "_host", "_idle", "_permits", "_port", "_principals", "_settings")

    def __init__(
        self, url: str, principals: PrincipalHeaders | None, settings: HttpClientSettings | None = None
    ) -> None:
        self._settings = settings or HttpClientSettings()
        address = urlsplit(url)
        self._host = address.hostname or ""
        self._port = address.port or 80
        self._principals = principals
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        headers = {"host": address.netloc, **REQUEST_HEADERS}
        lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self._head = ("\r\n".join(lines) + "\r\ncontent-length: ").encode("ascii")
        most = self._settings.connections
        self._permits = None if most is None else asyncio.Semaphore(most)
        self._idle: list[_Connection] = []
        self._closed = False

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        if self._permits is None:
            return await self._send(request)
        async with self._permits:
            return await self._send(request)

    async def close(self) -> None:
        self._closed = True
        for connection in self._idle:
            connection.abort()
        self._idle.clear()

    async def _send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        message = self._message(request)
        connection = self._kept_connection()
        if connection is not None:
            outcome = await self._exchange(connection, message)
            # The other side may close a kept connection at the very moment we use it. A query may be asked again
            # then; of a mutation nobody knows whether it was done.
            if not (isinstance(outcome, _Broken) and outcome.untouched and request.idempotent):
                return _answer(request, outcome)
        try:
            connection = await self._connect()
        except OSError as error:
            return SubgraphFailure(request.subgraph, FailureReason.REFUSED, str(error), untouched=True)
        return _answer(request, await self._exchange(connection, message))

    def _message(self, request: SubgraphRequest) -> bytes:
        length = b"%d" % len(request.body)
        if self._principals is not None:
            length += f"\r\n{PRINCIPAL_HEADER}: {self._principals.value_for(request.principal)}".encode(
                "ascii"
            )
        if request.headers or request.trace:
            length += b"".join(b"\r\n%b: %b" % line for line in (*request.headers, *request.trace))
        return b"".join((self._head, length, b"\r\n\r\n", request.body))

    def _kept_connection(self) -> "_Connection | None":
        """The one used last: the others may then grow old and be closed."""
        while self._idle:
            connection = self._idle.pop()
            if connection.is_reusable and connection.idle_seconds < self._settings.idle_seconds:
                return connection
            connection.abort()
        return None

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(self._new_connection, self._host, self._port)
        return connection

    def _new_connection(self) -> "_Connection":
        kept = self._settings.kept_headers
        if kept:
            return _HeaderKeepingConnection(self._settings.answer_bytes, kept)
        return _Connection(self._settings.answer_bytes)

    async def _exchange(self, connection: "_Connection", message: bytes) -> SubgraphResponse | _Broken:
        try:
            outcome = await connection.exchange(message)
        except asyncio.CancelledError:
            connection.abort()
            raise
        if connection.is_reusable and not self._closed:
            self._idle.append(connection)
        else:
            connection.abort()
        return outcome


def _answer(
    request: SubgraphRequest, outcome: SubgraphResponse | _Broken
) -> SubgraphResponse | SubgraphFailure:
    if isinstance(outcome, _Broken):
        return SubgraphFailure(request.subgraph, outcome.reason, outcome.detail, outcome.untouched)
    return outcome


class _Connection(asyncio.Protocol):
    """One socket, one exchange at a time."""

    def __init__(self, answer_bytes: int) -> None:
        self._answer_bytes = answer_bytes
        self._loop = asyncio.get_running_loop()
        self._transport: asyncio.Transport | None = None
        self._outcome: asyncio.Future[SubgraphResponse | _Broken] | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._idle_since = self._loop.time()
        self.is_reusable = True
        self._received = 0
        self._begin()

    def _begin(self) -> None:
        self._chunks: list[bytes] = []
        self._encoding = b""
        self._retry_after: int | None = None
        self._framed = False
        self._head_complete = False

    def exchange(self, message: bytes) -> asyncio.Future[SubgraphResponse | _Broken]:
        """Send `message`; the future is done when the answer is whole, or when there will be none."""
        outcome = self._outcome = self._loop.create_future()
        self._received = 0
        if self._transport is None:
            self._settle(_Broken(FailureReason.LOST, "the connection is closed", untouched=True))
        else:
            self._transport.write(message)
        return outcome

    def abort(self) -> None:
        self.is_reusable = False
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's transports are no subclass of asyncio's, so this cannot be asserted.
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._outcome is None or self._outcome.done():
            self.abort()  # Nobody asked: this connection is out of step.
            return
        self._received += len(data)
        if self._received > self._answer_bytes + _HEAD_BYTES:
            self._give_up(FailureReason.TOO_LARGE, f"more than {self._answer_bytes} bytes")
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._give_up(FailureReason.LOST, f"not an HTTP/1.1 response: {error}")

    def eof_received(self) -> None:
        self.is_reusable = False
        # A body without a length ends with the connection.
        if self._head_complete and not self._framed and self._pending:
            self.on_message_complete()

    def connection_lost(self, exc: Exception | None) -> None:
        self.is_reusable = False
        self._transport = None
        self._settle(
            _Broken(
                FailureReason.LOST,
                f"the connection was closed: {exc or 'before the answer was whole'}",
                untouched=self._received == 0,
            )
        )

    # What httptools calls.

    def on_message_begin(self) -> None:
        if not self._pending:
            self.is_reusable = False  # A second answer to one request: this connection is out of step.

    def on_header(self, name: bytes, value: bytes) -> None:
        match name.lower():
            case b"content-encoding":
                self._encoding = value.lower()
            case b"content-length" | b"transfer-encoding":
                self._framed = True
            case b"retry-after":
                self._retry_after = read_retry_after(value.decode("latin-1"))
            case _:
                pass

    def on_headers_complete(self) -> None:
        self._head_complete = True

    def on_body(self, body: bytes) -> None:
        self._chunks.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:  # An interim response, such as 103: the answer is still to come.
            self._begin()
            return
        self.is_reusable = self.is_reusable and self._framed and self._parser.should_keep_alive()
        body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        self._settle(self._decoded(status, body))
        self._idle_since = self._loop.time()
        self._begin()

    @property
    def idle_seconds(self) -> float:
        return self._loop.time() - self._idle_since

    @property
    def _pending(self) -> bool:
        return self._outcome is not None and not self._outcome.done()

    def _settle(self, outcome: SubgraphResponse | _Broken) -> None:
        if self._outcome is not None and not self._outcome.done():
            self._outcome.set_result(outcome)

    def _give_up(self, reason: FailureReason, detail: str) -> None:
        self._settle(_Broken(reason, detail))
        self.abort()

    def _decoded(self, status: int, body: bytes) -> SubgraphResponse | _Broken:
        match self._encoding:
            case b"" | b"identity":
                if len(body) > self._answer_bytes:
                    return _Broken(FailureReason.TOO_LARGE, f"more than {self._answer_bytes} bytes")
                return SubgraphResponse(status, body, self._retry_after)
            case b"gzip":
                return self._unzipped(status, body)
            case other:
                return _Broken(FailureReason.MALFORMED, f"content-encoding {other!r} was not asked for")

    def _unzipped(self, status: int, body: bytes) -> SubgraphResponse | _Broken:
        gzip = zlib.decompressobj(16 + zlib.MAX_WBITS)
        try:
            # Bounded while it unpacks: a small bomb must not become a large answer.
            plain = gzip.decompress(body, self._answer_bytes + 1)
        except zlib.error as error:
            return _Broken(FailureReason.MALFORMED, f"broken gzip: {error}")
        if len(plain) > self._answer_bytes:
            return _Broken(FailureReason.TOO_LARGE, f"more than {self._answer_bytes} bytes unpacked")
        if not gzip.eof:
            return _Broken(FailureReason.MALFORMED, "the gzip ends too early")
        return SubgraphResponse(status, plain, self._retry_after)


class _HeaderKeepingConnection(_Connection):
    """Gives the headers that somebody wants along with the answer."""

    def __init__(self, answer_bytes: int, kept: frozenset[bytes]) -> None:
        self._kept = kept
        super().__init__(answer_bytes)

    def _begin(self) -> None:
        super()._begin()
        self._headers: list[tuple[bytes, bytes]] = []

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if name.lower() in self._kept:
            self._headers.append((name.lower(), value))

    def _settle(self, outcome: SubgraphResponse | _Broken) -> None:
        if isinstance(outcome, SubgraphResponse) and self._headers:
            outcome = replace(outcome, headers=tuple(self._headers))
        super()._settle(outcome)
