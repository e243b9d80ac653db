"""Clients that leave before they are answered: what they asked for is given up, and subgraphs are freed."""

import asyncio
from typing import Final

from supergraph.gateway.endpoints.asgi import Receive
from supergraph.gateway.transport.time_limit import TimeLimit

_PATIENCE: Final = 0.25


class AwaitedRequest(TimeLimit):
    """A request whose client waits: it limits what is done for it."""

    __slots__ = ("_receive", "_watching", "began")

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._receive = receive
        self._watching: asyncio.Task[None] | None = None
        self.began = loop.time()

    def watch(self) -> None:
        self._watching = asyncio.create_task(self._wait_for_departure())

    def unwatch(self) -> None:
        if self._watching is not None:
            self._watching.cancel()

    async def _wait_for_departure(self) -> None:
        while (await self._receive())["type"] != "http.disconnect":
            pass
        self.end()


class Departures:
    """Listens for clients that leave, once they have waited for a quarter of a second.

    To listen costs a task, which most requests are answered too soon for. One timer finds those that are not.
    """

    __slots__ = ("_loop", "_timer", "_waiting", "_watched")

    def __init__(self) -> None:
        self._waiting: dict[AwaitedRequest, None] = {}
        self._watched: set[AwaitedRequest] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    def expect(self, receive: Receive) -> AwaitedRequest:
        """To be called once the request's body has been read; and `answered` when nobody needs to listen any more."""
        loop = asyncio.get_running_loop()
        request = AwaitedRequest(receive, loop)
        self._waiting[request] = None
        if self._timer is None or self._loop is not loop:
            self._loop = loop
            self._timer = loop.call_later(_PATIENCE, self._look, loop)
        return request

    def answered(self, request: AwaitedRequest) -> None:
        if self._waiting.pop(request, self) is self:
            self._watched.discard(request)
            request.unwatch()

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        latest = loop.time() - _PATIENCE
        for request in tuple(self._waiting):
            if request.began > latest:
                self._timer = loop.call_at(request.began + _PATIENCE, self._look, loop)
                return
            del self._waiting[request]
            self._watched.add(request)
            request.watch()
