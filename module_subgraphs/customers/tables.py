from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import Base, TenantScoped


class CustomersTable(Base, schema="customers"):
    __abstract__ = True


class CustomerRow(TenantScoped, CustomersTable):
    __tablename__ = "customers"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    email: Mapped[str | None]
    city: Mapped[str | None]
    external_reference: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
