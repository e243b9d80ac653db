"""People in the graph: who is seen by whom, invitations, roles, and the last owner."""

import asyncio
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit import Access, narrow
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase, principal
from foundation_subgraph.permissions.register import register_permissions
from foundation_subgraph.permissions.service import create_built_in_roles
from foundation_subgraph.sign_in.accounts import create_account
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import add_member, revoke_role

EVERYTHING = [permission.id for permission in subgraph.permissions if permission.access is not Access.OPERATE]


@dataclass(frozen=True)
class People:
    database: ThrowAwayDatabase
    ids: dict[str, UUID]

    async def ask(
        self,
        query: str,
        who: str = "olivia",
        scopes: list[str] | None = None,
        tenant: UUID = ACME,
        **variables: Any,
    ) -> dict[str, Any]:
        asking = principal(*(EVERYTHING if scopes is None else scopes), tenant=tenant, subject=self.ids[who])
        return await self.database.execute(subgraph, query, asking, variables)


@pytest.fixture
async def people(database: ThrowAwayDatabase) -> People:
    """Acme has Olivia (owner), Carl (clerk) and Bo (clerk); Globex has Gloria (owner) and Bo (auditor)."""
    ids: dict[str, UUID] = {}
    async with AsyncSession(database.sign_in) as session, session.begin():
        for name in ("olivia", "carl", "bo", "gloria"):
            account = await create_account(session, f"{name}@x.example", name.title(), "unused")
            assert account is not None
            ids[name] = account.id
    async with AsyncSession(database.owner) as session, session.begin():
        await register_permissions(session, subgraph.name, subgraph.permissions)
    members = {
        ACME: {"olivia": "owner", "carl": "clerk", "bo": "clerk"},
        GLOBEX: {"gloria": "owner", "bo": "auditor"},
    }
    for tenant, roles in members.items():
        async with AsyncSession(database.owner) as session, session.begin():
            await narrow(session, tenant)
            session.add(TenantRow(id=tenant, slug=str(tenant)[-2:], name=str(tenant)[-2:].upper()))
            await create_built_in_roles(session)
            for name, role in roles.items():
                await add_member(session, ids[name], [role])
    return People(database, ids)


def code(answer: dict[str, Any]) -> str:
    """The code of the one error, or of the problem that a mutation answered with."""
    if "errors" in answer:
        [error] = answer["errors"]
        return str(error["extensions"]["code"])
    [problem] = answer["data"].values()
    assert problem["__typename"] in {"InvalidInput", "NotFound", "Conflict", "NotPermitted"}
    return str(problem["code"])


def names(answer: dict[str, Any]) -> list[str]:
    return [user["name"] for user in answer["data"]["users"]["nodes"]]


PROBLEM = "__typename ... on Problem { code message }"


async def test_me_is_who_asks_with_the_roles_of_the_tenant_they_are_in(people: People) -> None:
    query = "{ me { name email roles { name } } tenant { slug name } }"
    here = await people.ask(query, "bo")
    assert here["data"] == {
        "me": {"name": "Bo", "email": "bo@x.example", "roles": [{"name": "clerk"}]},
        "tenant": {"slug": "ac", "name": "AC"},
    }
    there = await people.ask(query, "bo", tenant=GLOBEX)
    assert there["data"]["me"]["roles"] == [{"name": "auditor"}]
    assert there["data"]["tenant"]["slug"] == "eb"


async def test_only_members_of_the_tenant_are_seen(people: People) -> None:
    query = "{ users { nodes { name } } }"
    assert names(await people.ask(query)) == ["Bo", "Carl", "Olivia"]
    assert names(await people.ask(query, "gloria", tenant=GLOBEX)) == ["Bo", "Gloria"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"search": "AR"}, ["Carl"]),
        ({"search": "@x.ex"}, ["Bo", "Carl", "Olivia"]),
        ({"search": "%"}, []),
        ({"search": ""}, ["Bo", "Carl", "Olivia"]),
        ({"email": " BO@x.example"}, ["Bo"]),
        ({"email": "gloria@x.example"}, []),
        ({"role": "clerk"}, ["Bo", "Carl"]),
        ({"role": "clerk", "search": "c"}, ["Carl"]),
        ({"role": "king"}, []),
    ],
)
async def test_members_are_found_by_all_that_is_said(
    people: People, wanted: dict[str, str], found: list[str]
) -> None:
    query = "query ($filter: UserFilter) { users(filter: $filter) { nodes { name } } }"
    assert names(await people.ask(query, filter=wanted)) == found


async def test_members_come_in_pages(people: People) -> None:
    query = "query ($after: String) { users(first: 2, after: $after) { nodes { name } pageInfo { endCursor hasNextPage } } }"
    first = await people.ask(query)
    assert names(first) == ["Bo", "Carl"]
    second = await people.ask(query, after=first["data"]["users"]["pageInfo"]["endCursor"])
    assert names(second) == ["Olivia"]
    assert second["data"]["users"]["pageInfo"]["hasNextPage"] is False


async def test_a_principal_of_a_tenant_they_do_not_belong_to_sees_nobody_as_themselves(
    people: People,
) -> None:
    assert (await people.ask("{ me { name } }", "gloria", tenant=ACME))["data"] == {"me": None}


async def test_users_of_another_tenant_are_not_found_by_their_key(people: People) -> None:
    sent = [{"__typename": "User", "id": str(people.ids[name])} for name in ("carl", "gloria", "bo")]
    answer = await people.database.entities(subgraph, sent, "... on User { name }", principal(tenant=ACME))
    assert answer == {"data": {"_entities": [{"name": "Carl"}, None, {"name": "Bo"}]}}
    tenants = [{"__typename": "Tenant", "id": str(tenant)} for tenant in (ACME, GLOBEX)]
    answer = await people.database.entities(
        subgraph, tenants, "... on Tenant { slug }", principal(tenant=ACME)
    )
    assert answer == {"data": {"_entities": [{"slug": "ac"}, None]}}


async def test_many_users_their_roles_and_permissions_cost_a_statement_each_kind(people: People) -> None:
    with people.database.statements() as seen:
        answer = await people.ask("{ users { nodes { name roles { name permissions { id } } } } }")
    assert len(answer["data"]["users"]["nodes"]) == 3
    assert len(seen) == 3
    sent = [{"__typename": "User", "id": str(uuid4())} for _ in range(500)]
    with people.database.statements() as seen:
        await people.database.entities(subgraph, sent, "... on User { name }", principal())
    assert len(seen) == 1


async def test_built_in_roles_permit_by_kind_of_access(people: People) -> None:
    answer = await people.ask(
        "{ roles { nodes { name permissions { id access } } } permissions { nodes { id subgraph } } }"
    )
    permitted = {
        role["name"]: {one["id"] for one in role["permissions"]} for role in answer["data"]["roles"]["nodes"]
    }
    assert permitted["owner"] == set(EVERYTHING)
    assert permitted["auditor"] == {"users:read", "roles:read", "service_accounts:read"} == permitted["clerk"]
    assert {one["subgraph"] for one in answer["data"]["permissions"]["nodes"]} == {"foundation"}


GRANT = (
    "mutation ($user: ID!, $role: String!) { grantRole(userId: $user, role: $role) "
    f"{{ {PROBLEM} ... on User {{ name roles {{ name }} }} }} }}"
)
REVOKE = (
    "mutation ($user: ID!, $role: String!) { revokeRole(userId: $user, role: $role) "
    f"{{ {PROBLEM} ... on User {{ roles {{ name }} }} }} }}"
)
REMOVE = f"mutation ($user: ID!) {{ removeUser(userId: $user) {{ {PROBLEM} ... on RemovedUser {{ id }} }} }}"


async def test_a_role_is_granted_and_revoked(people: People) -> None:
    carl = str(people.ids["carl"])
    granted = await people.ask(GRANT, user=carl, role="auditor")
    assert granted["data"]["grantRole"]["roles"] == [{"name": "auditor"}, {"name": "clerk"}]
    again = await people.ask(GRANT, user=carl, role="auditor")
    assert again == granted
    revoked = await people.ask(REVOKE, user=carl, role="clerk")
    assert revoked["data"]["revokeRole"]["roles"] == [{"name": "auditor"}]
    assert code(await people.ask(REVOKE, user=carl, role="clerk")) == "ROLE_NOT_HELD"


async def test_mistakes_are_told_by_their_code(people: People) -> None:
    carl = str(people.ids["carl"])
    assert code(await people.ask(GRANT, user=carl, role="king")) == "ROLE_NOT_FOUND"
    assert code(await people.ask(GRANT, user="carl", role="clerk")) == "BAD_USER_INPUT"
    assert code(await people.ask(GRANT, user=str(uuid4()), role="clerk")) == "USER_NOT_FOUND"
    # Somebody of another tenant is told apart from nobody by nothing.
    assert code(await people.ask(GRANT, user=str(people.ids["gloria"]), role="clerk")) == "USER_NOT_FOUND"
    assert code(await people.ask("{ users(first: 0) { nodes { name } } }")) == "BAD_USER_INPUT"


async def test_nobody_grants_what_they_may_not_do_themselves(people: People) -> None:
    only = ["roles:manage", "roles:read"]
    answer = await people.ask(GRANT, "carl", only, user=str(people.ids["carl"]), role="owner")
    assert code(answer) == "ROLE_BEYOND_YOUR_OWN"


async def test_the_last_owner_stays_one(people: People) -> None:
    olivia, carl = str(people.ids["olivia"]), str(people.ids["carl"])
    assert code(await people.ask(REVOKE, user=olivia, role="owner")) == "LAST_OWNER"
    await people.ask(GRANT, user=carl, role="owner")
    revoked = await people.ask(REVOKE, user=olivia, role="owner")
    assert revoked["data"]["revokeRole"]["__typename"] == "User"


async def test_a_member_who_is_removed_is_gone_with_their_roles_and_stays_a_member_elsewhere(
    people: People,
) -> None:
    bo = str(people.ids["bo"])
    assert (await people.ask(REMOVE, user=bo))["data"]["removeUser"] == {
        "__typename": "RemovedUser",
        "id": bo,
    }
    assert names(await people.ask("{ users { nodes { name } } }")) == ["Carl", "Olivia"]
    assert code(await people.ask(REMOVE, user=bo)) == "USER_NOT_FOUND"
    there = await people.ask("{ me { roles { name } } }", "bo", tenant=GLOBEX)
    assert there["data"]["me"]["roles"] == [{"name": "auditor"}]


async def test_the_last_owner_is_not_removed(people: People) -> None:
    assert code(await people.ask(REMOVE, user=str(people.ids["olivia"]))) == "LAST_OWNER"


async def test_who_did_what_stands_in_the_log(people: People) -> None:
    carl = str(people.ids["carl"])
    await people.ask(GRANT, user=carl, role="auditor")
    await people.ask(REVOKE, user=carl, role="auditor")
    await people.ask(REVOKE, user=carl, role="auditor")
    await people.ask(INVITE, email="nina@x.example", roles=["clerk"])
    await people.ask(WITHDRAW, email="nina@x.example")
    await people.ask(REMOVE, user=carl)
    log = await people.ask("{ auditLog { nodes { actor action target } } }")
    assert log["data"]["auditLog"]["nodes"] == [
        {"actor": str(people.ids["olivia"]), "action": action, "target": target}
        for action, target in (
            ("user.removed", carl),
            ("invitation.withdrawn", "nina@x.example"),
            ("user.invited", "nina@x.example"),
            ("role.revoked", carl),
            ("role.granted", carl),
        )
    ]


async def test_of_two_owners_revoked_at_the_same_time_one_stays(people: People) -> None:
    await people.ask(GRANT, user=str(people.ids["carl"]), role="owner")
    async with people.database.session() as session:
        await revoke_role(session, people.ids["olivia"], "owner")
        second = asyncio.create_task(people.ask(REVOKE, user=str(people.ids["carl"]), role="owner"))
        await asyncio.sleep(0.3)
        assert not second.done(), "it waits for what the first one leaves"
    assert code(await second) == "LAST_OWNER"


@pytest.mark.parametrize(
    ("query", "scopes"),
    [
        ("{ users { nodes { name } } }", []),
        ("{ invitations { nodes { email } } }", ["users:read"]),
        ("{ roles { nodes { name } } }", ["users:read"]),
        ("{ permissions { nodes { id } } }", []),
        ("{ me { roles { name } } }", []),
        (
            'mutation { inviteUser(email: "a@b.example", name: "A", roles: []) { __typename } }',
            ["users:read"],
        ),
        ('mutation { grantRole(userId: "1", role: "clerk") { __typename } }', ["users:invite", "roles:read"]),
        ('mutation { revokeRole(userId: "1", role: "clerk") { __typename } }', []),
        ('mutation { removeUser(userId: "1") { __typename } }', ["users:invite", "roles:manage"]),
        ('mutation { withdrawInvitation(email: "a@b.example") { __typename } }', ["users:read"]),
    ],
)
async def test_without_its_permission_a_field_is_denied(
    people: People, query: str, scopes: list[str]
) -> None:
    assert code(await people.ask(query, "carl", scopes)) == "UNAUTHORIZED_FIELD_OR_TYPE"


INVITE = f"""mutation ($email: String!, $roles: [String!]!) {{
  inviteUser(email: $email, name: "Nina", roles: $roles) {{
    {PROBLEM} ... on NewInvitation {{ token invitation {{ email name roles expiresAt }} }}
  }}
}}"""
WITHDRAW = f"""mutation ($email: String!) {{
  withdrawInvitation(email: $email) {{ {PROBLEM} ... on Invitation {{ email }} }}
}}"""


async def test_an_invitation_shows_its_token_once_and_stores_only_its_hash(people: People) -> None:
    made = (await people.ask(INVITE, email=" Nina@X.example ", roles=["clerk", "clerk"]))["data"][
        "inviteUser"
    ]
    assert made["invitation"]["email"] == "nina@x.example"
    assert made["invitation"]["roles"] == ["clerk"]
    listed = await people.ask("{ invitations { nodes { email roles } } }")
    assert listed["data"]["invitations"]["nodes"] == [{"email": "nina@x.example", "roles": ["clerk"]}]
    async with people.database.session() as session:
        rows = (await session.execute(text("SELECT * FROM foundation.invitations"))).all()
    assert made["token"] not in str(rows)
    assert made["token"].encode() not in [row.token_hash for row in rows]


async def test_an_invitation_that_is_withdrawn_waits_no_longer(people: People) -> None:
    await people.ask(INVITE, email="nina@x.example", roles=["clerk"])
    withdrawn = await people.ask(WITHDRAW, email="Nina@x.example")
    assert withdrawn["data"]["withdrawInvitation"]["email"] == "nina@x.example"
    assert (await people.ask("{ invitations { nodes { email } } }"))["data"]["invitations"]["nodes"] == []
    assert code(await people.ask(WITHDRAW, email="nina@x.example")) == "INVITATION_NOT_FOUND"


async def test_an_invitation_tells_nothing_of_people_elsewhere(people: People) -> None:
    stranger = await people.ask(INVITE, email="new@x.example", roles=["clerk"])
    known_elsewhere = await people.ask(INVITE, email="gloria@x.example", roles=["clerk"])
    assert stranger.keys() == known_elsewhere.keys() == {"data"}
    assert code(await people.ask(INVITE, email="carl@x.example", roles=["clerk"])) == "ALREADY_MEMBER"


@pytest.mark.parametrize(
    "email", ["", "nina", "nina@", "@x.example", "a b@x.example", "nina@x", "x" * 250 + "@x.example"]
)
async def test_what_is_no_address_is_not_invited(people: People, email: str) -> None:
    assert code(await people.ask(INVITE, email=email, roles=[])) == "BAD_USER_INPUT"


async def test_nobody_invites_to_roles_beyond_their_own(people: People) -> None:
    answer = await people.ask(INVITE, "carl", ["users:invite"], email="new@x.example", roles=["owner"])
    assert code(answer) == "ROLE_BEYOND_YOUR_OWN"
    assert code(await people.ask(INVITE, email="new@x.example", roles=["king"])) == "ROLE_NOT_FOUND"
