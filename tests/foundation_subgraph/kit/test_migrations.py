"""Migrations: a version table per subgraph, once however many start, all or nothing."""

import asyncio
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import strawberry
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import Subgraph, SubgraphError, field, public
from foundation_subgraph.kit.migrated import is_migrated
from foundation_subgraph.kit.migrations import status, upgrade
from foundation_subgraph.kit.roles import APPLICATION_ROLE, OWNER_ROLE
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase, principal
from module_subgraphs import installed


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


def notes(
    folder: Path, *, last: str | None = None, more: str = "", shared: Mapping[str, str] | None = None
) -> Subgraph:
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


async def test_of_several_migrations_that_are_due_a_failing_one_undoes_those_of_this_start_alone(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    """What an earlier start did stays with its rows, and the next start goes on from there."""
    await upgrade(altered_database.owner, notes(tmp_path))
    for tenant in (ACME, GLOBEX):
        async with altered_database.session(tenant, role=APPLICATION_ROLE) as session:
            await session.execute(text("INSERT INTO notes.notes (id) VALUES (gen_random_uuid())"))
    subgraph = notes(tmp_path, last="DELETE FROM notes.notes")
    third = tmp_path / "versions" / "0003_more.py"
    broken = (
        SECOND.format(last="SELECT * FROM nowhere")
        .replace('"0002"', '"0003"')
        .replace('"0001"', '"0002"')
        .replace("extra", "more")
    )
    third.write_text(broken)
    with pytest.raises(ProgrammingError, match="nowhere"):
        await upgrade(altered_database.owner, subgraph)
    assert (await status(altered_database.owner, subgraph)).current == "0001"
    async with altered_database.owner.connect() as connection:
        columns = "SELECT column_name FROM information_schema.columns WHERE table_name = 'notes' ORDER BY 1"
        assert list(await connection.scalars(text(columns))) == ["id", "tenant_id"]
    for tenant in (ACME, GLOBEX):
        async with altered_database.session(tenant, role=APPLICATION_ROLE) as session:
            assert await session.scalar(text("SELECT count(*) FROM notes.notes")) == 1
    third.write_text(broken.replace("SELECT * FROM nowhere", "SELECT 1"))
    assert (await upgrade(altered_database.owner, subgraph)).current == "0003"


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
    subgraph = notes(
        tmp_path, last="CREATE TABLE notes.kinds (id int)", shared={"kinds": "the same for everybody"}
    )
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


FILLING = """
import sqlalchemy as sa
from alembic import op
from foundation_subgraph.kit.migrations import across_tenants

revision = "0002"
down_revision = "0001"

def upgrade():
    op.add_column("notes", sa.Column("extra", sa.Integer()), schema="notes")
    op.execute("UPDATE notes.notes SET extra = 1")
    with across_tenants("notes", schema="notes"):
        op.execute("UPDATE notes.notes SET extra = coalesce(extra, 0) + 5")
"""


async def test_a_migration_reaches_rows_of_tenants_where_it_says_so_and_nowhere_else(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    """E6: the owner is bound by the policies too. What one block opens is closed when the migration is done."""
    await upgrade(altered_database.owner, notes(tmp_path))
    for tenant in (ACME, GLOBEX):
        async with altered_database.session(tenant, role=APPLICATION_ROLE) as session:
            await session.execute(text("INSERT INTO notes.notes (id) VALUES (gen_random_uuid())"))
    (tmp_path / "versions" / "0002_extra.py").write_text(FILLING)
    await upgrade(altered_database.owner, notes(tmp_path))
    for tenant in (ACME, GLOBEX):
        async with altered_database.session(tenant, role=APPLICATION_ROLE) as session:
            assert (await session.scalars(text("SELECT extra FROM notes.notes"))).all() == [5]
    async with altered_database.owner.connect() as connection:
        assert (await connection.execute(text("SELECT * FROM notes.notes"))).all() == []


async def test_code_of_the_version_before_serves_over_tables_that_were_expanded(
    altered_whole_database: ThrowAwayDatabase,
) -> None:
    """N-1 over N: what it neither reads nor writes does not disturb it."""
    customers = next(one for one in installed().subgraphs if one.name == "customers")
    async with altered_whole_database.owner.begin() as connection:
        await connection.execute(
            text("ALTER TABLE customers.customers ADD town text, ADD rank int NOT NULL DEFAULT 1")
        )
    asking = principal("customers:read", "customers:write")
    added = await altered_whole_database.execute(
        customers, 'mutation { addCustomer(name: "Ada") { __typename } }', asking
    )
    assert "errors" not in added, added
    answer = await altered_whole_database.execute(customers, "{ customers { nodes { name } } }", asking)
    assert answer == {"data": {"customers": {"nodes": [{"name": "Ada"}]}}}


INSTANCE = """
import asyncio, sys
from pathlib import Path
import strawberry
from foundation_subgraph.kit import DatabaseAddress, Subgraph, field, public
from foundation_subgraph.kit.migrations import upgrade

@strawberry.type
class Query:
    @field(public)
    def one(self) -> int:
        return 1

async def main():
    owner = DatabaseAddress(sys.argv[1]).engine(pool_size=0)
    done = await upgrade(owner, Subgraph("notes", title="Notes", query=Query, migrations=Path(sys.argv[2])))
    print(done.current)

asyncio.run(main())
"""


async def test_two_processes_that_start_at_once_migrate_once(
    altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    notes(tmp_path, last="SELECT pg_sleep(0.2)")
    arguments = (sys.executable, "-c", INSTANCE, altered_database.addresses[OWNER_ROLE].url, str(tmp_path))
    started = [
        await asyncio.create_subprocess_exec(*arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for _ in range(2)
    ]
    for process in started:
        said, complained = await process.communicate()
        assert (process.returncode, said.decode().strip()) == (0, "0002"), complained.decode()
