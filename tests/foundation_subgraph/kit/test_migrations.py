"""Migrations: a version table per subgraph, once however many start, all or nothing."""

import asyncio
from pathlib import Path

import pytest
import strawberry
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import Subgraph, field, public
from foundation_subgraph.kit.migrations import status, upgrade
from foundation_subgraph.kit.testing import ThrowAwayDatabase


@strawberry.type
class Query:
    @field(public)
    def one(self) -> int:
        return 1


FIRST = """
import sqlalchemy as sa
from foundation_subgraph.kit.migrations import create_tenant_table

revision = "0001"
down_revision = None

def upgrade():
    create_tenant_table("notes", sa.Column("id", sa.Uuid(), primary_key=True), {more} schema="notes")
"""
SECOND = """
from alembic import op

revision = "0002"
down_revision = "0001"

def upgrade():
    op.execute("CREATE TABLE notes.extra (id int)")
    op.execute({last!r})
"""


def notes(folder: Path, *, last: str | None = None, more: str = "") -> Subgraph:
    versions = folder / "versions"
    versions.mkdir(exist_ok=True)
    (versions / "0001_notes.py").write_text(FIRST.format(more=more))
    if last is not None:
        (versions / "0002_extra.py").write_text(SECOND.format(last=last))
    return Subgraph("notes", title="Notes", query=Query, migrations=folder)


async def test_a_subgraph_is_migrated_to_its_head_and_says_so(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    subgraph = notes(tmp_path)
    before = await status(altered_database.owner, subgraph)
    assert (before.current, before.head, before.is_up_to_date) == (None, "0001", False)
    after = await upgrade(altered_database.owner, subgraph)
    assert (after.current, after.head, after.is_up_to_date) == ("0001", "0001", True)
    assert (await status(altered_database.owner, foundation)).is_up_to_date


async def test_instances_that_start_at_once_migrate_once(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    subgraph = notes(tmp_path, last="SELECT pg_sleep(0.1)")
    done = await asyncio.gather(*(upgrade(altered_database.owner, subgraph) for _ in range(4)))
    assert {one.current for one in done} == {"0002"}


async def test_a_migration_that_fails_leaves_everything_as_it_was(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    await upgrade(altered_database.owner, notes(tmp_path))
    with pytest.raises(ProgrammingError, match="nowhere"):
        await upgrade(altered_database.owner, notes(tmp_path, last="SELECT * FROM nowhere"))
    assert (await status(altered_database.owner, notes(tmp_path))).current == "0001"
    async with altered_database.owner.connect() as connection:
        assert await connection.scalar(text("SELECT to_regclass('notes.extra')")) is None
    repaired = await upgrade(altered_database.owner, notes(tmp_path, last="SELECT 1"))
    assert repaired.is_up_to_date


async def test_a_foreign_key_that_leaves_the_subgraph_is_refused(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    leaving = (
        'sa.Column("user_id", sa.Uuid()), sa.ForeignKeyConstraint(["user_id"], ["foundation.users.id"]),'
    )
    with pytest.raises(ValueError, match="leaves the subgraph"):
        await upgrade(altered_database.owner, notes(tmp_path, more=leaving))


async def test_the_application_may_not_touch_version_tables(altered_database: ThrowAwayDatabase) -> None:
    async with altered_database.session() as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text("SELECT * FROM foundation.alembic_version"))
