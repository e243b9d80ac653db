"""Who can help somebody who was denied something: roles of the tenant, and who may give them."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.administration.advice import RoleAdvisor
from foundation_subgraph.kit import narrow
from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal
from foundation_subgraph.sign_in.accounts import create_account
from foundation_subgraph.users.service import add_member
from supergraph.spec import Coordinate, MissingGrant, SubgraphName

Command = Callable[..., Awaitable[Any]]


def missing(*scopes: str) -> MissingGrant:
    alternatives = (frozenset(scopes),) if scopes else ()
    return MissingGrant(Coordinate("A.b"), (SubgraphName("customers"),), False, alternatives)


async def test_roles_that_would_do_are_named_with_those_who_may_give_them(
    dovetail: Command, whole_database: ThrowAwayDatabase
) -> None:
    made = await dovetail("tenant", "create", "acme", "--name", "A", "--owner", "o@a.example", "--json")
    tenant = UUID(made.told["tenant"]["id"])
    at = ("--tenant", "acme")
    await dovetail("role", "create", "giver", *at, "--permission", "roles:manage")
    await dovetail("role", "create", "heir", *at, "--inherit", "giver")
    async with AsyncSession(whole_database.sign_in) as session, session.begin():
        account = await create_account(session, "ann@a.example", "Ann", "none")
    assert account is not None
    advisor = RoleAdvisor(whole_database.databases["dovetail_foundation"].engine)
    asking = principal(tenant=tenant)
    nobody = "nobody in this tenant may give roles: whoever runs the platform can"
    assert await advisor.who_can_grant(asking, missing("customers:contact")) == [
        "customers:contact: the roles clerk, owner", nobody,
    ]  # fmt: skip
    async with AsyncSession(whole_database.owner) as session, session.begin():
        await narrow(session, tenant)
        await add_member(session, account.id, ["heir"])
    assert await advisor.who_can_grant(asking, missing("customers:contact", "roles:manage")) == [
        "customers:contact and roles:manage: the role owner",
        "who may give roles here: Ann <ann@a.example>",
    ]
    assert (await advisor.who_can_grant(asking, missing("platform:tenants")))[0] == (
        "no role of this tenant permits platform:tenants"
    )
    assert await advisor.who_can_grant(asking, missing()) == ["the owners of the subgraph customers"]
