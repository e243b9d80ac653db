"""What is known of the operation under way. It grows with the steps; whoever watches, and the log, read it."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from supergraph.gateway.hooks.operation_facts import OperationFacts
from supergraph.gateway.hooks.trace_context import TraceContext, new_span_id, read_trace_context
from supergraph.gateway.hooks.usage import UsageClient
from supergraph.gateway.hooks.vocabulary import HeaderLines
from supergraph.spec import ANONYMOUS, Principal, SubgraphName

_CLIENT_NAMES: Final = frozenset(
    {b"graphql-client-name", b"apollographql-client-name", b"x-graphql-client-name"}
)
_CLIENT_VERSIONS: Final = frozenset(
    {b"graphql-client-version", b"apollographql-client-version", b"x-graphql-client-version"}
)
_LONGEST_LABEL: Final = 128
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._:-]{1,64}")


class Outcome(StrEnum):
    """How an operation ended, as its client sees it."""

    OK = "ok"
    PARTIAL = "partial"
    REFUSED = "refused"
    FAULT = "fault"
    LEFT = "left"


class Step(StrEnum):
    """Steps whose work is kept: they are gone through only where there is something new to work out."""

    PARSE = "parse"
    VALIDATE = "validate"
    PLAN = "plan"


@dataclass(frozen=True, slots=True)
class StepRecord:
    """A step that was gone through. Times are nanoseconds since 1970."""

    step: Step
    started: int
    ended: int


@dataclass(frozen=True, slots=True)
class FetchRecord:
    """A request to a subgraph, for its answer. Times are nanoseconds since 1970; `failure` is a FailureReason's name.

    `answer` is the body that came, where there is one. `is_stream`: a subscription, from its opening to its end.
    """

    subgraph: SubgraphName
    span_id: str
    started: int
    ended: int
    status: int | None = None
    failure: str | None = None
    answer: bytes | None = None
    is_stream: bool = False


class RequestRecord:
    """One operation, from its coming in to its end; of a subscription, until its stream has ended.

    `started` and `ended` are nanoseconds since 1970. `operation` is None until the operation is known to be valid. `codes`
    are `extensions.code` of the errors that the client was told, each once and at most a few; `errors` says how many errors
    there were. `denials` is how many of its fields the caller may not see; with `is_rehearsal` they were given all the same.
    `response_headers` are what subgraphs' answers add to ours. `sampled`: its spans are recorded; `is_sampling_decided`: that
    was ours to decide. `is_batch`: a request whose operations have records of their own.
    """

    # Defaults stand in the class: a record is made for every request, and few of them are looked at.
    principal: Principal = ANONYMOUS
    ended: int = 0
    operation: OperationFacts | None = None
    outcome: Outcome = Outcome.OK
    status: int = 200
    codes: tuple[str, ...] = ()
    errors: int = 0
    denials: int = 0
    is_rehearsal: bool = False
    fetches: int = 0
    sampled: bool = False
    is_sampling_decided: bool = False
    is_batch: bool = False
    steps: tuple[StepRecord, ...] = ()
    response_headers: dict[bytes, list[bytes]] | None = None
    _trace: TraceContext | None = None
    _request_id: str | None = None
    _client: UsageClient | None = None

    def __init__(self, headers: HeaderLines, *, is_socket: bool = False) -> None:
        self.headers = headers
        self.is_socket = is_socket
        self.started = time.time_ns()

    @property
    def trace(self) -> TraceContext:
        """Worked out where somebody asks for it: most requests are neither traced nor logged."""
        if self._trace is None:
            self._trace = read_trace_context(self.headers)
        return self._trace

    @trace.setter
    def trace(self, trace: TraceContext) -> None:
        self._trace = trace

    @property
    def request_id(self) -> str:
        """The header `x-request-id` where it is fit to be logged; else one of our own."""
        if self._request_id is None:
            given = self.header(b"x-request-id")
            is_fit = given is not None and _REQUEST_ID.fullmatch(given) is not None
            self._request_id = given.decode("ascii") if given is not None and is_fit else new_span_id()
        return self._request_id

    @property
    def client(self) -> UsageClient:
        """Who asks, as the headers of that purpose say; and who is known by other means sets it."""
        if self._client is None:
            self._client = _read_client(self.headers)
        return self._client

    @client.setter
    def client(self, client: UsageClient) -> None:
        self._client = client

    def header(self, name: bytes) -> bytes | None:
        """The only value of the client's header, or the first of several."""
        for key, value in self.headers:
            if key == name:
                return value
        return None


_record: Final[ContextVar[RequestRecord | None]] = ContextVar("dovetail_request_record", default=None)


def begin_record(headers: HeaderLines, *, is_socket: bool = False) -> RequestRecord:
    """A new record, which is the present one in this task and in those that it starts."""
    record = RequestRecord(headers, is_socket=is_socket)
    _record.set(record)
    return record


def current_record() -> RequestRecord:
    """The record of the operation that this task works for; a new one where nobody has begun any."""
    return _record.get() or begin_record(())


def record_if_any() -> RequestRecord | None:
    """The record of the operation that this task works for, for those who may work for none."""
    return _record.get()


def _read_client(headers: HeaderLines) -> UsageClient:
    name = version = None
    for key, value in headers:
        if key in _CLIENT_NAMES:
            name = name or _label(value)
        elif key in _CLIENT_VERSIONS:
            version = version or _label(value)
    return UsageClient(name, version)


def _label(value: bytes) -> str | None:
    """What a client calls itself, as far as it can be told in a log or a label."""
    text = value[:_LONGEST_LABEL].decode("ascii", "replace")
    return text if text.isprintable() else None


@contextmanager
def step(name: Step) -> Iterator[None]:
    """Note that a step is gone through. For steps that are rare and long: this costs some microseconds."""
    started = time.time_ns()
    try:
        yield
    finally:
        record = _record.get()
        if record is not None:
            record.steps = (*record.steps, StepRecord(name, started, time.time_ns()))
