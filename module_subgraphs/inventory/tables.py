from datetime import datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import Base, TenantScoped


class InventoryTable(Base, schema="inventory"):
    __abstract__ = True


class ItemRow(TenantScoped, InventoryTable):
    """What is kept in stock. `in_stock` is the sum of its movements, changed with each in the same transaction."""

    __tablename__ = "items"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sku: Mapped[str]
    name: Mapped[str]
    unit_price: Mapped[Decimal]
    low_at: Mapped[int]
    in_stock: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class StockMovementRow(TenantScoped, InventoryTable):
    """Stock that came or went, once. It is never changed: who erred moves it back."""

    __tablename__ = "stock_movements"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    item_id: Mapped[UUID]
    quantity: Mapped[int]
    reason: Mapped[str]
    note: Mapped[str | None]
    stock_after: Mapped[int]
    moved_by: Mapped[UUID]
    moved_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
