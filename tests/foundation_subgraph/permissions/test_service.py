"""The register of permissions: each belongs to one subgraph, and is what that subgraph declares today."""

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Access, Permission
from foundation_subgraph.kit.testing import ThrowAwayDatabase
from foundation_subgraph.permissions.register import register_permissions
from foundation_subgraph.permissions.service import list_permissions


async def register(
    database: ThrowAwayDatabase, subgraph: str, *declared: Permission
) -> list[tuple[str, ...]]:
    async with AsyncSession(database.owner) as session, session.begin():
        await register_permissions(session, subgraph, declared)
    async with database.session() as session:
        return [
            (row.id, row.subgraph, row.description, row.access) for row in await list_permissions(session)
        ]


async def test_what_a_subgraph_declares_today_is_registered(database: ThrowAwayDatabase) -> None:
    await register(database, "other", Permission("other:read", "Other", Access.READ))
    await register(
        database,
        "notes",
        Permission("notes:read", "See notes", Access.READ),
        Permission("notes:burn", "Burn notes", Access.WRITE),
    )
    assert await register(database, "notes", Permission("notes:read", "Read notes", Access.CONFIDENTIAL)) == [
        ("notes:read", "notes", "Read notes", "confidential"),
        ("other:read", "other", "Other", "read"),
    ]


async def test_a_permission_of_another_subgraph_is_refused_and_stays_as_it_is(
    database: ThrowAwayDatabase,
) -> None:
    await register(database, "notes", Permission("notes:read", "See notes", Access.CONFIDENTIAL))
    with pytest.raises(ValueError, match="other declares the permission notes:read, which belongs to notes"):
        await register(
            database,
            "other",
            Permission("other:read", "Other", Access.READ),
            Permission("notes:read", "Mine", Access.READ),
        )
    assert await register(database, "notes", Permission("notes:read", "See notes", Access.CONFIDENTIAL)) == [
        ("notes:read", "notes", "See notes", "confidential")
    ]
