"""Persons, before any tenant is known: what the role of the sign-in may ask and do about one of them."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.users.tables import MembershipRow

_BE_PERSON: Final = text("SELECT set_config('dovetail.person', :person, true)")


async def be_person(session: AsyncSession, user: UUID) -> None:
    """Let the transaction change what is this person's alone: the database refuses to change anybody else's."""
    await session.execute(_BE_PERSON, {"person": str(user)})


async def tenants_of_user(session: AsyncSession, user: UUID) -> Sequence[UUID]:
    """All tenants that somebody belongs to, also those that nobody can sign in to."""
    query = select(MembershipRow.tenant_id).where(MembershipRow.user_id == user)
    return (await session.scalars(query.order_by(MembershipRow.tenant_id))).all()
