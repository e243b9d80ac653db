from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    BigInteger,
    FetchedValue,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Text,
    Uuid,
    func,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.tables import FoundationTable


class ModuleRow(FoundationTable):
    """A module, known to all tenants. Its id is its own for ever."""

    __tablename__ = "modules"

    id: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    owner: Mapped[str]
    registered_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ModuleVersionRow(FoundationTable):
    """What was published. The database refuses to change or remove a row."""

    __tablename__ = "module_versions"

    module: Mapped[str] = mapped_column(ForeignKey("foundation.modules.id"), primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    title: Mapped[str]
    owner: Mapped[str]
    sdl: Mapped[str]
    permissions: Mapped[list[Mapping[str, Any]]] = mapped_column(JSONB)
    owns: Mapped[list[str]] = mapped_column(ARRAY(Text))
    extends: Mapped[list[str]] = mapped_column(ARRAY(Text))
    depends_on: Mapped[list[str]] = mapped_column(ARRAY(Text))
    address: Mapped[str]
    signature: Mapped[str]
    accepted: Mapped[str]
    published_by: Mapped[str]
    published_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ModuleFaultRow(FoundationTable):
    """A version that is set aside, for everybody, and why."""

    __tablename__ = "module_faults"
    __table_args__ = (
        ForeignKeyConstraint(
            ["module", "version"], ["foundation.module_versions.module", "foundation.module_versions.version"]
        ),
    )

    module: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    reason: Mapped[str]
    set_by: Mapped[str]
    since: Mapped[datetime] = mapped_column(server_default=func.now())


class ModuleEnablementRow(FoundationTable):
    """The version of a module that a tenant has, or all have where no tenant is said. Without a version it is off."""

    __tablename__ = "module_enablements"
    __table_args__ = (
        ForeignKeyConstraint(
            ["module", "version"], ["foundation.module_versions.module", "foundation.module_versions.version"]
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    module: Mapped[str] = mapped_column(ForeignKey("foundation.modules.id"))
    tenant_id: Mapped[UUID | None]
    version: Mapped[int | None]
    set_by: Mapped[str]
    set_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ModuleRolloutRow(FoundationTable):
    """A version on its way to tenants. Of one module, one at a time is running."""

    __tablename__ = "module_rollouts"
    __table_args__ = (
        ForeignKeyConstraint(
            ["module", "version"], ["foundation.module_versions.module", "foundation.module_versions.version"]
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, server_default=func.gen_random_uuid())
    module: Mapped[str]
    version: Mapped[int]
    tenants: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    percent: Mapped[int]
    rings: Mapped[list[str]] = mapped_column(ARRAY(Text))
    left_out: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))
    max_errors: Mapped[float] = mapped_column(Float(53))
    max_slow: Mapped[float] = mapped_column(Float(53))
    slow_seconds: Mapped[float] = mapped_column(Float(53))
    state: Mapped[str]
    reason: Mapped[str]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]


class ModuleObservationRow(FoundationTable):
    """What all gateways saw of a rollout's version in a minute."""

    __tablename__ = "module_observations"

    rollout_id: Mapped[UUID] = mapped_column(ForeignKey("foundation.module_rollouts.id"), primary_key=True)
    minute: Mapped[datetime] = mapped_column(primary_key=True)
    requests: Mapped[int] = mapped_column(BigInteger)
    errors: Mapped[int] = mapped_column(BigInteger)
    slow: Mapped[int] = mapped_column(BigInteger)


class ModuleRingRow(FoundationTable):
    """A group of tenants that get new versions together."""

    __tablename__ = "module_rings"

    name: Mapped[str] = mapped_column(primary_key=True)
    tenants: Mapped[list[UUID]] = mapped_column(ARRAY(Uuid))


class ModuleChangeRow(FoundationTable):
    """Who did what, and why. The database numbers rows, and refuses to change or remove one.

    `tenant_id` is of whom it was done for, and null where it was for all. `version` is what they have by it.
    """

    __tablename__ = "module_changes"

    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, server_default=FetchedValue())
    module: Mapped[str] = mapped_column(ForeignKey("foundation.modules.id"))
    tenant_id: Mapped[UUID | None]
    action: Mapped[str]
    version: Mapped[int | None]
    details: Mapped[Mapping[str, Any]] = mapped_column(JSONB)
    actor: Mapped[str]
    reason: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
