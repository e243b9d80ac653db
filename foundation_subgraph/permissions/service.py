"""Roles and what they permit, over a session."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Select, and_, delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Access, Permission, Refusal, among
from foundation_subgraph.permissions.tables import PermissionRow, RoleAssignmentRow, RoleRow

USERS_READ: Final = Permission("users:read", "See the people of the tenant", Access.READ)
USERS_INVITE: Final = Permission("users:invite", "Invite people to the tenant", Access.ADMINISTER)
USERS_REMOVE: Final = Permission("users:remove", "End somebody's membership of the tenant", Access.ADMINISTER)
ROLES_READ: Final = Permission("roles:read", "See roles, and who has them", Access.READ)
ROLES_MANAGE: Final = Permission("roles:manage", "Grant and revoke roles", Access.ADMINISTER)
PLATFORM_EXPLAIN: Final = Permission(
    "platform:explain", "See in an error why something was denied, and who could grant it", Access.OPERATE
)
PERMISSIONS: Final = (USERS_READ, USERS_INVITE, USERS_REMOVE, ROLES_READ, ROLES_MANAGE, PLATFORM_EXPLAIN)

OWNER: Final = "owner"
OPERATOR: Final = "operator"

ROLE_ORDER: Final = (RoleRow.name,)
PERMISSION_ORDER: Final = (PermissionRow.id,)

_BUILT_IN: Final = (
    (
        OWNER,
        "Everything, administration included",
        (Access.READ, Access.CONFIDENTIAL, Access.WRITE, Access.ADMINISTER),
    ),
    ("clerk", "Daily business: sees and changes", (Access.READ, Access.CONFIDENTIAL, Access.WRITE)),
    ("auditor", "Sees everything but what is confidential, and changes nothing", (Access.READ,)),
)

_OPERATOR: Final = (
    OPERATOR,
    "Runs the platform: its tenants, and nothing of what is in them",
    (Access.OPERATE,),
)


async def create_built_in_roles(session: AsyncSession, *, is_platform: bool = False) -> None:
    """Give the session's tenant its roles. A role that is there already stays as it is.

    The platform's own tenant has that of operators beside them: a session in the owner's role alone can make it.
    """
    await session.execute(
        insert(RoleRow)
        .values(
            [
                {
                    "name": name,
                    "description": description,
                    "accesses": [str(one) for one in accesses],
                    "is_built_in": True,
                }
                for name, description, accesses in (*_BUILT_IN, *([_OPERATOR] if is_platform else []))
            ]
        )
        .on_conflict_do_nothing()
    )


def roles_of_tenant() -> Select[RoleRow]:
    """The roles of the session's tenant, not ordered yet."""
    return select(RoleRow)


async def list_roles(session: AsyncSession) -> Sequence[RoleRow]:
    return (await session.scalars(roles_of_tenant().order_by(*ROLE_ORDER))).all()


def permissions_in_force() -> Select[PermissionRow]:
    """Those that are not retired, not ordered yet."""
    return select(PermissionRow).where(PermissionRow.retired_at.is_(None))


async def list_permissions(session: AsyncSession) -> Sequence[PermissionRow]:
    """Those that are in force."""
    return (await session.scalars(permissions_in_force().order_by(*PERMISSION_ORDER))).all()


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


async def assign_role(session: AsyncSession, user: UUID, role: str) -> None:
    """Give a member a role; having it already is no error."""
    await session.execute(insert(RoleAssignmentRow).values(user_id=user, role=role).on_conflict_do_nothing())


async def check_not_last_owner(session: AsyncSession, user: UUID) -> None:
    """Refuse somebody who is the only owner of the session's tenant."""
    # Locked in one order, so that two who leave take turns and the second sees what the first left.
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


async def withdraw_role(session: AsyncSession, user: UUID, role: str) -> None:
    """Take a role from a member. The last owner stays one, also when two are revoked at the same time."""
    if role == OWNER:
        await check_not_last_owner(session, user)
    gone = await session.scalar(
        delete(RoleAssignmentRow)
        .where(RoleAssignmentRow.user_id == user, RoleAssignmentRow.role == role)
        .returning(RoleAssignmentRow.role)
    )
    if gone is None:
        raise Refusal("ROLE_NOT_HELD", f'The user does not have the role "{role}"')
