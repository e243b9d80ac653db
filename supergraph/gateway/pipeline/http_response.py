"""GraphQL over HTTP, the answer: what was executed, or why it was not -> status, headers, bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import orjson

from supergraph.gateway.errors import Refusal
from supergraph.gateway.executor import DeferredResult, write_json
from supergraph.gateway.hooks import HttpResponse
from supergraph.gateway.pipeline.http_request import MediaType


# Not frozen, though nobody changes one: it is made for every request, and freezing takes three quarters of that time.
@dataclass(slots=True)
class Executed:
    """Data, maybe null or partial, and errors as JSON. `has_next` is set where the answer comes in parts.

    `extensions` are the gateway's own words beside them.
    """

    data: dict[str, object] | orjson.Fragment | None
    errors: tuple[dict[str, object], ...] = ()
    has_next: bool | None = None
    extensions: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True)
class Increments:
    """Deferred parts of an answer."""

    results: tuple[DeferredResult, ...]
    has_next: bool
    extensions: Mapping[str, object] | None = None


def render_executed(executed: Executed, media_type: MediaType) -> HttpResponse:
    """Always 200: null data is a result too (GraphQL over HTTP, 6.4.2)."""
    return _render(200, encode_result(executed), media_type)


def encode_result(executed: Executed | Increments) -> bytes:
    """A GraphQL response as JSON, or a later part of one. Spec: Incremental Delivery, as of 2022-08-24."""
    if isinstance(executed, Increments):
        found: dict[str, object] = {"incremental": [_incremental(each) for each in executed.results]}
        told = {} if executed.extensions is None else {"extensions": executed.extensions}
        return write_json({**(found if executed.results else {}), **told, "hasNext": executed.has_next})
    # `errors` first, so that it is seen (Spec: Response Format).
    body: dict[str, object] = {"errors": executed.errors} if executed.errors else {}
    body["data"] = executed.data
    if executed.extensions is not None:
        body["extensions"] = executed.extensions
    if executed.has_next is not None:
        body["hasNext"] = executed.has_next
    return write_json(body)


def _incremental(part: DeferredResult) -> dict[str, object]:
    found: dict[str, object] = {"errors": part.errors} if part.errors else {}
    if part.label is not None:
        found["label"] = part.label
    return {**found, "path": part.path, "data": part.data}


def encode_refusal(refusal: Refusal) -> bytes:
    """Without a `data` entry: nothing was executed."""
    return write_json({"errors": [problem.as_json() for problem in refusal.problems]})


def render_refusal(refusal: Refusal, media_type: MediaType) -> HttpResponse:
    tolerant = refusal.is_graphql and refusal.status == 400 and media_type is MediaType.JSON
    return _render(
        200 if tolerant else refusal.status,
        encode_refusal(refusal),
        media_type,
        refusal.headers,
    )


def render_batch(outcomes: Sequence[Executed | Refusal], media_type: MediaType) -> HttpResponse:
    """A list of responses, in the order of the operations. What went wrong with one of them stands in its place."""
    parts = [encode_refusal(each) if isinstance(each, Refusal) else encode_result(each) for each in outcomes]
    return _render(200, b"[%b]" % b",".join(parts), media_type)


def _render(
    status: int,
    body: bytes,
    media_type: MediaType,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> HttpResponse:
    return HttpResponse(
        status,
        (
            (b"content-type", media_type.value),
            (b"content-length", b"%d" % len(body)),
            *headers,
        ),
        body,
    )
