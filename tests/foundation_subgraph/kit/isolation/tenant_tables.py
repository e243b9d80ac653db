"""Every table of tenants of every subgraph, rows for it made of its columns alone, and what strangers can do with them."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from foundation_subgraph.embedded_database import SUPERUSER
from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import DatabaseAddress, Subgraph, narrow
from foundation_subgraph.kit.roles import OWNER_ROLE
from foundation_subgraph.kit.testing import ThrowAwayDatabase
from module_subgraphs import installed

SUBGRAPHS: tuple[Subgraph, ...] = (foundation, *installed().subgraphs)


@dataclass(frozen=True)
class TenantTable:
    subgraph: Subgraph
    name: str

    @property
    def full_name(self) -> str:
        return f"{self.subgraph.name}.{self.name}"


TENANT_TABLES = tuple(
    TenantTable(subgraph, table.name)
    for subgraph in SUBGRAPHS
    if subgraph.tables is not None
    for table in subgraph.tables.sorted_tables
    if table.name not in subgraph.shared_tables
)

_VALUES = r"""
    SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS names, string_agg(CASE
        WHEN attname = 'tenant_id' THEN '\:tenant'
        WHEN NOT attnotnull AND EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = a.attrelid AND i.indisunique AND a.attnum = ANY (i.indkey))
            THEN 'NULL'
        WHEN typcategory = 'A' THEN quote_literal('{}')
        WHEN typname = 'uuid' THEN 'gen_random_uuid()'
        WHEN typname IN ('text', 'varchar') THEN COALESCE(
            (SELECT quote_literal(substring(pg_get_constraintdef(c.oid) FROM 'ARRAY[[]''([^'']*)'''))
             FROM pg_constraint c
             WHERE c.conrelid = a.attrelid AND c.contype = 'c' AND c.conkey = ARRAY[a.attnum]),
            quote_literal(attname) || ' || n')
        WHEN typname IN ('json', 'jsonb') THEN quote_literal('{}')
        WHEN typname = 'bool' THEN 'false'
        WHEN typname = 'bytea' THEN 'convert_to(gen_random_uuid()::text, ''UTF8'')'
        WHEN typcategory = 'D' THEN 'now()'
        ELSE '5' END, ', ' ORDER BY attnum) AS given
    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
    WHERE a.attrelid = CAST(:name AS regclass) AND a.attnum > 0 AND NOT a.attisdropped
"""


async def insertion(connection: AsyncConnection, table: TenantTable, rows: int = 1) -> str:
    """An INSERT for `rows` rows of `:tenant`, into a table of which nothing is known but its columns and the words they may hold.

    What is unique and may be null stays null: a tenant gets several such rows.
    """
    row = (await connection.execute(text(_VALUES), {"name": table.full_name})).one()
    return f"INSERT INTO {table.full_name} ({row.names}) SELECT {row.given} FROM generate_series(1, {rows}) n"


@asynccontextmanager
async def superuser(database: ThrowAwayDatabase) -> AsyncIterator[AsyncConnection]:
    """A connection that nothing binds: policies, triggers and foreign keys do not count."""
    engine = DatabaseAddress(database.addresses[OWNER_ROLE].url.replace(OWNER_ROLE, SUPERUSER, 1)).engine(
        pool_size=0
    )
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL session_replication_role = replica"))
        yield connection


async def put_row(database: ThrowAwayDatabase, table: TenantTable, tenant: UUID) -> None:
    """A row of a tenant, put there from outside."""
    async with superuser(database) as connection:
        await connection.execute(text(await insertion(connection, table)), {"tenant": tenant})


async def contents(database: ThrowAwayDatabase, tables: Sequence[str]) -> dict[str, str | None]:
    """A digest of all rows of each table, whoever's they are."""
    found: dict[str, str | None] = {}
    async with superuser(database) as connection:
        for table in tables:
            digest = f"SELECT md5(string_agg(one::text, '|' ORDER BY one::text)) FROM {table} one"
            found[table] = await connection.scalar(text(digest))
    return found


async def what_a_stranger_can_do(
    engine: AsyncEngine, database: ThrowAwayDatabase, table: TenantTable, owner: UUID, stranger: UUID | None
) -> list[str]:
    """What somebody in the engine's role, narrowed to `stranger`, can do with the rows of `owner`; nothing, one hopes."""
    async with superuser(database) as connection:
        insert = await insertion(connection, table)
    tries: tuple[tuple[str, str], ...] = (
        ("sees a row", f"SELECT 1 FROM {table.full_name}"),
        ("sees a row by name", f"SELECT 1 FROM {table.full_name} WHERE tenant_id = '{owner}'"),
        ("removes a row", f"DELETE FROM {table.full_name}"),
        ("takes a row", f"UPDATE {table.full_name} SET tenant_id = tenant_id WHERE tenant_id = '{owner}'"),
        ("writes a row", insert),
        ("locks a row", f"SELECT 1 FROM {table.full_name} FOR UPDATE"),
    )
    done: list[str] = []
    for what, statement in tries:
        async with AsyncSession(engine) as session:
            await narrow(session, stranger)
            try:
                result = await session.execute(
                    text(statement), {"tenant": owner} if ":tenant" in statement else {}
                )
            except DBAPIError as error:
                check_refused(error)
            else:
                if result.rowcount > 0:  # type: ignore[attr-defined] # of a statement that ran
                    done.append(f"{what} of {table.full_name}")
            await session.rollback()
    return done


async def what_can_be_given_away(
    engine: AsyncEngine, table: TenantTable, giver: UUID, other: UUID
) -> list[str]:
    """Whether somebody can move a row of their own to another tenant."""
    async with AsyncSession(engine) as session:
        await narrow(session, giver)
        try:
            await session.execute(text(f"UPDATE {table.full_name} SET tenant_id = '{other}'"))
        except DBAPIError as error:
            check_refused(error)
            return []
        finally:
            await session.rollback()
    return [f"gives a row of {table.full_name} away"]


REFUSED = {"42501", "23001"}
"""No permission or a policy's check; a trigger that lets nothing be changed. Never a clash of keys, which would tell."""


def check_refused(error: DBAPIError) -> None:
    assert getattr(error.orig, "sqlstate", "") in REFUSED, str(error)
