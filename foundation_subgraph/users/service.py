"""What can be done with the people of a tenant, over a session."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import Select, delete, exists, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Refusal, among
from foundation_subgraph.permissions.rights import holders_of
from foundation_subgraph.permissions.roles import check_grantable
from foundation_subgraph.permissions.service import assign_role, check_not_last_owner, withdraw_role
from foundation_subgraph.permissions.tables import RoleAssignmentRow
from foundation_subgraph.sessions.service import (
    EndReason,
    change_rights,
    end_sessions_of_user,
    lessen_rights,
)
from foundation_subgraph.users.tables import InvitationRow, MembershipRow, UserRow

INVITATION_LIFETIME: Final = timedelta(days=7)
ORDER: Final = (UserRow.name, UserRow.id)
INVITATION_ORDER: Final = (InvitationRow.email,)

_EMAIL: Final = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s.]+")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which members are wanted: those who fit all that is said."""

    search: str | None = None
    email: str | None = None
    role: str | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation and its token, which is known here and now and never again."""

    row: InvitationRow
    token: str


def normalize_email(text: str) -> str:
    """The form in which addresses are stored and compared."""
    email = text.strip().lower()
    if len(email) > 254 or not _EMAIL.fullmatch(email):
        raise Refusal("BAD_USER_INPUT", f'"{text}" is not an e-mail address')
    return email


def hash_token(token: str) -> bytes:
    """What is stored of an invitation's token. It is random and long, so a plain hash cannot be reversed."""
    return hashlib.sha256(token.encode()).digest()


async def find_users(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, UserRow]:
    """Those of the users who are members of the session's tenant."""
    rows = await session.scalars(select(UserRow).where(among(UserRow.id, ids)))
    return {row.id: row for row in rows}


def members(wanted: Wanted) -> Select[UserRow]:
    """The members of the session's tenant, not ordered yet."""
    # The policy says the same; said here, it lets a small tenant's list begin at its members and not at all people.
    query = select(UserRow).join(MembershipRow, MembershipRow.user_id == UserRow.id)
    if wanted.search:
        query = query.where(
            or_(
                UserRow.name.icontains(wanted.search, autoescape=True),
                UserRow.email.icontains(wanted.search, autoescape=True),
            )
        )
    if wanted.email is not None:
        query = query.where(UserRow.email == wanted.email.strip().lower())
    if wanted.role is not None:
        query = query.where(
            exists().where(RoleAssignmentRow.user_id == UserRow.id, RoleAssignmentRow.role == wanted.role)
        )
    return query


async def list_permitted(session: AsyncSession, permission: str, *, limit: int) -> Sequence[UserRow]:
    """Members of the session's tenant who may do something, by name; `limit` of them at most."""
    query = select(UserRow).where(UserRow.id.in_(holders_of(permission))).order_by(*ORDER).limit(limit)
    return (await session.scalars(query)).all()


def waiting_invitations() -> Select[InvitationRow]:
    """The invitations of the session's tenant that can still be accepted, not ordered yet."""
    return select(InvitationRow).where(InvitationRow.expires_at > datetime.now(UTC))


async def invite_user(
    session: AsyncSession,
    *,
    email: str,
    name: str,
    roles: Sequence[str],
    invited_by: UUID | None,
    held: frozenset[str],
) -> Invited:
    """Invite somebody. A second invitation to the same address replaces the first, whose token is worthless then.

    `held` is what the one who invites may do: roles that permit more are refused. Without
    `invited_by` it is in nobody's name.
    """
    await check_grantable(session, sorted(set(roles)), held)
    return await invite(session, email=email, name=name, roles=roles, invited_by=invited_by)


async def invite(
    session: AsyncSession, *, email: str, name: str, roles: Sequence[str], invited_by: UUID | None
) -> Invited:
    """Invite somebody to roles of the session's tenant that are known to be right for them."""
    email, name = normalize_email(email), name.strip()
    if not 0 < len(name) <= 200:
        raise Refusal("BAD_USER_INPUT", "A name has between 1 and 200 characters")
    roles = sorted(set(roles))
    if await session.scalar(select(UserRow.id).where(UserRow.email == email)) is not None:
        raise Refusal("ALREADY_MEMBER", f"{email} is a member of this tenant already")
    token = secrets.token_urlsafe(32)
    written = {
        "name": name,
        "roles": roles,
        "token_hash": hash_token(token),
        "invited_by": invited_by,
        "expires_at": datetime.now(UTC) + INVITATION_LIFETIME,
    }
    row = await session.scalar(
        insert(InvitationRow)
        .values(email=email, **written)
        .on_conflict_do_update(index_elements=["tenant_id", "email"], set_=written)
        .returning(InvitationRow)
    )
    assert row is not None
    return Invited(row, token)


async def grant_role(session: AsyncSession, user: UUID, role: str, held: frozenset[str]) -> UserRow:
    """Give a member a role that permits nothing beyond `held`."""
    row = await _member(session, user)
    await check_grantable(session, [role], held)
    await assign_role(session, user, role)
    return row


async def revoke_role(session: AsyncSession, user: UUID, role: str) -> UserRow:
    """Take a role from a member, at once: what tokens they have now hold no more."""
    await change_rights(session)
    row = await _member(session, user)
    await withdraw_role(session, user, role)
    await lessen_rights(session, [user])
    return row


async def withdraw_invitation(session: AsyncSession, email: str) -> InvitationRow:
    email = normalize_email(email)
    row: InvitationRow | None = await session.scalar(
        delete(InvitationRow).where(InvitationRow.email == email).returning(InvitationRow)
    )
    if row is None:
        raise Refusal("INVITATION_NOT_FOUND", f"Nobody is invited as {email}")
    return row


async def remove_member(session: AsyncSession, user: UUID) -> UserRow:
    """End a membership. The account stays: it is the person's, and may belong to other tenants."""
    await change_rights(session)
    row = await _member(session, user)
    await check_not_last_owner(session, user)
    await session.execute(delete(MembershipRow).where(MembershipRow.user_id == user))
    await end_sessions_of_user(session, user, EndReason.MEMBERSHIP_ENDED, None)
    return row


async def add_member(session: AsyncSession, user: UUID, roles: Sequence[str]) -> None:
    """Make a user a member of the session's tenant."""
    await session.execute(insert(MembershipRow).values(user_id=user).on_conflict_do_nothing())
    for role in roles:
        await assign_role(session, user, role)


async def _member(session: AsyncSession, user: UUID) -> UserRow:
    row = (await find_users(session, [user])).get(user)
    if row is None:
        raise Refusal("USER_NOT_FOUND", "There is no such user in this tenant")
    return row
