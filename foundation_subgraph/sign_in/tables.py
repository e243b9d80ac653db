from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, ForeignKeyConstraint, LargeBinary, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import TenantScoped
from foundation_subgraph.tables import FoundationTable


class AttemptsRow(FoundationTable):
    """How often somebody has failed lately. `key` is a hash of what is counted; the sign-in alone reaches the table."""

    __tablename__ = "sign_in_attempts"

    key: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime]


class SecondFactorRow(FoundationTable):
    """A person's second factor, in whatever tenant they sign in; it counts when it is confirmed. The sign-in's alone.

    `secret` is sealed. `last_step` is that of the last code that was used: neither it nor an earlier one counts again.
    """

    __tablename__ = "second_factors"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("foundation.users.id"), primary_key=True)
    secret: Mapped[bytes] = mapped_column(LargeBinary)
    last_step: Mapped[int | None] = mapped_column(BigInteger)
    recovery_hashes: Mapped[list[bytes]] = mapped_column(ARRAY(LargeBinary), server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]


class PasswordResetRow(TenantScoped, FoundationTable):
    """Whoever has the token may set the user's password, once. `made_by` is null where the user asked themself."""

    __tablename__ = "password_resets"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            ["foundation.memberships.tenant_id", "foundation.memberships.user_id"],
            ondelete="CASCADE",
        ),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[UUID]
    made_by: Mapped[UUID | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
