from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import Base, TenantScoped


class LoyaltyTable(Base, schema="loyalty"):
    __abstract__ = True


class PointAwardRow(TenantScoped, LoyaltyTable):
    """Points given once. Balances are sums over these: nothing else has to be kept in step."""

    __tablename__ = "point_awards"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    customer_id: Mapped[UUID]
    points: Mapped[int]
    reason: Mapped[str]
    awarded_by: Mapped[UUID]
    awarded_at: Mapped[datetime] = mapped_column(server_default=func.now())
