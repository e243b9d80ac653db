"""GraphQL over HTTP for one subgraph, in raw ASGI: bytes in, bytes out, nothing in between.

Meant for a gateway: POST only, one operation at a time. Who asks comes from the ASGI scope (a caller in this process)
or from the header that the gateway signs; a client's own token means nothing here, and a request with neither is not
answered, whatever it asks.
"""

import logging
from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    MutableMapping,
)
from contextlib import aclosing
from dataclasses import dataclass
from functools import lru_cache
from inspect import isawaitable
from typing import Any, Final

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    FieldNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    execute,
    get_operation_ast,
    parse,
    subscribe,
    validate,
)

from foundation_subgraph.kit.context import RequestContext
from foundation_subgraph.kit.database import Database
from foundation_subgraph.kit.errors import Refusal
from foundation_subgraph.kit.event_stream import EVENT_STREAM, send_event_stream
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
_SDL_TOKENS: Final = 50
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
    """Serves one executable schema. Each request gets a RequestContext of its own.

    With `open_sdl`, anybody is told `_service { sdl }`, and nothing else, for tools that compose running subgraphs.
    """

    def __init__(
        self,
        schema: GraphQLSchema,
        database: Database,
        verifier: PrincipalVerifier | None,
        *,
        open_sdl: bool = False,
    ) -> None:
        self._schema = schema
        self._database = database
        self._verifier = verifier
        self._open_sdl = open_sdl
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
            if principal is None:
                if not _asks_for_sdl_alone(request.query):
                    raise _unsigned()
                principal = ANONYMOUS
            streamed = EVENT_STREAM in _accepted(sent)
            outcome = await self._answer(request, principal)
            if not isinstance(outcome, tuple):
                if streamed:
                    await send_event_stream(outcome, receive, send)
                    return
                await outcome.aclose()
                raise _needs_stream()
            status, answer = outcome
            if media_type == _JSON:
                status = 200  # older clients read any other status as a failure of transport
        except _RefusedRequestError as refused:
            status, answer, headers = refused.status, refused.body, refused.headers
        await _respond(send, status, media_type, answer, headers)

    async def execute(self, request: GraphQLRequest, principal: Principal) -> dict[str, Any]:
        """The answer to an operation, as JSON-able values: for callers that speak Python."""
        outcome = await self._answer(request, principal)
        if isinstance(outcome, tuple):
            return outcome[1]
        await outcome.aclose()
        return _needs_stream().body

    async def subscribe(
        self, request: GraphQLRequest, principal: Principal
    ) -> AsyncGenerator[dict[str, Any], None]:
        """The answers to a subscription, one for each event; the one answer to what is none. Close it to leave."""
        outcome = await self._answer(request, principal)
        if isinstance(outcome, tuple):
            yield outcome[1]
            return
        async with aclosing(outcome):
            async for result in outcome:
                yield result

    async def _answer(
        self, request: GraphQLRequest, principal: Principal
    ) -> tuple[int, dict[str, Any]] | AsyncGenerator[dict[str, Any], None]:
        """Status and answer; for a subscription that has begun, its answers."""
        prepare = self._kept if len(request.query) <= _LONGEST_KEPT else self._prepare
        prepared = prepare(request.query)
        if not isinstance(prepared, DocumentNode):
            return 400, {"errors": _shown(prepared)}
        operation = get_operation_ast(prepared, request.operation_name)
        is_subscription = operation is not None and operation.operation is OperationType.SUBSCRIPTION
        context = RequestContext(principal, self._database)
        result = (subscribe if is_subscription else execute)(
            self._schema,
            prepared,
            context_value=context,
            variable_values=request.variables,
            operation_name=request.operation_name,
        )
        if isawaitable(result):
            result = await result
        if isinstance(result, AsyncIterator):
            return _answers(result, context)
        assert isinstance(result, ExecutionResult), "a schema without @defer and @stream answers at once"
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            # Nothing was run: an unknown operation name, variables of the wrong type.
            return 400, {"errors": _shown(result.errors)}
        return 200, _written(result)

    def _prepare(self, query: str) -> DocumentNode | tuple[GraphQLError, ...]:
        try:
            document = parse(query, max_tokens=_MAX_TOKENS)
        except GraphQLError as error:
            return (error,)
        return tuple(validate(self._schema, document)) or document

    def _principal(self, scope: Scope, sent: Mapping[bytes, list[bytes]]) -> Principal | None:
        """None: nobody vouches for the request, and it may be one that needs nobody."""
        known = scope.get(PRINCIPAL_SCOPE_KEY)
        if isinstance(known, Principal):
            return known
        signed = sent.get(PRINCIPAL_HEADER.encode(), [])
        if not signed:
            if self._open_sdl:
                return None
            raise _unsigned()
        if self._verifier is None or len(signed) > 1:
            raise _unauthenticated(f"the header {PRINCIPAL_HEADER} cannot be verified here")
        try:
            return self._verifier.verify(signed[0].decode("latin-1"))
        except InvalidPrincipalError as error:
            raise _unauthenticated(str(error)) from error


def _needs_stream() -> _RefusedRequestError:
    return _RefusedRequestError(
        406, f"a subscription is answered by a stream: accept {EVENT_STREAM}", "NOT_ACCEPTABLE"
    )


def _unauthenticated(message: str) -> _RefusedRequestError:
    return _RefusedRequestError(
        401, message, "UNAUTHENTICATED", [(b"www-authenticate", b"Dovetail-Principal")]
    )


def _unsigned() -> _RefusedRequestError:
    return _unauthenticated(
        f"this subgraph answers its gateway alone: the header {PRINCIPAL_HEADER} is missing"
    )


def _asks_for_sdl_alone(query: str) -> bool:
    """Whether it is one query for `_service`, without fragments, which could hide something else."""
    try:
        [operation] = parse(query, max_tokens=_SDL_TOKENS).definitions
    except (GraphQLError, ValueError):
        return False
    return (
        isinstance(operation, OperationDefinitionNode)
        and operation.operation is OperationType.QUERY
        and all(
            isinstance(each, FieldNode) and each.name.value == "_service"
            for each in operation.selection_set.selections
        )
    )


def _headers(scope: Scope) -> Mapping[bytes, list[bytes]]:
    sent: dict[bytes, list[bytes]] = {}
    for name, value in scope["headers"]:
        sent.setdefault(name.lower(), []).append(value)
    return sent


def _first(sent: Mapping[bytes, list[bytes]], name: bytes) -> str:
    return sent[name][0].decode("latin-1").strip().lower() if name in sent else ""


def _media_type(sent: Mapping[bytes, list[bytes]]) -> str:
    """What an answer in one piece is written as: what `accept` prefers, the newer form among equals."""
    if not any(value.strip() for value in sent.get(b"accept", [])):
        return _JSON
    accepted = _accepted(sent)
    best: tuple[float, str] | None = None
    for kind, weight in accepted.items():
        media_type = _OFFERS.get(kind)
        if media_type is not None and (best is None or weight > best[0]):
            best = (weight, media_type)
    if best is None and EVENT_STREAM in accepted:
        return _GRAPHQL_RESPONSE
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


def _accepted(sent: Mapping[bytes, list[bytes]]) -> Mapping[str, float]:
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


async def _answers(
    results: AsyncIterator[ExecutionResult], context: RequestContext
) -> AsyncGenerator[dict[str, Any], None]:
    """The answers as they are sent. An exception of the source itself is the last of them."""
    try:
        async for result in results:
            yield _written(result)
    except Exception as problem:  # noqa: BLE001 - masked like any other failure of a resolver
        failure = GraphQLError(str(problem), original_error=problem)
        yield {"data": None, "errors": _shown([failure])}
    finally:
        await results.aclose()  # type: ignore[attr-defined] # graphql-core's are async generators
        await context.close()


def _written(result: ExecutionResult) -> dict[str, Any]:
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = _shown(result.errors)
    return answer


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
