"""The register only grows: the database refuses the rest, and its chain shows what was done behind its back."""

import asyncio
import shutil
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import SHARED_TABLES
from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import Access, Permission, Subgraph, SubgraphError
from foundation_subgraph.kit.migrations import upgrade
from foundation_subgraph.kit.roles import FOUNDATION_ROLE
from foundation_subgraph.kit.testing import ThrowAwayDatabase, throw_away_database
from foundation_subgraph.modules.service import register_module
from foundation_subgraph.modules.tables import ModuleRow
from foundation_subgraph.permissions.register import BrokenRegister, check_register, register_permissions
from foundation_subgraph.permissions.service import list_permissions
from foundation_subgraph.permissions.tables import PermissionRegisterRow, PermissionRow

READ = Permission("notes:read", "See nötes, “all” of them\n", Access.READ)
BURN = Permission("notes:burn", "Burn notes", Access.WRITE)


async def register(database: ThrowAwayDatabase, subgraph: str, *declared: Permission) -> None:
    async with AsyncSession(database.owner) as session, session.begin():
        await register_permissions(session, subgraph, declared)


async def history(database: ThrowAwayDatabase) -> list[tuple[str, str]]:
    async with database.session() as session:
        rows = await session.scalars(select(PermissionRegisterRow).order_by(PermissionRegisterRow.number))
        return [(row.event, row.permission) for row in rows]


async def in_force(database: ThrowAwayDatabase) -> set[str]:
    async with database.session() as session:
        return {row.id for row in await list_permissions(session)}


async def broken(database: ThrowAwayDatabase) -> BrokenRegister | None:
    async with database.session() as session:
        return await check_register(session)


async def test_what_happens_to_a_permission_is_told_in_order(database: ThrowAwayDatabase) -> None:
    await register(database, "notes", BURN, READ)
    await register(database, "notes", BURN, READ)
    await register(database, "notes", Permission(READ.id, "See notes", Access.CONFIDENTIAL))
    await register(database, "notes", BURN, READ)
    assert await history(database) == [
        ("registered", "notes:burn"),
        ("registered", "notes:read"),
        ("changed", "notes:read"),
        ("retired", "notes:burn"),
        ("reinstated", "notes:burn"),
        ("changed", "notes:read"),
    ]
    assert await broken(database) is None


async def test_a_permission_that_is_no_longer_declared_is_retired_and_kept(
    database: ThrowAwayDatabase,
) -> None:
    await register(database, "notes", READ, BURN)
    await register(database, "notes", READ)
    assert await in_force(database) == {"notes:read"}
    async with database.session() as session:
        kept = await session.get_one(PermissionRow, "notes:burn")
    assert kept.retired_at is not None


async def test_a_retired_permission_is_never_another_subgraphs(database: ThrowAwayDatabase) -> None:
    await register(database, "notes", BURN)
    await register(database, "notes")
    with pytest.raises(
        SubgraphError, match="other declares the permission notes:burn, which belongs to notes"
    ):
        await register(database, "other", BURN)


async def test_of_two_subgraphs_that_declare_one_id_at_once_one_wins_and_the_other_is_told(
    database: ThrowAwayDatabase,
) -> None:
    names = [f"team{number}" for number in range(6)]
    outcomes = await asyncio.gather(
        *(register(database, name, BURN, READ) for name in names), return_exceptions=True
    )
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert len(refused) == len(names) - 1
    assert all(isinstance(one, SubgraphError) and "which belongs to team" in str(one) for one in refused)
    assert await history(database) == [("registered", "notes:burn"), ("registered", "notes:read")]
    assert await broken(database) is None


async def test_of_two_owners_of_one_module_id_one_wins_and_the_other_is_told(
    database: ThrowAwayDatabase,
) -> None:
    async def register_for(owner: str) -> None:
        async with AsyncSession(database.owner) as session, session.begin():
            await register_module(session, "billing", title=f"Billing of {owner}", owner=owner)

    outcomes = await asyncio.gather(*(register_for(owner) for owner in "abcdef"), return_exceptions=True)
    refused = [outcome for outcome in outcomes if outcome is not None]
    assert len(refused) == 5
    assert all(isinstance(one, SubgraphError) and "choose another id" in str(one) for one in refused)
    async with database.session() as session:
        row = await session.get_one(ModuleRow, "billing")
    winner = "abcdef"[outcomes.index(None)]
    assert (row.owner, row.title) == (winner, f"Billing of {winner}")
    await register_for(winner)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE foundation.permission_register SET access = 'read'",
        "DELETE FROM foundation.permission_register",
        "TRUNCATE foundation.permission_register",
        "DELETE FROM foundation.permissions",
        "TRUNCATE foundation.permissions",
        "UPDATE foundation.permissions SET subgraph = 'mine'",
        "UPDATE foundation.permissions SET id = 'mine:read'",
    ],
)
async def test_the_database_refuses_what_is_not_growth_from_the_owner_too(
    database: ThrowAwayDatabase, change: str
) -> None:
    await register(database, "notes", READ)
    with pytest.raises(DBAPIError, match=r"never|stays with|cannot truncate"):
        async with database.owner.begin() as connection:
            await connection.execute(text(change))


async def test_a_request_cannot_even_add_to_it(database: ThrowAwayDatabase) -> None:
    with pytest.raises(DBAPIError, match="permission denied"):
        async with database.session() as session:
            await session.execute(text("INSERT INTO foundation.permission_register DEFAULT VALUES"))


async def test_whoever_adds_a_row_has_no_say_in_its_number_time_and_hash(database: ThrowAwayDatabase) -> None:
    async with database.owner.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO foundation.permission_register VALUES "
                "(77, 'registered', 'a:b', 'a', 'read', '', '1970-01-01', 'x', 'x')"
            )
        )
    async with database.session() as session:
        [row] = await session.scalars(select(PermissionRegisterRow))
    assert (row.number, row.previous, len(row.hash), row.at.year > 2000) == (1, b"", 32, True)
    assert await broken(database) is None


@pytest.mark.parametrize(
    ("tampering", "number", "why"),
    [
        ("UPDATE foundation.permission_register SET access = 'read' WHERE number = 2", 2, "content"),
        ("UPDATE foundation.permission_register SET at = at + interval '1 s' WHERE number = 1", 1, "content"),
        ("DELETE FROM foundation.permission_register WHERE number = 2", 2, "missing"),
        ("DELETE FROM foundation.permission_register WHERE number = 1", 1, "missing"),
        (
            "UPDATE foundation.permission_register SET previous = hash, hash = previous WHERE number = 2",
            2,
            "follow",
        ),
    ],
)
async def test_what_was_changed_behind_the_register_is_found(
    altered_database: ThrowAwayDatabase, tampering: str, number: int, why: str
) -> None:
    await register(altered_database, "notes", READ, BURN, Permission("notes:tear", "", Access.WRITE))
    async with altered_database.owner.begin() as connection:
        await connection.execute(
            text("ALTER TABLE foundation.permission_register DISABLE TRIGGER only_grows")
        )
        await connection.execute(text(tampering))
    found = await broken(altered_database)
    assert found is not None
    assert found.number == number
    assert why in found.why


async def test_permissions_that_stood_before_the_register_are_its_first_rows(tmp_path: Path) -> None:
    assert foundation.migrations is not None
    (tmp_path / "versions").mkdir()
    for early in sorted((foundation.migrations / "versions").glob("000[12]_*.py")):
        shutil.copy(early, tmp_path / "versions")
    before = Subgraph(
        "foundation",
        title="As it was",
        role=FOUNDATION_ROLE,
        migrations=tmp_path,
        shared_tables=SHARED_TABLES,
    )
    async with throw_away_database(before) as database:
        async with database.owner.begin() as connection:
            await connection.execute(
                text("INSERT INTO foundation.permissions VALUES ('notes:read', 'notes', 'See notes', 'read')")
            )
        await upgrade(database.owner, foundation)
        assert await history(database) == [("registered", "notes:read")]
        assert await broken(database) is None
