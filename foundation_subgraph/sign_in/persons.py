"""Persons, before any tenant is known: what the role of the sign-in may ask and do about one of them."""

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Refusal
from foundation_subgraph.permissions.rights import scopes_of_user
from foundation_subgraph.users.service import find_users
from foundation_subgraph.users.tables import MembershipRow

_BE_PERSON: Final = text("SELECT set_config('dovetail.person', :person, true)")


async def be_person(session: AsyncSession, user: UUID) -> None:
    """Let the transaction change what is this person's alone: the database refuses to change anybody else's."""
    await session.execute(_BE_PERSON, {"person": str(user)})


async def tenants_of_user(session: AsyncSession, user: UUID) -> Sequence[UUID]:
    """All tenants that somebody belongs to, also those that nobody can sign in to."""
    query = select(MembershipRow.tenant_id).where(MembershipRow.user_id == user)
    return (await session.scalars(query.order_by(MembershipRow.tenant_id))).all()


async def check_may_do_no_more(
    session: AsyncSession, user: UUID, tenant: UUID, held: Collection[str]
) -> None:
    """Refuse who is no member of the session's tenant, and who may do anything beyond `held` there.

    For what would let one member in as another.
    """
    if user not in await find_users(session, [user]):
        raise Refusal("USER_NOT_FOUND", "There is no such user in this tenant")
    if not set(await session.scalars(scopes_of_user(user, tenant))) <= set(held):
        raise Refusal("USER_BEYOND_YOU", "This member may do more than you: ask somebody who may do as much")
