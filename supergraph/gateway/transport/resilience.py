"""What keeps one subgraph's trouble its own: each a client around a client."""

import asyncio

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphClient,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)


class DeadlineClient:
    """Gives up after `seconds`, waiting for a connection included."""

    __slots__ = ("_inner", "_seconds")

    def __init__(self, inner: SubgraphClient, seconds: float) -> None:
        self._inner = inner
        self._seconds = seconds

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        try:
            async with asyncio.timeout(self._seconds):
                return await self._inner.send(request)
        except TimeoutError:
            return SubgraphFailure(
                request.subgraph, FailureReason.TIMED_OUT, f"no answer within {self._seconds:g} s"
            )

    async def close(self) -> None:
        await self._inner.close()
