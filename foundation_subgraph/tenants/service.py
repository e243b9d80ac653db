"""What can be done with tenants, over a session."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Select, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Access, Permission, Refusal, among, narrow
from foundation_subgraph.permissions.service import create_built_in_roles
from foundation_subgraph.sessions.service import change_rights, end_sessions_of_tenant
from foundation_subgraph.tenants.tables import TenantRow

TENANT_MANAGE: Final = Permission("tenant:manage", "Change the tenant's own name", Access.ADMINISTER)
PLATFORM_TENANTS: Final = Permission(
    "platform:tenants", "Create, suspend, reactivate and close tenants", Access.OPERATE
)
PERMISSIONS: Final = (TENANT_MANAGE, PLATFORM_TENANTS)

ORDER: Final = (TenantRow.name, TenantRow.id)

_SLUG: Final = re.compile(r"[a-z0-9](-?[a-z0-9]){1,39}")
_LONGEST_NAME: Final = 200
_SEE_ALL: Final = text("SELECT set_config('dovetail.operator', 'on', true)")
_SEE_OWN: Final = text("SELECT set_config('dovetail.operator', '', true)")


class TenantStatus(StrEnum):
    """Nobody signs in to a tenant that is not active. A closed one stays closed; its data is kept until it is removed."""

    ACTIVE = "active"
    SUSPENDED = "suspended"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which tenants are wanted: those that fit all that is said."""

    search: str | None = None
    status: TenantStatus | None = None


async def find_tenants(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, TenantRow]:
    """Those of the tenants that the session may see, which is its own at most."""
    rows = await session.scalars(select(TenantRow).where(among(TenantRow.id, ids)))
    return {row.id: row for row in rows}


async def current_tenant(session: AsyncSession) -> TenantRow | None:
    """The tenant that the session is narrowed to."""
    return (await session.scalars(select(TenantRow))).one_or_none()


async def see_all_tenants(session: AsyncSession) -> None:
    """Let the session's transaction see every tenant, though nothing of what is in them. For operators alone."""
    await session.execute(_SEE_ALL)


async def enter_tenant(session: AsyncSession, slug: str) -> TenantRow:
    """Narrow the session to the tenant of this short name, whatever its status. For operators alone."""
    await see_all_tenants(session)
    row = await session.scalar(select(TenantRow).where(TenantRow.slug == slug))
    await session.execute(_SEE_OWN)
    if row is None:
        raise Refusal("TENANT_NOT_FOUND", f'There is no tenant "{slug}"')
    await narrow(session, row.id)
    return row


async def find_platform(session: AsyncSession) -> TenantRow | None:
    """The platform's own tenant, if it has been made. For operators alone."""
    await see_all_tenants(session)
    row = await session.scalar(
        select(TenantRow).where(TenantRow.is_platform).order_by(TenantRow.created_at).limit(1)
    )
    await session.execute(_SEE_OWN)
    return row


def tenants(wanted: Wanted) -> Select[TenantRow]:
    """The tenants that the session may see, not ordered yet."""
    query = select(TenantRow)
    if wanted.search:
        query = query.where(
            or_(
                TenantRow.name.icontains(wanted.search, autoescape=True),
                TenantRow.slug.icontains(wanted.search, autoescape=True),
            )
        )
    if wanted.status is not None:
        query = query.where(TenantRow.status == wanted.status)
    return query


async def create_tenant(
    session: AsyncSession, slug: str, name: str, *, is_platform: bool = False
) -> TenantRow:
    """A new tenant with its built-in roles and nobody in it. The session is narrowed to it from here on.

    `is_platform` makes the platform's own, which takes a session in the owner's role.
    """
    if not _SLUG.fullmatch(slug):
        raise Refusal(
            "BAD_USER_INPUT",
            f'"{slug}" is no short name: two to forty small letters and digits, with - between them',
        )
    tenant = uuid4()
    await narrow(session, tenant)
    # A request may not even name the column.
    values = {"id": tenant, "slug": slug, "name": _named(name)} | (
        {"is_platform": True} if is_platform else {}
    )
    made = await session.scalar(
        insert(TenantRow)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["slug"])
        .returning(TenantRow.id)
    )
    if made is None:
        raise Refusal("TENANT_EXISTS", f'There is a tenant "{slug}" already')
    await create_built_in_roles(session, is_platform=is_platform)
    return (await session.scalars(select(TenantRow).where(TenantRow.id == tenant))).one()


async def rename_tenant(session: AsyncSession, name: str) -> TenantRow:
    """Rename the tenant that the session is narrowed to."""
    await session.execute(update(TenantRow).values(name=_named(name)))
    return (await session.scalars(select(TenantRow))).one()


async def set_status(
    session: AsyncSession, tenant: UUID, status: TenantStatus, reason: str = ""
) -> TenantRow:
    """Suspend, reactivate or close a tenant. The session is narrowed to it from here on."""
    await narrow(session, tenant)
    await change_rights(session)
    row = await session.scalar(select(TenantRow).where(TenantRow.id == tenant).with_for_update())
    if row is None:
        raise Refusal("TENANT_NOT_FOUND", "There is no such tenant")
    if row.is_platform:
        raise Refusal("TENANT_IS_PLATFORM", "The platform's own tenant stays: its operators are in it")
    if row.status == TenantStatus.CLOSED:
        raise Refusal("TENANT_CLOSED", f'The tenant "{row.slug}" is closed, and stays so')
    if len(reason) > _LONGEST_NAME:
        raise Refusal("BAD_USER_INPUT", f"A reason has at most {_LONGEST_NAME} characters")
    if row.status != status:
        await session.execute(
            update(TenantRow)
            .where(TenantRow.id == tenant)
            .values(status=status, status_reason=reason.strip(), status_since=func.now())
        )
        if status is not TenantStatus.ACTIVE:
            await end_sessions_of_tenant(session)
        await session.refresh(row)
    return row


def _named(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Refusal("BAD_USER_INPUT", f"A name has between 1 and {_LONGEST_NAME} characters")
    return name
