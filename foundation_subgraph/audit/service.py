"""Writing the log, and reading it. An entry is written in the transaction of what it tells: both happen, or neither."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Select, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.audit.tables import AuditRow
from foundation_subgraph.kit import Access, Permission

AUDIT_READ: Final = Permission("audit:read", "See who did what, and what was denied", Access.ADMINISTER)
PERMISSIONS: Final = (AUDIT_READ,)

ORDER: Final = (AuditRow.at, AuditRow.id)


@dataclass(frozen=True, slots=True)
class AuditFilter:
    """Which entries are wanted: those that fit all that is said. `since` is included, `until` is not."""

    actions: Sequence[str] | None = None
    actor: str | None = None
    target: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    id: UUID | None = None


async def record(
    session: AsyncSession,
    actor: UUID | str | None,
    action: str,
    target: UUID | str,
    details: Mapping[str, object] | None = None,
    *,
    entry: UUID | None = None,
) -> None:
    """Log for the session's tenant that `actor` did `action` to `target`; `actor` is None where nobody had signed in.

    `action` is two words in the past tense, `role.granted`; `details` are what JSON can say, and never secret.
    """
    await session.execute(
        insert(AuditRow).values(
            id=entry or uuid4(),
            actor=None if actor is None else str(actor),
            action=action,
            target=str(target),
            details=dict(details or {}),
        )
    )


def entries(wanted: AuditFilter) -> Select[AuditRow]:
    """The entries of the session's tenant, not ordered yet."""
    query = select(AuditRow)
    if wanted.actions is not None:
        query = query.where(AuditRow.action.in_(wanted.actions))
    if wanted.actor is not None:
        query = query.where(AuditRow.actor == wanted.actor)
    if wanted.target is not None:
        query = query.where(AuditRow.target == wanted.target)
    if wanted.since is not None:
        query = query.where(AuditRow.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditRow.at < wanted.until)
    if wanted.id is not None:
        query = query.where(AuditRow.id == wanted.id)
    return query
