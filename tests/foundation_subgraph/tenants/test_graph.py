"""The life of a tenant: what its members may change, what only the platform's operators may, and what nobody may."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit import narrow
from foundation_subgraph.kit.testing import ACME, GLOBEX, SOMEBODY, ThrowAwayDatabase, principal
from foundation_subgraph.permissions.register import register_permissions
from foundation_subgraph.permissions.service import create_built_in_roles
from foundation_subgraph.sign_in.accounts import create_account
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import add_member

PLATFORM = UUID("00000000-0000-4000-8000-0000000000ff")
PROBLEM = "__typename ... on Problem { code message }"


@pytest.fixture(autouse=True)
async def tenants(database: ThrowAwayDatabase) -> None:
    async with AsyncSession(database.owner) as session, session.begin():
        await register_permissions(session, subgraph.name, subgraph.permissions)
    for tenant, slug in ((ACME, "acme"), (GLOBEX, "globex"), (PLATFORM, "platform")):
        async with AsyncSession(database.owner) as session, session.begin():
            await narrow(session, tenant)
            session.add(TenantRow(id=tenant, slug=slug, name=slug.title(), is_platform=tenant == PLATFORM))
            await session.flush()
            await create_built_in_roles(session)


async def ask(
    database: ThrowAwayDatabase, query: str, *, tenant: UUID = PLATFORM, scopes: str = "", **variables: Any
) -> Any:
    held = scopes.split() or ["platform:tenants", "audit:read"]
    answer = await database.execute(subgraph, query, principal(*held, tenant=tenant), variables)
    assert "errors" not in answer, answer
    [found] = answer["data"].values()
    return found


CREATE = f"""mutation ($slug: String!, $name: String!, $email: String!) {{
    createTenant(slug: $slug, name: $name, ownerEmail: $email, ownerName: "Olga") {{
        {PROBLEM} ... on NewTenant {{ token tenant {{ id slug name status }} }}
    }}
}}"""


async def create(database: ThrowAwayDatabase, slug: str, **given: Any) -> Any:
    return await ask(database, CREATE, **({"slug": slug, "name": "New", "email": "o@new.example"} | given))


async def set_status(database: ThrowAwayDatabase, verb: str, tenant: UUID, **given: Any) -> Any:
    query = f"mutation ($id: ID!) {{ {verb}Tenant(id: $id) {{ {PROBLEM} ... on Tenant {{ status }} }} }}"
    return await ask(database, query, id=str(tenant), **given)


async def log_of(database: ThrowAwayDatabase, tenant: UUID) -> list[str]:
    entries = await ask(database, "{ auditLog { nodes { action } } }", tenant=tenant, scopes="audit:read")
    return [entry["action"] for entry in entries["nodes"]]


async def test_a_new_tenant_has_the_built_in_roles_and_an_invited_owner(database: ThrowAwayDatabase) -> None:
    made = await create(database, "new-one")
    assert made["tenant"] | {"id": ""} == {"id": "", "slug": "new-one", "name": "New", "status": "ACTIVE"}
    new = UUID(made["tenant"]["id"])
    roles = await ask(
        database, "{ roles { nodes { name permissions { id } } } }", tenant=new, scopes="roles:read"
    )
    assert [role["name"] for role in roles["nodes"]] == ["auditor", "clerk", "owner"]
    owner = {permission["id"] for permission in roles["nodes"][2]["permissions"]}
    assert "tenant:manage" in owner
    assert "platform:tenants" not in owner
    invited = await ask(
        database, "{ invitations { nodes { email roles } } }", tenant=new, scopes="users:invite"
    )
    assert invited == {"nodes": [{"email": "o@new.example", "roles": ["owner"]}]}
    assert await log_of(database, new) == ["tenant.created"]
    assert await log_of(database, PLATFORM) == ["tenant.created"]


@pytest.mark.parametrize(
    ("slug", "given", "code"),
    [
        ("acme", {}, "TENANT_EXISTS"),
        ("A", {}, "BAD_USER_INPUT"),
        ("a--b", {}, "BAD_USER_INPUT"),
        ("x" * 41, {}, "BAD_USER_INPUT"),
        ("fine", {"name": " "}, "BAD_USER_INPUT"),
        ("fine", {"email": "nobody"}, "BAD_USER_INPUT"),
    ],
)
async def test_what_makes_no_tenant_is_a_problem_and_nothing_is_written(
    database: ThrowAwayDatabase, slug: str, given: dict[str, str], code: str
) -> None:
    assert (await create(database, slug, **given))["code"] == code
    found = await ask(database, "{ tenants { nodes { slug } } }")
    assert [tenant["slug"] for tenant in found["nodes"]] == ["acme", "globex", "platform"]
    assert await log_of(database, PLATFORM) == []


async def test_a_tenant_is_suspended_reactivated_and_closed_for_ever(database: ThrowAwayDatabase) -> None:
    assert await set_status(database, "suspend", ACME) == {"__typename": "Tenant", "status": "SUSPENDED"}
    assert (await set_status(database, "reactivate", ACME))["status"] == "ACTIVE"
    assert (await set_status(database, "close", ACME))["status"] == "CLOSED"
    for verb in ("suspend", "reactivate", "close"):
        assert (await set_status(database, verb, ACME))["code"] == "TENANT_CLOSED"
    done = ["tenant.closed", "tenant.reactivated", "tenant.suspended"]
    assert await log_of(database, ACME) == done
    assert await log_of(database, PLATFORM) == done
    assert await log_of(database, GLOBEX) == []


async def test_the_platforms_own_tenant_and_what_is_none_are_left_alone(database: ThrowAwayDatabase) -> None:
    assert (await set_status(database, "close", PLATFORM))["code"] == "TENANT_IS_PLATFORM"
    assert (await set_status(database, "close", uuid4()))["code"] == "TENANT_NOT_FOUND"


async def test_tenants_are_found_in_pages_by_all_that_is_said(database: ThrowAwayDatabase) -> None:
    await set_status(database, "suspend", GLOBEX)
    query = "query ($filter: TenantFilter) { tenants(filter: $filter, first: 2) { nodes { slug } pageInfo { hasNextPage } } }"
    for wanted, found in (
        ({}, ["acme", "globex"]),
        ({"search": "GLOB"}, ["globex"]),
        ({"status": "SUSPENDED"}, ["globex"]),
        ({"status": "ACTIVE", "search": "o"}, ["platform"]),
    ):
        page = await ask(database, query, filter=wanted)
        assert [tenant["slug"] for tenant in page["nodes"]] == found


@pytest.mark.parametrize(
    "query",
    [
        "{ tenants { nodes { slug } } }",
        f'mutation {{ suspendTenant(id: "{GLOBEX}") {{ __typename }} }}',
        f'mutation {{ closeTenant(id: "{ACME}") {{ __typename }} }}',
        'mutation { createTenant(slug: "x", name: "x", ownerEmail: "x", ownerName: "x") { __typename } }',
    ],
)
async def test_all_that_a_tenants_owner_holds_does_not_operate_the_platform(
    database: ThrowAwayDatabase, query: str
) -> None:
    roles = await ask(
        database, "{ roles { nodes { name permissions { id } } } }", tenant=ACME, scopes="roles:read"
    )
    owner = [
        permission["id"]
        for role in roles["nodes"]
        if role["name"] == "owner"
        for permission in role["permissions"]
    ]
    answer = await database.execute(subgraph, query, principal(*owner, tenant=ACME))
    [error] = answer["errors"]
    assert error["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"


async def test_no_request_makes_itself_an_operator(database: ThrowAwayDatabase) -> None:
    operator = (
        "INSERT INTO foundation.roles (name, description, accesses, is_built_in) "
        "VALUES ('operator', '', '{operate}', true)"
    )
    for tenant in (ACME, PLATFORM):
        with pytest.raises(DBAPIError, match="made by the owner of the database"):
            async with database.session(tenant) as session:
                await session.execute(text(operator))
    for tenant, refused in ((ACME, True), (PLATFORM, False)):
        async with AsyncSession(database.owner) as session:
            await narrow(session, tenant)
            if refused:
                with pytest.raises(DBAPIError, match="platform's own tenant"):
                    await session.execute(text(operator))
            else:
                await session.execute(text(operator))


@pytest.mark.parametrize(
    "row",
    ["'owner', '', '{read}'", "'clerk', '', '{administer}'", "'king', '', '{read}'", "'owner', '', '{}'"],
)
async def test_a_built_in_role_is_exactly_what_it_is_or_is_refused(
    database: ThrowAwayDatabase, row: str
) -> None:
    other = f"INSERT INTO foundation.roles (name, description, accesses, is_built_in) VALUES ({row}, true)"
    async with AsyncSession(database.owner) as session:
        await narrow(session, uuid4())
        with pytest.raises(DBAPIError, match="ck_roles_kinds"):
            await session.execute(text(other))


async def test_a_tenant_renames_itself_and_no_other(database: ThrowAwayDatabase) -> None:
    query = (
        f"mutation ($name: String!) {{ renameTenant(name: $name) {{ {PROBLEM} ... on Tenant {{ name }} }} }}"
    )
    renamed = await ask(database, query, tenant=ACME, scopes="tenant:manage", name=" Acme 2 ")
    assert renamed == {"__typename": "Tenant", "name": "Acme 2"}
    assert (await ask(database, query, tenant=ACME, scopes="tenant:manage", name=""))[
        "code"
    ] == "BAD_USER_INPUT"
    found = await ask(database, "{ tenants { nodes { name } } }")
    assert [tenant["name"] for tenant in found["nodes"]] == ["Acme 2", "Globex", "Platform"]


async def test_a_node_is_found_by_its_id_where_it_is_for_you_to_see(database: ThrowAwayDatabase) -> None:
    async with AsyncSession(database.sign_in) as session, session.begin():
        account = await create_account(session, "ada@x.example", "Ada", "unused")
        assert account is not None
    async with AsyncSession(database.owner) as session, session.begin():
        await narrow(session, ACME)
        await add_member(session, account.id, [])
    query = "query ($id: ID!) { node(id: $id) { __typename id ... on User { name } ... on Tenant { slug } } }"
    found = await ask(database, query, tenant=ACME, id=str(account.id))
    assert found == {"__typename": "User", "id": str(account.id), "name": "Ada"}
    found = await ask(database, query, tenant=ACME, id=str(ACME))
    assert found == {"__typename": "Tenant", "id": str(ACME), "slug": "acme"}
    for hidden in (GLOBEX, uuid4(), SOMEBODY):
        assert await ask(database, query, tenant=ACME, id=str(hidden)) is None
    assert await ask(database, query, tenant=GLOBEX, id=str(account.id)) is None
