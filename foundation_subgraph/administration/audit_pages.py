"""The audit log of a tenant, from the command line."""

import csv
import io
from collections.abc import AsyncIterator, Mapping, Sequence
from enum import StrEnum
from typing import Final

import orjson

from foundation_subgraph.administration.office import Office
from foundation_subgraph.audit.service import ORDER, AuditFilter, entries
from foundation_subgraph.audit.tables import AuditRow

_BATCH: Final = 500
_COLUMNS: Final = ("at", "actor", "action", "target", "details", "id")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class AuditFormat(StrEnum):
    """How a log is written out."""

    JSONL = "jsonl"
    CSV = "csv"


async def latest_entries(office: Office, tenant: str, wanted: AuditFilter, limit: int) -> Sequence[AuditRow]:
    """The latest first."""
    async with office.tenant_session(tenant) as (session, _):
        query = entries(wanted).order_by(*(each.desc() for each in ORDER)).limit(limit)
        return (await session.scalars(query)).all()


async def exported_entries(
    office: Office, tenant: str, wanted: AuditFilter, format_: AuditFormat
) -> AsyncIterator[str]:
    """All of them in pieces of text, the earliest first; however many, a few are in memory at a time."""
    if format_ is AuditFormat.CSV:
        yield _csv([_COLUMNS])
    async with office.tenant_session(tenant) as (session, _):
        query = entries(wanted).order_by(*ORDER).execution_options(yield_per=_BATCH)
        found = await session.stream_scalars(query)
        async for batch in found.partitions():
            shown = [entry_shown(row) for row in batch]
            if format_ is AuditFormat.CSV:
                yield _csv([[_cell(row[name]) for name in _COLUMNS] for row in shown])
            else:
                yield "".join(f"{orjson.dumps(row).decode()}\n" for row in shown)


def entry_shown(row: AuditRow) -> Mapping[str, object]:
    return {
        "id": str(row.id),
        "at": row.at.isoformat(),
        "actor": row.actor,
        "action": row.action,
        "target": row.target,
        "details": dict(row.details),
    }


def _cell(value: object) -> str:
    """What begins like a formula is led by an apostrophe: names and addresses are written by strangers."""
    if value is None:
        return ""
    cell = value if isinstance(value, str) else orjson.dumps(value).decode()
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _csv(rows: Sequence[Sequence[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
