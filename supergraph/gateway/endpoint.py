"""The GraphQL endpoint as raw ASGI: what a framework costs per request is more than all of the pipeline's steps."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.pipeline.handling import Pipeline, handle
from supergraph.gateway.pipeline.http_request import HttpRequest, MediaType
from supergraph.gateway.pipeline.http_response import HttpResponse, render_refusal

# The ASGI specification's own types: a scope and its messages hold values of any type.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class GraphqlEndpoint:
    """Reads a request up to `body_bytes`, has it handled, sends the answer."""

    __slots__ = ("_body_bytes", "_pipeline")

    def __init__(self, pipeline: Pipeline, body_bytes: int) -> None:
        self._pipeline = pipeline
        self._body_bytes = body_bytes

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        body = await self._read_body(scope, receive)
        if body is None:
            return
        if isinstance(body, Refusal):
            response = render_refusal(body, MediaType.JSON)
        else:
            http = HttpRequest(scope["method"], scope["query_string"], tuple(scope["headers"]), body)
            response = await handle(http, self._pipeline)
        await _send(response, send)

    async def _read_body(self, scope: Message, receive: Receive) -> bytes | Refusal | None:
        """None when the client has left. A body too long is refused by its announced length, before it is read."""
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self._body_bytes:
                return self._too_large()
        message = await receive()
        if message["type"] == "http.request" and not message.get("more_body"):
            body: bytes = message.get("body", b"")
            return body if len(body) <= self._body_bytes else self._too_large()
        chunks: list[bytes] = []
        size = 0
        while message["type"] == "http.request":
            chunk = message.get("body", b"")
            size += len(chunk)
            if size > self._body_bytes:
                return self._too_large()
            chunks.append(chunk)
            if not message.get("more_body"):
                return b"".join(chunks)
            message = await receive()
        return None

    def _too_large(self) -> Refusal:
        return refuse(
            413, f"The body is larger than the {self._body_bytes} bytes that are allowed.", connection="close"
        )


async def _send(response: HttpResponse, send: Send) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": response.body})
