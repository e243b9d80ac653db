"""The Protocol of a subgraph's client: request -> answer. A failure is an answer too; only our own bugs raise.

Bytes travel; decoding is a step of its own (`read_answer`). So one answer may be shared by several waiters and none
can change what another reads, and a compiled plan may decode the same bytes in its own way.
"""

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

import orjson

from supergraph.spec import ANONYMOUS, Principal, SubgraphName


@dataclass(frozen=True, slots=True)
class SubgraphRequest:
    """One GraphQL request to one subgraph. `body` is JSON, as `encode_body` makes it.

    `idempotent` is true for queries: such a request may share the answer of an equal one in flight.
    """

    subgraph: SubgraphName
    body: bytes
    idempotent: bool
    principal: Principal = ANONYMOUS


class FailureReason(Enum):
    """Why there is no answer. The values are what a client of the gateway may see."""

    NO_ADDRESS = "SUBGRAPH_HAS_NO_ADDRESS"
    REFUSED = "SUBGRAPH_UNREACHABLE"
    LOST = "SUBGRAPH_CONNECTION_LOST"
    TIMED_OUT = "SUBGRAPH_TIMED_OUT"
    BAD_STATUS = "SUBGRAPH_BAD_STATUS"
    TOO_LARGE = "SUBGRAPH_ANSWER_TOO_LARGE"
    NOT_JSON = "SUBGRAPH_ANSWER_NOT_JSON"
    MALFORMED = "SUBGRAPH_ANSWER_MALFORMED"
    CRASHED = "SUBGRAPH_CRASHED"


@dataclass(frozen=True, slots=True)
class SubgraphFailure:
    """No usable answer. `detail` is for the log alone: it may hold addresses and pieces of what came."""

    subgraph: SubgraphName
    reason: FailureReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SubgraphResponse:
    """What came back, undecoded."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class SubgraphAnswer:
    """A decoded GraphQL response, fresh for whoever decoded it. `data` and `errors` may both be there."""

    data: dict[str, object] | None
    errors: tuple[Mapping[str, object], ...] = ()
    extensions: Mapping[str, object] = field(default_factory=dict)


SubgraphEvents = AsyncGenerator[SubgraphResponse | SubgraphFailure, None]
"""The events of one subscription, in their order. Whoever closes it frees the subgraph at once."""


class RequestClient(Protocol):
    """Sends requests. Safe for many callers at once; a cancelled call gives up its socket."""

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure: ...

    async def close(self) -> None: ...


class EventSource(Protocol):
    """Opens subscriptions. Safe for many callers at once."""

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        """Each event is a response. A failure is the last, as is an answer that is no event: then nobody subscribed.

        It ends without a failure when the subgraph says that there is nothing more.
        """
        ...

    async def close(self) -> None: ...


class SubgraphClient(RequestClient, EventSource, Protocol):
    """All that the executor needs of subgraphs."""


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
            return SubgraphFailure(request.subgraph, FailureReason.BAD_STATUS, f"status {response.status}")
        return SubgraphFailure(request.subgraph, FailureReason.NOT_JSON, str(error))
    flaw = _flaw(body)
    if flaw is not None:
        if not ok:
            return SubgraphFailure(request.subgraph, FailureReason.BAD_STATUS, f"status {response.status}")
        return SubgraphFailure(request.subgraph, FailureReason.MALFORMED, flaw)
    return SubgraphAnswer(
        body.get("data"), tuple(body.get("errors") or ()), body.get("extensions") or _NO_EXTENSIONS
    )


_NO_EXTENSIONS: Mapping[str, object] = {}


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
