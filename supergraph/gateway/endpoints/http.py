"""The GraphQL endpoint as raw ASGI: what a framework costs per request is more than all of the pipeline's steps."""

from supergraph.gateway.endpoints.asgi import Receive, Scope, Send, peer_of
from supergraph.gateway.endpoints.departures import Departures
from supergraph.gateway.endpoints.http_stream import send_stream
from supergraph.gateway.errors import Refusal, refuse
from supergraph.gateway.hooks import HttpRequest, HttpResponse, Outcome, RequestRecord, begin_record
from supergraph.gateway.pipeline.answering import Pipeline
from supergraph.gateway.pipeline.handling import handle
from supergraph.gateway.pipeline.http_request import MediaType
from supergraph.gateway.pipeline.http_response import render_refusal
from supergraph.gateway.pipeline.http_stream import StreamedResponse
from supergraph.gateway.pipeline.watching import note_outcome
from supergraph.gateway.settings import LimitSettings, SubscriptionSettings


class HttpEndpoint:
    """Reads a request up to the limits of its bytes, has it handled, sends the answer."""

    __slots__ = ("_body_bytes", "_departures", "_header_bytes", "_pipeline", "_subscriptions", "_watch")

    def __init__(
        self, pipeline: Pipeline, subscriptions: SubscriptionSettings, limits: LimitSettings
    ) -> None:
        self._pipeline = pipeline
        self._departures = Departures()
        self._watch = pipeline.watch
        self._subscriptions = subscriptions
        self._body_bytes = limits.body_bytes
        self._header_bytes = limits.header_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        record = begin_record(tuple(scope["headers"]))
        self._watch.begun(record)
        try:
            await self._answer(scope, receive, send, record)
        finally:
            self._watch.ended(record)

    async def _answer(self, scope: Scope, receive: Receive, send: Send, record: RequestRecord) -> None:
        body = await self._read_body(scope, receive)
        if body is None:
            record.outcome = Outcome.LEFT
            return
        if isinstance(body, Refusal):
            note_outcome(record, body)
            await _send(render_refusal(body, MediaType.JSON), send)
            return
        http = HttpRequest(scope["method"], scope["query_string"], record.headers, body, peer_of(scope))
        response: HttpResponse | StreamedResponse | None = None
        awaited = self._departures.expect(receive)
        try:
            with awaited:
                response = await handle(http, self._pipeline)
        finally:
            self._departures.answered(awaited)
        if response is None:
            record.outcome = Outcome.LEFT
            return
        if isinstance(response, HttpResponse):
            record.status = response.status
            await _send(response, send)
        else:
            await send_stream(response, receive, send, self._pipeline.streams, self._subscriptions)

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes | Refusal | None:
        """None when the client has left. A body too long is refused by its announced length, before it is read."""
        headers = 0
        for name, value in scope["headers"]:
            headers += len(name) + len(value)
            if name == b"content-length" and value.isdigit() and int(value) > self._body_bytes:
                return self._too_large()
        if headers > self._header_bytes or len(scope["query_string"]) > self._header_bytes:
            return refuse_head(headers, self._header_bytes)
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


def refuse_head(headers: int, most: int) -> Refusal:
    """Whichever of the two is too long: the headers, which have `headers` bytes, or else the query string."""
    if headers > most:
        return refuse(431, f"The headers have {headers} bytes; {most} are allowed.", connection="close")
    return refuse(414, f"The query string is longer than {most} bytes; ask by POST.", connection="close")


async def _send(response: HttpResponse, send: Send) -> None:
    await send({"type": "http.response.start", "status": response.status, "headers": response.headers})
    await send({"type": "http.response.body", "body": response.body})
