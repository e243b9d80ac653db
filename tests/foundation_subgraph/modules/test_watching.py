"""F7: a version that is being rolled out is halted by itself when it leaves its budget, by what all gateways saw of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from foundation_subgraph.kit.roles import FOUNDATION_ROLE
from foundation_subgraph.kit.testing import ACME, GLOBEX
from foundation_subgraph.modules.changes import enable, halt_rollout, roll_out
from foundation_subgraph.modules.following import RegisteredModules
from foundation_subgraph.modules.history import ChangeKind
from foundation_subgraph.modules.judging import BudgetWish
from foundation_subgraph.modules.model import Audience, VersionId
from foundation_subgraph.modules.tables import ModuleChangeRow
from foundation_subgraph.modules.watching import RolloutWatch, judge_rollouts, judging
from supergraph.spec import ModuleDocument
from tests.foundation_subgraph.modules.house import ITEMS, ITEMS_WITH_PRICE, Registrar, version

FOUNDATION = ModuleDocument("foundation", "type Query { me: ID }", "http://foundation.example")
ITEMS_1, ITEMS_2 = VersionId("items", 1), VersionId("items", 2)
RUNNING = {one: ModuleDocument("items", ITEMS, "http://here.example") for one in (ITEMS_1, ITEMS_2)}


@pytest.fixture(autouse=True)
async def rolled_out(registrar: Registrar) -> None:
    """Version 1 for all, and version 2 for acme on top."""
    await registrar.publish(version("items@1", ITEMS), version("items@2", ITEMS_WITH_PRICE))
    async with registrar.desk() as desk:
        await enable(desk, ITEMS_1)
    async with registrar.desk() as desk:
        await roll_out(desk, ITEMS_2, Audience(frozenset({ACME})), BudgetWish(seconds=0.5))


@pytest.fixture
async def engine(registrar: Registrar) -> AsyncIterator[AsyncEngine]:
    """As the house has it, in the role of the foundation's requests."""
    engine = registrar.database.addresses[FOUNDATION_ROLE].engine(pool_size=1)
    yield engine
    await engine.dispose()


async def watching(registrar: Registrar) -> RolloutWatch:
    """A gateway's process, as it begins."""
    modules = RegisteredModules(FOUNDATION, RUNNING)
    modules.take_in(await registrar.registry())
    return RolloutWatch(modules)


def see(watch: RolloutWatch, times: int, tenant: UUID | None = ACME, **how: object) -> None:
    for _ in range(times):
        watch.saw(
            "items",
            None if tenant is None else str(tenant),
            failed=bool(how.get("failed")),
            seconds=2.0 if how.get("slow") else 0.01,
        )


async def test_a_version_that_fails_is_halted_with_its_reason_and_its_tenants_return(
    registrar: Registrar, engine: AsyncEngine
) -> None:
    watch = await watching(registrar)
    assert await registrar.of(ACME) == ["items@2"]
    see(watch, 10, failed=True)
    await judge_rollouts(engine, watch.taken())
    assert await registrar.of(ACME) == await registrar.of(GLOBEX) == ["items@1"]
    last = await last_change(registrar)
    assert (last.action, last.actor) == (ChangeKind.ROLLOUT_HALTED, "the rollout's budget")
    assert last.reason == "10 of 10 requests failed; 2.0% may"


async def test_a_version_that_is_slow_is_halted_too(registrar: Registrar, engine: AsyncEngine) -> None:
    watch = await watching(registrar)
    see(watch, 20)
    see(watch, 20, slow=True)
    await judge_rollouts(engine, watch.taken())
    assert (await last_change(registrar)).reason == "20 of 40 requests took longer than 0.5 s; 5.0% may"


async def test_a_version_within_its_budget_goes_on(registrar: Registrar, engine: AsyncEngine) -> None:
    watch = await watching(registrar)
    see(watch, 200)
    see(watch, 1, failed=True, slow=True)
    await judge_rollouts(engine, watch.taken())
    assert await registrar.of(ACME) == ["items@2"]


async def test_what_several_gateways_saw_is_added_up(registrar: Registrar, engine: AsyncEngine) -> None:
    """Four failures are too few to judge by; four and four are not."""
    one, other = await watching(registrar), await watching(registrar)
    see(one, 4, failed=True)
    await judge_rollouts(engine, one.taken())
    assert await registrar.of(ACME) == ["items@2"]
    see(other, 4, failed=True)
    await judge_rollouts(engine, other.taken())
    assert await registrar.of(ACME) == ["items@1"]


async def test_only_requests_to_the_version_that_is_rolled_out_count(registrar: Registrar) -> None:
    watch = await watching(registrar)
    for tenant in (GLOBEX, None):
        see(watch, 10, tenant, failed=True)
    watch.saw("orders", str(ACME), failed=True, seconds=0)
    watch.saw("items", "no tenant's id", failed=True, seconds=0)
    assert watch.taken() == {}


async def test_a_budget_is_widened_by_saying_it_again_and_what_is_no_share_is_refused(
    registrar: Registrar, engine: AsyncEngine
) -> None:
    async with registrar.desk() as desk:
        rollout = await roll_out(desk, ITEMS_2, Audience(percent=10), BudgetWish.in_percent(100, None, None))
    assert (rollout.budget.errors, rollout.budget.slow, rollout.budget.seconds) == (1.0, 0.05, 0.5)
    watch = await watching(registrar)
    see(watch, 50, failed=True)
    await judge_rollouts(engine, watch.taken())
    assert await registrar.of(ACME) == ["items@2"]
    with pytest.raises(Exception, match="from 0 % to 100 %"):
        BudgetWish.in_percent(101, None, None).over(rollout.budget)


async def test_a_rollout_that_somebody_halted_meanwhile_is_not_halted_twice_nor_the_next_one(
    registrar: Registrar, engine: AsyncEngine
) -> None:
    watch = await watching(registrar)
    see(watch, 50, failed=True)
    async with registrar.desk() as desk:
        await halt_rollout(desk, "items")
    async with registrar.desk() as desk:
        await roll_out(desk, ITEMS_2, Audience(frozenset({ACME})))
    await judge_rollouts(engine, watch.taken())
    assert await registrar.of(ACME) == ["items@2"]


async def test_it_is_judged_every_so_often_and_what_the_database_did_not_take_is_kept(
    registrar: Registrar, engine: AsyncEngine
) -> None:
    watch = await watching(registrar)
    nowhere = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nowhere")
    see(watch, 10, failed=True)
    async with judging(nowhere, watch, every=0.01):
        await asyncio.sleep(0.1)
    await nowhere.dispose()
    async with judging(engine, watch, every=0.01), asyncio.timeout(10):
        while await registrar.of(ACME) != ["items@1"]:  # noqa: ASYNC110 - what is waited for is what a test asserts
            await asyncio.sleep(0.02)


async def test_no_request_of_a_tenant_reads_or_writes_what_was_seen(
    registrar: Registrar, engine: AsyncEngine
) -> None:
    watch = await watching(registrar)
    see(watch, 3)
    await judge_rollouts(engine, watch.taken())
    async with registrar.database.session(role=FOUNDATION_ROLE) as session:
        assert (await session.execute(text("SELECT * FROM foundation.module_observations"))).all() == []


async def last_change(registrar: Registrar) -> ModuleChangeRow:
    async with registrar.desk() as desk:
        await desk.session.execute(text("SELECT set_config('dovetail.operator', 'on', true)"))
        rows: Sequence[ModuleChangeRow] = (
            await desk.session.scalars(select(ModuleChangeRow).order_by(ModuleChangeRow.number))
        ).all()
        desk.session.expunge_all()
        return rows[-1]
