"""The HTTP server that gateways run under."""

import gc
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn

from supergraph.gateway import Gateway


class GatewayServer(uvicorn.Server):
    """Says when it is ready, ends subscriptions before it stops, and at a signal ends without raising it again.

    Whoever runs it may have things of its own to close afterwards.
    """

    def __init__(self, app: Gateway, ready: Callable[[], object], *, grace_seconds: int) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                log_level="warning",
                server_header=False,
                ws="websockets-sansio",
                ws_max_size=app.message_bytes,
                backlog=2048,
                timeout_graceful_shutdown=grace_seconds,
            )
        )
        self._gateway = app
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _spare_collector()
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn closes WebSockets with a code of its own and waits for all else, so clients are told before.
        await self._gateway.end_streams()
        await super().shutdown(sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {each: signal.signal(each, self._stop) for each in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.handle_exit(number, frame)


def _spare_collector() -> None:
    """Leave what stands after the start out of garbage collection, and collect less often.

    Answers are large trees without cycles: looking through them for some costs a quarter of a large request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
