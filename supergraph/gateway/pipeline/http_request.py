"""GraphQL over HTTP, the request: method, headers, query string and body -> GraphQLRequest.

Spec: https://graphql.github.io/graphql-over-http/draft/, sections 5 and 6. A batch is a JSON list of such requests, as
clients of Apollo's send them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import Final
from urllib.parse import parse_qsl

import orjson

from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.hooks import GraphQLRequest, HttpRequest
from supergraph.gateway.pipeline.persisted import read_persisted_id

_MOST_PARAMETERS: Final = 16
_LONGEST_KEPT: Final = 256


class MediaType(Enum):
    """What an answer is written as."""

    JSON = b"application/json; charset=utf-8"
    GRAPHQL_RESPONSE = b"application/graphql-response+json; charset=utf-8"


class StreamType(Enum):
    """What several results are written as, one after the other; `INCREMENTS`: the parts of one."""

    EVENT_STREAM = b"text/event-stream; charset=utf-8"
    MULTIPART = b'multipart/mixed; boundary="graphql"; subscriptionSpec=1.0'
    INCREMENTS = b'multipart/mixed; boundary="-"; deferSpec=20220824'


@dataclass(frozen=True, slots=True)
class Accepted:
    """What the client can read; at least one of the three. `increments`: an answer in parts, where `@defer` wants that."""

    answer: MediaType | None = MediaType.JSON
    stream: StreamType | None = None
    increments: bool = False


_JSON_ONLY: Final = Accepted()

_MEDIA_TYPES: Final[Mapping[str, MediaType]] = {
    # Wildcards, and no header at all, mean the older type: clients that know the newer one name it.
    "application/json": MediaType.JSON,
    "application/graphql-response+json": MediaType.GRAPHQL_RESPONSE,
    "application/*": MediaType.JSON,
    "*/*": MediaType.JSON,
}


_MULTIPARTS: Final[Mapping[str, StreamType]] = {
    "subscriptionspec=1.0": StreamType.MULTIPART,
    "deferspec=20220824": StreamType.INCREMENTS,
}


def negotiate(http: HttpRequest) -> Accepted | Refusal:
    """The best types that the client accepts; of equally good ones the first it names."""
    accept: bytes | None = None
    for name, value in http.headers:
        if name == b"accept":
            accept = value if accept is None else b"%b,%b" % (accept, value)
    if accept is None:
        return _JSON_ONLY
    return _best(accept) if len(accept) <= _LONGEST_KEPT else _best.__wrapped__(accept)


# Clients of one kind send the same.
@lru_cache(maxsize=256)
def _best(accept: bytes) -> Accepted | Refusal:
    best_answer: tuple[float, MediaType] | None = None
    best_stream: tuple[float, StreamType] | None = None
    increments = False
    for part in accept.decode("latin-1").split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = _quality(parameters)
        if quality <= 0 or not _is_utf8(parameters):
            continue
        answer, stream = _MEDIA_TYPES.get(name), _stream_type(name, parameters)
        if answer is not None and (best_answer is None or quality > best_answer[0]):
            best_answer = (quality, answer)
        increments = increments or stream is StreamType.INCREMENTS
        if stream not in {None, StreamType.INCREMENTS} and (best_stream is None or quality > best_stream[0]):
            best_stream = (quality, stream)
    if best_answer is None and best_stream is None and not increments:
        return refuse(
            406,
            "The answer can be application/graphql-response+json or application/json, and that to a subscription "
            "text/event-stream or multipart/mixed;subscriptionSpec=1.0, and with `@defer` "
            "multipart/mixed;deferSpec=20220824. `accept` wants none of them.",
        )
    return Accepted(best_answer and best_answer[1], best_stream and best_stream[1], increments)


def _stream_type(name: str, parameters: list[str]) -> StreamType | None:
    """Wildcards mean none of these: a stream is for those who ask for it."""
    if name == "text/event-stream":
        return StreamType.EVENT_STREAM
    if name == "multipart/mixed":
        for each in parameters:
            found = _MULTIPARTS.get(each.replace('"', "").replace(" ", ""))
            if found is not None:
                return found
    return None


@dataclass(frozen=True, slots=True)
class Batch:
    """Several requests in one. What is wrong with one of them is answered in its place."""

    requests: tuple[GraphQLRequest | Refusal, ...]


def read_graphql_request(http: HttpRequest, batch_operations: int = 0) -> GraphQLRequest | Batch | Refusal:
    """`batch_operations` is how many a batch may have; 0 means that there are none."""
    match http.method:
        case "POST":
            return _read_post(http, batch_operations)
        case "GET":
            return _read_get(http)
        case _:
            return refuse(
                405, "GraphQL is asked by POST, and by GET unless it is a mutation.", allow="GET, POST"
            )


def _read_post(http: HttpRequest, batch_operations: int) -> GraphQLRequest | Batch | Refusal:
    content_type = http.header(b"content-type")
    if content_type != b"application/json" and (refusal := _check_content_type(content_type or b"")):
        return refusal
    if http.header(b"content-encoding") not in {None, b"identity"}:
        return refuse(415, "The body must not be compressed.")
    if not http.body:
        return refuse(400, "The body is empty; it must be a JSON object with a `query`.")
    try:
        body = orjson.loads(http.body)
    except orjson.JSONDecodeError as error:
        return refuse(400, f"The body is not JSON: {error}.")
    if isinstance(body, list):
        return _read_batch(body, batch_operations)
    if not isinstance(body, dict):
        return refuse(400, "The body must be a JSON object with a `query`.")
    return read_parameters(body, read_only=False)


def _check_content_type(content_type: bytes) -> Refusal | None:
    name, *parameters = (piece.strip().lower() for piece in content_type.decode("latin-1").split(";"))
    if name != "application/json":
        return refuse(415, "A POST needs the header `content-type: application/json`.")
    if not _is_utf8(parameters):
        return refuse(415, "The body must be encoded in UTF-8.")
    return None


def _read_batch(body: list[object], batch_operations: int) -> Batch | Refusal:
    if batch_operations == 0:
        return refuse(400, "Batches are not taken here; send one operation per request.")
    if not 0 < len(body) <= batch_operations:
        return refuse(400, f"A batch has 1 to {batch_operations} operations, not {len(body)}.")
    return Batch(
        tuple(
            read_parameters(each, read_only=False)
            if isinstance(each, dict)
            else refuse(400, "An operation of a batch must be a JSON object with a `query`.")
            for each in body
        )
    )


def _read_get(http: HttpRequest) -> GraphQLRequest | Refusal:
    try:
        pairs = parse_qsl(
            http.query_string.decode("ascii"),
            keep_blank_values=True,
            errors="strict",
            max_num_fields=_MOST_PARAMETERS,
        )
    except ValueError:
        return refuse(400, "The query string is not a well-formed one.")
    parameters: dict[str, object] = dict(pairs)
    for name in ("variables", "extensions"):
        text = parameters.get(name)
        if isinstance(text, str):
            try:
                parameters[name] = orjson.loads(text) if text else None
            except orjson.JSONDecodeError as error:
                return refuse(400, f"`{name}` is not JSON: {error}.")
    return read_parameters(parameters, read_only=True)


def read_parameters(parameters: Mapping[str, object], *, read_only: bool) -> GraphQLRequest | Refusal:
    """A request's parameters, however they came."""
    query, name = parameters.get("query"), parameters.get("operationName")
    variables, extensions = parameters.get("variables"), parameters.get("extensions")
    if name is not None and not isinstance(name, str):
        return refuse(400, "`operationName` must be a string or null.")
    if variables is not None and not isinstance(variables, dict):
        return refuse(400, "`variables` must be an object or null.")
    if extensions is not None and not isinstance(extensions, dict):
        return refuse(400, "`extensions` must be an object or null.")
    persisted_id = None
    if extensions or "documentId" in parameters:
        found = read_persisted_id(parameters.get("documentId"), extensions)
        if isinstance(found, Refusal):
            return found
        persisted_id = found
    if persisted_id is not None and query is None:
        query = ""
    elif not isinstance(query, str) or (not query and persisted_id is None):
        return refuse(400, "`query` must be a string that holds a GraphQL document.")
    # An empty name is what forms send for none.
    return GraphQLRequest(query, name or None, variables or {}, read_only, persisted_id)


def _is_utf8(parameters: list[str]) -> bool:
    return all(
        parameter.removeprefix("charset=").strip('"') in {"utf-8", "utf8"}
        for parameter in parameters
        if parameter.startswith("charset=")
    )


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter.removeprefix("q="))
            except ValueError:
                return 0.0
    return 1.0
