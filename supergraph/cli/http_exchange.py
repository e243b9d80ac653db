"""One request and its answer, as the server reads and writes them: what is the same each time is worked out once."""

import urllib.parse
from collections.abc import Iterable
from functools import lru_cache
from typing import Final

import httptools
from uvicorn._types import ASGISendEvent, HTTPResponseBodyEvent, HTTPResponseStartEvent
from uvicorn.protocols.http.httptools_impl import (
    HEADER_RE,
    HEADER_VALUE_RE,
    STATUS_LINE,
    RequestResponseCycle,
)

_LONGEST_KEPT: Final = 256
_UNUSUAL: Final = frozenset({b"connection", b"transfer-encoding"})


class WholeAnswerCycle(RequestResponseCycle):
    """uvicorn's, and an answer that is there as a whole goes out as a whole.

    Its head waits for its body: to write to a socket costs as much as all else of a small answer, and uvicorn does it for
    the two. An answer that does not say its length is a stream, whose head goes out at once.
    """

    _head: HTTPResponseStartEvent | None = None
    _length: int = 0

    async def send(self, message: ASGISendEvent) -> None:
        if message["type"] == "http.response.start" and not self.response_started:
            length = _announced_length(message.get("headers", ()))
            if length is not None:
                self._head, self._length = message, length
                return
            self._head = None
        head, self._head = self._head, None
        if head is None:
            await super().send(message)
        elif message["type"] == "http.response.body" and self._is_whole(message):
            self._write(head, message["body"])
        else:
            await super().send(head)
            await super().send(message)

    def _is_whole(self, message: HTTPResponseBodyEvent) -> bool:
        return (
            len(message.get("body", b"")) == self._length > 0
            and not message.get("more_body", False)
            and self.keep_alive
            and not self.disconnected
            and not self.flow.write_paused
            and not self.access_log
            and self.scope["method"] != "HEAD"
        )

    def _write(self, head: HTTPResponseStartEvent, body: bytes) -> None:
        lines = [
            _line(name, value) if len(value) <= _LONGEST_KEPT else _line.__wrapped__(name, value)
            for name, value in (*self.default_headers, *head["headers"])
        ]
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(b"".join((STATUS_LINE[head["status"]], *lines, b"\r\n", body)))
        self.message_event.set()
        self.on_response()


def _announced_length(headers: Iterable[tuple[bytes, bytes]]) -> int | None:
    """What `content-length` says. None where there is none, or something else is said of how the answer ends."""
    length = None
    for name, value in headers:
        if name == b"content-length" and value.isdigit():
            length = int(value)
        elif name in _UNUSUAL:
            return None
    return length


@lru_cache(maxsize=1024)
def _line(name: bytes, value: bytes) -> bytes:
    """A header as it is written. What would end it, and begin another, is a fault."""
    if HEADER_RE.search(name) or HEADER_VALUE_RE.search(value):
        raise RuntimeError("An answer's header holds characters that no header may hold.")
    return b"%b: %b\r\n" % (name.lower(), value)


def read_target(url: bytes) -> tuple[str, bytes, bytes]:
    """The path, the path as it was sent, and the query string. Raises httptools.HttpParserError."""
    return _read_target(url) if len(url) <= _LONGEST_KEPT else _read_target.__wrapped__(url)


@lru_cache(maxsize=256)
def _read_target(url: bytes) -> tuple[str, bytes, bytes]:
    parsed = httptools.parse_url(url)
    path = parsed.path.decode("ascii")
    return urllib.parse.unquote(path) if "%" in path else path, parsed.path, parsed.query or b""
