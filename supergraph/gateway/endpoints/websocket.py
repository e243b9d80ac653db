"""The GraphQL endpoint over WebSocket: who may open one, and that it speaks graphql-transport-ws."""

from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import urlsplit

from supergraph.gateway.endpoints.asgi import Receive, Scope, Send, peer_of
from supergraph.gateway.endpoints.socket_session import SocketSession
from supergraph.gateway.hooks import HttpRequest
from supergraph.gateway.pipeline.answering import Pipeline
from supergraph.gateway.pipeline.socket_messages import SUBPROTOCOL, CloseCode
from supergraph.gateway.settings import SubscriptionSettings

_DEFAULT_PORTS: Final[Mapping[str, str]] = {"http": ":80", "https": ":443"}


class SocketEndpoint:
    """Opens a session for each socket. Messages have at most `message_bytes`."""

    __slots__ = ("_message_bytes", "_pipeline", "_settings")

    def __init__(self, pipeline: Pipeline, settings: SubscriptionSettings, message_bytes: int) -> None:
        self._pipeline = pipeline
        self._settings = settings
        self._message_bytes = message_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()  # websocket.connect
        headers: Mapping[bytes, bytes] = dict(reversed(scope["headers"]))  # of several, the first
        if not may_open(headers.get(b"origin"), headers.get(b"host", b""), self._settings.origins):
            # Before it is accepted, this is an answer with status 403.
            await send({"type": "websocket.close"})
        elif SUBPROTOCOL not in scope["subprotocols"]:
            await send({"type": "websocket.accept"})
            await send(
                {
                    "type": "websocket.close",
                    "code": int(CloseCode.SUBPROTOCOL_NOT_ACCEPTABLE),
                    "reason": f"Subprotocol not acceptable: it is {SUBPROTOCOL}",
                }
            )
        else:
            await send({"type": "websocket.accept", "subprotocol": SUBPROTOCOL})
            session = SocketSession(
                HttpRequest("GET", scope["query_string"], tuple(scope["headers"]), b"", peer_of(scope)),
                self._pipeline,
                self._settings,
                self._message_bytes,
                receive,
                send,
            )
            await session.run()


def may_open(origin: bytes | None, host: bytes, allowed: Collection[str]) -> bool:
    """Whether a page of that origin may open a socket: browsers themselves let any page do so.

    What is no browser sends no origin. Without more being allowed it is the gateway's own: the host that was asked.
    """
    if origin is None or "*" in allowed:
        return True
    given = origin.decode("latin-1").lower().rstrip("/")
    if given in {each.lower().rstrip("/") for each in allowed}:
        return True
    try:
        parts = urlsplit(given)
    except ValueError:
        return False
    default = _DEFAULT_PORTS.get(parts.scheme)
    if default is None or not parts.netloc:
        return False
    asked = host.decode("latin-1").lower()
    return parts.netloc.removesuffix(default) == asked.removesuffix(default)
