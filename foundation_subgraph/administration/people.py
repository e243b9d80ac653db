"""The people of a tenant and their roles, from the command line."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.administration.office import Office, grantable
from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import Refusal
from foundation_subgraph.permissions.rights import permissions_of_roles
from foundation_subgraph.permissions.roles import create_role
from foundation_subgraph.permissions.service import OPERATOR, OWNER, list_roles, roles_of_users
from foundation_subgraph.permissions.tables import RoleAssignmentRow, RoleParentRow, RoleRow
from foundation_subgraph.sign_in import Account
from foundation_subgraph.sign_in.accounts import find_account
from foundation_subgraph.sign_in.second_factors import remove_second_factor
from foundation_subgraph.tenants.service import create_tenant, find_platform
from foundation_subgraph.tenants.tables import TenantRow
from foundation_subgraph.users.service import (
    INVITATION_ORDER,
    ORDER,
    Invited,
    Wanted,
    grant_role,
    invite,
    invite_user,
    members,
    normalize_email,
    remove_member,
    revoke_role,
    waiting_invitations,
)
from foundation_subgraph.users.tables import UserRow


@dataclass(frozen=True, slots=True)
class Person:
    """A member, or somebody invited: the latter have no id yet."""

    id: str | None
    email: str
    name: str
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RoleShown:
    """A role with what it permits, all that it inherits included, and whom of the members has it."""

    row: RoleRow
    parents: tuple[str, ...]
    permissions: tuple[str, ...]
    members: tuple[str, ...]


async def list_people(office: Office, tenant: str, wanted: Wanted, limit: int) -> Sequence[Person]:
    """Members by name, `limit` of them at most; then, where nothing else was asked for, those who are invited."""
    async with office.tenant_session(tenant) as (session, _):
        rows = (await session.scalars(members(wanted).order_by(*ORDER).limit(limit))).all()
        roles = await roles_of_users(session, [row.id for row in rows])
        people = [
            Person(str(row.id), row.email, row.name, tuple(role.name for role in roles.get(row.id, [])))
            for row in rows
        ]
        if wanted == Wanted():
            waiting = await session.scalars(waiting_invitations().order_by(*INVITATION_ORDER))
            people += [Person(None, row.email, row.name, tuple(row.roles)) for row in waiting]
    return people[:limit]


async def invite_person(
    office: Office, tenant: str, email: str, name: str, roles: Sequence[str]
) -> tuple[Invited, TenantRow]:
    async with office.tenant_session(tenant) as (session, found):
        held = await grantable(session, found)
        invited = await invite_user(session, email=email, name=name, roles=roles, invited_by=None, held=held)
        await _record_invitation(office, session, invited)
    return invited, found


async def remove_person(office: Office, tenant: str, email: str) -> UserRow:
    async with office.tenant_session(tenant) as (session, _):
        row = await remove_member(session, (await _member(session, email)).id)
        await record(session, office.actor, "user.removed", row.id, {"email": row.email})
    return row


async def take_second_factor(office: Office, email: str) -> Account:
    """Remove somebody's second factor, whatever tenants they belong to; in the log of each."""
    async with office.sign_in_session() as session:
        account = await find_account(session, normalize_email(email))
        if account is None:
            raise Refusal("USER_NOT_FOUND", f"Nobody has an account as {email}")
        if not await remove_second_factor(session, account.id, office.actor):
            raise Refusal("SECOND_FACTOR_MISSING", f"{account.email} has no second factor")
    return account


async def roles_of_tenant(office: Office, tenant: str) -> Sequence[RoleShown]:
    async with office.tenant_session(tenant) as (session, _):
        return await _shown(session, await list_roles(session))


async def role_of_tenant(office: Office, tenant: str, name: str) -> RoleShown:
    async with office.tenant_session(tenant) as (session, _):
        rows = [row for row in await list_roles(session) if row.name == name]
        if not rows:
            raise Refusal("ROLE_NOT_FOUND", f'There is no role "{name}"')
        [shown] = await _shown(session, rows)
    return shown


async def make_role(
    office: Office,
    tenant: str,
    name: str,
    description: str,
    *,
    permissions: Sequence[str],
    parents: Sequence[str],
) -> RoleRow:
    async with office.tenant_session(tenant) as (session, found):
        held = await grantable(session, found)
        row = await create_role(
            session, name, description, permissions=permissions, parents=parents, held=held
        )
        told = {"permissions": list(permissions), "parents": list(parents)}
        await record(session, office.actor, "role.created", name, told)
    return row


async def give_role(office: Office, tenant: str, role: str, email: str) -> UserRow:
    async with office.tenant_session(tenant) as (session, found):
        user = await _member(session, email)
        row = await grant_role(session, user.id, role, await grantable(session, found))
        await record(session, office.actor, "role.granted", row.id, {"role": role})
    return row


async def take_role(office: Office, tenant: str, role: str, email: str) -> UserRow:
    async with office.tenant_session(tenant) as (session, _):
        row = await revoke_role(session, (await _member(session, email)).id, role)
        await record(session, office.actor, "role.revoked", row.id, {"role": role})
    return row


async def invite_operator(office: Office, email: str, name: str) -> tuple[Invited, TenantRow]:
    """Invite somebody to run the platform. Its own tenant is made, where it is missing.

    As long as nobody is its owner, who is invited becomes that too: somebody must be able to invite the next one.
    """
    async with office.session() as session:
        platform = await find_platform(session)
    if platform is None:
        async with office.owner_session() as session:
            platform = await create_tenant(session, "platform", "Platform", is_platform=True)
            await record(session, office.actor, "tenant.created", platform.id, {"platform": True})
    async with office.tenant_session(platform.slug) as (session, _):
        owners = select(RoleAssignmentRow.user_id).where(RoleAssignmentRow.role == OWNER).limit(1)
        roles = [OPERATOR] if await session.scalar(owners) is not None else [OPERATOR, OWNER]
        invited = await invite(session, email=email, name=name, roles=roles, invited_by=None)
        await _record_invitation(office, session, invited)
    return invited, platform


async def _record_invitation(office: Office, session: AsyncSession, invited: Invited) -> None:
    told = {"roles": invited.row.roles, "until": invited.row.expires_at.isoformat()}
    await record(session, office.actor, "user.invited", invited.row.email, told)


async def _member(session: AsyncSession, email: str) -> UserRow:
    row = await session.scalar(members(Wanted(email=normalize_email(email))))
    if row is None:
        raise Refusal("USER_NOT_FOUND", f"{email} is no member of this tenant")
    return row


async def _shown(session: AsyncSession, rows: Sequence[RoleRow]) -> list[RoleShown]:
    permissions = await permissions_of_roles(session, [row.name for row in rows])
    parents = (await session.execute(select(RoleParentRow.role, RoleParentRow.parent))).all()
    held = await session.execute(
        select(RoleAssignmentRow.role, UserRow.email)
        .join(UserRow, UserRow.id == RoleAssignmentRow.user_id)
        .order_by(UserRow.email)
    )
    holders = [(role, email) for role, email in held]
    return [
        RoleShown(
            row,
            tuple(sorted(parent for role, parent in parents if role == row.name)),
            tuple(permission.id for permission in permissions.get(row.name, [])),
            tuple(email for role, email in holders if role == row.name),
        )
        for row in rows
    ]
