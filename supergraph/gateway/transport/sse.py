"""Subscriptions over Server-Sent Events: GraphQL over SSE, distinct connections mode, whoever carries the bytes.

Protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md. One POST is one subscription; leaving it is
closing its connection.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.event_stream import EventStreamReader, EventTooLargeError

EVENT_STREAM: Final = "text/event-stream"
ACCEPT: Final = f"{EVENT_STREAM}, application/graphql-response+json;q=0.9, application/json;q=0.8"
"""A stream is wanted; a refusal may be an ordinary answer."""

Pieces = AsyncGenerator[bytes, None]


class BrokenStreamError(Exception):
    """The bytes ended in another way than they should. The message is for the log."""

    def __init__(self, detail: str, reason: FailureReason = FailureReason.LOST) -> None:
        super().__init__(detail)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class StreamedAnswer:
    """An answer whose head has come. `content_type` is without parameters."""

    status: int
    content_type: str
    pieces: Pieces


async def read_events(
    request: SubgraphRequest, answer: StreamedAnswer, *, event_bytes: int, seconds: float
) -> SubgraphEvents:
    """The events of an answer. One of another type is passed on whole, if it is whole within `seconds`, as the last."""
    async with aclosing(answer.pieces) as pieces:
        if not (200 <= answer.status < 300 and answer.content_type == EVENT_STREAM):
            yield await _read_whole(request, answer, event_bytes, seconds)
            return
        reader = EventStreamReader(event_bytes)
        try:
            async for piece in pieces:
                for event in reader.feed(piece):
                    if event.name == "complete":
                        return
                    if event.name == "next":
                        yield SubgraphResponse(answer.status, event.data)
        except EventTooLargeError:
            detail = f"an event of more than {event_bytes} bytes"
            yield SubgraphFailure(request.subgraph, FailureReason.TOO_LARGE, detail)
        except BrokenStreamError as error:
            yield SubgraphFailure(request.subgraph, error.reason, str(error))
        else:
            yield SubgraphFailure(request.subgraph, FailureReason.LOST, "the stream ended without `complete`")


async def _read_whole(
    request: SubgraphRequest, answer: StreamedAnswer, answer_bytes: int, seconds: float
) -> SubgraphResponse | SubgraphFailure:
    chunks: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(seconds):
            async for piece in answer.pieces:
                size += len(piece)
                if size > answer_bytes:
                    return SubgraphFailure(
                        request.subgraph, FailureReason.TOO_LARGE, f"more than {answer_bytes} bytes"
                    )
                chunks.append(piece)
    except TimeoutError:
        return SubgraphFailure(request.subgraph, FailureReason.TIMED_OUT, f"not whole within {seconds:g} s")
    except BrokenStreamError as error:
        return SubgraphFailure(request.subgraph, error.reason, str(error))
    return SubgraphResponse(answer.status, b"".join(chunks))
