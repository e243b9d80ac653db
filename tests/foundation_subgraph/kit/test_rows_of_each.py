"""The first rows of each of many, in one statement and at the cost of the rows that come."""

from uuid import UUID

from sqlalchemy import select, text

from foundation_subgraph.audit.tables import AuditRow
from foundation_subgraph.kit import first_rows_of_each
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase

ADDED = text(
    "INSERT INTO foundation.audit_log (id, action, target, details, at) "
    "SELECT gen_random_uuid(), :action, n, '{}', '2026-01-01'::timestamptz + n * interval '1 s' FROM generate_series(1, :rows) n"
)


async def fill(database: ThrowAwayDatabase, rows: int, *, tenant: UUID = ACME) -> None:
    async with database.session(tenant) as session:
        for action in ("a", "b"):
            await session.execute(ADDED, {"action": action, "rows": rows})


async def test_each_has_its_first_rows_in_order_and_who_has_none_is_left_out(
    database: ThrowAwayDatabase,
) -> None:
    await fill(database, 5)
    await fill(database, 9, tenant=GLOBEX)
    async with database.session(ACME) as session:
        with database.statements() as seen:
            found = await first_rows_of_each(
                session,
                select(AuditRow).where(AuditRow.target != "5"),
                AuditRow.action,
                ["b", "a", "b", "nothing"],
                order=(AuditRow.at.desc(), AuditRow.id),
                limit=3,
            )
    assert {key: [row.target for row in rows] for key, rows in found.items()} == {
        "a": ["4", "3", "2"],
        "b": ["4", "3", "2"],
    }
    assert len(seen) == 1


async def test_of_nothing_there_is_nothing(database: ThrowAwayDatabase) -> None:
    async with database.session(ACME) as session:
        assert not await first_rows_of_each(
            session, select(AuditRow), AuditRow.id, [], order=(AuditRow.id,), limit=3
        )
