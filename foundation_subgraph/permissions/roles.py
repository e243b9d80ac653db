"""The roles that tenants make for themselves, over a session. Nobody makes or gives what permits more than they may do."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from sqlalchemy import delete, exists, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Refusal, among
from foundation_subgraph.kit.tenant_setting import TENANT_SETTING
from foundation_subgraph.permissions.rights import having, permissions_of_roles
from foundation_subgraph.permissions.tables import (
    PermissionRow,
    RoleAssignmentRow,
    RoleParentRow,
    RolePermissionRow,
    RoleRow,
)
from foundation_subgraph.sessions.service import change_rights, lessen_rights

_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,39}")
_LONGEST_DESCRIPTION: Final = 500
_LOCK: Final = text(
    "SELECT pg_advisory_xact_lock(hashtextextended('dovetail.roles.' || current_setting(:tenant), 0))"
)


async def create_role(
    session: AsyncSession,
    name: str,
    description: str,
    *,
    permissions: Collection[str],
    parents: Collection[str],
    held: frozenset[str],
) -> RoleRow:
    """A new role. `held` is what the one who makes it may do: a role that permits more is refused."""
    if not _NAME.fullmatch(name):
        raise Refusal(
            "BAD_USER_INPUT", f'"{name}" is no name for a role: small letters, digits and -, a letter first'
        )
    await _take_turns(session)
    row: RoleRow | None = await session.scalar(
        insert(RoleRow)
        .values(name=name, description=_described(description), accesses=[])
        .on_conflict_do_nothing()
        .returning(RoleRow)
    )
    if row is None:
        raise Refusal("ROLE_EXISTS", f'There is a role "{name}" already')
    await _fill(session, name, permissions, parents, held)
    return row


async def change_role(
    session: AsyncSession,
    name: str,
    *,
    description: str | None,
    permissions: Collection[str] | None,
    parents: Collection[str] | None,
    held: frozenset[str],
) -> RoleRow:
    """Change what is not None. Refused where the role permits, before or after, more than `held`.

    What it permits no more, nobody has by a token of before.
    """
    await change_rights(session)
    await _own_role(session, name)
    before = await _permitted(session, name)
    await check_grantable(session, [name], held)
    if description is not None:
        await session.execute(
            update(RoleRow).where(RoleRow.name == name).values(description=_described(description))
        )
    if permissions is not None:
        await session.execute(delete(RolePermissionRow).where(RolePermissionRow.role == name))
    if parents is not None:
        await session.execute(delete(RoleParentRow).where(RoleParentRow.role == name))
    await _fill(session, name, permissions or (), parents or (), held)
    if before - await _permitted(session, name):
        await lessen_rights(session, (await session.scalars(having(name))).all())
    return (await session.scalars(select(RoleRow).where(RoleRow.name == name))).one()


async def delete_role(session: AsyncSession, name: str) -> None:
    """Remove a role that nobody has and no other inherits from."""
    await _own_role(session, name)
    for used, whose in (
        (exists().where(RoleAssignmentRow.role == name), "members have it"),
        (exists().where(RoleParentRow.parent == name), "other roles inherit from it"),
    ):
        if await session.scalar(select(used)):
            raise Refusal("ROLE_IN_USE", f'The role "{name}" cannot go: {whose}')
    await session.execute(delete(RoleRow).where(RoleRow.name == name))


async def check_grantable(session: AsyncSession, names: Sequence[str], held: frozenset[str]) -> None:
    """Refuse roles that do not exist, and roles that permit what the one who grants them may not do."""
    known = set((await session.scalars(select(RoleRow.name).where(among(RoleRow.name, names)))).all())
    for name in names:
        if name not in known:
            raise Refusal("ROLE_NOT_FOUND", f'There is no role "{name}"')
    for name, permissions in (await permissions_of_roles(session, names)).items():
        if beyond := [permission.id for permission in permissions if permission.id not in held]:
            raise Refusal(
                "ROLE_BEYOND_YOUR_OWN",
                f'The role "{name}" permits what you may not do yourself: {", ".join(beyond)}',
            )


async def _fill(
    session: AsyncSession,
    name: str,
    permissions: Collection[str],
    parents: Collection[str],
    held: frozenset[str],
) -> None:
    known = set(
        await session.scalars(
            select(PermissionRow.id).where(
                among(PermissionRow.id, permissions), PermissionRow.retired_at.is_(None)
            )
        )
    )
    if unknown := sorted(set(permissions) - known):
        raise Refusal("PERMISSION_NOT_FOUND", f'There is no permission "{unknown[0]}"')
    await check_grantable(session, sorted(parents), held)
    if permissions:
        values = [{"role": name, "permission": permission} for permission in sorted(known)]
        await session.execute(insert(RolePermissionRow).values(values))
    if parents:
        if name in await _ancestors(session, parents):
            raise Refusal("ROLES_IN_A_CIRCLE", f'The role "{name}" would inherit from itself')
        values = [{"role": name, "parent": parent} for parent in sorted(set(parents))]
        await session.execute(insert(RoleParentRow).values(values))
    await check_grantable(session, [name], held)


async def _permitted(session: AsyncSession, name: str) -> set[str]:
    return {one.id for one in (await permissions_of_roles(session, [name])).get(name, ())}


async def _ancestors(session: AsyncSession, names: Collection[str]) -> set[str]:
    """The roles themselves, and all that they inherit from."""
    start = select(RoleRow.name.label("role")).where(among(RoleRow.name, names))
    reached = start.cte("reached", recursive=True)
    reached = reached.union(select(RoleParentRow.parent).join(reached, RoleParentRow.role == reached.c.role))
    return set(await session.scalars(select(reached.c.role)))


async def _take_turns(session: AsyncSession) -> None:
    """One change of roles at a time in a tenant: two at once could close a circle that neither sees."""
    await session.execute(_LOCK, {"tenant": TENANT_SETTING})


async def _own_role(session: AsyncSession, name: str) -> RoleRow:
    await _take_turns(session)
    row = await session.scalar(select(RoleRow).where(RoleRow.name == name))
    if row is None:
        raise Refusal("ROLE_NOT_FOUND", f'There is no role "{name}"')
    if row.is_built_in:
        raise Refusal("ROLE_BUILT_IN", f'The role "{name}" is the same in every tenant: make one of your own')
    return row


def _described(description: str) -> str:
    description = description.strip()
    if len(description) > _LONGEST_DESCRIPTION:
        raise Refusal("BAD_USER_INPUT", f"A description has at most {_LONGEST_DESCRIPTION} characters")
    return description
