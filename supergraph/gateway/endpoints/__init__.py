"""Where clients come in: one GraphQL endpoint, over HTTP and over WebSocket, in raw ASGI."""

from supergraph.gateway.endpoints.http import HttpEndpoint
from supergraph.gateway.endpoints.websocket import SocketEndpoint

__all__ = ["HttpEndpoint", "SocketEndpoint"]
