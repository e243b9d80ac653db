"""Who has what, changed. Every change is checked for all tenants at once, written whole, and told to all who serve.

Of the session it takes one of the foundation's, which sees all tenants from then on: these functions are for operators.
They raise Refusal, and then nothing has changed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Access, Permission, Refusal
from foundation_subgraph.modules import decisions
from foundation_subgraph.modules.checking import GraphCheck
from foundation_subgraph.modules.consequences import check_change
from foundation_subgraph.modules.history import ROLLOUT, Change, ChangeKind, returns
from foundation_subgraph.modules.judging import ANY_BUDGET, USUAL_BUDGET, BudgetWish
from foundation_subgraph.modules.loading import load_changes, load_registry
from foundation_subgraph.modules.model import Audience, Registry, Rollout, RolloutState, VersionId
from foundation_subgraph.modules.recording import By, lock_registry, record_change, tell_of_change
from foundation_subgraph.modules.resolution import is_reached
from foundation_subgraph.modules.storing import store_registry
from foundation_subgraph.modules.tables import ModuleFaultRow, ModuleRingRow
from foundation_subgraph.tenants.service import TenantStatus, see_all_tenants
from foundation_subgraph.tenants.tables import TenantRow

PLATFORM_MODULES: Final = Permission(
    "platform:modules", "Decide which tenant has which version of which module", Access.OPERATE
)
PERMISSIONS: Final = (PLATFORM_MODULES,)


@dataclass(frozen=True, slots=True)
class Desk:
    """What a change is made with: the session, whoever makes it, and the check that it has to pass.

    Without a check only dependencies are looked at, as in a process that has no composer.
    """

    session: AsyncSession
    by: By
    check: GraphCheck | None


async def enable(desk: Desk, version: VersionId, tenant: UUID | None = None) -> None:
    """Give a version to a tenant, or to all for whom nothing else was chosen. For all, a rollout of it is finished."""
    before, tenants = await _open(desk, tenant)
    decisions.usable_version(before, version)
    module, rollout = version.module, before.rollouts.get(version.module)
    if tenant is None and rollout is not None:
        if rollout.version != version:
            raise Refusal(
                "ROLLOUT_RUNNING", f"{rollout.version} is being rolled out: halt that first, or finish it"
            )
        after = decisions.choose(decisions.finish(before, module, tenants), module, None, version.version)
        await _finish(desk, before, after, tenants, rollout)
        return
    after = decisions.choose(before, module, tenant, version.version)
    if tenant is not None and module not in before.for_all and rollout is None:
        # Who has it is chosen one by one from here on: a share, in a rollout, is then a share of those.
        after = decisions.choose(after, module, None, None)
    await _carry_out(
        desk, before, after, tenants, [Change(ChangeKind.ENABLED, module, tenant, version.version)]
    )


async def disable(desk: Desk, module: str, tenant: UUID | None = None) -> None:
    """Switch a module off for a tenant, or for all for whom nothing else was chosen. Its data is kept."""
    before, tenants = await _open(desk, tenant)
    decisions.known_module(before, module)
    rollout, after = before.rollouts.get(module), before
    if rollout is not None and tenant is None:
        raise Refusal("ROLLOUT_RUNNING", f"{rollout.version} is being rolled out: halt that first")
    if rollout is not None and tenant is not None and is_reached(before, rollout, tenant):
        after = decisions.leave_out(after, module, tenant)
    after = decisions.choose(after, module, tenant, None)
    await _carry_out(desk, before, after, tenants, [Change(ChangeKind.DISABLED, module, tenant)])


async def roll_out(
    desk: Desk, version: VersionId, audience: Audience, budget: BudgetWish = ANY_BUDGET
) -> Rollout:
    """Begin to give a version to more and more tenants, or widen what has begun: nobody who is reached is left again.

    What is not said of its budget is as it was, and as usual at the beginning.
    """
    before, tenants = await _open(desk)
    decisions.usable_version(before, version)
    _known_tenants(audience.tenants, tenants)
    if unknown := sorted(audience.rings - before.rings.keys()):
        raise Refusal("RING_NOT_FOUND", f"There is no ring {unknown[0]}")
    module, running = version.module, before.rollouts.get(version.module)
    if running is not None and running.version != version:
        raise Refusal(
            "ROLLOUT_RUNNING", f"{running.version} is being rolled out: halt that first, or finish it"
        )
    if running is None:
        moment = await desk.session.scalar(select(func.now()))
        assert moment is not None, "the database knows the time"
        rollout = Rollout(
            uuid4(),
            version,
            audience,
            RolloutState.RUNNING,
            desk.by.reason,
            moment,
            budget.over(USUAL_BUDGET),
        )
    else:
        rollout = replace(
            running, audience=running.audience.widened(audience), budget=budget.over(running.budget)
        )
    kind = ChangeKind.ROLLOUT_STARTED if running is None else ChangeKind.ROLLOUT_WIDENED
    change = Change(kind, module, None, version.version, _shown(rollout.audience, tenants))
    await _carry_out(desk, before, decisions.begin(before, rollout), tenants, [change])
    return rollout


async def finish_rollout(desk: Desk, module: str) -> None:
    """Make a rollout the rule, as `decisions.finish` says."""
    before, tenants = await _open(desk)
    rollout = decisions.running_rollout(before, module)
    await _finish(desk, before, decisions.finish(before, module, tenants), tenants, rollout)


async def halt_rollout(desk: Desk, module: str) -> Rollout:
    """Return everybody whom a rollout has reached to what they had; the reason is `desk.by.reason`.

    A halt is not checked and so never refused: what is broken goes, and what cannot stand without it is set aside with it.
    """
    before, _tenants = await _open(desk)
    rollout = decisions.running_rollout(before, module)
    change = Change(ChangeKind.ROLLOUT_HALTED, module, None, rollout.version.version)
    await _write(desk, before, decisions.end(before, module), [change])
    return replace(rollout, state=RolloutState.HALTED, reason=desk.by.reason)


async def roll_back(desk: Desk, module: str, tenant: UUID | None = None) -> None:
    """Return to what was chosen before, for a tenant or for all. The tables of the module are not touched.

    A rollout that is running is what is taken back first: from the tenant, or from everybody.
    """
    before, tenants = await _open(desk, tenant)
    decisions.known_module(before, module)
    rollout = before.rollouts.get(module)
    if rollout is not None and tenant is None:
        after = decisions.end(before, module)
        changes = [Change(ChangeKind.ROLLOUT_HALTED, module, None, rollout.version.version)]
    elif rollout is not None and tenant is not None and is_reached(before, rollout, tenant):
        after = decisions.leave_out(before, module, tenant)
        changes = [Change(ChangeKind.ROLLOUT_LEFT_OUT, module, tenant, rollout.version.version)]
    else:
        after, changes = before, []
        for one, back in returns(await load_changes(desk.session, module), module, tenant).items():
            if back.follows and one is not None:
                after = decisions.follow(after, module, one)
            else:
                after = decisions.choose(after, module, one, back.version)
            changes.append(Change(ChangeKind.ROLLED_BACK, module, one, back.version))
    await _carry_out(desk, before, after, tenants, changes)


async def set_ring(desk: Desk, name: str, members: Collection[UUID]) -> None:
    """Make these tenants, and no others, the ring of this name. Rollouts to the ring follow at once."""
    before, tenants = await _open(desk)
    _known_tenants(members, tenants)
    if not name.strip():
        raise Refusal("BAD_USER_INPUT", "A ring has a name")
    after = replace(before, rings={**before.rings, name: frozenset(members)})
    await _check(desk, before, after, tenants)
    written = {"tenants": sorted(members)}
    statement = insert(ModuleRingRow).values(name=name, **written)
    await desk.session.execute(statement.on_conflict_do_update(index_elements=["name"], set_=written))
    await tell_of_change(desk.session)


async def set_aside(desk: Desk, version: VersionId) -> None:
    """Take a version that is broken from everybody, for the reason of `desk.by`; what needs it is set aside with it.

    It is never refused. `mend` gives it back.
    """
    before, _ = await _open(desk)
    if version not in before.versions:
        decisions.usable_version(before, version)
    reason = desk.by.reason.strip() or "it is broken"
    if before.faults.get(version) == reason:
        return
    written = {"reason": reason, "set_by": desk.by.actor}
    statement = insert(ModuleFaultRow).values(module=version.module, version=version.version, **written)
    await desk.session.execute(
        statement.on_conflict_do_update(index_elements=["module", "version"], set_=written)
    )
    await _record(desk, [Change(ChangeKind.SET_ASIDE, version.module, None, version.version)])


async def mend(desk: Desk, version: VersionId) -> None:
    """Give back a version that was set aside, to whom it was chosen for."""
    before, _ = await _open(desk)
    if version not in before.faults:
        return
    await desk.session.execute(
        delete(ModuleFaultRow).where(
            ModuleFaultRow.module == version.module, ModuleFaultRow.version == version.version
        )
    )
    await _record(desk, [Change(ChangeKind.MENDED, version.module, None, version.version)])


async def _open(desk: Desk, tenant: UUID | None = None) -> tuple[Registry, Mapping[UUID, str]]:
    """The registry, which nobody else changes until the transaction ends, and all tenants with their short names."""
    await lock_registry(desk.session)
    await see_all_tenants(desk.session)
    rows = await desk.session.execute(
        select(TenantRow.id, TenantRow.slug)
        .where(TenantRow.status != TenantStatus.CLOSED)
        .order_by(TenantRow.slug)
    )
    tenants = dict(rows.all())
    if tenant is not None:
        _known_tenants([tenant], tenants)
    return await load_registry(desk.session), tenants


def _known_tenants(wanted: Collection[UUID], tenants: Mapping[UUID, str]) -> None:
    if any(one not in tenants for one in wanted):
        raise Refusal("TENANT_NOT_FOUND", "There is no such tenant, or it is closed")


async def _finish(
    desk: Desk, before: Registry, after: Registry, tenants: Mapping[UUID, str], rollout: Rollout
) -> None:
    module, details = rollout.version.module, {ROLLOUT: str(rollout.id)}
    version = rollout.version.version
    changes = [Change(ChangeKind.ROLLOUT_FINISHED, module, None, version)]
    if before.for_all.get(module) != after.for_all.get(module):
        changes.append(Change(ChangeKind.ENABLED, module, None, version, details))
    for tenant, own in after.for_tenants.items():
        if own.get(module) != before.for_tenants.get(tenant, {}).get(module):
            changes.append(Change(ChangeKind.ENABLED, module, tenant, version, details))
    await _carry_out(desk, before, after, tenants, changes, ended=RolloutState.FINISHED)


async def _carry_out(
    desk: Desk,
    before: Registry,
    after: Registry,
    tenants: Mapping[UUID, str],
    changes: Sequence[Change],
    *,
    ended: RolloutState = RolloutState.HALTED,
) -> None:
    await _check(desk, before, after, tenants)
    await _write(desk, before, after, changes, ended=ended)


async def _check(desk: Desk, before: Registry, after: Registry, tenants: Mapping[UUID, str]) -> None:
    await check_change(before, after, tenants, desk.check)


async def _write(
    desk: Desk,
    before: Registry,
    after: Registry,
    changes: Sequence[Change],
    *,
    ended: RolloutState = RolloutState.HALTED,
) -> None:
    await store_registry(desk.session, before, after, desk.by, ended)
    await _record(desk, changes)


async def _record(desk: Desk, changes: Sequence[Change]) -> None:
    for each in changes:
        await record_change(
            desk.session, each.kind, each.module, desk.by, each.tenant, each.version, each.details
        )


def _shown(audience: Audience, tenants: Mapping[UUID, str]) -> dict[str, object]:
    return {
        "tenants": sorted(tenants.get(one, str(one)) for one in audience.tenants),
        "percent": audience.percent,
        "rings": sorted(audience.rings),
    }
