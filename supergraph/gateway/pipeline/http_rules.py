"""What holds for every request over HTTP, whatever it asks: who is let in, what is said beside the answer."""

from dataclasses import dataclass, replace

from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import (
    HeaderLines,
    HttpRequest,
    HttpResponse,
    RequestGuard,
    ResponseHeaders,
)
from supergraph.gateway.hooks.builtin.cors import Cors
from supergraph.gateway.hooks.builtin.csrf import CsrfPrevention
from supergraph.gateway.hooks.gathering import Hooks, InvalidHookError
from supergraph.gateway.pipeline.compression import Compression, compress
from supergraph.gateway.pipeline.http_stream import StreamedResponse
from supergraph.gateway.settings import HttpSettings


@dataclass(frozen=True, slots=True)
class HttpRules:
    """`fixed` stand beside every answer, what `headers` say beside that to one request.

    `batch_operations` is how many operations one request may have as a list; 0 means that lists are not taken.
    """

    guards: tuple[RequestGuard, ...] = ()
    headers: tuple[ResponseHeaders, ...] = ()
    fixed: HeaderLines = ()
    compression: Compression | None = None
    batch_operations: int = 0


def read_http_rules(settings: HttpSettings, hooks: Hooks) -> HttpRules:
    """Our own hooks first: who is not let in by them is not shown to a stranger's. Raises InvalidHookError."""
    guards: list[RequestGuard] = []
    headers: list[ResponseHeaders] = []
    cors = settings.cors
    if cors.origins:
        try:
            pages = Cors(
                cors.origins,
                credentials=cors.credentials,
                request_headers=cors.request_headers,
                exposed_headers=cors.exposed_headers,
                max_age_seconds=cors.max_age_seconds,
            )
        except ValueError as error:
            raise InvalidHookError(f"http.cors: {error}") from error
        guards.append(pages)
        headers.append(pages)
    if settings.csrf.enabled:
        guards.append(CsrfPrevention(settings.csrf.headers))
    compression, batching = settings.compression, settings.batching
    return HttpRules(
        guards=(*guards, *hooks.guards),
        headers=(*headers, *hooks.headers),
        fixed=tuple((name.encode(), value.encode()) for name, value in settings.headers.items()),
        compression=Compression(compression.smallest_bytes, compression.level)
        if compression.enabled
        else None,
        batch_operations=batching.operations if batching.enabled else 0,
    )


def admit(request: HttpRequest, rules: HttpRules) -> Refusal | HttpResponse | None:
    """What the first guard says that does not let it pass."""
    for guard in rules.guards:
        outcome = guard.admit(request)
        if outcome is not None:
            return outcome
    return None


def headers_beside(request: HttpRequest, rules: HttpRules) -> HeaderLines:
    """The headers that stand beside the answer to this request, whatever it is."""
    added = rules.fixed
    for hook in rules.headers:
        added += hook.headers(request)
    return added


async def finish(
    response: HttpResponse | StreamedResponse, request: HttpRequest, beside: HeaderLines, rules: HttpRules
) -> HttpResponse | StreamedResponse:
    """The answer as it is sent: compressed where that is worth it. What it says itself, `beside` does not say again."""
    if isinstance(response, StreamedResponse):
        return replace(response, headers=response.headers + _unsaid(response.headers, beside))
    compression = rules.compression
    if compression is not None and len(response.body) >= compression.smallest_bytes:
        response = await compress(response, request, compression)
    if not beside:
        return response
    return HttpResponse(response.status, response.headers + _unsaid(response.headers, beside), response.body)


def _unsaid(own: HeaderLines, beside: HeaderLines) -> HeaderLines:
    said = [name for name, _ in own]
    return tuple([line for line in beside if line[0] not in said or line[0] == b"vary"])
