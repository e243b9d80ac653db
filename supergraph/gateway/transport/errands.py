"""A subgraph that may ask the gateway on behalf of its callers: with each request it is lent what it needs for that."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from typing import Any, Final

from supergraph.gateway.transport.client import (
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.in_process_stream import AsgiApp, Message
from supergraph.gateway.transport.principal_header import PrincipalHeaders
from supergraph.spec import ERRAND_HEADER, ErrandSigner, GatewayUnreachableError

_HEADER: Final = ERRAND_HEADER.encode()


class ErrandClient:
    """Lends `module` a token for each caller. One that is on the errand already, or would make it too long, gets none."""

    __slots__ = ("_depth", "_door", "_inner", "_module", "_tokens")

    def __init__(
        self, inner: SubgraphClient, signer: ErrandSigner, module: str, depth: int, door: "InProcessDoor"
    ) -> None:
        self._inner = inner
        self._tokens = PrincipalHeaders(signer, module)
        self._module = module
        self._depth = depth
        self._door = door

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        return await self._inner.send(self._lent(request))

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        return self._inner.subscribe(self._lent(request))

    async def close(self) -> None:
        await self._inner.close()

    def _lent(self, request: SubgraphRequest) -> SubgraphRequest:
        errand = request.principal.errand
        modules = () if errand is None else errand.modules
        if self._module in modules or len(modules) >= self._depth:
            return request
        self._door.opened_here()
        token = self._tokens.value_for(request.principal)
        return replace(request, headers=(*request.headers, (_HEADER, token.encode())))


@dataclass(frozen=True, slots=True)
class Errands:
    """Which subgraphs may ask: those in `modules`, signed for by `signer`. In this process they come in by `door`."""

    modules: frozenset[str]
    signer: ErrandSigner
    depth: int
    door: "InProcessDoor"

    def lend(self, client: SubgraphClient, subgraph: str) -> SubgraphClient:
        """The client, for a subgraph that may ask as one that lends it what it needs."""
        if subgraph not in self.modules:
            return client
        return ErrandClient(client, self.signer, subgraph, self.depth, self.door)


class InProcessDoor:
    """The gateway's endpoint for modules of the same process: they call from loops of their own, it runs in its own."""

    __slots__ = ("_endpoint", "_loop", "_path")

    def __init__(self, endpoint: Callable[[], AsgiApp], path: str) -> None:
        self._endpoint = endpoint
        self._path = path
        self._loop: asyncio.AbstractEventLoop | None = None

    def opened_here(self) -> None:
        """To be called in the gateway's loop, before a module comes."""
        self._loop = asyncio.get_running_loop()

    async def __call__(self, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, bytes]:
        loop, call = self._loop, _Call(self._scope(body, headers), body)
        if loop is None:
            raise GatewayUnreachableError("the gateway has not begun to serve")
        asking = call.run(self._endpoint())
        if loop is asyncio.get_running_loop():
            # A task of its own: what the gateway notes of an operation in context variables is not its caller's.
            return await asyncio.create_task(asking)
        return await asyncio.wrap_future(_run_in(loop, asking))

    def _scope(self, body: bytes, headers: Sequence[tuple[bytes, bytes]]) -> Message:
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": self._path,
            "raw_path": self._path.encode(),
            "root_path": "",
            "query_string": b"",
            "headers": [(b"host", b"in-process"), (b"content-length", b"%d" % len(body)), *headers],
            "client": None,
            "server": ("in-process", None),
        }


def _run_in(
    loop: asyncio.AbstractEventLoop, asking: Coroutine[Any, Any, tuple[int, bytes]]
) -> Future[tuple[int, bytes]]:
    try:
        return asyncio.run_coroutine_threadsafe(asking, loop)
    except RuntimeError as error:
        asking.close()
        raise GatewayUnreachableError("the gateway has stopped") from error


class _Call:
    """One request to the endpoint, and what it answers."""

    __slots__ = ("_body", "_chunks", "_scope", "_status")

    def __init__(self, scope: Message, body: bytes) -> None:
        self._scope = scope
        self._body: bytes | None = body
        self._status: int | None = None
        self._chunks: list[bytes] = []

    async def run(self, endpoint: AsgiApp) -> tuple[int, bytes]:
        await endpoint(self._scope, self._receive, self._send)
        if self._status is None:
            raise GatewayUnreachableError("the gateway gave no answer")
        return self._status, b"".join(self._chunks)

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        # Whoever leaves cancels the call: there is nothing else to hear.
        await asyncio.get_running_loop().create_future()
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
        else:
            self._chunks.append(message.get("body", b""))
