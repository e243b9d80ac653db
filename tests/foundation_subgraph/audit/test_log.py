"""The audit log: each tenant's own, in pages, and changed by nobody."""

from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from foundation_subgraph.audit.service import AUDIT_READ, record
from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit.testing import ACME, GLOBEX, SOMEBODY, ThrowAwayDatabase, principal

LOG = """query ($filter: AuditEntryFilter, $first: Int, $after: String) {
    auditLog(filter: $filter, first: $first, after: $after) {
        nodes { actor action target details } pageInfo { endCursor hasNextPage }
    }
}"""


async def log(database: ThrowAwayDatabase, *actions: str, tenant: UUID = ACME) -> None:
    for action in actions:
        async with database.session(tenant) as session:
            await record(session, SOMEBODY, action, "x", {"n": 1})


async def read(database: ThrowAwayDatabase, tenant: UUID = ACME, **variables: object) -> dict[str, object]:
    asking = principal(AUDIT_READ.id, tenant=tenant)
    answer = await database.execute(subgraph, LOG, asking, variables)
    assert "errors" not in answer, answer
    found: dict[str, object] = answer["data"]["auditLog"]
    return found


def actions(page: dict[str, object]) -> list[str]:
    nodes = page["nodes"]
    assert isinstance(nodes, list)
    return [node["action"] for node in nodes]


async def test_the_latest_entry_comes_first_and_pages_go_back_in_time(database: ThrowAwayDatabase) -> None:
    await log(database, "a.one", "a.two", "a.three")
    page = await read(database, first=2)
    assert actions(page) == ["a.three", "a.two"]
    info = page["pageInfo"]
    assert isinstance(info, dict)
    assert info["hasNextPage"] is True
    assert actions(await read(database, after=info["endCursor"])) == ["a.one"]


async def test_an_entry_says_who_did_what_to_what(database: ThrowAwayDatabase) -> None:
    await log(database, "role.granted")
    assert (await read(database))["nodes"] == [
        {"actor": str(SOMEBODY), "action": "role.granted", "target": "x", "details": {"n": 1}}
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"actions": ["a.one", "a.two"]}, ["a.two", "a.one"]),
        ({"actions": []}, []),
        ({"actor": str(SOMEBODY)}, ["a.three", "a.two", "a.one"]),
        ({"actor": "nobody"}, []),
        ({"target": "x", "since": "2020-01-01T00:00:00Z"}, ["a.three", "a.two", "a.one"]),
        ({"until": "2020-01-01T00:00:00Z"}, []),
    ],
)
async def test_entries_are_found_by_all_that_is_said(
    database: ThrowAwayDatabase, wanted: dict[str, object], found: list[str]
) -> None:
    await log(database, "a.one", "a.two", "a.three")
    assert actions(await read(database, filter=wanted)) == found


async def test_a_tenant_sees_its_own_entries_alone(database: ThrowAwayDatabase) -> None:
    await log(database, "a.one")
    assert actions(await read(database, GLOBEX)) == []


async def test_an_entry_of_something_that_was_rolled_back_was_never_made(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        await record(session, SOMEBODY, "a.one", "x")
        await session.rollback()
    assert actions(await read(database)) == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE foundation.audit_log SET actor = 'x'",
        "DELETE FROM foundation.audit_log",
        "TRUNCATE foundation.audit_log",
    ],
)
@pytest.mark.parametrize("who", ["owner", "application"])
async def test_nobody_changes_or_removes_an_entry(database: ThrowAwayDatabase, change: str, who: str) -> None:
    await log(database, "a.one")
    engine = database.owner if who == "owner" else database.application.engine
    async with engine.connect() as connection:
        await connection.execute(text(f"SELECT set_config('dovetail.tenant_id', '{ACME}', true)"))
        with pytest.raises(DBAPIError, match=r"never changed or removed|permission denied"):
            await connection.execute(text(change))


async def test_an_entry_cannot_be_put_into_another_tenants_log(database: ThrowAwayDatabase) -> None:
    foreign = (
        "INSERT INTO foundation.audit_log (tenant_id, id, action, target, details) "
        f"VALUES ('{GLOBEX}', gen_random_uuid(), 'x', 'x', '{{}}')"
    )
    with pytest.raises(DBAPIError, match="violates row-level security"):
        async with database.session() as session:
            await session.execute(text(foreign))


async def test_the_log_needs_a_permission(database: ThrowAwayDatabase) -> None:
    answer = await database.execute(subgraph, LOG, principal("users:read"))
    assert answer["data"] == {"auditLog": None}
