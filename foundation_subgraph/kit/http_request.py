"""A subgraph's request as it comes over HTTP: read, and refused where it is none. Spec: GraphQL over HTTP."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
JSON: Final = "application/json"
_MAX_BODY: Final = 16 * 1024 * 1024
EVENT_STREAM: Final = "text/event-stream"


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation as it was asked for."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None


class RefusedRequestError(Exception):
    """A request that is not answered: HTTP status, and words for its sender."""

    def __init__(
        self, status: int, message: str, code: str, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"errors": [{"message": message, "extensions": {"code": code}}]}
        self.headers = tuple(headers)


def read_headers(scope: Scope) -> Mapping[bytes, list[bytes]]:
    sent: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        sent.setdefault(name.lower(), []).append(value)
    return sent


def _first(sent: Mapping[bytes, list[bytes]], name: bytes) -> str:
    return sent[name][0].decode("latin-1").strip().lower() if name in sent else ""


def preferred_media_type(sent: Mapping[bytes, list[bytes]]) -> str:
    """What an answer in one piece is written as: what `accept` prefers, the newer form among equals."""
    if not any(value.strip() for value in sent.get(b"accept", [])):
        return JSON
    accepted = accepted_types(sent)
    best: tuple[float, str] | None = None
    for kind, weight in accepted.items():
        offer = _OFFERS.get(kind)
        if offer is not None and (best is None or weight > best[0]):
            best = (weight, offer)
    if best is None and EVENT_STREAM in accepted:
        return GRAPHQL_RESPONSE
    if best is None:
        raise RefusedRequestError(
            406, f"answers are written as {GRAPHQL_RESPONSE} or {JSON}", "NOT_ACCEPTABLE"
        )
    return best[1]


_OFFERS: Final[Mapping[str, str]] = {
    GRAPHQL_RESPONSE: GRAPHQL_RESPONSE,
    JSON: JSON,
    "application/*": GRAPHQL_RESPONSE,
    "*/*": JSON,
}


def accepted_types(sent: Mapping[bytes, list[bytes]]) -> Mapping[str, float]:
    """The media types of `accept` and their weights, in their order; without those that are ruled out."""
    accepted: dict[str, float] = {}
    for value in sent.get(b"accept", []):
        for offer in value.decode("latin-1").lower().split(","):
            kind, _, parameters = offer.partition(";")
            if kind.strip() and (weight := _weight(parameters)) > 0:
                accepted[kind.strip()] = weight
    return accepted


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0
    return 1


def check_request_line(scope: Scope, sent: Mapping[bytes, list[bytes]]) -> None:
    if scope["method"] != "POST":
        raise RefusedRequestError(
            405, "operations are sent by POST", "METHOD_NOT_ALLOWED", [(b"allow", b"POST")]
        )
    kind, _, parameters = _first(sent, b"content-type").partition(";")
    if kind.strip() != JSON:
        raise RefusedRequestError(415, f"an operation is sent as {JSON}", "UNSUPPORTED_MEDIA_TYPE")
    charset = parameters.replace(" ", "").replace('"', "").partition("charset=")[2]
    if charset not in {"", "utf-8", "utf8"}:
        raise RefusedRequestError(415, "an operation is written in UTF-8", "UNSUPPORTED_MEDIA_TYPE")
    if _first(sent, b"content-encoding") not in {"", "identity"}:
        raise RefusedRequestError(415, "an operation is sent uncompressed", "UNSUPPORTED_MEDIA_TYPE")


async def read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RefusedRequestError(400, "the request ended early", "BAD_REQUEST")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > _MAX_BODY:
            raise RefusedRequestError(413, f"an operation has at most {_MAX_BODY} bytes", "CONTENT_TOO_LARGE")
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def read_request(body: bytes) -> GraphQLRequest:
    try:
        sent = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise _bad_request(f"the body is not JSON: {error}") from error
    if not isinstance(sent, dict):
        raise _bad_request("the body is not a JSON object")
    query, variables, name = sent.get("query"), sent.get("variables"), sent.get("operationName")
    if not isinstance(query, str):
        raise _bad_request('"query" is not a string')
    if not isinstance(variables, dict | None):
        raise _bad_request('"variables" is not an object')
    if not isinstance(name, str | None):
        raise _bad_request('"operationName" is not a string')
    if not isinstance(sent.get("extensions"), dict | None):
        raise _bad_request('"extensions" is not an object')
    return GraphQLRequest(query, name, variables)


def _bad_request(message: str) -> RefusedRequestError:
    return RefusedRequestError(400, message, "BAD_REQUEST")
