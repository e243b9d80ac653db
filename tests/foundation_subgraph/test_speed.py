"""What lists and look-ups cost: statements however many rows, indexes however many tenants' rows, little of our own CPU."""

import json
from typing import Any
from uuid import UUID

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
MOST_BLOCKS = 1_000
"""Of 8 kB, touched by one statement as it runs: reading all of any of these tables takes thousands."""

MANY_ROWS = {
    "customers": (
        (
            "INSERT INTO customers.customers (tenant_id, id, name, email) "
            "SELECT 'TENANT', md5('c' || n)::uuid, 'Customer ' || md5(n::text), n || '@x.example' FROM generate_series(1, MANY) n"
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
            "SELECT md5('TENANT' || n)::uuid, 's' || n || 'TENANT', 'Tenant ' || md5(n::text) FROM generate_series(1, MANY / 2) n"
        ),
    ),
}
PAGE = "{ edges { cursor node { id } } pageInfo { endCursor } }"
MANY_LISTS: dict[str, tuple[str, str, str]] = {
    "customers, the first page": ("customers", "customers", "{ customers(limit: 50) { id } }"),
    "the log, its first page": ("audit_log", "foundation", f"{{ auditLog {PAGE} }}"),
    "the log, a page in the midst": ("audit_log", "foundation", f"{{ auditLog(after: CURSOR) {PAGE} }}"),
    "the log of one actor": (
        "audit_log",
        "foundation",
        f'{{ auditLog(filter: {{ actor: "actor7" }}) {PAGE} }}',
    ),
    "the log of one target": (
        "audit_log",
        "foundation",
        f'{{ auditLog(filter: {{ target: "target7" }}) {PAGE} }}',
    ),
    "the log of one kind of act": (
        "audit_log",
        "foundation",
        f'{{ auditLog(filter: {{ actions: ["action7"] }}) {PAGE} }}',
    ),
    "tenants, the first page": ("tenants", "foundation", f"{{ tenants {PAGE} }}"),
}


async def crowd(database: ThrowAwayDatabase, table: str) -> None:
    """A hundred thousand rows of one tenant, a fifth as many of another, and the statistics of them."""
    async with superuser(database) as connection:
        for tenant, rows in ((ACME, MANY), (GLOBEX, MANY // 5)):
            for statement in MANY_ROWS[table]:
                filled = statement.replace("TENANT", str(tenant)).replace("MANY", str(rows))
                await connection.execute(text(filled))
                await connection.execute(text(f"ANALYZE {statement.split()[2]}"))


@pytest.mark.parametrize("table", dict.fromkeys(table for table, _, _ in MANY_LISTS.values()))
async def test_a_page_of_a_hundred_thousand_rows_is_found_by_an_index(
    whole_database: ThrowAwayDatabase, table: str
) -> None:
    await crowd(whole_database, table)
    for what, (one, name, template) in MANY_LISTS.items():
        if one != table:
            continue
        subgraph = next(one for one in SUBGRAPHS if one.name == name)
        query = template
        if "CURSOR" in query:
            cursor = await cursor_in_the_midst(whole_database, subgraph, query)
            query = query.replace("CURSOR", json.dumps(cursor))
        for plan in await plans(whole_database, subgraph, query):
            assert scanned_wholly(plan) == [], (what, json.dumps(plan, indent=1))
            blocks = plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
            assert blocks < MOST_BLOCKS, (what, json.dumps(plan, indent=1))


async def cursor_in_the_midst(database: ThrowAwayDatabase, subgraph: Subgraph, query: str) -> str:
    """A list's own cursor, led to the middle by the value that it begins with."""
    import base64

    asked = query.replace("(after: CURSOR)", "")
    answer = await database.execute(subgraph, asked, principal(*SCOPES))
    [listed] = answer["data"].values()
    place = json.loads(base64.urlsafe_b64decode(listed["edges"][0]["cursor"] + "=="))
    first = str(place[0])
    words = first.split(" ")
    place[0] = f"{words[0]} 8" if len(words) == 2 else (await middle_of_the_log(database))
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


async def middle_of_the_log(database: ThrowAwayDatabase) -> str:
    async with superuser(database) as connection:
        moment = await connection.scalar(text(f"SELECT now() - {MANY // 2} * interval '1 minute'"))
    return str(moment.isoformat())


async def plans(database: ThrowAwayDatabase, subgraph: Subgraph, query: str) -> list[dict[str, Any]]:
    """PostgreSQL's plan of each statement that an operation runs, asked as the operation asks: same role, same tenant."""
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
    return found


def scanned_wholly(plan: dict[str, Any]) -> list[str]:
    """Tables that are read from beginning to end, small ones left aside."""
    found = [plan["Relation Name"]] if plan["Node Type"] == "Seq Scan" and plan["Total Cost"] > 50 else []
    return found + [name for inner in plan.get("Plans", ()) for name in scanned_wholly(inner)]
