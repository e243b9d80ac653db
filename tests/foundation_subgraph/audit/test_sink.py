"""Denials in the audit log: by tenant, in batches, behind the answer; and where the log cannot have them, a line."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from foundation_subgraph.audit.service import AuditFilter, entries
from foundation_subgraph.audit.sink import DenialAudit
from foundation_subgraph.kit import narrow
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase
from supergraph.spec import Coordinate, DenialRecord, MissingGrant


def denial(tenant: UUID | None = ACME, coordinate: str = "Customer.email") -> DenialRecord:
    return DenialRecord(
        id=str(uuid4()),
        at=datetime(2026, 1, 2, tzinfo=UTC),
        coordinate=Coordinate(coordinate),
        rules=(f"@authenticated on {coordinate}",),
        outcome="filtered",
        subject="u1",
        tenant=None if tenant is None else str(tenant),
        operation_name="Look",
        missing=(MissingGrant(Coordinate(coordinate), (), False, (frozenset({"b", "a"}), frozenset({"c"}))),),
    )


def engine(database: ThrowAwayDatabase) -> AsyncEngine:
    return database.databases["dovetail_foundation"].engine


async def kept(database: ThrowAwayDatabase, tenant: UUID = ACME) -> Sequence[str]:
    async with database.session(tenant) as session:
        return [str(row.id) for row in await session.scalars(entries(AuditFilter()))]


async def test_a_denial_is_an_entry_of_its_tenant(database: ThrowAwayDatabase) -> None:
    audit = DenialAudit(engine(database))
    ours, theirs = denial(), denial(GLOBEX)
    await audit.record_denials([ours, theirs])
    await audit.close()
    assert await kept(database, ACME) == [ours.id]
    assert await kept(database, GLOBEX) == [theirs.id]
    async with database.session() as session:
        [row] = await session.scalars(entries(AuditFilter(id=UUID(ours.id))))
    assert (row.actor, row.action, row.target, row.at) == ("u1", "access.denied", "Customer.email", ours.at)
    assert row.details == {
        "rules": ["@authenticated on Customer.email"],
        "missing": [{"scopes": [["a", "b"], ["c"]]}],
        "outcome": "filtered",
        "operation": "Look",
    }


async def test_many_denials_are_written_in_few_transactions(database: ThrowAwayDatabase) -> None:
    audit = DenialAudit(engine(database))
    with database.statements() as statements:
        await audit.record_denials([denial() for _ in range(400)])
        await audit.close()
    assert len(await kept(database)) == 400
    assert len([one for one in statements if "INSERT" in one]) <= 2


async def test_taking_a_denial_does_not_wait_for_the_database(database: ThrowAwayDatabase) -> None:
    audit = DenialAudit(engine(database))
    async with AsyncSession(database.owner) as session, session.begin():
        await narrow(session, ACME)
        await session.execute(text("LOCK TABLE foundation.audit_log IN ACCESS EXCLUSIVE MODE"))
        async with asyncio.timeout(1):
            for _ in range(10):
                await audit.record_denials([denial()])
        assert await asyncio.sleep(0.05, "the writer waits meanwhile")
    await audit.close()
    assert len(await kept(database)) == 10


async def test_what_was_denied_in_no_tenant_is_a_line_of_the_log_alone(
    database: ThrowAwayDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "foundation_subgraph.audit.sink")
    record = denial(None)
    audit = DenialAudit(engine(database))
    await audit.record_denials([record])
    await audit.close()
    assert record.id in caplog.text
    assert "in no tenant" in caplog.text


async def test_what_the_queue_has_no_room_for_is_told_to_the_log(
    database: ThrowAwayDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "foundation_subgraph.audit.sink")
    audit = DenialAudit(engine(database), longest_queue=2)
    records = [denial() for _ in range(3)]
    await audit.record_denials(records)
    await audit.close()
    assert sorted(await kept(database)) == sorted(record.id for record in records[:2])
    assert records[2].id in caplog.text
    assert "no room" in caplog.text


async def test_a_database_that_is_gone_breaks_nothing_and_loses_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "foundation_subgraph.audit.sink")
    audit = DenialAudit(create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/none"))
    record = denial()
    await audit.record_denials([record])
    await audit.close()
    assert record.id in caplog.text


async def test_a_record_that_cannot_be_kept_costs_other_tenants_nothing(
    database: ThrowAwayDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "foundation_subgraph.audit.sink")
    audit = DenialAudit(engine(database))
    good = denial(GLOBEX)
    await audit.record_denials([denial(coordinate="a\x00b"), good])
    await audit.close()
    assert await kept(database, GLOBEX) == [good.id]
    assert await kept(database, ACME) == []
    assert "not in the audit log" in caplog.text
