"""The log in the graph."""

from datetime import datetime
from typing import Self

import strawberry
from strawberry.scalars import JSON

from foundation_subgraph.audit.service import AUDIT_READ, ORDER, AuditFilter, entries
from foundation_subgraph.audit.tables import AuditRow
from foundation_subgraph.kit import (
    Connection,
    Info,
    Window,
    field,
    find_page,
    read_id,
    requires,
)


@strawberry.type(description="Somebody did something, or was denied it.")
class AuditEntry:
    id: strawberry.ID = strawberry.field(description="For a denial: the `denialId` that its error told.")
    at: datetime
    actor: str | None = strawberry.field(description="Id of who did it; null where nobody had signed in.")
    action: str
    target: str
    details: JSON

    @classmethod
    def of(cls, row: AuditRow) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            at=row.at,
            actor=row.actor,
            action=row.action,
            target=row.target,
            details=JSON(dict(row.details)),
        )


@strawberry.input(description="Which entries are wanted: those that fit all that is said.")
class AuditEntryFilter:
    id: strawberry.ID | None = strawberry.field(
        default=None, description="Of the one entry: the `denialId` of an error, for one."
    )
    actions: list[str] | None = None
    actor: str | None = None
    target: str | None = None
    since: datetime | None = strawberry.field(default=None, description="Included.")
    until: datetime | None = strawberry.field(default=None, description="Not included.")

    def wanted(self) -> AuditFilter:
        entry = None if self.id is None else read_id(self.id)
        return AuditFilter(self.actions, self.actor, self.target, self.since, self.until, entry)


@strawberry.type
class AuditQueries:
    @field(requires(AUDIT_READ), description="What was done in your tenant, the latest first.")
    async def audit_log(
        self,
        info: Info,
        window: Window,
        filter: AuditEntryFilter | None = None,  # noqa: A002 - the field's usual word
    ) -> Connection[AuditEntry] | None:
        wanted = filter.wanted() if filter is not None else AuditFilter()
        async with info.context.transaction() as session:
            return await find_page(session, entries(wanted), ORDER, window, AuditEntry.of, descending=True)
