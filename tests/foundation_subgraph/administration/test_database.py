"""`dovetail database`: each subgraph by itself, once, and one that fails is named."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import strawberry
from sqlalchemy import text

from foundation_subgraph.administration import migrating
from foundation_subgraph.administration.asking import Asked
from foundation_subgraph.kit import BrokenSubgraph, Installed, Subgraph, field, public
from foundation_subgraph.kit.testing import ThrowAwayDatabase

Command = Callable[..., Awaitable[Any]]

FIRST = "create_tenant_table('apples', sa.Column('id', sa.Uuid(), primary_key=True), schema='{name}')"


def module(folder: Path, name: str, *steps: str) -> Subgraph:
    """A module with a migration for each step."""

    @strawberry.type
    class Query:
        @field(public)
        def one(self) -> int:
            return 1

    versions = folder / name / "versions"
    versions.mkdir(parents=True, exist_ok=True)
    for number, step in enumerate(steps, 1):
        before = f"'{number - 1:04}'" if number > 1 else None
        (versions / f"{number:04}_step.py").write_text(
            "import sqlalchemy as sa\nfrom alembic import op\n"
            "from foundation_subgraph.kit.migrations import create_tenant_table\n"
            f"revision = '{number:04}'\ndown_revision = {before}\n"
            f"def upgrade():\n    {step.format(name=name)}\n"
        )
    return Subgraph(name, title=name.title(), query=Query, migrations=folder / name)


@pytest.fixture
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    def install(*modules: Subgraph, broken: tuple[BrokenSubgraph, ...] = ()) -> None:
        monkeypatch.setattr(migrating, "find_installed", lambda _string: Installed(modules, broken))

    return install


@pytest.fixture
def commands(altered_database: ThrowAwayDatabase, over: Callable[[ThrowAwayDatabase], Command]) -> Command:
    return over(altered_database)


def by_name(said: Any) -> dict[str, dict[str, Any]]:
    return {one["subgraph"]: one for one in said.told}


async def test_what_is_behind_is_upgraded_and_registered(
    commands: Command, install: Callable[..., None], tmp_path: Path
) -> None:
    install(module(tmp_path, "orchard", FIRST))
    before = await commands("database", "status", "--json", code=1)
    assert by_name(before)["orchard"] == {
        "subgraph": "orchard", "current": None, "head": "0001", "state": "to be upgraded",
    }  # fmt: skip
    assert before.err == "error: not up to date: orchard; run `dovetail database upgrade`\n"
    done = by_name(await commands("database", "upgrade", "--json"))
    assert (done["orchard"]["was"], done["orchard"]["is"]) == (None, "0001")
    assert done["foundation"]["state"] == "up to date"
    assert "up to date" in (await commands("database", "status")).out
    assert (await commands("permissions", "list", "--subgraph", "foundation", "--json")).told


async def test_a_migration_that_fails_is_named_leaves_the_rows_and_stops_nobody(
    commands: Command, install: Callable[..., None], altered_database: ThrowAwayDatabase, tmp_path: Path
) -> None:
    install(module(tmp_path, "orchard", FIRST))
    await commands("database", "upgrade")
    tenant = "SELECT set_config('dovetail.tenant_id', '00000000-0000-4000-8000-000000000001', true)"
    async with altered_database.owner.begin() as connection:
        await connection.execute(text(tenant))
        await connection.execute(text("INSERT INTO orchard.apples (id) VALUES (gen_random_uuid())"))
    drops = "op.execute('DELETE FROM orchard.apples'); op.execute('SELECT * FROM nowhere')"
    install(
        module(tmp_path, "orchard", FIRST, drops),
        module(tmp_path, "pasture", FIRST),
        broken=(BrokenSubgraph("unreadable", "ImportError: no"),),
    )
    said = await commands("database", "upgrade", "--json", code=1)
    done = by_name(said)
    assert (done["orchard"]["is"], done["pasture"]["is"]) == ("0001", "0001")
    assert said.err == (
        'error: orchard was not upgraded, and its tables are as they were: relation "nowhere" does not exist\n'
        "error: unreadable was not upgraded, and its tables are as they were: ImportError: no\n"
    )
    async with altered_database.owner.begin() as connection:
        await connection.execute(text(tenant))
        assert await connection.scalar(text("SELECT count(*) FROM orchard.apples")) == 1


async def test_two_upgrades_at_once_migrate_once(
    commands: Command, install: Callable[..., None], tmp_path: Path
) -> None:
    # A step that could not be made twice, and takes its time.
    slow = "op.execute('SELECT pg_sleep(0.3)'); " + FIRST
    install(module(tmp_path, "orchard", slow))
    settings = Asked(tmp_path).settings
    first, second = await asyncio.gather(*(migrating.upgrade_tables(settings) for _ in range(2)))
    for states in (first, second):
        assert [(one.subgraph, one.current, one.problem) for one in states] == [
            ("foundation", states[0].head, ""), ("orchard", "0001", ""),
        ]  # fmt: skip


async def test_the_first_broken_row_of_the_register_is_named(
    commands: Command, install: Callable[..., None], altered_database: ThrowAwayDatabase
) -> None:
    install()
    await commands("database", "upgrade")
    async with altered_database.owner.begin() as connection:
        await connection.execute(
            text("ALTER TABLE foundation.permission_register DISABLE TRIGGER only_grows")
        )
        await connection.execute(
            text("UPDATE foundation.permission_register SET description = 'harmless' WHERE number = 3")
        )
    broken = await commands("permissions", "verify", "--json", code=1)
    assert broken.told["broken"] == {"row": 3, "why": "its content is not what was written"}
    assert broken.err == (
        "error: the register of permissions is broken at row 3: its content is not what was written\n"
    )
