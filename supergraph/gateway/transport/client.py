"""The Protocol of a subgraph's client: request -> answer. A failure is an answer too; only our own bugs raise.

Bytes travel; decoding is a step of its own (`read_answer`). So one answer may be shared by several waiters and none
can change what another reads, and a compiled plan may decode the same bytes in its own way.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson

from supergraph.gateway.hooks import (
    EventSource,
    FailureReason,
    RequestClient,
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)

__all__ = [
    "EventSource",
    "FailureReason",
    "RequestClient",
    "SubgraphAnswer",
    "SubgraphClient",
    "SubgraphEvents",
    "SubgraphFailure",
    "SubgraphRequest",
    "SubgraphResponse",
    "encode_body",
    "read_answer",
]


@dataclass(frozen=True, slots=True)
class SubgraphAnswer:
    """A decoded GraphQL response, fresh for whoever decoded it. `data` and `errors` may both be there."""

    data: dict[str, object] | None
    errors: tuple[Mapping[str, object], ...] = ()
    extensions: Mapping[str, object] = field(default_factory=dict)


def encode_body(document: str, operation_name: str | None, variables: Mapping[str, object]) -> bytes:
    """The JSON body of a request. `variables` holds what orjson encodes; `orjson.Fragment` for what is encoded already.

    Raises orjson.JSONEncodeError for values that JSON has no form for.
    """
    body: dict[str, object] = {"query": document}
    if operation_name is not None:
        body["operationName"] = operation_name
    if variables:
        body["variables"] = variables
    return orjson.dumps(body)


def read_answer(request: SubgraphRequest, response: SubgraphResponse) -> SubgraphAnswer | SubgraphFailure:
    """Decode a response and give it its shape.

    A response with another status than 2xx counts if it is a GraphQL response all the same: GraphQL over HTTP wants
    4xx and 5xx beside `errors` where nothing could be executed.
    """
    ok = 200 <= response.status < 300
    try:
        body = orjson.loads(response.body)
    except orjson.JSONDecodeError as error:
        if not ok:
            return _bad_status(request, response)
        return SubgraphFailure(request.subgraph, FailureReason.NOT_JSON, str(error))
    flaw = _flaw(body)
    if flaw is not None:
        if not ok:
            return _bad_status(request, response)
        return SubgraphFailure(request.subgraph, FailureReason.MALFORMED, flaw)
    return SubgraphAnswer(
        body.get("data"), tuple(body.get("errors") or ()), body.get("extensions") or _NO_EXTENSIONS
    )


_NO_EXTENSIONS: Mapping[str, object] = {}


def _bad_status(request: SubgraphRequest, response: SubgraphResponse) -> SubgraphFailure:
    return SubgraphFailure(
        request.subgraph,
        FailureReason.BAD_STATUS,
        f"status {response.status}",
        retry_after=response.retry_after,
    )


def _flaw(body: object) -> str | None:
    """What makes this no GraphQL response. Spec: Response Format, `7.1`."""
    if not isinstance(body, dict):
        return f"a response is an object, not {type(body).__name__}"
    data, errors, extensions = body.get("data"), body.get("errors"), body.get("extensions")
    if not isinstance(data, dict | None):
        return f"`data` is an object or null, not {type(data).__name__}"
    if errors is not None and not (
        isinstance(errors, list) and all(isinstance(error, dict) for error in errors)
    ):
        return "`errors` is a list of objects"
    if not isinstance(extensions, dict | None):
        return "`extensions` is an object"
    if data is None and not errors:
        return "there is neither `data` nor `errors`"
    return None
