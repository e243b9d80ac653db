"""What the gateway or a use case denied, into the log of the tenant it was denied in. No request waits for it, and none fails by it."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Final
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.audit.tables import AuditRow
from foundation_subgraph.kit import narrow
from foundation_subgraph.kit.denials import DenialSink
from supergraph.spec import DenialRecord, MissingGrant

DENIED: Final = "access.denied"

_LONGEST_QUEUE: Final = 10_000
_LARGEST_BATCH: Final = 500
_FAREWELL_SECONDS: Final = 2.0

_log = logging.getLogger(__name__)


class DenialAudit(DenialSink):
    """Keeps denials, for the gateway and the subgraphs of the same process: what was denied in no tenant is told to the log instead.

    So is what the queue has no room for, and what the database does not take: nothing is lost silently. `engine` is in
    the role of the foundation's requests, and closed by whoever opened it.
    """

    def __init__(self, engine: AsyncEngine, *, longest_queue: int = _LONGEST_QUEUE) -> None:
        self._engine = engine
        self._queue: asyncio.Queue[DenialRecord] = asyncio.Queue(longest_queue)
        self._writer: asyncio.Task[None] | None = None

    async def record_denials(self, records: Sequence[DenialRecord]) -> None:
        """Take records to be written; never waits."""
        for record in records:
            if record.tenant is None:
                _tell(record, "in no tenant")
                continue
            try:
                self._queue.put_nowait(record)
            except asyncio.QueueFull:
                _tell(record, "the audit has no room")
        if self._writer is None and not self._queue.empty():
            self._writer = asyncio.create_task(self._write())

    async def close(self) -> None:
        """Write what is left, for two seconds at most."""
        if self._writer is None:
            return
        with suppress(TimeoutError):
            async with asyncio.timeout(_FAREWELL_SECONDS):
                await self._queue.join()
        self._writer.cancel()
        with suppress(asyncio.CancelledError):
            await self._writer
        while not self._queue.empty():
            _tell(self._queue.get_nowait(), "the house was closed")

    async def _write(self) -> None:
        while True:
            batch = [await self._queue.get()]
            while len(batch) < _LARGEST_BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            try:
                await _keep(self._engine, batch)
            except Exception:  # noqa: BLE001 - whatever it is, the next batch may fare better
                _log.exception("denials could not be written")
            finally:
                for _ in batch:
                    self._queue.task_done()


async def _keep(engine: AsyncEngine, batch: Sequence[DenialRecord]) -> None:
    """Write a batch, a transaction for each tenant: one that cannot be written costs the others nothing."""
    by_tenant: dict[str, list[DenialRecord]] = defaultdict(list)
    for record in batch:
        by_tenant[str(record.tenant)].append(record)
    for tenant, records in by_tenant.items():
        try:
            async with AsyncSession(engine) as session, session.begin():
                await narrow(session, tenant)
                await session.execute(
                    insert(AuditRow).on_conflict_do_nothing(), [_written(record) for record in records]
                )
        except (OSError, SQLAlchemyError, ValueError) as error:
            why = str(error).partition("\n")[0]
            for record in records:
                _tell(record, why)


def _written(record: DenialRecord) -> Mapping[str, object]:
    details = {
        "rules": list(record.rules),
        "missing": [_told(missing) for missing in record.missing],
        "outcome": record.outcome,
        "operation": record.operation_name,
    }
    return {
        "id": UUID(record.id),
        "at": record.at,
        "actor": record.subject,
        "action": DENIED,
        "target": record.coordinate,
        "details": details,
    }


def _told(missing: MissingGrant) -> Mapping[str, object]:
    """What lacked of each alternative, as `missing` says it in an error that explains."""
    told: dict[str, object] = {}
    if missing.sign_in:
        told["signIn"] = True
    if missing.scopes:
        told["scopes"] = [sorted(each) for each in missing.scopes]
    if missing.policies:
        told["policies"] = [sorted(each) for each in missing.policies]
    return told


def _tell(record: DenialRecord, why: str) -> None:
    _log.info(
        "a field was denied: %s, denial %s, rules %s, outcome %s, subject %s, tenant %s, operation %s (not in the audit log: %s)",
        record.coordinate,
        record.id,
        list(record.rules),
        record.outcome,
        record.subject,
        record.tenant,
        record.operation_name,
        why,
    )
