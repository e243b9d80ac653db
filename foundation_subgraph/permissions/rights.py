"""What roles permit and people may do, with all that roles inherit; over a session."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, any_, cast, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import among
from foundation_subgraph.permissions.tables import (
    PermissionRow,
    RoleAssignmentRow,
    RoleParentRow,
    RolePermissionRow,
    RoleRow,
)

_MOST_PATHS: Final = 500


@dataclass(frozen=True, slots=True)
class Reason:
    """Why somebody may do something: the role they have, and from there by inheritance to the one that permits it.

    `is_by_kind` tells a role that permits every permission of this kind of access from one that names it.
    """

    path: tuple[str, ...]
    is_by_kind: bool


async def permissions_of_roles(
    session: AsyncSession, names: Collection[str]
) -> dict[str, list[PermissionRow]]:
    """What each of the roles permits, in order of the ids."""
    reached = (
        select(RoleRow.name.label("root"), RoleRow.name.label("role"), RoleRow.tenant_id)
        .where(among(RoleRow.name, names))
        .cte("reached", recursive=True)
    )
    # Distinct, so that it ends where roles inherit from each other in a circle, which is refused and never trusted.
    reached = reached.union(
        select(reached.c.root, RoleParentRow.parent, RoleParentRow.tenant_id).join(
            reached,
            and_(RoleParentRow.role == reached.c.role, RoleParentRow.tenant_id == reached.c.tenant_id),
        )
    )
    query = (
        select(reached.c.root, PermissionRow)
        .distinct()
        .join(RoleRow, and_(RoleRow.name == reached.c.role, RoleRow.tenant_id == reached.c.tenant_id))
        .join(PermissionRow, or_(by_kind(), by_name()))
        .where(PermissionRow.retired_at.is_(None))
        .order_by(PermissionRow.id)
    )
    found: dict[str, list[PermissionRow]] = defaultdict(list)
    for name, permission in await session.execute(query):
        found[name].append(permission)
    return found


def scopes_of_user(user: UUID, tenant: UUID) -> Select[str]:
    """The query for what a user may do in a tenant; the sign-in asks it before any tenant is set."""
    held = (
        select(RoleAssignmentRow.role.label("role"))
        .where(RoleAssignmentRow.user_id == user, RoleAssignmentRow.tenant_id == tenant)
        .cte("held", recursive=True)
    )
    held = held.union(
        select(RoleParentRow.parent).join(
            held, and_(RoleParentRow.role == held.c.role, RoleParentRow.tenant_id == tenant)
        )
    )
    return (
        select(PermissionRow.id)
        .distinct()
        .select_from(held)
        .join(RoleRow, and_(RoleRow.name == held.c.role, RoleRow.tenant_id == tenant))
        .join(PermissionRow, or_(by_kind(), by_name()))
        .where(PermissionRow.retired_at.is_(None))
        .order_by(PermissionRow.id)
    )


def holders_of(permission: str) -> Select[UUID]:
    """The query for those who may do something in the session's tenant, by whatever roles."""
    permitting = (
        select(RoleRow.name.label("role"))
        .join(PermissionRow, or_(by_kind(), by_name()))
        .where(PermissionRow.id == permission, PermissionRow.retired_at.is_(None))
        .cte("permitting", recursive=True)
    )
    permitting = permitting.union(
        select(RoleParentRow.role).join(permitting, RoleParentRow.parent == permitting.c.role)
    )
    return select(RoleAssignmentRow.user_id).where(RoleAssignmentRow.role.in_(select(permitting.c.role)))


async def reasons_of_user(session: AsyncSession, user: UUID, permission: str) -> Sequence[Reason]:
    """The ways in which a member of the session's tenant comes to a permission; none where they may not.

    Where roles inherit in very many ways the shortest are found.
    """
    held = (
        await session.scalars(
            select(RoleAssignmentRow.role)
            .where(RoleAssignmentRow.user_id == user)
            .order_by(RoleAssignmentRow.role)
        )
    ).all()
    parents: dict[str, list[str]] = defaultdict(list)
    for role, parent in await session.execute(
        select(RoleParentRow.role, RoleParentRow.parent).order_by(RoleParentRow.parent)
    ):
        parents[role].append(parent)
    rows = await session.execute(
        select(RoleRow.name, by_kind().label("is_by_kind"))
        .join(PermissionRow, or_(by_kind(), by_name()))
        .where(PermissionRow.id == permission, PermissionRow.retired_at.is_(None))
    )
    permitting: dict[str, bool] = {row.name: row.is_by_kind for row in rows}
    reasons: list[Reason] = []
    paths: list[tuple[str, ...]] = [(role,) for role in held]
    for path in paths:  # which grows meanwhile, shorter paths first
        if path[-1] in permitting:
            reasons.append(Reason(path, permitting[path[-1]]))
        if len(paths) < _MOST_PATHS:
            paths += [(*path, parent) for parent in parents[path[-1]] if parent not in path]
    return reasons


def having(role: str) -> Select[UUID]:
    """The query for those who have a role in the session's tenant, also by roles that inherit from it."""
    reached = select(RoleRow.name.label("role")).where(RoleRow.name == role).cte("reached", recursive=True)
    reached = reached.union(select(RoleParentRow.role).join(reached, RoleParentRow.parent == reached.c.role))
    return (
        select(RoleAssignmentRow.user_id).distinct().join(reached, RoleAssignmentRow.role == reached.c.role)
    )


async def find_permission(session: AsyncSession, permission: str) -> PermissionRow | None:
    """A permission that is in force."""
    return await session.scalar(
        select(PermissionRow).where(PermissionRow.id == permission, PermissionRow.retired_at.is_(None))
    )


def by_kind() -> ColumnElement[bool]:
    """The role permits every permission of this one's kind."""
    return cast(PermissionRow.access, Text) == any_(RoleRow.accesses)


def by_name() -> ColumnElement[bool]:
    """The role names this permission."""
    return exists().where(
        RolePermissionRow.tenant_id == RoleRow.tenant_id,
        RolePermissionRow.role == RoleRow.name,
        RolePermissionRow.permission == PermissionRow.id,
    )
