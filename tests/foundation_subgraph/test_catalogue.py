"""What the database's own catalogue says of every table of every subgraph: tenants are kept apart by PostgreSQL."""

from contextlib import nullcontext
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.embedded_database import SUPERUSER
from foundation_subgraph.graph import SHARED_TABLES
from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import DatabaseAddress, narrow
from foundation_subgraph.kit.roles import (
    APPLICATION_ROLE,
    FOUNDATION_ROLE,
    OWNER_ROLE,
    SIGN_IN_ROLE,
    UnfitRoleError,
    check_application_role,
)
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase
from module_subgraphs import installed

SUBGRAPHS = (foundation, *installed().subgraphs)
SCHEMAS = [subgraph.name for subgraph in SUBGRAPHS]
SHARED = {("foundation", name) for name in SHARED_TABLES}


async def catalogue(database: ThrowAwayDatabase, query: str) -> list[Any]:
    async with database.owner.connect() as connection:
        return list((await connection.execute(text(query), {"schemas": SCHEMAS})).all())


TABLES = """
    SELECT n.nspname AS schema, c.relname AS name, c.relrowsecurity AS enabled, c.relforcerowsecurity AS forced,
           pg_get_userbyid(c.relowner) AS owner, c.oid AS oid
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY(:schemas) AND c.relkind IN ('r', 'p') AND c.relname <> 'alembic_version'
    ORDER BY 1, 2
"""


async def test_every_declared_table_is_there_and_no_other(whole_database: ThrowAwayDatabase) -> None:
    declared = {
        (subgraph.name, table.name)
        for subgraph in SUBGRAPHS
        for table in (subgraph.tables.tables.values() if subgraph.tables is not None else ())
    }
    assert {(row.schema, row.name) for row in await catalogue(whole_database, TABLES)} == declared


async def test_declared_columns_are_the_migrated_ones(whole_database: ThrowAwayDatabase) -> None:
    migrated: dict[tuple[str, str], dict[str, bool]] = {}
    for row in await catalogue(
        whole_database,
        "SELECT table_schema AS schema, table_name AS name, column_name AS col, is_nullable = 'YES' AS nullable "
        "FROM information_schema.columns WHERE table_schema = ANY(:schemas) AND table_name <> 'alembic_version'",
    ):
        migrated.setdefault((row.schema, row.name), {})[row.col] = row.nullable
    for subgraph in SUBGRAPHS:
        for table in subgraph.tables.tables.values() if subgraph.tables is not None else ():
            declared = {column.name: bool(column.nullable) for column in table.columns}
            assert declared == migrated[subgraph.name, table.name], table.fullname


async def test_row_level_security_is_enabled_and_forced_on_every_table(
    whole_database: ThrowAwayDatabase,
) -> None:
    for row in await catalogue(whole_database, TABLES):
        assert row.enabled, row.name
        assert row.forced, row.name
        assert row.owner == OWNER_ROLE


async def test_every_table_of_tenants_has_a_tenant_that_is_never_null_and_leads_every_unique_key(
    whole_database: ThrowAwayDatabase,
) -> None:
    columns = {
        (row.schema, row.name): row.nullable
        for row in await catalogue(
            whole_database,
            "SELECT table_schema AS schema, table_name AS name, is_nullable = 'YES' AS nullable "
            "FROM information_schema.columns WHERE column_name = 'tenant_id' AND table_schema = ANY(:schemas)",
        )
    }
    keys = await catalogue(
        whole_database,
        "SELECT n.nspname AS schema, c.relname AS name, a.attname AS first FROM pg_index i "
        "JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0] "
        "WHERE i.indisunique AND n.nspname = ANY(:schemas) AND c.relname <> 'alembic_version'",
    )
    for row in await catalogue(whole_database, TABLES):
        if (row.schema, row.name) in SHARED:
            continue
        assert columns[row.schema, row.name] is False, row.name
        leading = {key.first for key in keys if (key.schema, key.name) == (row.schema, row.name)}
        assert leading == {"tenant_id"}, row.name


async def test_every_table_of_tenants_has_one_policy_for_all_commands_with_a_check(
    whole_database: ThrowAwayDatabase,
) -> None:
    policies = await catalogue(
        whole_database,
        "SELECT schemaname AS schema, tablename AS name, policyname AS policy, cmd, roles::text[] AS roles, qual, with_check "
        "FROM pg_policies WHERE schemaname = ANY(:schemas)",
    )
    own_tenant = "(tenant_id = (NULLIF(current_setting('dovetail.tenant_id'::text, true), ''::text))::uuid)"
    for row in await catalogue(whole_database, TABLES):
        if (row.schema, row.name) in SHARED:
            continue
        here = [policy for policy in policies if (policy.schema, policy.name) == (row.schema, row.name)]
        [isolation] = [policy for policy in here if policy.policy == "tenant_isolation"]
        assert (isolation.cmd, isolation.qual, isolation.with_check) == ("ALL", own_tenant, own_tenant)
        assert isolation.roles == ["public"]
        # Policies add up, so any other one widens: only the sign-in has one, for reading, in the foundation.
        for other in here:
            if other is not isolation:
                assert (other.policy, other.cmd, other.roles, row.schema) == (
                    "sign_in_reads",
                    "SELECT",
                    [SIGN_IN_ROLE],
                    "foundation",
                )


async def test_no_foreign_key_leaves_its_subgraph(whole_database: ThrowAwayDatabase) -> None:
    assert not await catalogue(
        whole_database,
        "SELECT conname FROM pg_constraint k JOIN pg_class a ON a.oid = k.conrelid JOIN pg_class b ON b.oid = k.confrelid "
        "WHERE k.contype = 'f' AND a.relnamespace <> b.relnamespace",
    )


async def test_no_view_or_function_runs_with_more_rights_than_its_caller(
    whole_database: ThrowAwayDatabase,
) -> None:
    assert not await catalogue(
        whole_database,
        "SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = ANY(:schemas) AND relkind IN ('v', 'm') "
        "AND NOT coalesce(reloptions @> ARRAY['security_invoker=true'], false) "
        "UNION ALL SELECT proname FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace "
        "WHERE n.nspname = ANY(:schemas) AND prosecdef",
    )


@pytest.mark.parametrize("role", [APPLICATION_ROLE, FOUNDATION_ROLE, SIGN_IN_ROLE, OWNER_ROLE])
async def test_no_role_of_ours_passes_row_level_security(
    whole_database: ThrowAwayDatabase, role: str
) -> None:
    [row] = await catalogue(
        whole_database,
        "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, "
        f"(SELECT count(*) FROM pg_auth_members WHERE member = r.oid) AS memberships FROM pg_roles r WHERE rolname = '{role}'",
    )
    assert tuple(row) == (False, False, False, False, False, 0)


async def test_the_application_owns_nothing_and_the_sign_in_reaches_no_module(
    whole_database: ThrowAwayDatabase,
) -> None:
    for row in await catalogue(whole_database, TABLES):
        rights = await catalogue(
            whole_database,
            f"SELECT has_table_privilege('{SIGN_IN_ROLE}', {row.oid}, 'SELECT') OR "
            f"has_any_column_privilege('{SIGN_IN_ROLE}', {row.oid}, 'SELECT') AS reads, "
            f"has_table_privilege('{APPLICATION_ROLE}', {row.oid}, 'TRUNCATE, REFERENCES, TRIGGER') OR "
            f"has_table_privilege('{FOUNDATION_ROLE}', {row.oid}, 'TRUNCATE, REFERENCES, TRIGGER') AS beyond",
        )
        assert not rights[0].beyond
        if row.schema != "foundation":
            assert not rights[0].reads


async def test_modules_reach_nothing_of_the_foundation_and_the_foundation_nothing_of_a_module(
    whole_database: ThrowAwayDatabase,
) -> None:
    """Not even to look: what a module's code may do wrong, it does among the modules."""
    for row in await catalogue(whole_database, TABLES):
        stranger = APPLICATION_ROLE if row.schema == "foundation" else FOUNDATION_ROLE
        rights = await catalogue(
            whole_database,
            f"SELECT has_schema_privilege('{stranger}', '{row.schema}', 'USAGE') "
            f"OR has_table_privilege('{stranger}', {row.oid}, 'SELECT, INSERT, UPDATE, DELETE') "
            f"OR has_any_column_privilege('{stranger}', {row.oid}, 'SELECT, INSERT, UPDATE') AS reaches",
        )
        assert not rights[0].reaches, row.name


async def test_the_application_may_not_read_password_hashes(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        with pytest.raises(ProgrammingError, match="permission denied"):
            await session.execute(text("SELECT password_hash FROM foundation.users"))


STRANGER = "00000000-0000-4000-8000-0000000000ff"
WRITES = [
    f"INSERT INTO foundation.memberships (user_id) VALUES ('{STRANGER}')",
    "UPDATE foundation.roles SET accesses = '{administer}'",
    "UPDATE foundation.roles SET is_built_in = true",
    "INSERT INTO foundation.permissions (id, subgraph, description, access) VALUES ('x:y', 'x', '', 'read')",
    "UPDATE foundation.permissions SET access = 'read'",
    "UPDATE foundation.users SET email = 'x@x.example'",
    "UPDATE foundation.tenants SET slug = 'x'",
    "UPDATE foundation.tenants SET is_platform = true",
    "DELETE FROM foundation.tenants",
]


@pytest.mark.parametrize("write", WRITES)
async def test_no_request_may_write_who_belongs_where_or_what_a_role_permits(
    database: ThrowAwayDatabase, write: str
) -> None:
    """A membership shows a user: who could write one would see people of all tenants."""
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.session() as session:
            await session.execute(text(write))


async def test_a_role_that_a_request_makes_permits_no_kind_of_access(database: ThrowAwayDatabase) -> None:
    kinds = "INSERT INTO foundation.roles (name, description, accesses) VALUES ('x', 'x', '{administer}')"
    with pytest.raises(DBAPIError, match="ck_roles_kinds"):
        async with database.session() as session:
            await session.execute(text(kinds))


async def test_the_sign_in_writes_for_the_tenant_it_is_narrowed_to_and_changes_no_account_but_its_password(
    database: ThrowAwayDatabase,
) -> None:
    accounts = "INSERT INTO foundation.users (id, email, name, password_hash) VALUES (:id, :email, 'x', 'x')"
    async with database.sign_in.begin() as connection:
        await connection.execute(text(accounts), {"id": UUID(STRANGER), "email": "x@x.example"})
    for tenant, write, says in (
        (None, WRITES[0], "null value|violates row-level security"),
        (
            GLOBEX,
            WRITES[0].replace("(user_id) VALUES (", f"(tenant_id, user_id) VALUES ('{ACME}', "),
            "violates row",
        ),
        (ACME, "UPDATE foundation.users SET email = 'mine'", "permission denied"),
        (ACME, "DELETE FROM foundation.users", "permission denied"),
    ):
        async with AsyncSession(database.sign_in) as session:
            await narrow(session, tenant)
            with pytest.raises(DBAPIError, match=says):
                await session.execute(text(write))


async def test_the_sign_in_changes_the_password_of_the_one_it_names_and_of_nobody_else(
    database: ThrowAwayDatabase,
) -> None:
    """A statement that forgot its condition would reach one account."""
    accounts = (
        "INSERT INTO foundation.users (id, email, name, password_hash) VALUES (:id, :email, 'x', 'old')"
    )
    change = text("UPDATE foundation.users SET password_hash = 'new'")
    other = UUID(int=7)
    async with database.sign_in.begin() as connection:
        for one in (UUID(STRANGER), other):
            await connection.execute(text(accounts), {"id": one, "email": f"{one}@x.example"})
    async with database.sign_in.begin() as connection:
        assert (await connection.execute(change)).rowcount == 0
        await connection.execute(
            text("SELECT set_config('dovetail.person', :person, true)"), {"person": STRANGER}
        )
        assert (await connection.execute(change)).rowcount == 1
    async with database.sign_in.connect() as connection:
        changed = await connection.execute(
            text("SELECT id FROM foundation.users WHERE password_hash = 'new'")
        )
        assert changed.scalars().all() == [UUID(STRANGER)]


async def test_an_engine_in_a_role_that_owns_or_bypasses_is_refused(database: ThrowAwayDatabase) -> None:
    await check_application_role(database.application.engine)
    with pytest.raises(UnfitRoleError, match="owns tables"):
        await check_application_role(database.owner)


@pytest.mark.parametrize(
    ("made", "says"),
    [
        ("CREATE ROLE unfit LOGIN SUPERUSER", "is a superuser"),
        ("CREATE ROLE unfit LOGIN BYPASSRLS", "bypasses row-level security"),
        (f"CREATE ROLE unfit LOGIN IN ROLE {APPLICATION_ROLE}, {SIGN_IN_ROLE}", f"may act as {SIGN_IN_ROLE}"),
        (f"CREATE ROLE unfit LOGIN IN ROLE {FOUNDATION_ROLE}", f"may act as {FOUNDATION_ROLE}"),
        (f"CREATE ROLE unfit LOGIN NOINHERIT IN ROLE {OWNER_ROLE}", f"may act as {OWNER_ROLE}"),
        (f"CREATE ROLE unfit LOGIN IN ROLE {APPLICATION_ROLE}", None),
    ],
)
async def test_a_login_that_could_get_past_the_policies_is_refused(
    database: ThrowAwayDatabase, made: str, says: str | None
) -> None:
    superuser, login = (
        DatabaseAddress(database.addresses[OWNER_ROLE].url.replace(OWNER_ROLE, role, 1)).engine(pool_size=0)
        for role in (SUPERUSER, "unfit")
    )
    async with superuser.begin() as connection:
        await connection.execute(text(made))
    try:
        with pytest.raises(UnfitRoleError, match=says) if says else nullcontext():
            await check_application_role(login)
    finally:
        async with superuser.begin() as connection:
            await connection.execute(text("DROP ROLE unfit"))


async def test_the_sign_in_links_an_identity_to_the_one_it_names_and_to_nobody_else(
    database: ThrowAwayDatabase,
) -> None:
    account = (
        "INSERT INTO foundation.users (id, email, name, password_hash) VALUES (:id, 'x@x.example', 'x', 'x')"
    )
    link = text("INSERT INTO foundation.identities (issuer, subject, user_id) VALUES ('https://x', '1', :id)")
    unlink, named = (
        text("DELETE FROM foundation.identities"),
        text("SELECT set_config('dovetail.person', :id, true)"),
    )
    async with database.sign_in.begin() as connection:
        await connection.execute(text(account), {"id": UUID(STRANGER)})
    for person in ("", str(UUID(int=7))):
        async with database.sign_in.connect() as connection:
            await connection.execute(named, {"id": person})
            with pytest.raises(ProgrammingError, match="violates row-level security"):
                await connection.execute(link, {"id": UUID(STRANGER)})
    async with database.sign_in.begin() as connection:
        await connection.execute(named, {"id": STRANGER})
        await connection.execute(link, {"id": UUID(STRANGER)})
    async with database.sign_in.begin() as connection:
        assert (await connection.execute(unlink)).rowcount == 0
        await connection.execute(named, {"id": STRANGER})
        assert (await connection.execute(unlink)).rowcount == 1


@pytest.mark.parametrize("table", ["identities", "provider_visits", "sign_in_tickets"])
async def test_no_request_sees_who_comes_by_a_provider(database: ThrowAwayDatabase, table: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        async with database.session() as session:
            await session.execute(text(f"SELECT 1 FROM foundation.{table}"))
