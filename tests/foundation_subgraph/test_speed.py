"""What lists and look-ups cost: statements however many rows, indexes however many tenants' rows, little of our own CPU."""

import base64
import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
import pytest
from graphql import GraphQLField
from sqlalchemy import event, text

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import Subgraph
from foundation_subgraph.kit.testing import ACME, GLOBEX, SOMEBODY, ThrowAwayDatabase, principal
from tests.foundation_subgraph.kit.isolation.asking import Asked, entity_selections, lists_in, root_fields
from tests.foundation_subgraph.kit.isolation.tenant_tables import (
    SUBGRAPHS,
    TENANT_TABLES,
    insertion,
    superuser,
)

MOST_STATEMENTS = 8
"""Of one operation that asks a list for everything: a few batches, however many rows."""

SCOPES = tuple(permission.id for subgraph in SUBGRAPHS for permission in subgraph.permissions)
VALUES: dict[str, Any] = {
    "ID": str(SOMEBODY),
    "String": "x",
    "Int": 5,
    "Boolean": True,
    "permission": "users:read",
}


def root_field(asked: Asked) -> GraphQLField:
    schema = asked.subgraph.schema.executable
    assert schema.query_type is not None
    return schema.query_type.fields[asked.field]


LISTS = [
    asked
    for subgraph in SUBGRAPHS
    for asked in root_fields(subgraph, "query", VALUES)
    if lists_in(subgraph, root_field(asked).type)
]


async def fill(database: ThrowAwayDatabase, rows: int) -> None:
    """Rows in every table of tenants, and people with roles: all ACME's."""
    async with superuser(database) as connection:
        for table in TENANT_TABLES:
            insert = await insertion(connection, table, rows)
            await connection.execute(text(f"{insert} ON CONFLICT DO NOTHING"), {"tenant": ACME})
        for statement in PEOPLE:
            await connection.execute(text(statement.format(rows=rows, tenant=ACME)))


PEOPLE = (
    "INSERT INTO foundation.tenants (id, slug, name) VALUES ('{tenant}', 'acme', 'Acme') ON CONFLICT DO NOTHING",
    (
        "INSERT INTO foundation.users (id, email, name, password_hash) "
        "SELECT md5('user' || n)::uuid, 'user' || n || '@x.example', 'User ' || n, 'x' FROM generate_series(1, {rows}) n"
    ),
    (
        "INSERT INTO foundation.memberships (tenant_id, user_id) "
        "SELECT '{tenant}', md5('user' || n)::uuid FROM generate_series(1, {rows}) n"
    ),
    (
        "INSERT INTO foundation.roles (tenant_id, name, description, accesses, is_built_in) "
        "VALUES ('{tenant}', 'auditor', '', '{{read}}', true) ON CONFLICT DO NOTHING"
    ),
    (
        "INSERT INTO foundation.role_assignments (tenant_id, user_id, role) "
        "SELECT '{tenant}', md5('user' || n)::uuid, 'auditor' FROM generate_series(1, {rows}) n"
    ),
)


@pytest.mark.parametrize("asked", LISTS, ids=str)
async def test_a_list_costs_the_same_statements_however_long_it_is(
    whole_database: ThrowAwayDatabase, asked: Asked
) -> None:
    """No N+1, with all that can be asked of each of its rows: of every list of every subgraph, those to come too."""
    counts: list[int] = []
    for rows in (2, 20):
        await fill(whole_database, rows)
        with whole_database.statements() as seen:
            answer = await whole_database.execute(
                asked.subgraph, asked.query, principal(*SCOPES), asked.variables
            )
        assert "errors" not in answer, answer
        counts.append(len(seen))
        async with superuser(whole_database) as connection:
            for table in ("role_assignments", "memberships", "users"):
                await connection.execute(text(f"DELETE FROM foundation.{table}"))
    assert counts[0] == counts[1] <= MOST_STATEMENTS


ROLES = (
    (
        "INSERT INTO foundation.roles (tenant_id, name, description, accesses) "
        "SELECT '{tenant}', 'role ' || n, '', '{{}}' FROM generate_series(1, {rows}) n ON CONFLICT DO NOTHING"
    ),
    (
        "INSERT INTO foundation.role_assignments (tenant_id, user_id, role) "
        "SELECT '{tenant}', md5('user1')::uuid, 'role ' || n FROM generate_series(1, {rows}) n ON CONFLICT DO NOTHING"
    ),
)
GRANT = """mutation ($user: ID!) { grantRole(userId: $user, role: "role 1") {
  ... on User { roles { name permissions { id } } } ... on Problem { code message } } }"""


async def test_a_mutations_answer_costs_the_same_statements_however_much_is_in_it(
    whole_database: ThrowAwayDatabase,
) -> None:
    await fill(whole_database, 1)
    counts: list[int] = []
    for roles in (2, 20):
        async with superuser(whole_database) as connection:
            user = await connection.scalar(text("SELECT md5('user1')::uuid"))
            for statement in ROLES:
                await connection.execute(text(statement.format(rows=roles, tenant=ACME)))
        with whole_database.statements() as seen:
            answer = await whole_database.execute(foundation, GRANT, principal(*SCOPES), {"user": str(user)})
        assert len(answer["data"]["grantRole"]["roles"]) == roles + 1
        counts.append(len(seen))
    assert counts[0] == counts[1]


ENTITIES = [(subgraph, *found) for subgraph in SUBGRAPHS for found in entity_selections(subgraph)]


@pytest.mark.parametrize(
    ("subgraph", "entity", "selected"),
    ENTITIES,
    ids=[f"{subgraph.name}.{entity}" for subgraph, entity, _ in ENTITIES],
)
async def test_a_thousand_entities_cost_as_many_statements_as_one(
    whole_database: ThrowAwayDatabase, subgraph: Subgraph, entity: str, selected: str
) -> None:
    await fill(whole_database, 1)
    counts: list[int] = []
    for many in (1, 1000):
        sent = [{"__typename": entity, "id": str(UUID(int=number))} for number in range(many - 1)]
        sent.append({"__typename": entity, "id": await some_id(whole_database, subgraph, entity)})
        with whole_database.statements() as seen:
            answer = await whole_database.entities(subgraph, sent, selected, principal(*SCOPES))
        assert "errors" not in answer, answer
        assert len(answer["data"]["_entities"]) == many
        counts.append(len(seen))
    assert counts[0] == counts[1] <= MOST_STATEMENTS


async def some_id(database: ThrowAwayDatabase, subgraph: Subgraph, entity: str) -> str:
    """Of one that is there, where the entity is a table of its own."""
    shown = {"User": "users", "Tenant": "tenants"} if subgraph is foundation else {}
    own = {table.name for table in TENANT_TABLES if table.subgraph is subgraph}
    name = shown.get(entity) or next((one for one in (f"{entity.lower()}s",) if one in own), None)
    if name is None:
        return str(SOMEBODY)
    async with superuser(database) as connection:
        return str(await connection.scalar(text(f"SELECT id FROM {subgraph.name}.{name} LIMIT 1")))


async def test_a_thousand_users_are_one_statement(whole_database: ThrowAwayDatabase) -> None:
    await fill(whole_database, 1000)
    async with superuser(whole_database) as connection:
        ids = await connection.scalars(text("SELECT id FROM foundation.users"))
    sent = [{"__typename": "User", "id": str(one)} for one in ids]
    with whole_database.statements() as seen:
        answer = await whole_database.entities(foundation, sent, "... on User { email name }", principal())
    assert len(seen) == 1
    assert len([one for one in answer["data"]["_entities"] if one]) == 1000


MANY = 100_000
MOST_ROWS = 400
"""Read for a page of fifty, tables of look-ups counted each. PostgreSQL may pass over rows of other tenants on its way."""
MOST_BLOCKS = 1_000
"""Of 8 kB, touched by one statement as it runs: reading all of any of these tables takes thousands."""

MANY_ROWS = {
    "customers": (
        (
            "INSERT INTO customers.customers (tenant_id, id, name, email) "
            "SELECT 'TENANT', md5('c' || n)::uuid, 'Customer ' || md5(n::text), n || '@x.example' FROM generate_series(1, MANY) n"
        ),
    ),
    "users": (
        (
            "INSERT INTO foundation.users (id, email, name, password_hash) "
            "SELECT md5('TENANT' || n)::uuid, n || '@TENANT.example', 'User ' || md5(n::text), 'x' FROM generate_series(1, MANY) n"
        ),
        (
            "INSERT INTO foundation.memberships (tenant_id, user_id) "
            "SELECT 'TENANT', md5('TENANT' || n)::uuid FROM generate_series(1, MANY) n"
        ),
    ),
    "invitations": (
        (
            "INSERT INTO foundation.invitations (tenant_id, email, name, roles, token_hash, expires_at) "
            "SELECT 'TENANT', md5(n::text) || '@x.example', 'N', '{}', '', now() + interval '1 day' FROM generate_series(1, MANY) n"
        ),
    ),
    "service_accounts": (
        (
            "INSERT INTO foundation.service_accounts (tenant_id, id, name, created_by, created_at) "
            "SELECT 'TENANT', md5('s' || n)::uuid, 'Robot ' || n, md5('')::uuid, now() - n * interval '1 minute' "
            "FROM generate_series(1, MANY) n"
        ),
    ),
    "audit_log": (
        (
            "INSERT INTO foundation.audit_log (tenant_id, id, at, actor, action, target, details) "
            "SELECT 'TENANT', md5('a' || n)::uuid, now() - n * interval '1 minute', 'actor' || n % 1000, 'action' || n % 50, "
            "'target' || n % 1000, '{}' FROM generate_series(1, MANY) n"
        ),
    ),
    "tenants": (
        (
            "INSERT INTO foundation.tenants (id, slug, name) "
            "SELECT md5('TENANT' || n)::uuid, 's' || n || 'TENANT', 'Tenant ' || md5(n::text) FROM generate_series(1, MANY) n"
        ),
    ),
}


@dataclass(frozen=True)
class LongList:
    """A list of one table's rows, in the order of some of its columns."""

    table: str
    field: str
    order: tuple[str, ...]
    filters: tuple[str, ...] = ()

    @property
    def subgraph(self) -> Subgraph:
        return next(one for one in SUBGRAPHS if self.field in one.schema.executable.query_type.fields)

    def query(self, arguments: str = "", selected: str = "__typename") -> str:
        given = f"({arguments})" if arguments else ""
        return f"{{ {self.field}{given} {{ nodes {{ {selected} }} pageInfo {{ endCursor }} }} }}"


LONG_LISTS = (
    LongList("customers", "customers", ("name", "id")),
    LongList("users", "users", ("name", "id")),
    LongList("invitations", "invitations", ("email",)),
    LongList("service_accounts", "serviceAccounts", ("created_at", "id")),
    LongList("tenants", "tenants", ("name", "id")),
    LongList(
        "audit_log",
        "auditLog",
        ("at", "id"),
        ('{ actor: "actor7" }', '{ target: "target7" }', '{ actions: ["action7"] }'),
    ),
)


@pytest.mark.parametrize("listed", LONG_LISTS, ids=lambda listed: listed.table)
async def test_a_page_of_a_hundred_thousand_rows_is_found_by_an_index(
    altered_whole_database: ThrowAwayDatabase, listed: LongList
) -> None:
    """Wherever in the list it lies, from either end, it reads little more than its own rows."""
    await crowd(altered_whole_database, listed.table)
    middle = json.dumps(await cursor_in_the_midst(altered_whole_database, listed))
    pages = ("", f"after: {middle}", f"last: 50, before: {middle}", "last: 50")
    filters = [f"filter: {wanted}" for wanted in listed.filters]
    blocks: list[int] = []
    for given in (*pages, *filters):
        query = listed.query(given)
        answer, found = await plans(altered_whole_database, listed.subgraph, query)
        assert len(answer[listed.field]["nodes"]) == 50
        for plan in found:
            told = (query, json.dumps(plan, indent=1))
            assert scanned_wholly(plan) == [], told
            assert rows_read(plan) <= MOST_ROWS, told
        blocks.append(sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in found))
        assert blocks[-1] <= MOST_BLOCKS, query
    assert max(blocks[: len(pages)]) <= 3 * blocks[0], "a page costs the same however far in it lies"


MANY_AWARDS = """
INSERT INTO loyalty.point_awards (tenant_id, id, customer_id, points, reason, awarded_by, awarded_at)
SELECT :tenant, gen_random_uuid(), md5('c' || n % 4)::uuid, n, 'x', md5('u')::uuid, now() - n * interval '1 s'
FROM generate_series(1, :rows) n
"""


async def test_a_page_of_each_of_many_lists_is_found_by_an_index(
    altered_whole_database: ThrowAwayDatabase,
) -> None:
    """Of four customers with 25,000 awards each, in one statement that looks at the rows of the pages alone."""
    loyalty = next(one for one in SUBGRAPHS if one.name == "loyalty")
    async with superuser(altered_whole_database) as connection:
        for tenant, rows in ((ACME, MANY), (GLOBEX, MANY // 5)):
            await connection.execute(text(MANY_AWARDS), {"tenant": tenant, "rows": rows})
        await connection.execute(text("ANALYZE loyalty.point_awards"))
        customers = (
            await connection.scalars(text("SELECT DISTINCT customer_id::text FROM loyalty.point_awards"))
        ).all()
    sent = ", ".join(f'{{ __typename: "Customer", id: "{customer}" }}' for customer in customers)
    for end in ("first: 50", "last: 50"):
        selected = f"pointAwards({end}) {{ nodes {{ points }} }}"
        query = f"{{ _entities(representations: [{sent}]) {{ ... on Customer {{ {selected} }} }} }}"
        answer, [plan] = await plans(altered_whole_database, loyalty, query)
        pages = [one["pointAwards"] for one in answer["_entities"]]
        assert [len(page["nodes"]) for page in pages] == [50] * 4
        told = json.dumps(plan, indent=1)
        assert scanned_wholly(plan) == [], told
        assert rows_read(plan) <= MOST_ROWS, told


async def crowd(database: ThrowAwayDatabase, table: str) -> None:
    """A hundred thousand rows of one tenant, a fifth as many of another, and the statistics of them."""
    async with superuser(database) as connection:
        for statement in MANY_ROWS[table]:
            for tenant, rows in ((ACME, MANY), (GLOBEX, MANY // 5)):
                filled = statement.replace("TENANT", str(tenant)).replace("MANY", str(rows))
                await connection.execute(text(filled))
            await connection.execute(text(f"ANALYZE {statement.split()[2]}"))


async def cursor_in_the_midst(database: ThrowAwayDatabase, listed: LongList) -> str:
    """The cursor of the row in the middle, as the list itself would give it after a thousand pages."""
    columns = ", ".join(listed.order)
    async with superuser(database) as connection:
        query = f"SELECT {columns} FROM {listed.subgraph.name}.{listed.table} ORDER BY {columns} OFFSET {MANY // 2} LIMIT 1"
        place = (await connection.execute(text(query))).one()
    return base64.urlsafe_b64encode(orjson.dumps(list(place), default=str)).decode().rstrip("=")


async def plans(
    database: ThrowAwayDatabase, subgraph: Subgraph, query: str
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What an operation answers, and PostgreSQL's plan of each statement, asked as the operation asks: same role and tenant."""
    ran: list[tuple[str, Any]] = []

    def note(
        _connection: object, _cursor: object, statement: str, parameters: object, *_rest: object
    ) -> None:
        if "set_config" not in statement:
            ran.append((statement, parameters))

    engine = database.databases[subgraph.role].engine
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        answer = await database.execute(subgraph, query, principal(*SCOPES))
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert "errors" not in answer, answer
    found: list[dict[str, Any]] = []
    async with database.session(role=subgraph.role) as session:
        if "tenants" in query:
            await session.execute(text("SELECT set_config('dovetail.operator', 'on', true)"))
        connection = await session.connection()
        for statement, parameters in ran:
            told = await connection.exec_driver_sql(
                f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters
            )
            found.append(told.scalar_one()[0]["Plan"])
    assert found
    return answer["data"], found


def scanned_wholly(plan: dict[str, Any]) -> list[str]:
    """Tables that are read from beginning to end, small ones left aside."""
    found = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" and plan["Total Cost"] > 50 else []
    return found + [name for inner in plan.get("Plans", ()) for name in scanned_wholly(inner)]


def rows_read(plan: dict[str, Any]) -> float:
    """How many rows of tables were looked at, those included that were found unfit."""
    inner = sum(rows_read(one) for one in plan.get("Plans", ()))
    if "Relation Name" not in plan:
        return inner
    return inner + plan["Actual Loops"] * (plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0))
