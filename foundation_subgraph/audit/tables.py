from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import TenantScoped
from foundation_subgraph.tables import FoundationTable


class AuditRow(TenantScoped, FoundationTable):
    """Somebody did something, or was denied it. The database refuses to change or remove a row."""

    __tablename__ = "audit_log"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    actor: Mapped[str | None]
    action: Mapped[str]
    target: Mapped[str]
    details: Mapped[Mapping[str, Any]] = mapped_column(JSONB)
