from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Enum,
    FetchedValue,
    ForeignKey,
    ForeignKeyConstraint,
    LargeBinary,
    Text,
    false,
)
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
    """A permission as it stands today, the same for all tenants. It is never removed and never another subgraph's.

    One that its subgraph no longer declares is retired: no role permits it until it is declared again.
    """

    __tablename__ = "permissions"

    id: Mapped[str] = mapped_column(primary_key=True)
    subgraph: Mapped[str]
    description: Mapped[str]
    access: Mapped[Access] = mapped_column(ACCESS_TYPE)
    retired_at: Mapped[datetime | None]


class PermissionRegisterRow(FoundationTable):
    """Something that happened to a permission. The database numbers rows, chains them by hashes, and only adds to them.

    `hash` is the SHA-256 of the hash before (`previous`) and of the row's other columns as a JSON array.
    """

    __tablename__ = "permission_register"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=FetchedValue())
    event: Mapped[str]
    permission: Mapped[str]
    subgraph: Mapped[str]
    access: Mapped[Access] = mapped_column(ACCESS_TYPE)
    description: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=FetchedValue())
    previous: Mapped[bytes] = mapped_column(LargeBinary, server_default=FetchedValue())
    hash: Mapped[bytes] = mapped_column(LargeBinary, server_default=FetchedValue())


class RoleRow(TenantScoped, FoundationTable):
    """A role of a tenant: every permission of the kinds in `accesses`, single ones, and all that its parents permit.

    Kinds, so that a module that is installed tomorrow is covered by the roles that stand today. Built-in roles are
    made of kinds alone and are the same in every tenant: the database refuses to change or remove them.
    """

    __tablename__ = "roles"
    name: Mapped[str] = mapped_column(primary_key=True)
    description: Mapped[str]
    accesses: Mapped[list[str]] = mapped_column(ARRAY(Text))
    is_built_in: Mapped[bool] = mapped_column(server_default=false())


class RolePermissionRow(TenantScoped, FoundationTable):
    """A role permits this one, whatever its kind."""

    __tablename__ = "role_permissions"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "role"],
            ["foundation.roles.tenant_id", "foundation.roles.name"],
            ondelete="CASCADE",
        ),
    )

    role: Mapped[str] = mapped_column(primary_key=True)
    permission: Mapped[str] = mapped_column(ForeignKey("foundation.permissions.id"), primary_key=True)


class RoleParentRow(TenantScoped, FoundationTable):
    """A role permits all that another role, its parent, permits."""

    __tablename__ = "role_parents"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "role"],
            ["foundation.roles.tenant_id", "foundation.roles.name"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["tenant_id", "parent"], ["foundation.roles.tenant_id", "foundation.roles.name"]
        ),
        CheckConstraint("role <> parent", name="other"),
    )

    role: Mapped[str] = mapped_column(primary_key=True)
    parent: Mapped[str] = mapped_column(primary_key=True)


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
