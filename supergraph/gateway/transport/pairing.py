"""One client made of two: requests go one way, subscriptions another."""

from collections.abc import Coroutine
from typing import Any

from supergraph.gateway.transport.client import (
    EventSource,
    RequestClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)


class PairedClient:
    """A subgraph may speak HTTP for requests and WebSocket for subscriptions. Closing it closes both."""

    __slots__ = ("_events", "_requests")

    def __init__(self, requests: RequestClient, events: EventSource) -> None:
        self._requests = requests
        self._events = events

    def send(self, request: SubgraphRequest) -> Coroutine[Any, Any, SubgraphResponse | SubgraphFailure]:
        return self._requests.send(request)

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        return self._events.subscribe(request)

    async def close(self) -> None:
        await self._events.close()
        await self._requests.close()
