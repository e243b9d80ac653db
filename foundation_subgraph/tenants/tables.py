from datetime import datetime
from uuid import UUID

from sqlalchemy import false, func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.tables import FoundationTable


class TenantRow(FoundationTable):
    """A tenant. Row-level security lets a transaction see the one it is narrowed to; an operator's sees all.

    `is_platform` marks the one whose members run the platform.
    """

    __tablename__ = "tenants"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    status: Mapped[str] = mapped_column(server_default="active")
    status_reason: Mapped[str] = mapped_column(server_default="")
    status_since: Mapped[datetime] = mapped_column(server_default=func.now())
    is_platform: Mapped[bool] = mapped_column(server_default=false())
