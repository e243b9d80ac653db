"""Subscriptions over WebSocket: the protocol graphql-transport-ws, one connection for each subscription.

Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md. Who asks is said in the handshake's headers
and again in the payload of `connection_init`, since some servers see only one of the two; so are the headers that
rules send, and the trace.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Final, Literal

import aiohttp

from supergraph.gateway.transport.client import (
    FailureReason,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.http_settings import REQUEST_HEADERS, HttpClientSettings, added_headers
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.gateway.transport.streaming_session import open_streaming_session
from supergraph.spec import PRINCIPAL_HEADER

SUBPROTOCOL: Final = "graphql-transport-ws"

_ID: Final = "1"
_PING_SECONDS: Final = 30.0
_FAREWELL_SECONDS: Final = 1.0
_TOO_LARGE: Final = 1009
_OK: Final = 200

Socket = aiohttp.ClientWebSocketResponse[Literal[True]]


class _FailedError(Exception):
    """The conversation cannot go on."""

    def __init__(self, reason: FailureReason, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class WebSocketSource:
    """One subgraph at one address. It has `open_seconds` to accept a subscription's connection."""

    __slots__ = ("_principals", "_session", "_settings", "_url")

    def __init__(
        self, url: str, principals: PrincipalHeaders | None, settings: HttpClientSettings | None = None
    ) -> None:
        self._url = url
        self._principals = principals
        self._settings = settings or HttpClientSettings()
        self._session: aiohttp.ClientSession | None = None

    async def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        seconds = self._settings.open_seconds
        socket: Socket | None = None
        try:
            async with asyncio.timeout(seconds):
                socket = await self._connect(request)
                await self._initialise(socket, request)
            async with aclosing(_conversation(socket, request)) as events:
                async for event in events:
                    yield event
        except _FailedError as failed:
            yield SubgraphFailure(request.subgraph, failed.reason, str(failed))
        except TimeoutError:
            yield SubgraphFailure(
                request.subgraph, FailureReason.TIMED_OUT, f"not accepted within {seconds:g} s"
            )
        except aiohttp.WSServerHandshakeError as error:
            yield SubgraphFailure(request.subgraph, FailureReason.BAD_STATUS, f"status {error.status}")
        except aiohttp.ClientConnectorError as error:
            yield SubgraphFailure(request.subgraph, FailureReason.REFUSED, str(error))
        except (aiohttp.ClientError, OSError) as error:
            yield SubgraphFailure(request.subgraph, FailureReason.LOST, repr(error))
        finally:
            if socket is not None:
                await _leave(socket)

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def _connect(self, request: SubgraphRequest) -> Socket:
        # Opened by the first subscription: a session belongs to the loop it is made in.
        self._session = self._session or open_streaming_session()
        return await self._session.ws_connect(
            self._url,
            protocols=(SUBPROTOCOL,),
            headers={"user-agent": REQUEST_HEADERS["user-agent"], **self._signed(request)},
            heartbeat=_PING_SECONDS,
            max_msg_size=self._settings.answer_bytes,
        )

    async def _initialise(self, socket: Socket, request: SubgraphRequest) -> None:
        if socket.protocol != SUBPROTOCOL:
            raise _FailedError(FailureReason.MALFORMED, f"the subgraph does not speak {SUBPROTOCOL}")
        await _send(socket, {"type": "connection_init", "payload": self._signed(request)})
        kind, _ = await _receive(socket)
        if kind != "connection_ack":
            raise _FailedError(FailureReason.MALFORMED, f"`{kind}` where `connection_ack` was due")

    def _signed(self, request: SubgraphRequest) -> dict[str, str]:
        headers = added_headers(request)
        if self._principals is not None:
            headers[PRINCIPAL_HEADER] = self._principals.value_for(request.principal)
        return headers


async def _conversation(socket: Socket, request: SubgraphRequest) -> AsyncGenerator[SubgraphResponse, None]:
    """Everything after the acknowledgement. Raises _FailedError."""
    await _send(socket, {"id": _ID, "type": "subscribe", "payload": json.loads(request.body)})
    while True:
        kind, payload = await _receive(socket)
        match kind:
            case "next":
                yield SubgraphResponse(_OK, _encode(payload))
            case "error":
                yield SubgraphResponse(_OK, _encode({"errors": payload}))
                return
            case "complete":
                return
            case _:
                raise _FailedError(FailureReason.MALFORMED, f"`{kind}` in the midst of a subscription")


async def _send(socket: Socket, message: Mapping[str, object]) -> None:
    await socket.send_str(_encode(message).decode())


async def _receive(socket: Socket) -> tuple[str, object]:
    """The next message's type and payload; pings are answered on the way. Raises _FailedError."""
    while True:
        frame = await socket.receive()
        if frame.type is not aiohttp.WSMsgType.TEXT:
            raise _closed(socket, frame.data)
        message = _decode(frame.data)
        kind = message.get("type")
        match kind:
            case "ping":
                await _send(socket, {"type": "pong"})
            case "pong":
                pass
            case "next" | "error" | "complete" if message.get("id") != _ID:
                pass  # of an operation that is nobody's
            case str():
                return kind, message.get("payload")
            case _:
                raise _FailedError(FailureReason.MALFORMED, "a message without a type")


def _closed(socket: Socket, data: object) -> _FailedError:
    # Our own side closes the connection where a message is larger than it takes.
    reason = FailureReason.TOO_LARGE if socket.close_code == _TOO_LARGE else FailureReason.LOST
    return _FailedError(reason, f"closed with code {socket.close_code}: {data!r}")


def _decode(text: str) -> Mapping[str, object]:
    # The standard library keeps integers of any size, which the payload may hold.
    try:
        message = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _FailedError(FailureReason.NOT_JSON, repr(error)) from error
    if not isinstance(message, dict):
        raise _FailedError(FailureReason.MALFORMED, "a message is an object")
    return message


def _encode(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


async def _leave(socket: Socket) -> None:
    """Say goodbye, and wait only shortly for an answer: the close frame has freed the subgraph already."""
    with suppress(TimeoutError, aiohttp.ClientError, OSError):
        async with asyncio.timeout(_FAREWELL_SECONDS):
            await socket.close()
