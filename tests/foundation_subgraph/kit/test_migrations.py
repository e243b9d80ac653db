"""Migrations: a version table per subgraph, once however many start, all or nothing."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
import strawberry
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import Subgraph, SubgraphError, field, public
from foundation_subgraph.kit.migrated import is_migrated
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
    op.execute("ALTER TABLE notes.notes ADD COLUMN extra int")
    for statement in {last!r}.split("; "):
        op.execute(statement)
"""


def notes(folder: Path, *, last: str | None = None, more: str = "", shared: Sequence[str] = ()) -> Subgraph:
    versions = folder / "versions"
    versions.mkdir(exist_ok=True)
    (versions / "0001_notes.py").write_text(FIRST.format(more=more))
    if last is not None:
        (versions / "0002_extra.py").write_text(SECOND.format(last=last))
    return Subgraph("notes", title="Notes", query=Query, migrations=folder, shared_tables=shared)


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
        known = "SELECT count(*) FROM information_schema.columns WHERE table_name = 'notes' AND column_name = 'extra'"
        assert await connection.scalar(text(known)) == 0
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


@pytest.mark.parametrize(
    "open_table",
    [
        "CREATE TABLE notes.extra (id int)",
        "CREATE TABLE notes.extra (tenant_id uuid NOT NULL)",
        "CREATE TABLE notes.extra (tenant_id uuid NOT NULL); ALTER TABLE notes.extra ENABLE ROW LEVEL SECURITY",
        "CREATE TABLE notes.extra (tenant_id uuid); ALTER TABLE notes.extra ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY",
        "ALTER TABLE notes.notes DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE notes.notes NO FORCE ROW LEVEL SECURITY",
        "CREATE TABLE notes.extra (tenant_id uuid NOT NULL) PARTITION BY LIST (tenant_id)",
    ],
)
async def test_a_migration_that_leaves_a_table_open_to_all_tenants_is_undone(
    altered_database: ThrowAwayDatabase, tmp_path: Path, open_table: str
) -> None:
    await upgrade(altered_database.owner, notes(tmp_path))
    with pytest.raises(SubgraphError, match=r"tenants are not kept apart in (extra|notes): make tables with"):
        await upgrade(altered_database.owner, notes(tmp_path, last=open_table))
    assert (await status(altered_database.owner, notes(tmp_path))).current == "0001"


async def test_a_table_declared_as_shared_may_have_no_tenant_but_needs_policies(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    subgraph = notes(tmp_path, last="CREATE TABLE notes.kinds (id int)", shared=["kinds"])
    with pytest.raises(SubgraphError, match="not kept apart in kinds"):
        await upgrade(altered_database.owner, subgraph)


async def test_a_name_that_sql_uses_for_itself_is_no_obstacle(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "versions" / "0001_orders.py").write_text(FIRST.format(more="").replace('"notes"', '"order"'))
    subgraph = Subgraph("order", title="Order", query=Query, migrations=tmp_path)
    assert not await is_migrated(altered_database.owner, subgraph)
    assert (await upgrade(altered_database.owner, subgraph)).is_up_to_date
    assert await is_migrated(altered_database.owner, subgraph)


async def test_numbered_migrations_are_known_to_be_done_without_alembic(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    owner = altered_database.owner
    assert not await is_migrated(owner, notes(tmp_path))
    await upgrade(owner, notes(tmp_path))
    assert await is_migrated(owner, notes(tmp_path))
    more = notes(tmp_path, last="SELECT 1")
    assert not await is_migrated(owner, more)
    await upgrade(owner, more)
    assert await is_migrated(owner, more)
    (tmp_path / "versions" / "a1b2c3_extra.py").touch()
    assert not await is_migrated(owner, more), "where names tell nothing, Alembic is asked"
    assert await is_migrated(owner, Subgraph("bare", title="Bare", query=Query))
