from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Text, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import TenantScoped
from foundation_subgraph.tables import FoundationTable


class ServiceAccountRow(TenantScoped, FoundationTable):
    """A machine that acts in a tenant. What it may do stands in its keys."""

    __tablename__ = "service_accounts"
    __table_args__ = (UniqueConstraint("tenant_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ApiKeyRow(TenantScoped, FoundationTable):
    """A key of a service account. `id` is its public part, `digest` the hash of its secret."""

    __tablename__ = "api_keys"
    __table_args__ = (
        ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            ["foundation.service_accounts.tenant_id", "foundation.service_accounts.id"],
        ),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[UUID]
    name: Mapped[str]
    digest: Mapped[str]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
