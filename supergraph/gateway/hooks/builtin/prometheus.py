"""Metrics for Prometheus: the text it reads, and a port that serves nothing else. Loaded only where it is on."""

from threading import Thread
from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, start_http_server
from prometheus_client.exposition import choose_encoder

from supergraph.gateway.hooks.builtin.durations import PrometheusReader


class Prometheus:
    """One registry of the gateway's own: what else the process measures is not its concern."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._serving: tuple[WSGIServer, Thread] | None = None
        self.reader = PrometheusReader(registry=self._registry, scope_info_enabled=False)

    def text(self, accept: str) -> tuple[bytes, str]:
        """All metrics as they are now, in the form that `accept` wants, and its media type. May take milliseconds."""
        encode, content_type = choose_encoder(accept)
        return encode(self._registry), content_type

    def serve(self, host: str, port: int) -> int:
        """Serve from a thread; gives the port. Raises OSError."""
        self._serving = start_http_server(port, host, self._registry)
        return int(self._serving[0].server_port)

    def close(self) -> None:
        if self._serving is not None:
            server, thread = self._serving
            server.shutdown()
            server.server_close()
            thread.join()
            self._serving = None
