"""Equal requests in flight share one answer."""

import asyncio

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

    Only idempotent requests are shared. A waiter that is cancelled leaves the others waiting. The first one asks in its
    own task, for most requests are shared with nobody and a task for each costs more than all else here; if it is
    cancelled while others wait, it is asked once more for them, in a task that goes on while one of them wants it.
    Nothing is kept once the answer is there: this is no cache.
    """

    __slots__ = ("_flights", "_inner")

    def __init__(self, inner: SubgraphClient) -> None:
        self._inner = inner
        self._flights: dict[_Key, _Flight] = {}

    async def send(self, request: SubgraphRequest) -> Answer:
        if not request.idempotent:
            return await self._inner.send(request)
        key = (request.subgraph, request.body, request.principal, request.headers)
        own = _Flight()
        flight = self._flights.setdefault(key, own)
        if flight is not own:
            return await self._wait(key, flight)
        try:
            answer = await self._inner.send(request)
        except asyncio.CancelledError:
            if own.is_wanted:
                own.asking = asyncio.create_task(self._ask_again(key, own, request))
            else:
                del self._flights[key]
            raise
        except BaseException as error:
            del self._flights[key]
            own.fail(error)
            raise
        del self._flights[key]
        if own.waiters:
            own.land(answer)
        return answer

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        """Each subscription is its own: sharing one would tie its readers to the slowest."""
        return self._inner.subscribe(request)

    async def close(self) -> None:
        await self._inner.close()

    async def _wait(self, key: _Key, flight: "_Flight") -> Answer:
        waiter = flight.join()
        try:
            return await waiter
        except asyncio.CancelledError:
            if flight.asking is not None and not flight.is_wanted and self._flights.get(key) is flight:
                # Gone at once: who asks next must not join a flight that is being cancelled.
                del self._flights[key]
                flight.asking.cancel()
            raise

    async def _ask_again(self, key: _Key, flight: "_Flight", request: SubgraphRequest) -> None:
        try:
            answer = await self._inner.send(request)
        except Exception as error:  # noqa: BLE001 - it is raised by those who wait, all of them
            flight.fail(error)
        else:
            flight.land(answer)
        finally:
            if self._flights.get(key) is flight:
                del self._flights[key]
            flight.abandon()


class _Flight:
    """One request under way. `asking` is the task that goes on with it, where whoever asked first has left."""

    __slots__ = ("asking", "waiters")

    def __init__(self) -> None:
        self.waiters: list[asyncio.Future[Answer]] = []
        self.asking: asyncio.Task[None] | None = None

    @property
    def is_wanted(self) -> bool:
        """Those who were cancelled have left, though they are listed still."""
        return any(not waiter.done() for waiter in self.waiters)

    def join(self) -> asyncio.Future[Answer]:
        waiter: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self.waiters.append(waiter)
        return waiter

    def land(self, answer: Answer) -> None:
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_result(answer)

    def fail(self, error: BaseException) -> None:
        for waiter in self.waiters:
            if not waiter.done():
                waiter.set_exception(error)

    def abandon(self) -> None:
        """Whoever still waits is not going to be answered: the gateway stops."""
        for waiter in self.waiters:
            waiter.cancel()
