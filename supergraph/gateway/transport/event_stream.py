"""A text/event-stream as it comes: bytes in pieces of any size -> events.

Spec: HTML, 9.2.6 "Interpreting an event stream". What asks a browser to reconnect (`id`, `retry`) is passed over.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_LINE_END: Final = re.compile(rb"\r\n|\n|\r")


class EventTooLargeError(Exception):
    """One event is longer than is allowed."""


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """`data` as it was sent, its lines joined."""

    name: str
    data: bytes


class EventStreamReader:
    """Reads one stream. An event that the stream's end cuts off is none."""

    __slots__ = ("_after_cr", "_data", "_event_bytes", "_is_first", "_line", "_line_size", "_name", "_size")

    def __init__(self, event_bytes: int) -> None:
        self._event_bytes = event_bytes
        self._line: list[bytes] = []  # the pieces of a line that has not ended yet
        self._line_size = 0
        self._after_cr = False
        self._is_first = True
        self._name = ""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, chunk: bytes) -> Iterator[StreamEvent]:
        """The events that are whole with this piece. Raises EventTooLargeError."""
        if not chunk:
            return  # it ends nothing: a CR before it may still have its LF to come
        if self._after_cr:
            # The line ended with the CR already; this is the other half of CR LF.
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        *ends, rest = _LINE_END.split(chunk)
        for end in ends:
            line = b"".join((*self._line, end))
            self._line.clear()
            self._line_size = 0
            event = self._take(line)
            if event is not None:
                yield event
        self._after_cr = chunk.endswith(b"\r")
        if rest:
            self._line.append(rest)
            self._line_size += len(rest)
            self._check_size()

    def _take(self, line: bytes) -> StreamEvent | None:
        if self._is_first:
            line = line.removeprefix(_BYTE_ORDER_MARK)
            self._is_first = False
        if not line:
            # By the letter of HTML an event without data is none, yet the `complete` of GraphQL over SSE may come so.
            event = StreamEvent(self._name, b"\n".join(self._data)) if self._data or self._name else None
            self._forget()
            return event
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            self._data.append(value)
            self._size += len(value)
            self._check_size()
        elif field == b"event":
            self._name = value.decode("utf-8", "replace")
        return None

    def _check_size(self) -> None:
        if self._size + self._line_size > self._event_bytes:
            raise EventTooLargeError

    def _forget(self) -> None:
        self._name = ""
        self._data = []
        self._size = 0
