"""GraphQL over HTTP for one subgraph, in raw ASGI: bytes in, bytes out, nothing in between.

Meant for a gateway: POST only, one operation at a time. Who asks comes from the ASGI scope (a caller in this process)
or from the header that the gateway signs; a client's own token means nothing here.
"""

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from functools import lru_cache
from inspect import isawaitable
from typing import Any, Final

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,
    parse,
    validate,
)

from foundation_subgraph.kit.context import RequestContext
from foundation_subgraph.kit.database import Database
from foundation_subgraph.kit.errors import Refusal
from supergraph.spec import (
    ANONYMOUS,
    PRINCIPAL_HEADER,
    PRINCIPAL_SCOPE_KEY,
    InvalidPrincipalError,
    Principal,
    PrincipalVerifier,
)

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
_JSON: Final = "application/json"
_MAX_BODY: Final = 16 * 1024 * 1024
_MAX_TOKENS: Final = 50_000  # of an operation; what it is asked about comes in variables
_OPERATIONS_KEPT: Final = 2000
_LONGEST_KEPT: Final = 32 * 1024  # characters: nobody fills our memory with operations that he asks once
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class GraphQLRequest:
    """One operation as it was asked for."""

    query: str
    operation_name: str | None = None
    variables: dict[str, Any] | None = None


class _RefusedRequestError(Exception):
    """A request that is not answered: HTTP status, and words for its sender."""

    def __init__(
        self, status: int, message: str, code: str, headers: Iterable[tuple[bytes, bytes]] = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"errors": [{"message": message, "extensions": {"code": code}}]}
        self.headers = tuple(headers)


class SubgraphApp:
    """Serves one executable schema. Each request gets a RequestContext of its own."""

    def __init__(self, schema: GraphQLSchema, database: Database, verifier: PrincipalVerifier | None) -> None:
        self._schema = schema
        self._database = database
        self._verifier = verifier
        # Parsing and validation cost far more than most executions, and a gateway repeats its operations.
        self._kept = lru_cache(_OPERATIONS_KEPT)(self._prepare)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            raise RuntimeError(f"a subgraph does not speak {scope['type']}")
        media_type = _JSON
        headers: tuple[tuple[bytes, bytes], ...] = ()
        try:
            sent = _headers(scope)
            media_type = _media_type(sent)
            _check_request_line(scope, sent)
            principal = self._principal(scope, sent)
            request = _read_request(await _read_body(receive))
            status, answer = await self._answer(request, principal)
            if media_type == _JSON:
                status = 200  # older clients read any other status as a failure of transport
        except _RefusedRequestError as refused:
            status, answer, headers = refused.status, refused.body, refused.headers
        await _respond(send, status, media_type, answer, headers)

    async def execute(self, request: GraphQLRequest, principal: Principal) -> dict[str, Any]:
        """The answer to an operation, as JSON-able values: for callers that speak Python."""
        return (await self._answer(request, principal))[1]

    async def _answer(self, request: GraphQLRequest, principal: Principal) -> tuple[int, dict[str, Any]]:
        prepare = self._kept if len(request.query) <= _LONGEST_KEPT else self._prepare
        prepared = prepare(request.query)
        if not isinstance(prepared, DocumentNode):
            return 400, {"errors": _shown(prepared)}
        result = execute(
            self._schema,
            prepared,
            context_value=RequestContext(principal, self._database),
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        if isawaitable(result):
            result = await result
        assert isinstance(result, ExecutionResult), "a schema without @defer and @stream answers at once"
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            # Nothing was run: an unknown operation name, variables of the wrong type.
            return 400, {"errors": _shown(result.errors)}
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = _shown(result.errors)
        return 200, answer

    def _prepare(self, query: str) -> DocumentNode | tuple[GraphQLError, ...]:
        try:
            document = parse(query, max_tokens=_MAX_TOKENS)
        except GraphQLError as error:
            return (error,)
        return tuple(validate(self._schema, document)) or document

    def _principal(self, scope: Scope, sent: Mapping[bytes, list[bytes]]) -> Principal:
        known = scope.get(PRINCIPAL_SCOPE_KEY)
        if isinstance(known, Principal):
            return known
        signed = sent.get(PRINCIPAL_HEADER.encode(), [])
        if not signed:
            return ANONYMOUS
        if self._verifier is None or len(signed) > 1:
            raise _unauthenticated(f"the header {PRINCIPAL_HEADER} cannot be verified here")
        try:
            return self._verifier.verify(signed[0].decode("latin-1"))
        except InvalidPrincipalError as error:
            raise _unauthenticated(str(error)) from error


def _unauthenticated(message: str) -> _RefusedRequestError:
    return _RefusedRequestError(
        401, message, "UNAUTHENTICATED", [(b"www-authenticate", b"Dovetail-Principal")]
    )


def _headers(scope: Scope) -> Mapping[bytes, list[bytes]]:
    sent: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        sent.setdefault(name.lower(), []).append(value)
    return sent


def _first(sent: Mapping[bytes, list[bytes]], name: bytes) -> str:
    return sent[name][0].decode("latin-1").strip().lower() if name in sent else ""


def _media_type(sent: Mapping[bytes, list[bytes]]) -> str:
    """What the answer will be written as: what `accept` prefers, the newer form among equals."""
    accepted = ",".join(value.decode("latin-1") for value in sent.get(b"accept", [])).lower()
    if not accepted.strip():
        return _JSON
    best: tuple[float, str] | None = None
    for offer in accepted.split(","):
        kind, _, parameters = offer.partition(";")
        media_type = _OFFERS.get(kind.strip())
        weight = _weight(parameters)
        if media_type is not None and weight > 0 and (best is None or weight > best[0]):
            best = (weight, media_type)
    if best is None:
        raise _RefusedRequestError(
            406, f"answers are written as {_GRAPHQL_RESPONSE} or {_JSON}", "NOT_ACCEPTABLE"
        )
    return best[1]


_OFFERS: Final[Mapping[str, str]] = {
    _GRAPHQL_RESPONSE: _GRAPHQL_RESPONSE,
    _JSON: _JSON,
    "application/*": _GRAPHQL_RESPONSE,
    "*/*": _JSON,
}


def _weight(parameters: str) -> float:
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip() == "q":
            try:
                return float(value)
            except ValueError:
                return 0
    return 1


def _check_request_line(scope: Scope, sent: Mapping[bytes, list[bytes]]) -> None:
    if scope["method"] != "POST":
        raise _RefusedRequestError(
            405, "operations are sent by POST", "METHOD_NOT_ALLOWED", [(b"allow", b"POST")]
        )
    kind, _, parameters = _first(sent, b"content-type").partition(";")
    if kind.strip() != _JSON:
        raise _RefusedRequestError(415, f"an operation is sent as {_JSON}", "UNSUPPORTED_MEDIA_TYPE")
    charset = parameters.replace(" ", "").replace('"', "").partition("charset=")[2]
    if charset not in {"", "utf-8", "utf8"}:
        raise _RefusedRequestError(415, "an operation is written in UTF-8", "UNSUPPORTED_MEDIA_TYPE")
    if _first(sent, b"content-encoding") not in {"", "identity"}:
        raise _RefusedRequestError(415, "an operation is sent uncompressed", "UNSUPPORTED_MEDIA_TYPE")


async def _read_body(receive: Receive) -> bytes:
    parts: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _RefusedRequestError(400, "the request ended early", "BAD_REQUEST")
        part: bytes = message.get("body", b"")
        size += len(part)
        if size > _MAX_BODY:
            raise _RefusedRequestError(
                413, f"an operation has at most {_MAX_BODY} bytes", "CONTENT_TOO_LARGE"
            )
        parts.append(part)
        if not message.get("more_body", False):
            return b"".join(parts)


def _read_request(body: bytes) -> GraphQLRequest:
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


def _bad_request(message: str) -> _RefusedRequestError:
    return _RefusedRequestError(400, message, "BAD_REQUEST")


def _shown(errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """Errors as others may see them: refusals in their own words, our own failures without any."""
    shown: list[dict[str, Any]] = []
    logged: set[int] = set()
    for error in errors:
        formatted: dict[str, Any] = dict(error.formatted)
        cause = _cause(error)
        if isinstance(cause, Refusal):
            formatted["extensions"] = {"code": cause.code}
        elif cause is not None:
            if id(cause) not in logged:  # a batch that fails is one failure, however many waited for it
                _log.error("a resolver failed at %s", error.path, exc_info=cause)
                logged.add(id(cause))
            formatted["message"] = "Internal error"
            formatted["extensions"] = {"code": "INTERNAL_SERVER_ERROR"}
        shown.append(formatted)
    return shown


def _cause(error: GraphQLError) -> Exception | None:
    """The exception behind an error; None where the error says it all itself."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause


async def _respond(
    send: Send,
    status: int,
    media_type: str,
    answer: Mapping[str, Any],
    headers: Iterable[tuple[bytes, bytes]],
) -> None:
    body = orjson.dumps(answer)
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", f"{media_type}; charset=utf-8".encode()),
                (b"content-length", str(len(body)).encode()),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
