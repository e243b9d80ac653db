"""Counts who asks for what of the schema, and gives the counts out now and then."""

import asyncio
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final

import structlog

from supergraph.gateway.hooks import (
    Outcome,
    RequestRecord,
    UsageClient,
    UsageCount,
    UsageReport,
    UsageSink,
    UsageSinkError,
    UsedOperation,
)

_log = structlog.stdlib.get_logger("dovetail.usage")
_LAST_SECONDS: Final = 5.0

_Key = tuple[str, UsageClient]


class UsageRecorder:
    """One counter more for a request; the rest is worked out once an operation, or once a report.

    Bounded in the operations and in the pairs of operation and client that it tells apart: what is beyond is only
    counted, so that nobody fills the memory with names.
    """

    def __init__(
        self,
        sinks: Sequence[UsageSink],
        *,
        every_seconds: float,
        operations: int,
        counts: int,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._sinks = tuple(sinks)
        self._every_seconds = every_seconds
        self._most_operations = operations
        self._most_counts = counts
        self._clock = clock
        self._started = clock()
        self._operations: dict[str, UsedOperation] = {}
        self._counts: dict[_Key, list[int]] = {}
        self._dropped = 0
        # What a sink did not take is its own to catch up with.
        self._owed: dict[UsageSink, UsageReport] = {}
        self._running: asyncio.Task[None] | None = None

    def answered(self, record: RequestRecord) -> None:
        operation = record.operation
        if operation is None:
            return  # nothing of the schema was used
        key = (operation.hash, record.client)
        count = self._counts.get(key)
        if count is None:
            count = self._begin(key, UsedOperation(operation.name, operation.type, operation.coordinates))
            if count is None:
                self._dropped += 1
                return
        count[0] += 1
        if record.outcome is not Outcome.OK:
            count[1] += 1

    def report(self) -> UsageReport | None:
        """What was counted since the last report; None where that is nothing."""
        now = self._clock()
        if not self._counts and not self._dropped:
            self._started = now
            return None
        counts = tuple(
            UsageCount(operation, client, requests, errors)
            for (operation, client), (requests, errors) in self._counts.items()
        )
        report = UsageReport(self._started, now, self._operations, counts, self._dropped)
        self._operations, self._counts, self._dropped, self._started = {}, {}, 0, now
        return report

    async def flush(self) -> None:
        """Give out what was counted. What a sink does not take is offered again with the next report, within bounds."""
        report = self.report()
        for sink in self._sinks:
            owed = self._owed.pop(sink, None)
            wanted = report if owed is None else owed if report is None else self._add(owed, report)
            if wanted is None:
                continue
            try:
                await sink.record_usage(wanted)
            except UsageSinkError as error:
                self._owed[sink] = wanted
                _log.warning("a usage report could not be given out", why=str(error))

    def start(self) -> None:
        self._running = asyncio.create_task(self._run(), name="usage reports")

    async def close(self) -> None:
        """Give out the last report, but not for long."""
        if self._running is not None:
            self._running.cancel()
            await asyncio.wait((self._running,))
        with suppress(TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self.flush()
        for sink in self._sinks:
            await sink.close()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._every_seconds)
            try:
                await self.flush()
            except Exception:  # noqa: BLE001 - a sink's fault must not end the reports
                _log.exception("a usage sink met a fault of its own")

    def _begin(self, key: _Key, operation: UsedOperation) -> list[int] | None:
        if len(self._counts) >= self._most_counts:
            return None
        if key[0] not in self._operations:
            if len(self._operations) >= self._most_operations:
                return None
            self._operations[key[0]] = operation
        count = self._counts[key] = [0, 0]
        return count

    def _add(self, former: UsageReport, report: UsageReport) -> UsageReport:
        """Both in one, within the bounds of one."""
        added = {(each.operation, each.client): [each.requests, each.errors] for each in former.counts}
        operations = dict(former.operations)
        dropped = former.dropped + report.dropped
        for each in report.counts:
            known = added.get((each.operation, each.client))
            if known is not None:
                known[0] += each.requests
                known[1] += each.errors
            elif len(added) < self._most_counts and (
                each.operation in operations or len(operations) < self._most_operations
            ):
                operations.setdefault(each.operation, report.operations[each.operation])
                added[each.operation, each.client] = [each.requests, each.errors]
            else:
                dropped += each.requests
        counts = tuple(
            UsageCount(operation, client, requests, errors)
            for (operation, client), (requests, errors) in added.items()
        )
        return UsageReport(former.started, report.ended, operations, counts, dropped)
