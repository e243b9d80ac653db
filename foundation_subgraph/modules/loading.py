"""The registry out of its tables. Of the session it takes one that sees them whole: the sign-in's or the owner's, or an operator's."""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Access, Permission
from foundation_subgraph.modules.history import Change, ChangeKind
from foundation_subgraph.modules.judging import Budget
from foundation_subgraph.modules.model import (
    Audience,
    ModuleVersion,
    Registry,
    Rollout,
    RolloutState,
    VersionId,
)
from foundation_subgraph.modules.tables import (
    ModuleChangeRow,
    ModuleEnablementRow,
    ModuleFaultRow,
    ModuleRingRow,
    ModuleRolloutRow,
    ModuleVersionRow,
)


async def load_registry(session: AsyncSession) -> Registry:
    for_all: dict[str, int | None] = {}
    for_tenants: defaultdict[UUID, dict[str, int | None]] = defaultdict(dict)
    for row in await session.scalars(select(ModuleEnablementRow)):
        choices = for_all if row.tenant_id is None else for_tenants[row.tenant_id]
        choices[row.module] = row.version
    running = await session.scalars(
        select(ModuleRolloutRow).where(ModuleRolloutRow.state == RolloutState.RUNNING)
    )
    versions = [version_of(row) for row in await session.scalars(select(ModuleVersionRow))]
    return Registry(
        versions={each.id: each for each in sorted(versions, key=lambda one: one.id)},
        for_all=for_all,
        for_tenants=dict(for_tenants),
        rollouts={row.module: rollout_of(row) for row in running},
        rings={row.name: frozenset(row.tenants) for row in await session.scalars(select(ModuleRingRow))},
        faults={
            VersionId(row.module, row.version): row.reason
            for row in await session.scalars(select(ModuleFaultRow))
        },
    )


async def load_changes(session: AsyncSession, module: str) -> Sequence[Change]:
    """What happened to a module, the earliest first."""
    rows = await session.scalars(
        select(ModuleChangeRow).where(ModuleChangeRow.module == module).order_by(ModuleChangeRow.number)
    )
    return [
        Change(ChangeKind(row.action), row.module, row.tenant_id, row.version, row.details) for row in rows
    ]


def version_of(row: ModuleVersionRow) -> ModuleVersion:
    return ModuleVersion(
        id=VersionId(row.module, row.version),
        title=row.title,
        owner=row.owner,
        sdl=row.sdl,
        permissions=tuple(
            Permission(each["id"], each["description"], Access(each["access"])) for each in row.permissions
        ),
        owns=tuple(row.owns),
        extends=tuple(row.extends),
        depends_on=tuple(row.depends_on),
        address=row.address,
        signature=row.signature,
    )


def rollout_of(row: ModuleRolloutRow) -> Rollout:
    return Rollout(
        id=row.id,
        version=VersionId(row.module, row.version),
        audience=Audience(frozenset(row.tenants), row.percent, frozenset(row.rings), frozenset(row.left_out)),
        state=RolloutState(row.state),
        reason=row.reason,
        started_at=row.started_at,
        budget=Budget(row.max_errors, row.max_slow, row.slow_seconds),
    )
