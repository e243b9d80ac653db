from datetime import datetime

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.tables import FoundationTable


class ModuleRow(FoundationTable):
    """A module, known to all tenants. Its id is its own for ever."""

    __tablename__ = "modules"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    owner: Mapped[str]
    registered_at: Mapped[datetime] = mapped_column(server_default=func.now())
