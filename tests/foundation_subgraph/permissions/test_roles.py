"""Roles of a tenant's own: what they inherit, what they may not become, and why somebody may do something."""

import asyncio
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit import Access, Permission, narrow
from foundation_subgraph.kit.testing import ACME, GLOBEX, SOMEBODY, ThrowAwayDatabase, principal
from foundation_subgraph.permissions.register import register_permissions
from foundation_subgraph.permissions.rights import scopes_of_user
from foundation_subgraph.permissions.service import create_built_in_roles
from foundation_subgraph.users.service import add_member

NOTES = (
    Permission("notes:read", "See notes", Access.READ),
    Permission("notes:write", "Write notes", Access.WRITE),
    Permission("notes:burn", "Burn notes", Access.ADMINISTER),
)
EVERYTHING = [permission.id for permission in (*subgraph.permissions, *NOTES)]
READS = [permission.id for permission in subgraph.permissions if permission.access is Access.READ]
"""What an auditor may do in the foundation."""
PROBLEM = "__typename ... on Problem { code message }"


@pytest.fixture(autouse=True)
async def registered(database: ThrowAwayDatabase) -> None:
    async with AsyncSession(database.sign_in) as session, session.begin():
        await session.execute(
            text("INSERT INTO foundation.users VALUES (:id, 'a@x.example', 'Ada', '')"), {"id": SOMEBODY}
        )
    async with AsyncSession(database.owner) as session, session.begin():
        await register_permissions(session, subgraph.name, subgraph.permissions)
        await register_permissions(session, "notes", NOTES)
    for tenant in (ACME, GLOBEX):
        async with AsyncSession(database.owner) as session, session.begin():
            await narrow(session, tenant)
            await create_built_in_roles(session)
            await add_member(session, SOMEBODY, ["auditor"])


async def ask(
    database: ThrowAwayDatabase,
    query: str,
    *,
    scopes: list[str] = EVERYTHING,
    tenant: UUID = ACME,
    **variables: Any,
) -> Any:
    answer = await database.execute(subgraph, query, principal(*scopes, tenant=tenant), variables)
    assert "errors" not in answer, answer
    [found] = answer["data"].values()
    return found


async def create(database: ThrowAwayDatabase, name: str, **given: Any) -> Any:
    query = f"""mutation ($name: String!, $permissions: [ID!], $parents: [String!]) {{
        createRole(name: $name, permissions: $permissions, parents: $parents) {{
            {PROBLEM} ... on Role {{ name isBuiltIn permissions {{ id }} }}
        }}
    }}"""
    return await ask(database, query, name=name, **given)


async def update(database: ThrowAwayDatabase, name: str, **given: Any) -> Any:
    query = f"""mutation ($name: String!, $permissions: [ID!], $parents: [String!]) {{
        updateRole(name: $name, permissions: $permissions, parents: $parents) {{
            {PROBLEM} ... on Role {{ permissions {{ id }} }}
        }}
    }}"""
    return await ask(database, query, name=name, **given)


async def delete(database: ThrowAwayDatabase, name: str) -> Any:
    return await ask(
        database, f"mutation ($name: String!) {{ deleteRole(name: $name) {{ {PROBLEM} }} }}", name=name
    )


def permitted(role: Any) -> list[str]:
    return [permission["id"] for permission in role["permissions"]]


async def scopes(database: ThrowAwayDatabase, tenant: UUID = ACME) -> list[str]:
    async with AsyncSession(database.sign_in) as session:
        return list((await session.scalars(scopes_of_user(SOMEBODY, tenant))).all())


async def give(database: ThrowAwayDatabase, role: str) -> None:
    async with database.session() as session:
        await session.execute(
            text("INSERT INTO foundation.role_assignments (user_id, role) VALUES (:id, :role)"),
            {"id": SOMEBODY, "role": role},
        )


async def test_a_role_permits_what_it_names_and_what_it_inherits(database: ThrowAwayDatabase) -> None:
    scribe = await create(database, "scribe", permissions=["notes:write"])
    assert (scribe["isBuiltIn"], permitted(scribe)) == (False, ["notes:write"])
    chief = await create(database, "chief-scribe", permissions=["notes:burn"], parents=["scribe", "auditor"])
    assert permitted(chief) == sorted(["notes:burn", "notes:read", "notes:write", *READS])
    await give(database, "chief-scribe")
    assert await scopes(database) == permitted(chief)


async def test_a_role_of_one_tenant_is_nothing_in_another(database: ThrowAwayDatabase) -> None:
    await create(database, "scribe", permissions=["notes:write"])
    await give(database, "scribe")
    assert "notes:write" in await scopes(database)
    assert "notes:write" not in await scopes(database, GLOBEX)
    names = await ask(database, "{ roles { nodes { name } } }", tenant=GLOBEX)
    assert [role["name"] for role in names["nodes"]] == ["auditor", "clerk", "owner"]


async def test_a_retired_permission_is_permitted_by_no_role(database: ThrowAwayDatabase) -> None:
    scribe = await create(database, "scribe", permissions=["notes:write", "notes:read"])
    assert permitted(scribe) == ["notes:read", "notes:write"]
    async with AsyncSession(database.owner) as session, session.begin():
        await register_permissions(session, "notes", NOTES[:1])
    await give(database, "scribe")
    assert await scopes(database) == sorted(["notes:read", *READS])


@pytest.mark.parametrize(
    ("given", "code", "typename"),
    [
        ({"name": "Scribe"}, "BAD_USER_INPUT", "InvalidInput"),
        ({"name": ""}, "BAD_USER_INPUT", "InvalidInput"),
        ({"name": "owner"}, "ROLE_EXISTS", "Conflict"),
        ({"name": "x", "permissions": ["notes:eat"]}, "PERMISSION_NOT_FOUND", "NotFound"),
        ({"name": "x", "parents": ["nobody"]}, "ROLE_NOT_FOUND", "NotFound"),
        ({"name": "x", "parents": ["x"]}, "ROLES_IN_A_CIRCLE", "Conflict"),
    ],
)
async def test_what_makes_no_role_is_a_problem_and_nothing_is_written(
    database: ThrowAwayDatabase, given: dict[str, Any], code: str, typename: str
) -> None:
    answer = await create(database, **given)
    assert (answer["__typename"], answer["code"]) == (typename, code)
    assert len((await ask(database, "{ roles { nodes { name } } }"))["nodes"]) == 3


async def test_nobody_makes_a_role_that_permits_more_than_they_may_do(database: ThrowAwayDatabase) -> None:
    query = f"""mutation ($permissions: [ID!], $parents: [String!]) {{
        createRole(name: "x", permissions: $permissions, parents: $parents) {{ {PROBLEM} }}
    }}"""
    for given in ({"permissions": ["notes:burn"]}, {"parents": ["owner"]}):
        answer = await ask(database, query, scopes=["roles:manage", "notes:read"], **given)
        assert (answer["__typename"], answer["code"]) == ("NotPermitted", "ROLE_BEYOND_YOUR_OWN")
        assert "notes:burn" in answer["message"]


async def test_nobody_changes_a_role_that_permits_more_than_they_may_do(database: ThrowAwayDatabase) -> None:
    await create(database, "scribe", permissions=["notes:burn"])
    query = f'mutation {{ updateRole(name: "scribe", permissions: []) {{ {PROBLEM} }} }}'
    answer = await ask(database, query, scopes=["roles:manage"])
    assert answer["code"] == "ROLE_BEYOND_YOUR_OWN"


async def test_roles_never_inherit_in_a_circle(database: ThrowAwayDatabase) -> None:
    await create(database, "a")
    await create(database, "b", parents=["a"])
    await create(database, "c", parents=["b"])
    answer = await update(database, "a", parents=["c"])
    assert (answer["__typename"], answer["code"]) == ("Conflict", "ROLES_IN_A_CIRCLE")


async def test_two_changes_at_once_close_no_circle_either(database: ThrowAwayDatabase) -> None:
    await create(database, "a")
    await create(database, "b")
    answers = await asyncio.gather(update(database, "a", parents=["b"]), update(database, "b", parents=["a"]))
    assert sorted(answer["__typename"] for answer in answers) == ["Conflict", "Role"]


async def test_changing_a_role_replaces_what_is_given_and_keeps_the_rest(database: ThrowAwayDatabase) -> None:
    await create(database, "scribe", permissions=["notes:write"], parents=["auditor"])
    changed = await update(database, "scribe", permissions=["notes:burn"])
    assert permitted(changed) == sorted(["notes:burn", "notes:read", *READS])
    assert permitted(await update(database, "scribe", parents=[])) == ["notes:burn"]


async def test_a_built_in_role_is_the_same_in_every_tenant(database: ThrowAwayDatabase) -> None:
    for answer in (await update(database, "clerk", permissions=[]), await delete(database, "clerk")):
        assert (answer["__typename"], answer["code"]) == ("Conflict", "ROLE_BUILT_IN")
    for change in ("UPDATE foundation.roles SET description = 'x'", "DELETE FROM foundation.roles"):
        with pytest.raises(DBAPIError, match="the same in every tenant"):
            async with database.session() as session:
                await session.execute(text(change))


async def test_a_role_goes_when_nobody_has_it_and_nothing_inherits_from_it(
    database: ThrowAwayDatabase,
) -> None:
    await create(database, "a", permissions=["notes:read"])
    await create(database, "b", parents=["a"])
    assert (await delete(database, "a"))["code"] == "ROLE_IN_USE"
    await give(database, "b")
    assert "members have it" in (await delete(database, "b"))["message"]
    await create(database, "c", parents=["a"])
    assert await delete(database, "c") == {"__typename": "DeletedRole"}
    assert (await delete(database, "c"))["code"] == "ROLE_NOT_FOUND"


WHY = """query ($user: ID!, $permission: ID!) {
    whyCan(userId: $user, permission: $permission) { allowed reasons { roles byKind } permission { id } }
}"""


async def test_why_somebody_may_do_something_is_told_with_every_way(database: ThrowAwayDatabase) -> None:
    await create(database, "reader", permissions=["notes:read"])
    await create(database, "chief", parents=["reader", "auditor"])
    await give(database, "chief")
    why = await ask(database, WHY, user=str(SOMEBODY), permission="notes:read")
    assert why == {
        "allowed": True,
        "permission": {"id": "notes:read"},
        "reasons": [
            {"roles": ["auditor"], "byKind": True},
            {"roles": ["chief", "auditor"], "byKind": True},
            {"roles": ["chief", "reader"], "byKind": False},
        ],
    }
    why = await ask(database, WHY, user=str(SOMEBODY), permission="notes:burn")
    assert (why["allowed"], why["reasons"]) == (False, [])


async def test_what_may_i_do_is_what_the_token_says_and_still_exists(database: ThrowAwayDatabase) -> None:
    mine = await ask(database, "{ myPermissions { id } }", scopes=["notes:read", "gone:long-ago"])
    assert mine == [{"id": "notes:read"}]


async def test_what_is_done_to_roles_stands_in_the_audit_log(database: ThrowAwayDatabase) -> None:
    await create(database, "a", permissions=["notes:read"])
    await create(database, "owner")
    await update(database, "a", permissions=[])
    await delete(database, "a")
    log = await ask(database, "{ auditLog { nodes { action target actor details } } }")
    assert [(entry["action"], entry["target"]) for entry in log["nodes"]] == [
        ("role.deleted", "a"),
        ("role.changed", "a"),
        ("role.created", "a"),
    ]
    assert log["nodes"][2] == {
        "action": "role.created",
        "target": "a",
        "actor": str(SOMEBODY),
        "details": {"parents": [], "permissions": ["notes:read"]},
    }
