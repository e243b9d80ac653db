from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import Base, TenantScoped


class LeadsTable(Base, schema="leads"):
    __abstract__ = True


class LeadRow(TenantScoped, LeadsTable):
    __tablename__ = "leads"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    company: Mapped[str | None]
    email: Mapped[str | None]
    phone: Mapped[str | None]
    city: Mapped[str | None]
    worth: Mapped[Decimal | None]
    status: Mapped[str] = mapped_column(server_default="new")
    conversion_id: Mapped[UUID | None]
    customer_id: Mapped[UUID | None]
    converted_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
