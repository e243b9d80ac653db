"""Subscriptions over Server-Sent Events to a subgraph at an address."""

import asyncio
from contextlib import aclosing

import aiohttp

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
)
from supergraph.gateway.transport.http_settings import REQUEST_HEADERS, HttpClientSettings, added_headers
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.gateway.transport.sse import ACCEPT, BrokenStreamError, Pieces, StreamedAnswer, read_events
from supergraph.gateway.transport.streaming_session import open_streaming_session
from supergraph.spec import PRINCIPAL_HEADER


class SseSource:
    """The subgraph has `open_seconds` to begin its answer, and all time to go on."""

    __slots__ = ("_principals", "_session", "_settings", "_url")

    def __init__(
        self, url: str, principals: PrincipalHeaders | None, settings: HttpClientSettings | None = None
    ) -> None:
        self._url = url
        self._principals = principals
        self._settings = settings or HttpClientSettings()
        self._session: aiohttp.ClientSession | None = None

    async def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        seconds = self._settings.open_seconds
        try:
            async with asyncio.timeout(seconds):
                response = await self._post(request)
        except TimeoutError:
            yield SubgraphFailure(
                request.subgraph, FailureReason.TIMED_OUT, f"no answer within {seconds:g} s"
            )
            return
        except aiohttp.ClientConnectorError as error:
            yield SubgraphFailure(request.subgraph, FailureReason.REFUSED, str(error))
            return
        except (aiohttp.ClientError, OSError) as error:
            yield SubgraphFailure(request.subgraph, FailureReason.LOST, repr(error))
            return
        answer = StreamedAnswer(response.status, response.content_type, _pieces(response))
        try:
            async with aclosing(
                read_events(request, answer, event_bytes=self._settings.answer_bytes, seconds=seconds)
            ) as events:
                async for event in events:
                    yield event
        finally:
            # Not given back to a pool: what is still to come is nobody's any more.
            response.close()

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _post(self, request: SubgraphRequest) -> aiohttp.ClientResponse:
        headers = {**REQUEST_HEADERS, "accept": ACCEPT, "accept-encoding": "identity"}
        if self._principals is not None:
            headers[PRINCIPAL_HEADER] = self._principals.value_for(request.principal)
        headers |= added_headers(request)
        # Opened by the first subscription: a session belongs to the loop it is made in.
        self._session = self._session or open_streaming_session()
        return await self._session.post(self._url, data=request.body, headers=headers, allow_redirects=False)


async def _pieces(response: aiohttp.ClientResponse) -> Pieces:
    try:
        async for piece in response.content.iter_any():
            yield piece
    except (aiohttp.ClientError, OSError) as error:
        raise BrokenStreamError(repr(error)) from error
