"""A subgraph that keeps failing is left alone for a while: it recovers sooner, and nobody waits for it in vain."""

import asyncio
from contextlib import aclosing
from dataclasses import dataclass
from math import ceil
from typing import Final

import structlog

from supergraph.gateway.transport.client import (
    EventSource,
    FailureReason,
    RequestClient,
    SubgraphEvents,
    SubgraphFailure,
    SubgraphRequest,
    SubgraphResponse,
)
from supergraph.gateway.transport.health_board import BreakerState, HealthBoard, SubgraphHealth

_log = structlog.stdlib.get_logger("dovetail.gateway")

_NOT_ITS_FAULT: Final = frozenset({FailureReason.BUSY, FailureReason.TOO_LARGE, FailureReason.NO_ADDRESS})
"""Refused by ourselves, or asked too much: that says nothing of the next request."""


@dataclass(frozen=True, slots=True)
class BreakerRules:
    """It opens when, of at least `calls` within `window_seconds`, the share `failure_rate` fails; for `open_seconds`."""

    failure_rate: float = 0.5
    calls: int = 10
    window_seconds: float = 10.0
    open_seconds: float = 5.0


class BreakerClient:
    """Counts failures. While it is open, every request is a failure at once, which says when to ask again.

    Then one request is let through as a probe: its answer closes the breaker, its failure opens it anew. A stall opens
    it whatever the others did. A failure is what the transport says is one, a status of 500 and more, and a body that
    cannot be a JSON object. Without rules it never opens, and notes failures only.
    """

    __slots__ = ("_board", "_calls", "_failures", "_health", "_inner", "_opens_at", "_rules", "_window_ends")

    def __init__(
        self, inner: RequestClient, rules: BreakerRules | None, board: HealthBoard, health: SubgraphHealth
    ) -> None:
        self._inner = inner
        self._rules = rules
        self._board = board
        self._health = health
        # A window begins with a failure and counts every call from there: so a call that succeeds costs no look at
        # the clock.
        self._calls = 0
        self._failures = 0
        self._window_ends = 0.0
        self._opens_at = 0.0  # when a probe may go

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        if self._health.state is not BreakerState.CLOSED:
            return await self._probe(request)
        answer = await self._inner.send(request)
        if answer.__class__ is SubgraphResponse and answer.status < 500 and _may_be_object(answer.body):
            self._calls += 1
        else:
            self._count(answer)
        return answer

    async def close(self) -> None:
        self._board.remove(self._health)
        await self._inner.close()

    def _count(self, answer: SubgraphResponse | SubgraphFailure) -> None:
        reason, detail = _why(answer)
        if reason is None or reason in _NOT_ITS_FAULT:
            return
        self._health.note(reason, detail)
        if self._rules is None or self._health.state is not BreakerState.CLOSED:
            return  # begun before it opened, or never to open
        now = asyncio.get_running_loop().time()
        if now >= self._window_ends:
            self._window_ends = now + self._rules.window_seconds
            self._calls = self._failures = 0
        self._calls += 1
        self._failures += 1
        many = self._calls >= self._rules.calls and self._failures >= self._calls * self._rules.failure_rate
        if many or reason is FailureReason.STALLED:
            self._open(now, self._rules.open_seconds)

    def refuse(self, request: SubgraphRequest) -> SubgraphFailure | None:
        """What a request is told while it is open; None when it may go."""
        now = asyncio.get_running_loop().time()
        if self._health.state is BreakerState.CLOSED or now >= self._opens_at:
            return None
        seconds = max(1, ceil(self._opens_at - now))
        return SubgraphFailure(
            request.subgraph, FailureReason.SUSPENDED, "the breaker is open", retry_after=seconds
        )

    async def _probe(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        assert self._rules is not None, "one without rules never opens"
        if self._health.state is BreakerState.HALF_OPEN:
            return SubgraphFailure(
                request.subgraph, FailureReason.SUSPENDED, "a probe is under way", retry_after=1
            )
        if (refusal := self.refuse(request)) is not None:
            return refusal
        self._health.state = BreakerState.HALF_OPEN
        try:
            answer = await self._inner.send(request)
        except BaseException:
            # Whoever asked has left before anything was learnt: the next one is the probe.
            self._health.state = BreakerState.OPEN
            raise
        reason, detail = _why(answer)
        if reason is None:
            self._close()
        elif reason in _NOT_ITS_FAULT:
            self._health.state = BreakerState.OPEN
        else:
            self._health.note(reason, detail)
            self._open(asyncio.get_running_loop().time(), self._rules.open_seconds)
        return answer

    def _open(self, now: float, seconds: float) -> None:
        self._health.state = BreakerState.OPEN
        self._opens_at = now + seconds
        self._window_ends = 0.0
        failure = self._health.last_failure
        _log.warning(
            "a subgraph is suspended",
            subgraph=self._health.name,
            reason=None if failure is None else failure.reason.value,
            seconds=seconds,
        )

    def _close(self) -> None:
        self._health.state = BreakerState.CLOSED
        self._window_ends = 0.0
        _log.info("a subgraph answers again", subgraph=self._health.name)


class BreakerEvents:
    """Subscriptions under the same breaker: while it is open, none is begun. They neither open nor close it."""

    __slots__ = ("_breaker", "_inner")

    def __init__(self, inner: EventSource, breaker: BreakerClient) -> None:
        self._inner = inner
        self._breaker = breaker

    async def subscribe(self, request: SubgraphRequest) -> SubgraphEvents:
        refusal = self._breaker.refuse(request)
        if refusal is not None:
            yield refusal
            return
        async with aclosing(self._inner.subscribe(request)) as events:
            async for event in events:
                yield event

    async def close(self) -> None:
        await self._inner.close()


def _why(answer: SubgraphResponse | SubgraphFailure) -> tuple[FailureReason | None, str]:
    """Why this is a failure; None where it is none."""
    if isinstance(answer, SubgraphFailure):
        return answer.reason, answer.detail
    if answer.status >= 500:
        return FailureReason.BAD_STATUS, f"status {answer.status}"
    if not _may_be_object(answer.body):
        return FailureReason.NOT_JSON, "the answer is no JSON object"
    return None, ""


def _may_be_object(body: bytes) -> bool:
    """Its two ends alone: the whole is read once, by whoever wants the values."""
    if body[:1] == b"{" and body[-1:] == b"}":
        return True
    body = body.strip()
    return body[:1] == b"{" and body[-1:] == b"}"
