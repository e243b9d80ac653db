from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.tables import FoundationTable


class IdentityRow(FoundationTable):
    """Whom an OpenID provider means by a subject. One person has at most one of each issuer; the sign-in's alone.

    `email` is what the provider said when they were linked: for people who look, and never looked up by.
    """

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("user_id", "issuer"),)

    issuer: Mapped[str] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("foundation.users.id"))
    email: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ProviderVisitRow(FoundationTable):
    """Somebody has been sent to a provider and is expected back, once, in the same browser. Hashes alone are kept."""

    __tablename__ = "provider_visits"

    state_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    provider: Mapped[str]
    return_to: Mapped[str]
    expires_at: Mapped[datetime]


class SignInTicketRow(FoundationTable):
    """What a provider has said of somebody, until the page they return to signs them in: once, in the same browser."""

    __tablename__ = "sign_in_tickets"

    ticket_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    browser_hash: Mapped[bytes] = mapped_column(LargeBinary)
    provider: Mapped[str]
    issuer: Mapped[str]
    subject: Mapped[str]
    email: Mapped[str | None]
    name: Mapped[str]
    expires_at: Mapped[datetime]
