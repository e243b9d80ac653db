"""Equal requests in flight share one answer."""

import asyncio
from collections.abc import Coroutine
from typing import Any

from supergraph.gateway.hooks import HeaderLines
from supergraph.gateway.transport.client import (
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.spec import Principal, SubgraphName

Answer = SubgraphResponse | SubgraphFailure

_Key = tuple[SubgraphName, bytes, Principal, HeaderLines]
"""Whoever differs in any of them asks for themselves, so that nobody is handed what another may see."""


class CoalescingClient:
    """Asks once where several ask the same, for the same principal, with the same headers, at the same time.

    Only idempotent requests are shared. A waiter that is cancelled leaves the others waiting; when the last one has
    gone, the request is cancelled too. Nothing is kept once the answer is there: this is no cache.
    """

    __slots__ = ("_flights", "_inner")

    def __init__(self, inner: SubgraphClient) -> None:
        self._inner = inner
        self._flights: dict[_Key, _Flight] = {}

    async def send(self, request: SubgraphRequest) -> Answer:
        if not request.idempotent:
            return await self._inner.send(request)
        key = (request.subgraph, request.body, request.principal, request.headers)
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(key, self._inner.send(request), self._flights)
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

    __slots__ = ("_asking", "_flights", "_is_open", "_key", "_waiters")

    def __init__(
        self,
        key: _Key,
        asking: Coroutine[Any, Any, Answer],
        flights: "dict[_Key, _Flight]",
    ) -> None:
        self._key = key
        self._flights = flights
        self._is_open = True
        self._waiters: list[asyncio.Future[Answer]] = []
        self._asking = asyncio.create_task(asking)
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
        if self._is_open:
            self._is_open = False
            del self._flights[self._key]
