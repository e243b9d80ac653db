"""The GraphQL endpoint as raw ASGI: what a framework costs per request is more than all of the pipeline's steps."""

from supergraph.gateway.endpoints.asgi import Receive, Scope, Send
from supergraph.gateway.endpoints.http_stream import send_stream
from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.pipeline.handling import Pipeline, handle
from supergraph.gateway.pipeline.http_request import HttpRequest, MediaType
from supergraph.gateway.pipeline.http_response import HttpResponse, render_refusal
from supergraph.gateway.settings import SubscriptionSettings


class HttpEndpoint:
    """Reads a request up to `body_bytes`, has it handled, sends the answer."""

    __slots__ = ("_body_bytes", "_pipeline", "_subscriptions")

    def __init__(self, pipeline: Pipeline, subscriptions: SubscriptionSettings, body_bytes: int) -> None:
        self._pipeline = pipeline
        self._subscriptions = subscriptions
        self._body_bytes = body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await self._read_body(scope, receive)
        if body is None:
            return
        if isinstance(body, Refusal):
            await _send(render_refusal(body, MediaType.JSON), send)
            return
        http = HttpRequest(scope["method"], scope["query_string"], tuple(scope["headers"]), body)
        response = await handle(http, self._pipeline)
        if isinstance(response, HttpResponse):
            await _send(response, send)
        else:
            await send_stream(response, receive, send, self._pipeline.streams, self._subscriptions)

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes | Refusal | None:
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
