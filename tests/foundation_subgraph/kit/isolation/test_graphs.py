"""What the graphs of all subgraphs tell whoever has no tenant, or another one: each field of their roots is asked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from foundation_subgraph.kit import Access
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase, principal
from tests.foundation_subgraph.kit.isolation.asking import Asked, entity_selections, root_fields
from tests.foundation_subgraph.kit.isolation.tenant_tables import (
    SUBGRAPHS,
    TENANT_TABLES,
    contents,
    put_row,
    superuser,
)

THERE = UUID("00000000-0000-4000-8000-00000000000a")
"""An id that every row of a tenant has, whatever it is."""
NOWHERE = UUID("00000000-0000-4000-8000-00000000000b")

SCOPES = [one.id for each in SUBGRAPHS for one in each.permissions if one.access is not Access.OPERATE]
TABLES = [table.full_name for table in TENANT_TABLES]

_PEOPLE = (
    "INSERT INTO foundation.tenants (id, slug, name) VALUES ('{tenant}', 't-{tenant}', 'A tenant')",
    "INSERT INTO foundation.users (id, email, name, password_hash) VALUES ('{id}', 'one@x.example', 'One', 'x')",
)
_IDS = """
    SELECT attname FROM pg_attribute WHERE attrelid = CAST(:name AS regclass) AND attnum > 0 AND NOT attisdropped
    AND atttypid = CAST('uuid' AS regtype) AND attname <> 'tenant_id'
"""


def questions(kind: str, wanted: UUID) -> list[Asked]:
    """Each root field, with this id wherever one is asked for; of each entity, its representation too."""
    values: dict[str, Any] = {"ID": str(wanted), "String": "x", "Int": 5, "Boolean": True, "Decimal": "1.50"}
    asked = [one for subgraph in SUBGRAPHS for one in root_fields(subgraph, kind, values)]
    for subgraph in SUBGRAPHS if kind == "query" else ():
        for name, selected in entity_selections(subgraph):
            query = f"query ($r: [_Any!]!) {{ _entities(representations: $r) {{ __typename {selected} }} }}"
            known = [{"__typename": name, "id": str(wanted)}]
            asked.append(Asked(subgraph, kind, f"_entities({name})", query, {"r": known}))
    return asked


async def fill(database: ThrowAwayDatabase, tenant: UUID) -> None:
    """A row in each table of tenants, and a person, all with one id."""
    for table in TENANT_TABLES:
        await put_row(database, table, tenant)
    async with superuser(database) as connection:
        for statement in _PEOPLE:
            await connection.execute(text(statement.format(tenant=tenant, id=THERE)))
        for table in TENANT_TABLES:
            for column in (await connection.scalars(text(_IDS), {"name": table.full_name})).all():
                await connection.execute(text(f"UPDATE {table.full_name} SET {column} = '{THERE}'"))


async def told(
    database: ThrowAwayDatabase, asked: Asked, tenant: UUID | None, wanted: UUID
) -> tuple[str, int]:
    """The answer, but for the id that was asked for, and how many statements it took."""
    with database.statements() as seen:
        answer = await database.execute(
            asked.subgraph, asked.query, principal(*SCOPES, tenant=tenant), asked.variables
        )
    return str(answer).replace(str(wanted), "it"), len(seen)


async def told_without_a_tenant(database: ThrowAwayDatabase) -> Sequence[str]:
    """The fields that answer otherwise once a tenant has rows, and the tables that changed by being asked."""
    asked = [*questions("query", THERE), *questions("mutation", THERE)]
    before = [await told(database, one, None, THERE) for one in asked]
    await fill(database, ACME)
    rows = await contents(database, TABLES)
    after = [await told(database, one, None, THERE) for one in asked]
    changed = await contents(database, TABLES)
    return [
        *(str(one) for one, was, now in zip(asked, before, after, strict=True) if was != now),
        *(table for table in TABLES if rows[table] != changed[table]),
    ]


async def told_to_a_stranger(database: ThrowAwayDatabase) -> Sequence[str]:
    """The queries whose answer, words or number of statements differ where another tenant has what is asked for."""
    await fill(database, ACME)
    found: list[str] = []
    for there, nowhere in zip(questions("query", THERE), questions("query", NOWHERE), strict=True):
        if await told(database, there, GLOBEX, THERE) != await told(database, nowhere, GLOBEX, NOWHERE):
            found.append(str(there))
    return found


async def test_without_a_tenant_the_graph_tells_of_no_row_and_writes_none(
    whole_database: ThrowAwayDatabase,
) -> None:
    assert await told_without_a_tenant(whole_database) == []


async def test_a_stranger_cannot_tell_what_is_there_from_what_is_not(
    whole_database: ThrowAwayDatabase,
) -> None:
    """By no status, word or number of statements, which is most of the time that an answer takes."""
    assert await told_to_a_stranger(whole_database) == []


@pytest.mark.parametrize(
    ("leak", "field"),
    [
        ("ALTER POLICY tenant_isolation ON customers.customers USING (true)", None),
        ("CREATE POLICY leak ON foundation.users FOR SELECT USING (true)", "foundation.node"),
        ("ALTER POLICY tenant_isolation ON customers.customers USING (true)", "customers.customer"),
    ],
)
async def test_a_graph_that_tells_of_other_tenants_rows_is_noticed(
    altered_whole_database: ThrowAwayDatabase, leak: str, field: str | None
) -> None:
    """The proofs above fail when their protection is taken away."""
    async with altered_whole_database.owner.begin() as connection:
        await connection.execute(text(leak))
    if field is not None:
        assert field in await told_to_a_stranger(altered_whole_database)
    else:
        assert await told_without_a_tenant(altered_whole_database)
