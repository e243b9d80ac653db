"""The subgraphs as one request sees them while it is watched: each fetch is told of, and told the trace."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import aclosing
from typing import Final

import structlog

from supergraph.gateway.hooks import (
    FetchObserver,
    FetchRecord,
    HeaderLines,
    RequestRecord,
    SubgraphClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
    new_span_id,
)

_log = structlog.stdlib.get_logger("dovetail.telemetry")

_LEFT: Final = "LEFT"
"""A fetch that nobody waits for any more: the client has left, or another part of the operation has failed."""


class WatchedClient:
    """Outside of what shares equal requests: each waiter is told of its own fetch."""

    __slots__ = ("_inner", "_observers", "_propagates", "_record")

    def __init__(
        self,
        inner: SubgraphClient,
        observers: Sequence[FetchObserver],
        record: RequestRecord,
        *,
        propagates: bool,
    ) -> None:
        self._inner = inner
        self._observers = observers
        self._record = record
        self._propagates = propagates

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        span_id = new_span_id()
        started = time.time_ns()
        try:
            answer = await self._inner.send(self._traced(request, span_id))
        except asyncio.CancelledError:
            self._tell(FetchRecord(request.subgraph, span_id, started, time.time_ns(), failure=_LEFT))
            raise
        ended = time.time_ns()
        if isinstance(answer, SubgraphFailure):
            self._tell(FetchRecord(request.subgraph, span_id, started, ended, failure=answer.reason.name))
        else:
            self._tell(
                FetchRecord(request.subgraph, span_id, started, ended, answer.status, answer=answer.body)
            )
        return answer

    async def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        """One fetch for all events, from its opening to its end."""
        span_id = new_span_id()
        started = time.time_ns()
        failure: str | None = None
        status: int | None = None
        try:
            async with aclosing(self._inner.subscribe(self._traced(request, span_id))) as events:
                async for event in events:
                    if isinstance(event, SubgraphFailure):
                        failure = event.reason.name
                    else:
                        status = event.status
                    yield event
        finally:
            self._tell(
                FetchRecord(
                    request.subgraph, span_id, started, time.time_ns(), status, failure, is_stream=True
                )
            )

    async def close(self) -> None:
        await self._inner.close()

    def _traced(self, request: SubgraphRequest, span_id: str) -> SubgraphRequest:
        if not self._propagates:
            return request
        record = self._record
        return _with_trace(
            request,
            record.trace.lines(span_id, sampled=True) if record.sampled else unrecorded_lines(record),
        )

    def _tell(self, fetch: FetchRecord) -> None:
        self._record.fetches += 1
        for observer in self._observers:
            try:
                observer.fetched(self._record, fetch)
            except Exception:  # noqa: BLE001 - who watches must not break what is watched
                _log.exception("an observer met a fault of its own")


class TracedClient:
    """Tells subgraphs the trace, and nobody of the fetches."""

    __slots__ = ("_inner", "_lines")

    def __init__(self, inner: SubgraphClient, record: RequestRecord) -> None:
        self._inner = inner
        self._lines = unrecorded_lines(record)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        return await self._inner.send(_with_trace(request, self._lines))

    def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        return self._inner.subscribe(_with_trace(request, self._lines))

    async def close(self) -> None:
        await self._inner.close()


def unrecorded_lines(record: RequestRecord) -> HeaderLines:
    """Where the gateway records nothing itself it adds no place of its own to the trace: the caller's goes on.

    Where it decides what is recorded, this is not; else the caller's word goes on as well.
    """
    trace = record.trace
    sampled = not record.is_sampling_decided and trace.caller_sampled is True
    return trace.lines(trace.parent_id or trace.span_id, sampled=sampled)


def _with_trace(request: SubgraphRequest, trace: HeaderLines) -> SubgraphRequest:
    return SubgraphRequest(
        request.subgraph, request.body, request.idempotent, request.principal, request.headers, trace
    )
