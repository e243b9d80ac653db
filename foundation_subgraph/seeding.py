"""Demo data: two companies, some people, and what each subgraph brings along. Written once, and never over anything."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import NAMESPACE_DNS, UUID, uuid5

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit import DemoTenant, Subgraph, narrow
from foundation_subgraph.kit.subgraph import Demo
from foundation_subgraph.permissions.service import create_built_in_roles
from foundation_subgraph.sign_in import Passwords
from foundation_subgraph.sign_in.accounts import Account, create_account, find_account
from foundation_subgraph.tables import DemoSeedRow
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import add_member

_log = logging.getLogger(__name__)

DEMO_PASSWORD: Final = "dovetail demo"  # noqa: S105 - printed at every start: it protects nothing


@dataclass(frozen=True, slots=True)
class DemoPerson:
    """Somebody to sign in as, with a role in each of some tenants."""

    email: str
    name: str
    roles: Mapping[str, str]
    """Tenant's slug to role."""


DEMO_TENANTS: Final[Mapping[str, str]] = {"acme": "Acme Ltd", "globex": "Globex Corporation"}
DEMO_PLATFORM: Final = ("platform", "Platform")
DEMO_PEOPLE: Final = (
    DemoPerson("owner@acme.example", "Olivia Owner", {"acme": "owner"}),
    DemoPerson("clerk@acme.example", "Carl Clerk", {"acme": "clerk"}),
    DemoPerson("auditor@acme.example", "Audrey Auditor", {"acme": "auditor"}),
    DemoPerson("owner@globex.example", "Gloria Globex", {"globex": "owner"}),
    DemoPerson("both@acme.example", "Bo Both", {"acme": "clerk", "globex": "auditor"}),
    DemoPerson("operator@platform.example", "Otto Operator", {"platform": "operator"}),
)


@dataclass(frozen=True, slots=True)
class DemoLogin:
    """What to sign in with, and as what."""

    email: str
    password: str
    role: str


def demo_logins() -> tuple[DemoLogin, ...]:
    return tuple(
        DemoLogin(
            person.email,
            DEMO_PASSWORD,
            ", ".join(f"{role} of {tenant}" for tenant, role in person.roles.items()),
        )
        for person in DEMO_PEOPLE
    )


def demo_tenant_id(slug: str) -> UUID:
    return uuid5(NAMESPACE_DNS, f"{slug}.example")


async def seed_people(owner: AsyncEngine, sign_in: AsyncEngine, passwords: Passwords) -> list[DemoTenant]:
    """The platform's own tenant and the demo tenants with their people; the latter come back.

    What exists already is left as it is found.
    """
    accounts = {person.email: await _account(sign_in, person, passwords) for person in DEMO_PEOPLE}
    await _seed_tenant(owner, *DEMO_PLATFORM, accounts, is_platform=True)
    return [await _seed_tenant(owner, slug, name, accounts) for slug, name in DEMO_TENANTS.items()]


async def _seed_tenant(
    owner: AsyncEngine, slug: str, name: str, accounts: Mapping[str, Account], *, is_platform: bool = False
) -> DemoTenant:
    tenant = demo_tenant_id(slug)
    people = [person for person in DEMO_PEOPLE if slug in person.roles]
    async with AsyncSession(owner) as session, session.begin():
        await narrow(session, tenant)
        made = await session.scalar(
            insert(TenantRow)
            .values(id=tenant, slug=slug, name=name, is_platform=is_platform)
            .on_conflict_do_nothing()
            .returning(TenantRow.id)
        )
        if made is not None:
            await create_built_in_roles(session, is_platform=is_platform)
            for person in people:
                await add_member(session, accounts[person.email].id, [person.roles[slug]])
    users = {person.roles[slug]: accounts[person.email].id for person in reversed(people)}
    return DemoTenant(tenant, slug, users)


async def seed_subgraphs(
    owner: AsyncEngine, subgraphs: Sequence[Subgraph], tenants: Sequence[DemoTenant]
) -> list[str]:
    """Each subgraph's demo data, once per tenant: a subgraph installed later gets its turn at the next start.

    What fails is written not at all, tried again at the next start, and told in the sentences that come back.
    """
    failures: list[str] = []
    for tenant in tenants:
        for subgraph in subgraphs:
            if subgraph.demo is None:
                continue
            try:
                await _seed(owner, subgraph.name, subgraph.demo, tenant)
            except (Exception, SystemExit) as error:  # noqa: BLE001 - a subgraph may fail in any way, alone
                _log.exception("no demo data of %s for %s", subgraph.name, tenant.slug)
                failures.append(
                    f"Without demo data of {subgraph.name} for {tenant.slug}: {type(error).__name__}."
                )
    return failures


async def _seed(owner: AsyncEngine, name: str, demo: Demo, tenant: DemoTenant) -> None:
    """Narrowed to the tenant, mark and data in one transaction: as the owner, since they are two subgraphs'."""
    async with AsyncSession(owner) as session, session.begin():
        await narrow(session, tenant.id)
        marked = await session.scalar(
            insert(DemoSeedRow).values(subgraph=name).on_conflict_do_nothing().returning(DemoSeedRow.subgraph)
        )
        if marked is not None:
            await demo(session, tenant)


async def _account(sign_in: AsyncEngine, person: DemoPerson, passwords: Passwords) -> Account:
    async with AsyncSession(sign_in) as session, session.begin():
        account = await find_account(session, person.email)
        if account is None:
            account = await create_account(
                session, person.email, person.name, await passwords.hash(DEMO_PASSWORD)
            )
        if account is None:  # another instance made it in the meantime
            account = await find_account(session, person.email)
    assert account is not None
    return account
