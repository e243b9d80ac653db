"""Spans of operations, by OpenTelemetry's SDK. Loaded only where traces are on.

A span is made when it has ended: then its times are known, nothing of it has to be held while it lasts, and an
operation that is not recorded costs nothing here. What is told follows the semantic conventions for GraphQL servers;
never the document, which may hold values, and never variables.
"""

import threading
from typing import Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, SpanProcessor
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext, SpanKind, TraceFlags, TraceState
from opentelemetry.trace.status import Status, StatusCode
from opentelemetry.util.types import AttributeValue

from supergraph.gateway.hooks import FetchRecord, Outcome, RequestRecord, TraceContext, new_span_id

_SCOPE: Final = InstrumentationScope("dovetail.gateway")
_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_FAILED: Final = Status(StatusCode.ERROR)
_UNSET: Final = Status(StatusCode.UNSET)
_FAREWELL_SECONDS: Final = 3.0

Attributes = dict[str, AttributeValue]


class TraceSampler:
    """Which operations are recorded: as the caller says, where it does and is believed, else the share of traces.

    By the trace's id, as the SDK's own sampler does it: all who sample the same share take the same traces.
    """

    __slots__ = ("_bound", "_parent_based")

    def __init__(self, share: float, *, parent_based: bool) -> None:
        self._bound = round(share * (1 << 64))
        self._parent_based = parent_based

    def takes(self, trace: TraceContext) -> bool:
        if self._parent_based and trace.caller_sampled is not None:
            return trace.caller_sampled
        return int(trace.trace_id[16:], 16) < self._bound


class TraceObserver:
    """Gives the spans of operations that are recorded to `processor`, which must not wait."""

    def __init__(self, processor: SpanProcessor, resource: Resource) -> None:
        self._processor = processor
        self._resource = resource

    def fetched(self, record: RequestRecord, fetch: FetchRecord) -> None:
        if not record.sampled:
            return
        attributes = _facts(record)
        attributes["dovetail.subgraph"] = fetch.subgraph
        if fetch.status is not None:
            attributes["http.response.status_code"] = fetch.status
        failure = fetch.failure
        if failure is None and fetch.status is not None and fetch.status >= 500:
            failure = str(fetch.status)
        if failure is not None:
            attributes["error.type"] = failure
        self._give(
            record.trace,
            f"fetch {fetch.subgraph}",
            SpanKind.CLIENT,
            (fetch.span_id, record.trace.span_id),
            (fetch.started, fetch.ended),
            attributes,
            _UNSET if failure is None else _FAILED,
        )

    def answered(self, record: RequestRecord) -> None:
        if not record.sampled:
            return
        trace = record.trace
        for step in record.steps:
            ids = (new_span_id(), trace.span_id)
            self._give(trace, step.step, SpanKind.INTERNAL, ids, (step.started, step.ended), {}, _UNSET)
        attributes = _facts(record)
        attributes["dovetail.outcome"] = record.outcome
        attributes["dovetail.fetches"] = record.fetches
        if record.client.name is not None:
            attributes["dovetail.client.name"] = record.client.name
        if record.client.version is not None:
            attributes["dovetail.client.version"] = record.client.version
        if record.codes:
            attributes["dovetail.error.codes"] = record.codes
        if not record.is_socket:
            attributes["http.response.status_code"] = record.status
        is_fault = record.outcome is Outcome.FAULT or record.status >= 500
        if is_fault:
            attributes["error.type"] = record.codes[0] if record.codes else str(record.status)
        name = "GraphQL Operation" if record.operation is None else record.operation.type
        self._give(
            trace,
            name,
            SpanKind.SERVER,
            (trace.span_id, trace.parent_id),
            (record.started, record.ended),
            attributes,
            _FAILED if is_fault else _UNSET,
        )

    def shut_down(self) -> None:
        """Deliver what waits, but not for long: a collector that is away must not keep the gateway from stopping."""
        ending = threading.Thread(target=self._processor.shutdown, name="last spans", daemon=True)
        ending.start()
        ending.join(_FAREWELL_SECONDS)

    def _give(
        self,
        trace: TraceContext,
        name: str,
        kind: SpanKind,
        ids: tuple[str, str | None],
        times: tuple[int, int],
        attributes: Attributes,
        status: Status,
    ) -> None:
        state = TraceState.from_header([trace.state]) if trace.state else None
        trace_id = int(trace.trace_id, 16)
        own, above = ids
        parent = None
        if above is not None:
            is_remote = above == trace.parent_id
            parent = SpanContext(trace_id, int(above, 16), is_remote, _SAMPLED, state)
        self._processor.on_end(
            ReadableSpan(
                name,
                context=SpanContext(
                    trace_id, int(own, 16), is_remote=False, trace_flags=_SAMPLED, trace_state=state
                ),
                parent=parent,
                resource=self._resource,
                attributes=attributes,
                kind=kind,
                status=status,
                start_time=times[0],
                end_time=times[1],
                instrumentation_scope=_SCOPE,
            )
        )


def _facts(record: RequestRecord) -> Attributes:
    """What every span of an operation says of it."""
    attributes: Attributes = {}
    operation = record.operation
    if operation is not None:
        attributes["graphql.operation.type"] = operation.type
        attributes["dovetail.operation.hash"] = operation.hash
        if operation.name is not None:
            attributes["graphql.operation.name"] = operation.name
    if record.principal.tenant is not None:
        attributes["dovetail.tenant"] = record.principal.tenant
    return attributes
