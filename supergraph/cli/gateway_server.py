"""The HTTP server that gateways run under."""

import asyncio
import gc
import signal
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from ipaddress import IPv4Network, IPv6Network
from types import FrameType
from typing import Final

import uvicorn

from supergraph.cli.http_protocol import ConnectionLimits, LimitedHttpProtocol, http_protocol
from supergraph.gateway import Gateway

_LOOK_SECONDS: Final = 0.05


class GatewayServer(uvicorn.Server):
    """Says when it is ready, drains before it stops, and at a signal ends without raising it again.

    Told to stop, it is no longer `ready` and goes on for `announce_seconds`, for whoever sends it requests to notice; a
    person at the keyboard (SIGINT) is not made to wait. Then subscriptions are told to connect again, nothing new is
    taken, and what is under way has `grace_seconds` to end. A second signal ends all of it at once. Whoever runs it may
    have things of its own to close afterwards. SIGHUP has a new supergraph looked for at once.
    What `trusted_proxies` forward is taken for the client's address.
    """

    def __init__(
        self,
        app: Gateway,
        ready: Callable[[], object],
        *,
        grace_seconds: int,
        announce_seconds: float = 0.0,
        limits: ConnectionLimits | None = None,
        trusted_proxies: Iterable[IPv4Network | IPv6Network] = (),
    ) -> None:
        limits = limits or ConnectionLimits()
        proxies = [str(network) for network in trusted_proxies]
        super().__init__(
            uvicorn.Config(
                app,
                http=http_protocol(limits),
                timeout_keep_alive=limits.keep_alive_seconds,
                access_log=False,
                log_config=None,  # the server logs as everybody does
                log_level="warning",
                server_header=False,
                # For applications beside the gateway, sign-in for one. uvicorn alone believes whoever comes from 127.0.0.1.
                proxy_headers=bool(proxies),
                forwarded_allow_ips=proxies,
                ws="websockets-sansio",
                ws_max_size=app.message_bytes,
                backlog=2048,
                timeout_graceful_shutdown=grace_seconds,
            )
        )
        self._gateway = app
        self._ready = ready
        self._announce_seconds = announce_seconds
        self._stops_at: float | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _spare_collector()
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._gateway.readiness.is_draining = True
        # uvicorn closes WebSockets with a code of its own and waits for all else, so clients are told before.
        telling = asyncio.create_task(self._gateway.end_streams())
        while not telling.done() and not self.force_exit:
            await asyncio.wait({telling}, timeout=0.1)
        telling.cancel()
        closing = asyncio.create_task(self._close_idle_connections())
        try:
            await super().shutdown(sockets)
        finally:
            closing.cancel()

    async def _close_idle_connections(self) -> None:
        """As uvicorn does but once: it would wait for those that were accepted in that very moment until its time is over."""
        while True:
            for connection in tuple(self.server_state.connections):
                if isinstance(connection, LimitedHttpProtocol):
                    connection.shutdown()
            await asyncio.sleep(_LOOK_SECONDS)

    async def on_tick(self, counter: int) -> bool:
        """Asked ten times a second whether to stop."""
        if self._stops_at is not None and time.monotonic() >= self._stops_at:
            self.should_exit = True
        return await super().on_tick(counter)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        before = {each: signal.signal(each, self._stop) for each in (signal.SIGINT, signal.SIGTERM)}
        if hasattr(signal, "SIGHUP"):  # not on Windows
            before[signal.SIGHUP] = signal.signal(signal.SIGHUP, self._look_for_supergraph)
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def _look_for_supergraph(self, _number: int, _frame: FrameType | None) -> None:
        self._gateway.reloads.look_now()

    def _stop(self, number: int, _: FrameType | None) -> None:
        if self._gateway.readiness.is_draining:
            self.should_exit = self.force_exit = True
            return
        self._gateway.readiness.is_draining = True
        patience = self._announce_seconds if number == signal.SIGTERM else 0.0
        self._stops_at = time.monotonic() + patience


def _spare_collector() -> None:
    """Leave what stands after the start out of garbage collection, and collect less often.

    Answers are large trees without cycles: looking through them for some costs a quarter of a large request.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
