"""How a subgraph's events are had: which protocol, at which address.

`sse` and `websocket` are spoken at the address that requests go to; an address of its own says by its scheme which of
the two it is (`ws://`, `wss://`: WebSocket). What is not said is `sse`, since every HTTP server can speak it.
"""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from supergraph.gateway.transport.client import EventSource, SubgraphEvents, SubgraphRequest
from supergraph.gateway.transport.http import InvalidAddressError, read_address
from supergraph.gateway.transport.http_settings import HttpClientSettings
from supergraph.gateway.transport.principal_header import PrincipalHeaders

SSE: Final = "sse"
WEBSOCKET: Final = "websocket"

_SOCKET_SCHEMES: Final = {"http": "ws", "https": "wss"}


def event_source(
    wanted: str,
    url: str,
    principals: PrincipalHeaders | None = None,
    settings: HttpClientSettings | None = None,
) -> EventSource:
    """Subscriptions as they are `wanted`: `sse`, `websocket`, or an address. Raises InvalidAddressError."""
    address = url if wanted in {SSE, WEBSOCKET} else wanted
    if "://" not in address:
        raise InvalidAddressError(
            f"subscriptions by {wanted!r}: say {SSE}, {WEBSOCKET}, or an address such as ws://localhost:4001/graphql"
        )
    scheme = read_address(address, ("http", "https", "ws", "wss")).scheme
    if wanted == WEBSOCKET:
        address = urlsplit(address)._replace(scheme=_SOCKET_SCHEMES[scheme]).geturl()
        scheme = _SOCKET_SCHEMES[scheme]
    if scheme in {"ws", "wss"}:
        return _SourceWhenNeeded(lambda: _web_socket(address, principals, settings))
    return _SourceWhenNeeded(lambda: _server_sent(address, principals, settings))


def _server_sent(
    url: str, principals: PrincipalHeaders | None, settings: HttpClientSettings | None
) -> EventSource:
    from supergraph.gateway.transport.sse_http import SseSource  # noqa: PLC0415

    return SseSource(url, principals, settings)


def _web_socket(
    url: str, principals: PrincipalHeaders | None, settings: HttpClientSettings | None
) -> EventSource:
    from supergraph.gateway.transport.websocket import WebSocketSource  # noqa: PLC0415

    return WebSocketSource(url, principals, settings)


class _SourceWhenNeeded:
    """aiohttp is a fifth of a gateway's start, and most subgraphs have no subscriptions."""

    __slots__ = ("_make", "_source")

    def __init__(self, make: Callable[[], EventSource]) -> None:
        self._make = make
        self._source: EventSource | None = None

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        if self._source is None:
            self._source = self._make()
        return self._source.subscribe(request)

    async def close(self) -> None:
        if self._source is not None:
            await self._source.close()
