"""Several results in one answer over HTTP: what is written before, between and after them.

GraphQL over SSE: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md, distinct connections mode.
Multipart: https://www.apollographql.com/docs/graphos/routing/operations/subscriptions/multipart-protocol
Increments: https://github.com/graphql/graphql-over-http/blob/main/rfcs/IncrementalDelivery.md, in the form of 2022-08-24
"""

from dataclasses import dataclass
from typing import ClassVar, Final, Protocol, assert_never

from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import HttpResponse
from supergraph.gateway.pipeline.http_request import StreamType
from supergraph.gateway.pipeline.http_response import encode_refusal
from supergraph.gateway.pipeline.result_stream import ResultStream


class StreamFormat(Protocol):
    """Bytes for what may happen in a stream. Results are JSON already."""

    beginning: ClassVar[bytes]
    heartbeat: ClassVar[bytes]
    end: ClassVar[bytes]

    def result(self, encoded: bytes) -> bytes: ...

    def refusal(self, refusal: Refusal) -> bytes:
        """Why there is nothing, or nothing more. The end still follows."""
        ...


class EventStreamFormat:
    """The comment at the beginning lets the client know that it is heard."""

    beginning: ClassVar = b":\n\n"
    heartbeat: ClassVar = b":\n\n"
    # Browsers drop an event without data.
    end: ClassVar = b"event: complete\ndata:\n\n"

    def result(self, encoded: bytes) -> bytes:
        return b"event: next\ndata: %b\n\n" % encoded

    def refusal(self, refusal: Refusal) -> bytes:
        return self.result(encode_refusal(refusal))


class MultipartFormat:
    """Each part is followed by its boundary at once: a client knows a part by what comes after it."""

    beginning: ClassVar = b"--graphql"
    heartbeat: ClassVar = b"\r\ncontent-type: application/json\r\n\r\n{}\r\n--graphql"
    end: ClassVar = b"--\r\n"

    def result(self, encoded: bytes) -> bytes:
        return _part(b'{"payload":%b}' % encoded, b"graphql")

    def refusal(self, refusal: Refusal) -> bytes:
        """Not in the payload: these are errors of the transport, and they end it."""
        return _part(b'{"payload":null,%b' % encode_refusal(refusal).removeprefix(b"{"), b"graphql")


class IncrementFormat:
    """The parts of one answer. Nothing may be said between them, so a heartbeat is empty."""

    beginning: ClassVar = b"\r\n---"
    heartbeat: ClassVar = b""
    end: ClassVar = b"--\r\n"

    def result(self, encoded: bytes) -> bytes:
        return _part(encoded, b"-")

    def refusal(self, refusal: Refusal) -> bytes:
        return _part(b'{"hasNext":false,%b' % encode_refusal(refusal).removeprefix(b"{"), b"-")


def _part(body: bytes, boundary: bytes) -> bytes:
    return b"\r\ncontent-type: application/json\r\n\r\n%b\r\n--%b" % (body, boundary)


_EVENT_STREAM: Final = EventStreamFormat()
_MULTIPART: Final = MultipartFormat()
_INCREMENTS: Final = IncrementFormat()

# Nothing in between may keep a stream: no cache, and no buffer of a reverse proxy.
_HEADERS: Final = ((b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"))


@dataclass(frozen=True, slots=True)
class StreamedResponse:
    """A stream to be sent: whoever sends it closes `results`. `until` is when the caller's token ends."""

    headers: tuple[tuple[bytes, bytes], ...]
    form: StreamFormat
    results: ResultStream
    until: float | None


def stream_results(results: ResultStream, stream_type: StreamType, until: float | None) -> StreamedResponse:
    return StreamedResponse(_headers(stream_type), _form(stream_type), results, until)


def render_single(outcome: bytes | Refusal, stream_type: StreamType) -> HttpResponse:
    """One result, or why there is none, as a stream that ends with it. Always 200: the stream is what was asked for."""
    form = _form(stream_type)
    written = form.refusal(outcome) if isinstance(outcome, Refusal) else form.result(outcome)
    body = form.beginning + written + form.end
    length = (b"content-length", b"%d" % len(body))
    return HttpResponse(200, (*_headers(stream_type), length), body)


def _headers(stream_type: StreamType) -> tuple[tuple[bytes, bytes], ...]:
    return ((b"content-type", stream_type.value), *_HEADERS)


def _form(stream_type: StreamType) -> StreamFormat:
    match stream_type:
        case StreamType.EVENT_STREAM:
            return _EVENT_STREAM
        case StreamType.MULTIPART:
            return _MULTIPART
        case StreamType.INCREMENTS:
            return _INCREMENTS
        case _:
            assert_never(stream_type)
