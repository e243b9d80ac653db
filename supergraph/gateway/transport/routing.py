"""One client for all subgraphs: each request goes to the client of its subgraph."""

from collections.abc import Mapping
from contextlib import aclosing

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.spec import SubgraphName


class RoutingClient:
    """A subgraph without a client is a failure answer: its fields are null, the others' are not."""

    __slots__ = ("_clients",)

    def __init__(self, clients: Mapping[SubgraphName, SubgraphClient]) -> None:
        self._clients = dict(clients)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        client = self._clients.get(request.subgraph)
        if client is None:
            return SubgraphFailure(request.subgraph, FailureReason.NO_ADDRESS)
        return await client.send(request)

    async def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        client = self._clients.get(request.subgraph)
        if client is None:
            yield SubgraphFailure(request.subgraph, FailureReason.NO_ADDRESS)
            return
        async with aclosing(client.subscribe(request)) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        for client in self._clients.values():
            await client.close()
