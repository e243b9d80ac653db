"""GraphQL over HTTP for one subgraph, in raw ASGI: bytes in, bytes out, nothing in between.

Meant for a gateway: POST only, one operation at a time. Who asks comes from the ASGI scope (a caller in this process)
or from the header that the gateway signs; a client's own token means nothing here, and a request with neither is not
answered, whatever it asks.
"""

from collections.abc import (
    AsyncGenerator,
    AsyncIterator,
    Iterable,
    Mapping,
    Sequence,
)
from contextlib import aclosing
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

from foundation_subgraph.kit.answers import shown_errors, written, written_events
from foundation_subgraph.kit.asking import Graph
from foundation_subgraph.kit.context import RequestContext
from foundation_subgraph.kit.database import Database
from foundation_subgraph.kit.event_stream import send_event_stream
from foundation_subgraph.kit.http_request import (
    EVENT_STREAM,
    JSON,
    GraphQLRequest,
    Receive,
    RefusedRequestError,
    Scope,
    Send,
    accepted_types,
    check_request_line,
    preferred_media_type,
    read_body,
    read_headers,
    read_request,
)
from supergraph.spec import (
    ANONYMOUS,
    GATEWAY_SCOPE_KEY,
    PRINCIPAL_HEADER,
    PRINCIPAL_SCOPE_KEY,
    DeclaredOperations,
    GatewayDoor,
    InvalidPrincipalError,
    Principal,
    PrincipalVerifier,
)

_MAX_TOKENS: Final = 50_000  # of an operation; what it is asked about comes in variables
_SDL_TOKENS: Final = 50
_OPERATIONS_KEPT: Final = 2000
_LONGEST_KEPT: Final = 32 * 1024  # characters: nobody fills our memory with operations that he asks once


class SubgraphApp:
    """Serves one executable schema. Each request gets a RequestContext of its own.

    With `open_sdl`, anybody is told `_service { sdl }`, and nothing else, for tools that compose running subgraphs.
    Resolvers ask the gateway by the door that it hands over in the scope, else by `door`, for `declared` operations.
    """

    def __init__(  # noqa: PLR0913 - all that a subgraph is served with
        self,
        schema: GraphQLSchema,
        database: Database,
        verifier: PrincipalVerifier | None,
        *,
        open_sdl: bool = False,
        name: str = "",
        declared: DeclaredOperations | None = None,
        door: GatewayDoor | None = None,
        services: Sequence[object] = (),
    ) -> None:
        self._name = name
        self._declared = declared or DeclaredOperations()
        self._door = door
        self._services = services
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
        media_type = JSON
        headers: tuple[tuple[bytes, bytes], ...] = ()
        try:
            sent = read_headers(scope)
            media_type = preferred_media_type(sent)
            check_request_line(scope, sent)
            principal = self._principal(scope, sent)
            request = read_request(await read_body(receive))
            if principal is None:
                if not _asks_for_sdl_alone(request.query):
                    raise _unsigned()
                principal = ANONYMOUS
            streamed = EVENT_STREAM in accepted_types(sent)
            graph = Graph(
                self._name,
                self._declared,
                principal,
                scope.get(GATEWAY_SCOPE_KEY) or self._door,
                scope["headers"],
            )
            outcome = await self._answer(request, principal, graph)
            if not isinstance(outcome, tuple):
                if streamed:
                    await send_event_stream(outcome, receive, send)
                    return
                await outcome.aclose()
                raise _needs_stream()
            status, answer = outcome
            if media_type == JSON:
                status = 200  # older clients read any other status as a failure of transport
        except RefusedRequestError as refused:
            status, answer, headers = refused.status, refused.body, refused.headers
        await _respond(send, status, media_type, answer, headers)

    async def execute(
        self, request: GraphQLRequest, principal: Principal, graph: Graph | None = None
    ) -> dict[str, Any]:
        """The answer to an operation, as JSON-able values: for callers that speak Python."""
        outcome = await self._answer(request, principal, graph)
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
        self, request: GraphQLRequest, principal: Principal, graph: Graph | None = None
    ) -> tuple[int, dict[str, Any]] | AsyncGenerator[dict[str, Any], None]:
        """Status and answer; for a subscription that has begun, its answers."""
        prepare = self._kept if len(request.query) <= _LONGEST_KEPT else self._prepare
        prepared = prepare(request.query)
        if not isinstance(prepared, DocumentNode):
            return 400, {"errors": shown_errors(prepared)}
        operation = get_operation_ast(prepared, request.operation_name)
        is_subscription = operation is not None and operation.operation is OperationType.SUBSCRIPTION
        graph = graph or Graph(self._name, self._declared, principal, self._door)
        context = RequestContext(principal, self._database, graph, self._services)
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
            return written_events(result, context)
        assert isinstance(result, ExecutionResult), "a schema without @defer and @stream answers at once"
        if result.data is None and result.errors and all(error.path is None for error in result.errors):
            # Nothing was run: an unknown operation name, variables of the wrong type.
            return 400, {"errors": shown_errors(result.errors)}
        return 200, written(result)

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


def _needs_stream() -> RefusedRequestError:
    return RefusedRequestError(
        406, f"a subscription is answered by a stream: accept {EVENT_STREAM}", "NOT_ACCEPTABLE"
    )


def _unauthenticated(message: str) -> RefusedRequestError:
    return RefusedRequestError(
        401, message, "UNAUTHENTICATED", [(b"www-authenticate", b"Dovetail-Principal")]
    )


def _unsigned() -> RefusedRequestError:
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
