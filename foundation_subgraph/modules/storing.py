"""The registry into its tables: of two registries, what differs is written."""

from collections.abc import Iterator
from uuid import UUID

from sqlalchemy import delete, func, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.modules.model import Registry, Rollout, RolloutState
from foundation_subgraph.modules.recording import By
from foundation_subgraph.modules.tables import ModuleEnablementRow, ModuleRolloutRow

Choice = tuple[str, UUID | None]
"""A module, and the tenant that something is chosen for, if it is not all."""


async def store_registry(
    session: AsyncSession, before: Registry, after: Registry, by: By, ended: RolloutState
) -> None:
    """Write choices and rollouts; a rollout that is in `before` alone has `ended` so, for the reason of `by`."""
    old, new = dict(_choices(before)), dict(_choices(after))
    for module, tenant in sorted(old.keys() - new.keys(), key=str):
        await session.execute(
            delete(ModuleEnablementRow).where(
                ModuleEnablementRow.module == module,
                ModuleEnablementRow.tenant_id.is_not_distinct_from(tenant),
            )
        )
    for choice, version in new.items():
        if choice not in old or old[choice] != version:
            await _write_choice(session, choice, version, by)
    for module, rollout in before.rollouts.items():
        if module not in after.rollouts:
            await session.execute(
                update(ModuleRolloutRow)
                .where(ModuleRolloutRow.id == rollout.id)
                .values(state=ended, reason=by.reason, ended_at=func.now())
            )
    for module, rollout in after.rollouts.items():
        if before.rollouts.get(module) != rollout:
            await _write_rollout(session, rollout)


async def _write_choice(session: AsyncSession, choice: Choice, version: int | None, by: By) -> None:
    module, tenant = choice
    written = {"version": version, "set_by": by.actor}
    statement = insert(ModuleEnablementRow).values(module=module, tenant_id=tenant, **written)
    await session.execute(
        statement.on_conflict_do_update(
            constraint="uq_module_enablements_module_tenant_id", set_={**written, "set_at": func.now()}
        )
    )


async def _write_rollout(session: AsyncSession, rollout: Rollout) -> None:
    audience = rollout.audience
    written = {
        "tenants": sorted(audience.tenants),
        "percent": audience.percent,
        "rings": sorted(audience.rings),
        "left_out": sorted(audience.left_out),
        "max_errors": rollout.budget.errors,
        "max_slow": rollout.budget.slow,
        "slow_seconds": rollout.budget.seconds,
    }
    statement = insert(ModuleRolloutRow).values(
        id=rollout.id,
        module=rollout.version.module,
        version=rollout.version.version,
        state=rollout.state,
        reason=rollout.reason,
        **written,
    )
    await session.execute(statement.on_conflict_do_update(index_elements=["id"], set_=written))


def _choices(registry: Registry) -> Iterator[tuple[Choice, int | None]]:
    for module, version in sorted(registry.for_all.items()):
        yield (module, None), version
    for tenant, own in sorted(registry.for_tenants.items()):
        for module, version in sorted(own.items()):
            yield (module, tenant), version
