"""The graph, as a resolver asks it on behalf of who asks the resolver: with their rights, and for what the module declared."""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol, TypeVar

import httpx
import orjson

from supergraph.spec import (
    ERRAND_HEADER,
    ERRAND_SCHEME,
    DeclaredOperations,
    GatewayDoor,
    GatewayUnreachableError,
    Principal,
)

ASKED_AT: Final = "http://gateway/graphql"
"""What generated clients are given for an address; the real one is known to the door."""

_ACCEPT: Final = b"application/graphql-response+json, application/json;q=0.9"
_TRACE: Final = frozenset({b"traceparent", b"tracestate"})
_Client_co = TypeVar("_Client_co", covariant=True)


class GraphCode:
    """`extensions.code` of answers that the gateway did not give."""

    NOT_DECLARED: Final = "OPERATION_NOT_DECLARED"
    UNAVAILABLE: Final = "GRAPH_UNAVAILABLE"
    UNREACHABLE: Final = "GRAPH_UNREACHABLE"
    LOOP: Final = "GRAPH_LOOP"


class ClientClass(Protocol[_Client_co]):
    """A client that `dovetail client python` generated."""

    def __call__(self, url: str, *, http_client: httpx.AsyncClient | None = None) -> _Client_co: ...


class Graph:
    """The gateway, for one request: `graph(Client)` gives a generated client that asks there.

    Its methods give an `Answer`: what the caller may not see, what the gateway refuses and that it is away are errors in
    it, by code. It sends no text but the id of an operation that the module has declared.
    """

    __slots__ = ("_declared", "_door", "_module", "_principal", "_token", "_trace")

    def __init__(
        self,
        module: str,
        declared: DeclaredOperations,
        principal: Principal,
        door: GatewayDoor | None,
        headers: Iterable[tuple[bytes, bytes]] = (),
    ) -> None:
        self._module = module
        self._declared = declared
        self._principal = principal
        self._door = door
        lines = tuple(headers)
        self._token = next((value for name, value in lines if name == ERRAND_HEADER.encode()), None)
        self._trace = tuple(line for line in lines if line[0] in _TRACE)

    def __call__(self, client: ClientClass[_Client_co]) -> _Client_co:
        return client(ASKED_AT, http_client=httpx.AsyncClient(transport=_ToTheGateway(self), trust_env=False))

    async def ask(self, document: str, operation_name: str | None, variables: object) -> tuple[int, bytes]:
        """Status and body of the gateway's answer; of one of our own where it cannot be asked."""
        id_ = self._declared.id_of(document, operation_name)
        if id_ is None:
            return _refused(
                GraphCode.NOT_DECLARED,
                f"{self._module} has not declared the operation {operation_name or 'without a name'}",
            )
        errand = self._principal.errand
        if self._token is None and errand is not None:
            way = " -> ".join((*errand.modules, self._module))
            return _refused(GraphCode.LOOP, f"modules ask each other in too long a row: {way}")
        if self._token is None or self._door is None:
            return _refused(
                GraphCode.UNAVAILABLE, f"no gateway lets {self._module} ask on behalf of its callers here"
            )
        body = orjson.dumps(
            {"documentId": f"sha256:{id_}", "operationName": operation_name, "variables": variables}
        )
        headers = (
            (b"content-type", b"application/json"),
            (b"accept", _ACCEPT),
            (b"authorization", b"%b %b" % (ERRAND_SCHEME.encode(), self._token)),
            *self._trace,
        )
        try:
            return await self._door(body, headers)
        except GatewayUnreachableError as error:
            return _refused(GraphCode.UNREACHABLE, str(error))


class GatewayAddress:
    """The door of a gateway elsewhere: the URL of its GraphQL endpoint. Close it at the end."""

    __slots__ = ("_http", "_url")

    def __init__(self, url: str, *, seconds: float = 30.0) -> None:
        self._url = url
        self._http = httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=seconds)

    async def __call__(self, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, bytes]:
        try:
            response = await self._http.post(self._url, content=body, headers=list(headers))
        except httpx.HTTPError as error:
            raise GatewayUnreachableError(
                f"the gateway gave no answer ({type(error).__name__})"  # its address is nobody's business
            ) from error
        return response.status_code, response.content

    async def close(self) -> None:
        await self._http.aclose()


class _ToTheGateway(httpx.AsyncBaseTransport):
    """What a generated client sends goes to the gateway, and nowhere else, whatever address it has."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        sent = orjson.loads(await request.aread())
        status, body = await self._graph.ask(
            sent["query"], sent.get("operationName"), sent.get("variables") or {}
        )
        return httpx.Response(status, content=body, headers={"content-type": "application/json"})


def _refused(code: str, message: str) -> tuple[int, bytes]:
    return 200, orjson.dumps({"data": None, "errors": [{"message": message, "extensions": {"code": code}}]})
