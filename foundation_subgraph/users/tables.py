from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKey, LargeBinary, Text, func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import TenantScoped
from foundation_subgraph.tables import FoundationTable


class UserRow(FoundationTable):
    """A person, whatever tenants they belong to. Visible to a transaction where they are a member of its tenant.

    The application's role has no right to `password_hash`; it is loaded on demand, by the sign-in alone.
    """

    __tablename__ = "users"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str] = mapped_column(deferred=True, deferred_raiseload=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class MembershipRow(TenantScoped, FoundationTable):
    """A user belongs to a tenant. `released_at` is when somebody there last released them from their second factor."""

    __tablename__ = "memberships"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("foundation.users.id"), primary_key=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    released_at: Mapped[datetime | None]
    released_by: Mapped[UUID | None]


class InvitationRow(TenantScoped, FoundationTable):
    """Somebody may become a member. Whether the e-mail has an account already is nobody's business here."""

    __tablename__ = "invitations"

    email: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary)
    invited_by: Mapped[UUID | None]
    expires_at: Mapped[datetime]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
