"""Roles and what they permit, over a session."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, Select, Text, and_, any_, cast, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Access, Permission, Refusal, among
from foundation_subgraph.permissions.tables import PermissionRow, RoleAssignmentRow, RoleRow

USERS_READ: Final = Permission("users:read", "See the people of the tenant", Access.READ)
USERS_INVITE: Final = Permission("users:invite", "Invite people to the tenant", Access.ADMINISTER)
ROLES_READ: Final = Permission("roles:read", "See roles, and who has them", Access.READ)
ROLES_MANAGE: Final = Permission("roles:manage", "Grant and revoke roles", Access.ADMINISTER)
PERMISSIONS: Final = (USERS_READ, USERS_INVITE, ROLES_READ, ROLES_MANAGE)

OWNER: Final = "owner"

_BUILT_IN: Final = (
    (OWNER, "Everything, administration included", tuple(Access)),
    ("clerk", "Daily business: sees and changes", (Access.READ, Access.CONFIDENTIAL, Access.WRITE)),
    ("auditor", "Sees everything but what is confidential, and changes nothing", (Access.READ,)),
)


async def register_permissions(session: AsyncSession, subgraph: str, declared: Sequence[Permission]) -> None:
    """Make the registered permissions of a subgraph those it declares. Needs the owner's role.

    Raises ValueError where another subgraph has registered one of the ids: two modules would share a right.
    """
    ids = [permission.id for permission in declared]
    taken = await session.execute(
        select(PermissionRow.id, PermissionRow.subgraph).where(
            PermissionRow.id.in_(ids), PermissionRow.subgraph != subgraph
        )
    )
    for clash, other in taken:
        raise ValueError(f"{subgraph} declares the permission {clash}, which belongs to {other}")
    await session.execute(
        delete(PermissionRow).where(PermissionRow.subgraph == subgraph, PermissionRow.id.not_in(ids))
    )
    for permission in declared:
        written = {"description": permission.description, "access": permission.access}
        await session.execute(
            insert(PermissionRow)
            .values(id=permission.id, subgraph=subgraph, **written)
            .on_conflict_do_update(index_elements=["id"], set_=written)
        )


async def create_built_in_roles(session: AsyncSession) -> None:
    """Give the session's tenant its roles. A role that is there already stays as it is."""
    await session.execute(
        insert(RoleRow)
        .values(
            [
                {"name": name, "description": description, "accesses": [str(one) for one in accesses]}
                for name, description, accesses in _BUILT_IN
            ]
        )
        .on_conflict_do_nothing()
    )


async def list_roles(session: AsyncSession) -> Sequence[RoleRow]:
    return (await session.scalars(select(RoleRow).order_by(RoleRow.name))).all()


async def list_permissions(session: AsyncSession) -> Sequence[PermissionRow]:
    return (await session.scalars(select(PermissionRow).order_by(PermissionRow.id))).all()


async def permissions_of_roles(
    session: AsyncSession, names: Collection[str]
) -> dict[str, list[PermissionRow]]:
    """What each of the roles permits, in order of the ids."""
    query = (
        select(RoleRow.name, PermissionRow)
        .join(PermissionRow, _role_permits())
        .where(among(RoleRow.name, names))
        .order_by(PermissionRow.id)
    )
    found: dict[str, list[PermissionRow]] = defaultdict(list)
    for name, permission in await session.execute(query):
        found[name].append(permission)
    return found


async def roles_of_users(session: AsyncSession, users: Collection[UUID]) -> dict[UUID, list[RoleRow]]:
    query = (
        select(RoleAssignmentRow.user_id, RoleRow)
        .join(
            RoleRow,
            and_(RoleRow.name == RoleAssignmentRow.role, RoleRow.tenant_id == RoleAssignmentRow.tenant_id),
        )
        .where(among(RoleAssignmentRow.user_id, users))
        .order_by(RoleRow.name)
    )
    found: dict[UUID, list[RoleRow]] = defaultdict(list)
    for user, role in await session.execute(query):
        found[user].append(role)
    return found


def scopes_of_user(user: UUID, tenant: UUID) -> Select[str]:
    """The query for what a user may do in a tenant; the sign-in asks it before any tenant is set."""
    return (
        select(PermissionRow.id)
        .distinct()
        .select_from(RoleAssignmentRow)
        .join(
            RoleRow,
            and_(RoleRow.name == RoleAssignmentRow.role, RoleRow.tenant_id == RoleAssignmentRow.tenant_id),
        )
        .join(PermissionRow, _role_permits())
        .where(RoleAssignmentRow.user_id == user, RoleAssignmentRow.tenant_id == tenant)
        .order_by(PermissionRow.id)
    )


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


async def assign_role(session: AsyncSession, user: UUID, role: str) -> None:
    """Give a member a role; having it already is no error."""
    await session.execute(insert(RoleAssignmentRow).values(user_id=user, role=role).on_conflict_do_nothing())


async def withdraw_role(session: AsyncSession, user: UUID, role: str) -> None:
    """Take a role from a member. The last owner stays one, also when two are revoked at the same time."""
    if role == OWNER:
        # Locked in one order, so that two revocations take turns and the second sees what the first left.
        owners = (
            await session.scalars(
                select(RoleAssignmentRow.user_id)
                .where(RoleAssignmentRow.role == OWNER)
                .order_by(RoleAssignmentRow.user_id)
                .with_for_update()
            )
        ).all()
        if list(owners) == [user]:
            raise Refusal("LAST_OWNER", "A tenant keeps at least one owner: make somebody else owner first")
    gone = await session.scalar(
        delete(RoleAssignmentRow)
        .where(RoleAssignmentRow.user_id == user, RoleAssignmentRow.role == role)
        .returning(RoleAssignmentRow.role)
    )
    if gone is None:
        raise Refusal("ROLE_NOT_HELD", f'The user does not have the role "{role}"')


def _role_permits() -> ColumnElement[bool]:
    return cast(PermissionRow.access, Text) == any_(RoleRow.accesses)
