"""A rollout that leaves its budget is halted: what gateways see of its version is added up and judged every second."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.audit.service import record
from foundation_subgraph.kit import Refusal, narrow
from foundation_subgraph.modules.changes import Desk, halt_rollout
from foundation_subgraph.modules.following import RegisteredModules
from foundation_subgraph.modules.judging import Observation, judge
from foundation_subgraph.modules.loading import rollout_of
from foundation_subgraph.modules.model import Rollout, RolloutState
from foundation_subgraph.modules.recording import By
from foundation_subgraph.modules.resolution import is_reached
from foundation_subgraph.modules.tables import ModuleObservationRow, ModuleRolloutRow
from foundation_subgraph.tenants.service import find_platform, see_all_tenants

_EVERY: Final = 1.0
_WINDOW: Final = timedelta(minutes=5)
"""What was good for days must not outweigh what is broken now."""

_ACTOR: Final = "the rollout's budget"

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Seen:
    requests: int = 0
    errors: int = 0
    slow: int = 0


class RolloutWatch:
    """Counts, in the memory of one process, how versions do that are being rolled out. `judging` keeps it going."""

    def __init__(self, modules: RegisteredModules) -> None:
        self._modules = modules
        self._seen: defaultdict[UUID, _Seen] = defaultdict(_Seen)

    def is_watched(self, module: str, tenant: str | None) -> bool:
        """Whether a request of the tenant to a module is one to a version that is being rolled out."""
        return self._rollout(module, tenant) is not None

    def saw(self, module: str, tenant: str | None, *, failed: bool, seconds: float) -> None:
        """A module has answered a request of the tenant, or failed to. Never waits."""
        rollout = self._rollout(module, tenant)
        if rollout is not None:
            seen = self._seen[rollout.id]
            seen.requests += 1
            seen.errors += failed
            seen.slow += seconds > rollout.budget.seconds

    def _rollout(self, module: str, tenant: str | None) -> Rollout | None:
        registry = self._modules.registry
        rollout = registry.rollouts.get(module)
        if rollout is None or tenant is None:
            return None
        try:
            return rollout if is_reached(registry, rollout, UUID(tenant)) else None
        except ValueError:
            return None

    def taken(self) -> Mapping[UUID, Observation]:
        """What was seen since this was last asked for."""
        seen, self._seen = self._seen, defaultdict(_Seen)
        return {id_: Observation(each.requests, each.errors, each.slow) for id_, each in seen.items()}

    def give_back(self, seen: Mapping[UUID, Observation]) -> None:
        """What could not be written down is offered again."""
        for id_, each in seen.items():
            held = self._seen[id_]
            held.requests += each.requests
            held.errors += each.errors
            held.slow += each.slow


@asynccontextmanager
async def judging(engine: AsyncEngine, watch: RolloutWatch, every: float = _EVERY) -> AsyncIterator[None]:
    """Write down what was seen, add up what all processes saw, and halt what is beyond its budget.

    `engine` is in the role of the foundation's requests. While the database is away, what was seen is kept.
    """

    async def go_on() -> None:
        while True:
            await asyncio.sleep(every)
            seen = watch.taken()
            try:
                await judge_rollouts(engine, seen)
            except (OSError, SQLAlchemyError) as error:
                watch.give_back(seen)
                _log.warning("rollouts are not judged: %s", type(error).__name__)

    judge_ = asyncio.create_task(go_on())
    try:
        yield
    finally:
        judge_.cancel()
        with suppress(asyncio.CancelledError):
            await judge_


async def judge_rollouts(engine: AsyncEngine, seen: Mapping[UUID, Observation]) -> None:
    """Add what was seen to what others saw; halt those of these rollouts that are beyond their budgets."""
    if not seen:
        return
    async with AsyncSession(engine) as session, session.begin():
        await see_all_tenants(session)
        rows = await session.scalars(
            select(ModuleRolloutRow).where(
                ModuleRolloutRow.id.in_(seen), ModuleRolloutRow.state == RolloutState.RUNNING
            )
        )
        running = [rollout_of(row) for row in rows]
        reasons = {}
        for rollout in running:
            await _add(session, rollout.id, seen[rollout.id])
            reasons[rollout] = judge(await _lately(session, rollout.id), rollout.budget).reason
    for rollout, reason in reasons.items():
        if reason is not None:
            await _halt(engine, rollout, reason)


async def _add(session: AsyncSession, rollout: UUID, seen: Observation) -> None:
    counted = {"requests": seen.requests, "errors": seen.errors, "slow": seen.slow}
    statement = insert(ModuleObservationRow).values(
        rollout_id=rollout, minute=func.date_trunc("minute", func.now()), **counted
    )
    columns = ModuleObservationRow.__table__.columns
    await session.execute(
        statement.on_conflict_do_update(
            index_elements=["rollout_id", "minute"],
            set_={name: columns[name] + number for name, number in counted.items()},
        )
    )


async def _lately(session: AsyncSession, rollout: UUID) -> list[Observation]:
    rows = await session.scalars(
        select(ModuleObservationRow).where(
            ModuleObservationRow.rollout_id == rollout, ModuleObservationRow.minute > func.now() - _WINDOW
        )
    )
    return [Observation(row.requests, row.errors, row.slow) for row in rows]


async def _halt(engine: AsyncEngine, rollout: Rollout, reason: str) -> None:
    async with AsyncSession(engine) as session:
        try:
            async with session.begin():
                halted = await halt_rollout(Desk(session, By(_ACTOR, reason), None), rollout.version.module)
                if halted.id != rollout.id:
                    raise Refusal("NO_ROLLOUT", "It was halted, and another has begun")  # noqa: TRY301 - undoes all
                platform = await find_platform(session)
                if platform is not None:
                    await narrow(session, platform.id)
                    details = {"reason": reason}
                    await record(session, _ACTOR, "module.rollout_halted", str(rollout.version), details)
        except Refusal:  # another process was quicker, or somebody
            return
    _log.error("the rollout of %s is halted: %s", rollout.version, reason)
