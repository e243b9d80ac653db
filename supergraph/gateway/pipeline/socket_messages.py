"""The messages of graphql-transport-ws: text -> what the client wants, results -> text.

Protocol: https://github.com/enisdenjo/graphql-ws/blob/master/PROTOCOL.md
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import orjson

from supergraph.gateway.errors import Refusal
from supergraph.gateway.executor import write_json
from supergraph.gateway.hooks import GraphQLRequest, HeaderLines
from supergraph.gateway.pipeline.http_request import read_parameters
from supergraph.spec import API_KEY_HEADER

SUBPROTOCOL: Final = "graphql-transport-ws"

_CREDENTIALS: Final = frozenset({"authorization", API_KEY_HEADER})
_LONGEST_REASON: Final = 123  # of a close frame, in bytes: RFC 6455, 5.5


class CloseCode(IntEnum):
    """Why the server closes a socket. Clients of the protocol connect again after 1001, 1013 and 4403."""

    GOING_AWAY = 1001
    TOO_LARGE = 1009
    TRY_AGAIN_LATER = 1013
    BAD_REQUEST = 4400
    UNAUTHORIZED = 4401
    FORBIDDEN = 4403
    SUBPROTOCOL_NOT_ACCEPTABLE = 4406
    INITIALISATION_TIMEOUT = 4408
    SUBSCRIBER_EXISTS = 4409
    TOO_MANY_INITIALISATIONS = 4429
    FAULT = 4500


@dataclass(frozen=True, slots=True)
class Closure:
    """A socket's end, by the server. `reason` may be any text; `frame_reason` is what fits."""

    code: CloseCode
    reason: str

    @property
    def frame_reason(self) -> str:
        return self.reason.encode()[:_LONGEST_REASON].decode("utf-8", "ignore")


@dataclass(frozen=True, slots=True)
class ConnectionInit:
    payload: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Ping:
    payload: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Pong:
    pass


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Any operation, not only a subscription."""

    id: str
    request: GraphQLRequest


@dataclass(frozen=True, slots=True)
class Complete:
    id: str


ClientMessage = ConnectionInit | Ping | Pong | Subscribe | Complete


def read_message(text: str) -> ClientMessage | Closure:
    """A closure for what is no message of the protocol."""
    try:
        message = orjson.loads(text)
    except orjson.JSONDecodeError:
        return _invalid("a message is JSON")
    if not isinstance(message, dict):
        return _invalid("a message is an object")
    kind, payload = message.get("type"), message.get("payload")
    match kind:
        case "connection_init" | "ping" | "pong":
            if not isinstance(payload, dict | None):
                return _invalid(f"the payload of `{kind}` is an object")
            if kind == "connection_init":
                return ConnectionInit(payload or {})
            return Ping(payload) if kind == "ping" else Pong()
        case "subscribe" | "complete":
            identifier = message.get("id")
            if not isinstance(identifier, str) or not identifier:
                return _invalid(f"`{kind}` has an `id` that is a string and not empty")
            return Complete(identifier) if kind == "complete" else _read_subscribe(identifier, payload)
        case str():
            return _invalid(f"`{kind}` is no message that a client sends")
        case _:
            return _invalid("a message has a `type`")


def _read_subscribe(identifier: str, payload: object) -> Subscribe | Closure:
    if not isinstance(payload, dict):
        return _invalid("the payload of `subscribe` is an object")
    request = read_parameters(payload, read_only=False)
    if isinstance(request, Refusal):
        return _invalid(request.problems[0].message)
    return Subscribe(identifier, request)


def _invalid(why: str) -> Closure:
    return Closure(CloseCode.BAD_REQUEST, f"Invalid message: {why}")


def read_credential_lines(payload: Mapping[str, object]) -> HeaderLines | Closure:
    """What a client without control of its headers says in their place, as headers; none where it says nothing.

    In any case of letters, and at either place: `{"authorization": "Bearer …"}`, `{"headers": {"x-api-key": "dk_…"}}`.
    """
    lines: list[tuple[bytes, bytes]] = []
    for place in (payload, payload.get("headers")):
        if isinstance(place, dict):
            for name, value in place.items():
                if name.lower() in _CREDENTIALS:
                    if not isinstance(value, str):
                        return _invalid(f"`{name.lower()}` is a string")
                    lines.append((name.lower().encode(), value.encode()))
    return tuple(lines)


ACKNOWLEDGEMENT: Final = '{"type":"connection_ack"}'


def write_pong(ping: Ping) -> str:
    message: dict[str, object] = {"type": "pong"}
    if ping.payload is not None:
        message["payload"] = ping.payload
    return write_json(message).decode()


def write_next(identifier: str, result: bytes) -> str:
    """`result` is a GraphQL response as JSON."""
    return _write(identifier, "next", result)


def write_error(identifier: str, refusal: Refusal) -> str:
    return _write(identifier, "error", write_json([problem.as_json() for problem in refusal.problems]))


def write_complete(identifier: str) -> str:
    return _write(identifier, "complete")


def _write(identifier: str, kind: str, payload: bytes | None = None) -> str:
    rest = b"" if payload is None else b',"payload":' + payload
    return (b'{"id":%b,"type":"%b"%b}' % (orjson.dumps(identifier), kind.encode(), rest)).decode()
