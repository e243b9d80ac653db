"""What is done for every operation around the steps: a record of it, its way to the subgraphs, and its end told."""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

import structlog

from supergraph.gateway.errors import Refusal
from supergraph.gateway.hooks import (
    FetchObserver,
    HttpResponse,
    OperationFacts,
    Outcome,
    RequestObserver,
    RequestRecord,
    SubgraphClient,
    TraceContext,
    UsageClient,
    begin_record,
)
from supergraph.gateway.pipeline.http_response import Executed
from supergraph.gateway.transport.header_rules import HeaderClient, ReturnedHeaders, SentHeaders
from supergraph.gateway.transport.watching import TracedClient, WatchedClient
from supergraph.spec import Caller

_log = structlog.stdlib.get_logger("dovetail.telemetry")

_MOST_CODES: Final = 8


@dataclass(frozen=True, slots=True)
class Watch:
    """Who watches, and what goes along to the subgraphs. All of it absent, operations pay nothing.

    `samples` decides by the trace whether an operation is recorded: those that are have their fetches told to `recorder`
    too. `propagates`: subgraphs are told the trace.
    """

    observers: tuple[RequestObserver, ...] = ()
    fetches: tuple[FetchObserver, ...] = ()
    recorder: FetchObserver | None = None
    samples: Callable[[TraceContext], bool] | None = None
    propagates: bool = False
    sent: SentHeaders | None = None
    returned: ReturnedHeaders | None = None

    def subgraphs(self, client: SubgraphClient, record: RequestRecord) -> SubgraphClient:
        """The subgraphs as this operation sees them."""
        watching = self.fetches
        if record.sampled and self.recorder is not None:
            watching = (*watching, self.recorder)
        if watching:
            client = WatchedClient(client, watching, record, propagates=self.propagates)
        elif self.propagates:
            client = TracedClient(client, record)
        if self.sent is not None or self.returned is not None:
            client = HeaderClient(client, self.sent, self.returned, record)
        return client

    def identified(self, record: RequestRecord, caller: Caller) -> None:
        """It is known who asks. An API key says which client it is better than the client's own word."""
        record.principal = caller.principal
        if caller.api_key is not None:
            record.client = UsageClient(caller.client or caller.api_key, record.client.version)
        elif caller.principal.errand is not None:
            record.client = UsageClient(f"subgraph {caller.principal.errand.modules[-1]}", None)

    def begun(self, record: RequestRecord) -> None:
        """To be called before anything is asked on behalf of the operation."""
        if self.samples is not None:
            record.sampled = self.samples(record.trace)
            record.is_sampling_decided = True

    def known(self, record: RequestRecord, facts: OperationFacts) -> None:
        """The operation is valid. To be called while its schema is held: what is not worked out now cannot be later."""
        record.operation = facts
        if self.observers:
            facts.work_out()

    def begin_item(self, batch: RequestRecord) -> RequestRecord:
        """The record of one operation of a batch, within its trace; the present one in this task."""
        record = begin_record(batch.headers)
        self._make_item(record, batch)
        if self.returned is not None:
            batch.response_headers = record.response_headers = batch.response_headers or {}
        return record

    def refused_item(self, batch: RequestRecord, refusal: Refusal) -> None:
        """An operation of a batch was refused before its turn had come."""
        record = RequestRecord(batch.headers)
        self._make_item(record, batch)
        note_outcome(record, refusal)
        self.ended(record)

    def _make_item(self, record: RequestRecord, batch: RequestRecord) -> None:
        batch.is_batch = True
        record.principal, record.client = batch.principal, batch.client
        record.sampled, record.is_sampling_decided = batch.sampled, batch.is_sampling_decided
        if self.samples is not None or self.propagates:
            record.trace = batch.trace.below()

    def ended(self, record: RequestRecord) -> None:
        """To be called when the answer is sent, or the stream has ended."""
        if not self.observers:
            return
        record.ended = time.time_ns()
        if record.outcome is Outcome.OK and record.status >= 400:
            record.outcome = Outcome.FAULT if record.status >= 500 else Outcome.REFUSED
        for observer in self.observers:
            try:
                observer.answered(record)
            except Exception:  # noqa: BLE001 - who watches must not break what is watched
                _log.exception("an observer met a fault of its own")


UNWATCHED: Final = Watch()


def note_outcome(record: RequestRecord, outcome: Executed | Refusal | object) -> None:
    """What the client is told, for those who watch. Streams are well until they are refused."""
    match outcome:
        case Refusal():
            record.status = outcome.status
            record.outcome = Outcome.FAULT if outcome.status == 500 else Outcome.REFUSED
            record.errors = len(outcome.problems)
            record.codes = tuple(dict.fromkeys(str(each.code) for each in outcome.problems))[:_MOST_CODES]
        case Executed(errors=errors) if errors:
            record.outcome = Outcome.PARTIAL
            record.errors = len(errors)
            record.codes = tuple(dict.fromkeys(_code(each) for each in errors))[:_MOST_CODES]
        case _:
            pass


def _code(error: dict[str, object]) -> str:
    extensions = error.get("extensions")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return code if isinstance(code, str) else "NONE"


def with_returned_headers(response: HttpResponse, returned: Mapping[bytes, Iterable[bytes]]) -> HttpResponse:
    """The answer with what subgraphs' answers give to it."""
    lines = ((name, value) for name, values in returned.items() for value in values)
    return replace(response, headers=(*response.headers, *lines))
