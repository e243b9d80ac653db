"""A stream over HTTP, sent for as long as there is somebody to read it."""

import asyncio
import time
from contextlib import suppress

from supergraph.gateway.endpoints.asgi import Receive, Send
from supergraph.gateway.errors import Refusal
from supergraph.gateway.open_streams import STOPPING, OpenStreams
from supergraph.gateway.pipeline.http_stream import StreamedResponse
from supergraph.gateway.pipeline.identity import EXPIRED
from supergraph.gateway.settings import SubscriptionSettings


async def send_stream(
    response: StreamedResponse,
    receive: Receive,
    send: Send,
    streams: OpenStreams,
    settings: SubscriptionSettings,
) -> None:
    """Until the results end, the client leaves or takes nothing any more, its token ends, or the gateway stops."""
    results = response.results
    with streams.stopping_with(lambda: results.end(STOPPING)):
        writing = asyncio.create_task(_write(response, send, settings))
        leaving = asyncio.create_task(_left(receive))
        expiry = None
        if response.until is not None:
            remaining = response.until - time.time()
            expiry = asyncio.get_running_loop().call_later(remaining, results.end, EXPIRED)
        try:
            await asyncio.wait({writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if expiry is not None:
                expiry.cancel()
            writing.cancel()
            leaving.cancel()
            await results.close()


async def _write(response: StreamedResponse, send: Send, settings: SubscriptionSettings) -> None:
    # Who takes nothing for so long, or has left, is given up: there is nobody to tell.
    with suppress(TimeoutError, OSError):
        async with asyncio.timeout(settings.write_seconds):
            await send({"type": "http.response.start", "status": 200, "headers": response.headers})
        body = response.form.beginning
        more = True
        while more:
            async with asyncio.timeout(settings.write_seconds):
                await send({"type": "http.response.body", "body": body, "more_body": True})
            body, more = await _next(response, settings)
        async with asyncio.timeout(settings.write_seconds):
            await send({"type": "http.response.body", "body": body})


async def _next(response: StreamedResponse, settings: SubscriptionSettings) -> tuple[bytes, bool]:
    """What to write next, and whether anything follows it."""
    form = response.form
    try:
        async with asyncio.timeout(settings.heartbeat_seconds):
            result = await response.results.next()
    except TimeoutError:
        return form.heartbeat, True
    match result:
        case None:
            return form.end, False
        case Refusal():
            return form.refusal(result) + form.end, False
        case _:
            return form.result(result), True


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
