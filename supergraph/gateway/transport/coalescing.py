"""Equal requests in flight share one answer."""

import asyncio

from supergraph.gateway.transport.client import (
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)

Answer = SubgraphResponse | SubgraphFailure


class CoalescingClient:
    """Asks once where several ask the same, for the same principal, at the same time.

    Only idempotent requests are shared. A waiter that is cancelled leaves the others waiting; when the last one has
    gone, the request is cancelled too. Nothing is kept once the answer is there: this is no cache.
    """

    __slots__ = ("_flights", "_inner")

    def __init__(self, inner: SubgraphClient) -> None:
        self._inner = inner
        # A request is its own key: subgraph, body and principal, so nobody is handed what another may see.
        self._flights: dict[SubgraphRequest, _Flight] = {}

    async def send(self, request: SubgraphRequest) -> Answer:
        if not request.idempotent:
            return await self._inner.send(request)
        flight = self._flights.get(request)
        if flight is None:
            flight = self._flights[request] = _Flight(request, self._inner, self._flights)
        waiter = flight.join()
        try:
            return await waiter
        except asyncio.CancelledError:
            flight.leave(waiter)
            raise

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        """Each subscription is its own: sharing one would tie its readers to the slowest."""
        return self._inner.subscribe(request)

    async def close(self) -> None:
        await self._inner.close()


class _Flight:
    """One request under way, in a task of its own, so that no waiter's cancellation is the request's."""

    __slots__ = ("_asking", "_flights", "_request", "_waiters")

    def __init__(
        self,
        request: SubgraphRequest,
        inner: SubgraphClient,
        flights: "dict[SubgraphRequest, _Flight]",
    ) -> None:
        self._request = request
        self._flights = flights
        self._waiters: list[asyncio.Future[Answer]] = []
        self._asking = asyncio.create_task(inner.send(request))
        self._asking.add_done_callback(self._land)

    def join(self) -> asyncio.Future[Answer]:
        waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._waiters.append(waiter)
        return waiter

    def leave(self, waiter: asyncio.Future[Answer]) -> None:
        if waiter in self._waiters:
            self._waiters.remove(waiter)
        if not self._waiters and not self._asking.done():
            # Gone at once: who asks next must not join a flight that is being cancelled.
            self._close()
            self._asking.cancel()

    def _land(self, asked: asyncio.Task[Answer]) -> None:
        self._close()
        for waiter in self._waiters:
            if waiter.done():
                continue
            if asked.cancelled():
                waiter.cancel()
            elif (error := asked.exception()) is not None:
                waiter.set_exception(error)
            else:
                waiter.set_result(asked.result())
        self._waiters.clear()

    def _close(self) -> None:
        if self._flights.get(self._request) is self:
            del self._flights[self._request]
