"""GraphQL over HTTP, the answer: what was executed, or why it was not -> status, headers, bytes."""

from dataclasses import dataclass

from supergraph.gateway.errors import Refusal
from supergraph.gateway.executor import write_json
from supergraph.gateway.pipeline.http_request import MediaType


@dataclass(frozen=True, slots=True)
class HttpResponse:
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Executed:
    """Data, maybe null or partial, and errors as JSON."""

    data: dict[str, object] | None
    errors: tuple[dict[str, object], ...] = ()


def render_executed(executed: Executed, media_type: MediaType) -> HttpResponse:
    """Always 200: null data is a result too (GraphQL over HTTP, 6.4.2)."""
    # `errors` first, so that it is seen (Spec: Response Format).
    body: dict[str, object] = {"errors": executed.errors} if executed.errors else {}
    body["data"] = executed.data
    return _render(200, body, media_type)


def render_refusal(refusal: Refusal, media_type: MediaType) -> HttpResponse:
    """Without a `data` entry: nothing was executed."""
    tolerant = refusal.is_graphql and refusal.status == 400 and media_type is MediaType.JSON
    return _render(
        200 if tolerant else refusal.status,
        {"errors": [problem.as_json() for problem in refusal.problems]},
        media_type,
        refusal.headers,
    )


def _render(
    status: int,
    body: dict[str, object],
    media_type: MediaType,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> HttpResponse:
    encoded = write_json(body)
    return HttpResponse(
        status,
        (
            (b"content-type", media_type.value),
            (b"content-length", b"%d" % len(encoded)),
            *headers,
        ),
        encoded,
    )
