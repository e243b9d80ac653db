from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, ForeignKeyConstraint, LargeBinary, func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import TenantScoped
from foundation_subgraph.tables import FoundationTable


class SessionRow(TenantScoped, FoundationTable):
    """Somebody is signed in to a tenant.

    Unused it ends at `ends_at`; each use puts that off, at most to `expires_at`. `ended_at` tells that it was ended
    before, and why: its tokens hold no more. Those of before `rights_lessened_at` hold no more either. One that is remembered is continued by refresh tokens, another by its own
    access tokens.
    """

    __tablename__ = "sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("foundation.users.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ends_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    is_remembered: Mapped[bool]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    rights_lessened_at: Mapped[datetime | None]
    address: Mapped[str]
    agent: Mapped[str]
    provider: Mapped[str | None]


class RefreshTokenRow(TenantScoped, FoundationTable):
    """A token that continues a session, once.

    Used ones stay as long as the session: who shows one again has stolen it, or was stolen from.
    """

    __tablename__ = "refresh_tokens"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "session_id"],
            ["foundation.sessions.tenant_id", "foundation.sessions.id"],
            ondelete="CASCADE",
        ),
    )

    token_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    session_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]
