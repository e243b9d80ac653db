"""The base of the foundation's tables, in the database schema `foundation`, and the one that is no room's own."""

from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import Base, TenantScoped


class FoundationTable(Base, schema="foundation"):
    __abstract__ = True


class DemoSeedRow(TenantScoped, FoundationTable):
    """A subgraph's demo data has been written for a tenant."""

    __tablename__ = "demo_seeds"

    subgraph: Mapped[str] = mapped_column(primary_key=True)
