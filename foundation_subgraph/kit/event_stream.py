"""A subscription's results as Server-Sent Events: GraphQL over SSE, distinct connections mode.

Protocol: https://github.com/enisdenjo/graphql-sse/blob/master/PROTOCOL.md.
"""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any, Final

import orjson

from foundation_subgraph.kit.http_request import EVENT_STREAM, Receive, Send

SILENCE_SECONDS: Final = 15.0
"""After so long without a result a comment is sent, so that whoever stands between does not take us for dead."""

Results = AsyncGenerator[Mapping[str, Any], None]


async def send_event_stream(
    results: Results, receive: Receive, send: Send, *, silence: float = SILENCE_SECONDS
) -> None:
    """Send results as they come, and `complete` after the last. Closes `results`, at once where the client leaves."""
    writing = asyncio.create_task(_write(results, send, silence), name="subscription")
    leaving = asyncio.create_task(_left(receive), name="subscription's client")
    try:
        await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        leaving.cancel()
        if not writing.done():
            writing.cancel()
        # What the source does last is waited for: it gives its connection back there.
        await asyncio.wait({writing, leaving})
    if not writing.cancelled():
        writing.result()


async def _write(results: Results, send: Send, silence: float) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": 200,
            "headers": [
                (b"content-type", f"{EVENT_STREAM}; charset=utf-8".encode()),
                (b"cache-control", b"no-store"),
                (b"x-accel-buffering", b"no"),
            ],
        }
    )
    async with aclosing(results):
        coming: asyncio.Task[Mapping[str, Any] | None] | None = None
        try:
            while True:
                coming = coming or asyncio.create_task(_next(results))
                done, _ = await asyncio.wait({coming}, timeout=silence)
                if not done:
                    await _send_piece(send, b":\n\n")
                    continue
                result, coming = coming.result(), None
                if result is None:
                    break
                await _send_piece(send, b"event: next\ndata: " + orjson.dumps(result) + b"\n\n")
        finally:
            if coming is not None:
                coming.cancel()
                await asyncio.wait({coming})
    await send({"type": "http.response.body", "body": b"event: complete\ndata:\n\n"})


async def _send_piece(send: Send, piece: bytes) -> None:
    await send({"type": "http.response.body", "body": piece, "more_body": True})


async def _next(results: Results) -> Mapping[str, Any] | None:
    return await anext(results, None)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
