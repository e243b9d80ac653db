"""E1 and E3: each table of tenants, of whatever subgraph is installed, tried from outside; and what shows when it is open."""

import pytest
from sqlalchemy import text

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit.isolation import find_isolation_faults
from foundation_subgraph.kit.migrated import VERSION_TABLE
from foundation_subgraph.kit.roles import APPLICATION_ROLE, FOUNDATION_ROLE
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase
from tests.foundation_subgraph.kit.isolation.tenant_tables import (
    SUBGRAPHS,
    TENANT_TABLES,
    TenantTable,
    put_row,
    superuser,
    what_a_stranger_can_do,
    what_can_be_given_away,
)

SERVING = (APPLICATION_ROLE, FOUNDATION_ROLE)
CUSTOMERS = next(table for table in TENANT_TABLES if table.full_name == "customers.customers")


async def faults(database: ThrowAwayDatabase, name: str) -> list[str]:
    subgraph = next(one for one in SUBGRAPHS if one.name == name)
    async with database.owner.connect() as connection:
        found = await connection.run_sync(
            find_isolation_faults,
            subgraph.name,
            role=subgraph.role,
            shared_tables=subgraph.shared_tables,
            version_table=VERSION_TABLE,
        )
    return [f"{fault.name}: {fault.why}" for fault in found]


@pytest.mark.parametrize("name", [subgraph.name for subgraph in SUBGRAPHS if subgraph.migrations])
async def test_no_subgraph_has_a_table_view_or_function_that_lets_tenants_meet(
    whole_database: ThrowAwayDatabase, name: str
) -> None:
    assert await faults(whole_database, name) == []


@pytest.mark.parametrize(
    ("altered", "says"),
    [
        ("ALTER TABLE customers.customers DISABLE ROW LEVEL SECURITY", "not both enabled and forced"),
        ("ALTER TABLE customers.customers NO FORCE ROW LEVEL SECURITY", "not both enabled and forced"),
        (
            "ALTER TABLE customers.customers DROP CONSTRAINT pk_customers, ALTER tenant_id DROP NOT NULL",
            "no tenant_id",
        ),
        ("CREATE TABLE customers.extra (id uuid PRIMARY KEY)", "extra: it has no tenant_id"),
        ("DROP POLICY tenant_isolation ON customers.customers", "no policy for all commands"),
        (
            "ALTER POLICY tenant_isolation ON customers.customers WITH CHECK (true)",
            "no policy for all commands",
        ),
        ("ALTER POLICY tenant_isolation ON customers.customers USING (true)", "no policy for all commands"),
        (
            "ALTER POLICY tenant_isolation ON customers.customers TO dovetail_app",
            "no policy for all commands",
        ),
        (
            "CREATE POLICY more ON customers.customers FOR SELECT USING (name = 'Ada')",
            "the policy more lets more",
        ),
        (
            "CREATE POLICY more ON customers.customers FOR SELECT TO dovetail_sign_in USING (true)",
            "the policy more lets more",
        ),
        (
            "CREATE UNIQUE INDEX one_address ON customers.customers (email)",
            "one_address is without the tenant",
        ),
        (
            "CREATE UNIQUE INDEX one_address ON customers.customers (email) INCLUDE (tenant_id)",
            "one_address is without the tenant",
        ),
        (
            "ALTER TABLE customers.customers ADD CONSTRAINT apart EXCLUDE (name WITH =)",
            "apart is without the tenant",
        ),
        (
            "ALTER TABLE customers.customers ADD owner uuid REFERENCES foundation.users (id)",
            "leaves the subgraph",
        ),
        ("ALTER TABLE customers.customers ADD number serial", "the column number counts over all tenants"),
        (
            "ALTER TABLE customers.customers ADD number int GENERATED ALWAYS AS IDENTITY",
            "the column number counts over all tenants",
        ),
        ("GRANT SELECT ON customers.customers TO PUBLIC", "it is open to everybody"),
        ("GRANT SELECT (name) ON customers.customers TO dovetail_sign_in", "it is open to dovetail_sign_in"),
        ("GRANT UPDATE ON customers.customers TO dovetail_foundation", "it is open to dovetail_foundation"),
        ("GRANT TRUNCATE ON customers.customers TO dovetail_app", "a right to TRUNCATE"),
        ("CREATE RULE also AS ON INSERT TO customers.customers DO ALSO NOTHING", "the rule also works with"),
        (
            "CREATE VIEW customers.all_of_them AS SELECT * FROM customers.customers",
            "view is not security_invoker",
        ),
        (
            "CREATE MATERIALIZED VIEW customers.kept AS SELECT * FROM customers.customers",
            "no policy can protect it",
        ),
        (
            "CREATE FUNCTION customers.count_all() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "count_all: the function runs with its owner's rights",
        ),
        (
            "CREATE FUNCTION customers.count_all() RETURNS bigint LANGUAGE sql SET dovetail.tenant_id = '' AS 'SELECT 1'",
            "count_all: the function runs with its owner's rights, or with settings of its own",
        ),
        (
            "CREATE TRIGGER told BEFORE UPDATE ON customers.customers FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()",
            "the trigger told runs a function of another schema",
        ),
    ],
)
async def test_whatever_opens_a_table_to_another_tenant_is_found(
    altered_whole_database: ThrowAwayDatabase, altered: str, says: str
) -> None:
    """The protection taken away, piece by piece; `upgrade` asks the same of every migration and undoes it."""
    async with superuser(altered_whole_database) as connection:
        await connection.execute(text("SET LOCAL session_replication_role = origin"))
        await connection.execute(text(altered))
    found = await faults(altered_whole_database, "customers")
    assert any(says in fault for fault in found), found


async def test_a_foreign_key_without_the_tenant_is_found(altered_database: ThrowAwayDatabase) -> None:
    """PostgreSQL checks foreign keys past every policy: whether it fails would tell what another tenant has."""
    async with superuser(altered_database) as connection:
        for statement in (
            "CREATE UNIQUE INDEX one_id ON foundation.service_accounts (id)",
            "ALTER TABLE foundation.api_keys ADD CONSTRAINT told FOREIGN KEY (account_id) REFERENCES foundation.service_accounts (id)",
        ):
            await connection.execute(text(statement))
    found = await faults(altered_database, "foundation")
    assert any("the foreign key told is without the tenant" in fault for fault in found), found


async def test_who_may_add_a_row_that_names_a_person_is_the_sign_in_alone(
    whole_database: ThrowAwayDatabase,
) -> None:
    """People are shared, so a foreign key to them tells whether somebody has an account anywhere."""
    async with whole_database.owner.connect() as connection:
        tables = await connection.scalars(
            text(
                "SELECT conrelid::regclass::text FROM pg_constraint WHERE contype = 'f' AND confrelid = 'foundation.users'::regclass "
                "AND EXISTS (SELECT FROM unnest(conkey) AS key JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = key "
                "WHERE has_column_privilege(:role, conrelid, attname, 'INSERT, UPDATE'))"
            ),
            {"role": FOUNDATION_ROLE},
        )
        assert tables.all() == []


@pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.full_name)
async def test_a_stranger_can_do_nothing_with_a_row_in_any_role(
    whole_database: ThrowAwayDatabase, table: TenantTable
) -> None:
    """Raw SQL, for another tenant and for none (E3), in each role that serves and in the owner's own."""
    await put_row(whole_database, table, ACME)
    engines = [*(whole_database.databases[role].engine for role in SERVING), whole_database.owner]
    for engine in engines:
        for stranger in (GLOBEX, None):
            assert await what_a_stranger_can_do(engine, whole_database, table, ACME, stranger) == []
    await put_row(whole_database, table, GLOBEX)
    for engine in engines:
        assert await what_can_be_given_away(engine, table, GLOBEX, ACME) == []


@pytest.mark.parametrize("table", TENANT_TABLES, ids=lambda table: table.full_name)
async def test_the_sign_in_writes_no_row_of_a_tenant_that_it_is_not_narrowed_to(
    whole_database: ThrowAwayDatabase, table: TenantTable
) -> None:
    await put_row(whole_database, table, ACME)
    for stranger in (GLOBEX, None):
        done = await what_a_stranger_can_do(whole_database.sign_in, whole_database, table, ACME, stranger)
        seen = [what for what in done if what.startswith(("sees", "locks"))]
        assert done == seen
        assert not seen or table.subgraph is foundation


@pytest.mark.parametrize(
    ("altered", "shows"),
    [
        (
            "ALTER TABLE customers.customers DISABLE ROW LEVEL SECURITY",
            {"sees a row", "removes a row", "takes a row", "writes a row"},
        ),
        (
            "ALTER POLICY tenant_isolation ON customers.customers USING (true)",
            {"sees a row", "removes a row"},
        ),
        ("ALTER POLICY tenant_isolation ON customers.customers WITH CHECK (true)", {"writes a row"}),
        ("CREATE POLICY more ON customers.customers FOR DELETE USING (true)", set()),
        ("CREATE POLICY more ON customers.customers FOR INSERT WITH CHECK (true)", {"writes a row"}),
    ],
)
async def test_it_is_the_policy_that_keeps_strangers_out(
    altered_whole_database: ThrowAwayDatabase, altered: str, shows: set[str]
) -> None:
    """The proof above fails when its protection is taken away: it proves something."""
    await put_row(altered_whole_database, CUSTOMERS, ACME)
    async with altered_whole_database.owner.begin() as connection:
        await connection.execute(text(altered))
    engine = altered_whole_database.databases[APPLICATION_ROLE].engine
    done = await what_a_stranger_can_do(engine, altered_whole_database, CUSTOMERS, ACME, GLOBEX)
    assert shows <= {what.removesuffix(" of customers.customers") for what in done}


async def test_the_same_id_may_exist_in_two_tenants_so_that_a_clash_tells_nothing(
    whole_database: ThrowAwayDatabase,
) -> None:
    same = "INSERT INTO customers.customers (id, name) VALUES ('00000000-0000-4000-8000-000000000009', 'Ada')"
    for tenant in (ACME, GLOBEX):
        async with whole_database.session(tenant, role=APPLICATION_ROLE) as session:
            await session.execute(text(same))
