from uuid import UUID

from sqlalchemy import ARRAY, Enum, ForeignKeyConstraint, Text
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import Access, TenantScoped
from foundation_subgraph.tables import FoundationTable

ACCESS_TYPE = Enum(
    Access,
    native_enum=False,
    create_constraint=False,
    length=20,
    values_callable=lambda kind: [one.value for one in kind],
)


class PermissionRow(FoundationTable):
    """A permission that some installed subgraph declares. The same for all tenants, written at start only."""

    __tablename__ = "permissions"

    id: Mapped[str] = mapped_column(primary_key=True)
    subgraph: Mapped[str]
    description: Mapped[str]
    access: Mapped[Access] = mapped_column(ACCESS_TYPE)


class RoleRow(TenantScoped, FoundationTable):
    """A role of a tenant: every permission of the kinds in `accesses`.

    Kinds, so that a module that is installed tomorrow is covered by the roles that stand today.
    """

    __tablename__ = "roles"

    name: Mapped[str] = mapped_column(primary_key=True)
    description: Mapped[str]
    accesses: Mapped[list[str]] = mapped_column(ARRAY(Text))


class RoleAssignmentRow(TenantScoped, FoundationTable):
    """A member has a role."""

    __tablename__ = "role_assignments"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "role"], ["foundation.roles.tenant_id", "foundation.roles.name"]),
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["foundation.memberships.tenant_id", "foundation.memberships.user_id"],
            ondelete="CASCADE",
        ),
    )

    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
