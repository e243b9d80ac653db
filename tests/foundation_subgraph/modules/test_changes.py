"""The life of a version: enabled, rolled out, halted, finished, rolled back, set aside; by tenant and for all."""

import asyncio
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from foundation_subgraph.kit import Refusal, narrow
from foundation_subgraph.kit.testing import ACME, GLOBEX
from foundation_subgraph.modules.changes import (
    disable,
    enable,
    finish_rollout,
    halt_rollout,
    mend,
    roll_back,
    roll_out,
    set_aside,
    set_ring,
)
from foundation_subgraph.modules.history import ChangeKind
from foundation_subgraph.modules.loading import load_changes
from foundation_subgraph.modules.model import Audience, VersionId
from foundation_subgraph.modules.recording import By
from foundation_subgraph.modules.tables import ModuleChangeRow, ModuleEnablementRow, ModuleRolloutRow
from tests.foundation_subgraph.modules.house import (
    ITEMS,
    ITEMS_WITH_PRICE,
    ORDERS,
    ORDERS_BY_PRICE,
    Registrar,
    version,
)

ITEMS_1, ITEMS_2 = VersionId("items", 1), VersionId("items", 2)
ORDERS_1, ORDERS_2 = VersionId("orders", 1), VersionId("orders", 2)
ONLY_ACME = Audience(tenants=frozenset({ACME}))


@pytest.fixture(autouse=True)
async def published(registrar: Registrar) -> None:
    await registrar.publish(
        version("items@1", ITEMS),
        version("items@2", ITEMS_WITH_PRICE),
        version("orders@1", ORDERS, needs=["items"]),
        version("orders@2", ORDERS_BY_PRICE, needs=["items"]),
    )


async def do_enable(registrar: Registrar, *versions: VersionId, tenant: UUID | None = None) -> None:
    for each in versions:
        async with registrar.desk() as desk:
            await enable(desk, each, tenant)


async def everybody(registrar: Registrar) -> tuple[list[str], list[str], list[str]]:
    """What acme, globex and whoever is not signed in have."""
    return (await registrar.of(ACME), await registrar.of(GLOBEX), await registrar.of(None))


async def test_a_version_is_enabled_for_all_and_for_one(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1)
    await do_enable(registrar, ITEMS_2, tenant=ACME)
    assert await everybody(registrar) == (["items@2"], ["items@1"], ["items@1"])
    async with registrar.desk() as desk:
        await disable(desk, "items", GLOBEX)
    assert await everybody(registrar) == (["items@2"], [], ["items@1"])


async def test_what_is_not_published_or_not_there_is_refused(registrar: Registrar) -> None:
    async with registrar.desk() as desk:
        with pytest.raises(Refusal, match="items@7 is not published; published are items@1, items@2"):
            await enable(desk, VersionId("items", 7))
        with pytest.raises(Refusal, match="There is no module nothing"):
            await disable(desk, "nothing")
        with pytest.raises(Refusal, match="There is no such tenant"):
            await enable(desk, ITEMS_1, uuid4())
        with pytest.raises(Refusal, match="There is no ring early"):
            await roll_out(desk, ITEMS_1, Audience(rings=frozenset({"early"})))
        with pytest.raises(Refusal, match="No version of items is being rolled out"):
            await halt_rollout(desk, "items")


async def test_a_dependency_that_is_missing_or_would_vanish_is_refused_with_names(
    registrar: Registrar,
) -> None:
    """F6."""
    async with registrar.desk() as desk:
        with pytest.raises(Refusal, match=r"orders@1 needs items \(for acme\)"):
            await enable(desk, ORDERS_1, ACME)
    await do_enable(registrar, ITEMS_1, ORDERS_1)
    async with registrar.desk() as desk:
        with pytest.raises(Refusal, match=r"orders@1 needs items \(for all, acme, globex\)"):
            await disable(desk, "items")
        with pytest.raises(Refusal, match=r"orders@1 needs items \(for globex\)"):
            await disable(desk, "items", GLOBEX)
    assert await everybody(registrar) == (["items@1", "orders@1"],) * 3


async def test_a_field_that_another_module_needs_stays_and_who_needs_it_is_told(registrar: Registrar) -> None:
    """F6: rollback of module X while Y depends on it."""
    await do_enable(registrar, ITEMS_1, ITEMS_2, ORDERS_2)
    async with registrar.desk() as desk:
        with pytest.raises(Refusal, match=r"items@1, orders@2|orders@2 would not fit.*price"):
            await roll_back(desk, "items")
    assert await registrar.of(None) == ["items@2", "orders@2"]
    async with registrar.desk() as desk:
        await disable(desk, "orders")
        await roll_back(desk, "items")
    assert await registrar.of(None) == ["items@1"]


async def test_a_rollback_returns_to_the_version_before_step_by_step(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1, ITEMS_2, ITEMS_2)
    async with registrar.desk() as desk:
        await roll_back(desk, "items")
        await enable(desk, ITEMS_2)
        await disable(desk, "items")
    for expected in (["items@2"], ["items@1"]):
        async with registrar.desk() as desk:
            await roll_back(desk, "items")
        assert await registrar.of(None) == expected
    async with registrar.desk() as desk:
        with pytest.raises(Refusal, match="Before that, nothing was chosen of items for all: disable it"):
            await roll_back(desk, "items")


async def test_one_tenant_is_rolled_back_alone(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1, ITEMS_2)
    async with registrar.desk() as desk:
        await roll_back(desk, "items", ACME)
    assert await everybody(registrar) == (["items@1"], ["items@2"], ["items@2"])
    await do_enable(registrar, ITEMS_2, tenant=GLOBEX)
    async with registrar.desk() as desk:
        await roll_back(desk, "items", GLOBEX)
        await roll_back(desk, "items")
    assert await everybody(registrar) == (["items@1"], ["items@1"], ["items@1"])


async def test_a_rollout_reaches_whom_it_names_is_widened_and_finished(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1)
    async with registrar.desk() as desk:
        await roll_out(desk, ITEMS_2, ONLY_ACME)
    assert await everybody(registrar) == (["items@2"], ["items@1"], ["items@1"])
    async with registrar.desk() as desk:
        wider = await roll_out(desk, ITEMS_2, Audience(percent=100))
        assert wider.audience == Audience(tenants=frozenset({ACME}), percent=100)
    assert await everybody(registrar) == (["items@2"], ["items@2"], ["items@1"])
    async with registrar.desk() as desk:
        await finish_rollout(desk, "items")
    assert await everybody(registrar) == (["items@2"],) * 3
    assert (await registrar.registry()).rollouts == {}
    async with registrar.desk() as desk:
        await roll_back(desk, "items")
    assert await everybody(registrar) == (["items@1"],) * 3


async def test_a_halt_returns_everybody_to_what_they_had_and_says_why(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1)
    async with registrar.desk() as desk:
        await disable(desk, "items", ACME)
        await roll_out(desk, ITEMS_2, Audience(frozenset({ACME}), percent=100))
    assert await everybody(registrar) == (["items@2"], ["items@2"], ["items@1"])
    async with registrar.desk(By("judge", "7 of 9 requests failed")) as desk:
        halted = await halt_rollout(desk, "items")
        assert halted.reason == "7 of 9 requests failed"
    assert await everybody(registrar) == ([], ["items@1"], ["items@1"])
    async with registrar.desk() as desk:
        [row] = await desk.session.scalars(
            select(ModuleChangeRow).where(ModuleChangeRow.action == "rollout_halted")
        )
        assert (row.actor, row.reason, row.version) == ("judge", "7 of 9 requests failed", 2)


async def test_a_halt_is_not_refused_though_something_needs_what_goes(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1)
    async with registrar.desk() as desk:
        await roll_out(desk, ORDERS_1, ONLY_ACME)
        await halt_rollout(desk, "orders")
    assert await registrar.of(ACME) == ["items@1"]


async def test_two_versions_of_a_module_are_not_rolled_out_at_once(registrar: Registrar) -> None:
    async with registrar.desk() as desk:
        await roll_out(desk, ITEMS_1, ONLY_ACME)
        for act in (roll_out(desk, ITEMS_2, ONLY_ACME), enable(desk, ITEMS_2)):
            with pytest.raises(Refusal, match="items@1 is being rolled out: halt that first, or finish it"):
                await act


async def test_a_tenant_is_taken_out_of_a_rollout_by_its_rollback(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1)
    async with registrar.desk() as desk:
        await roll_out(desk, ITEMS_2, Audience(percent=100))
        await roll_back(desk, "items", GLOBEX)
    assert await everybody(registrar) == (["items@2"], ["items@1"], ["items@1"])
    async with registrar.desk() as desk:
        await roll_back(desk, "items")
    assert await everybody(registrar) == (["items@1"],) * 3


async def test_a_version_chosen_for_one_tenant_is_replaced_by_a_finished_rollout_and_comes_back(
    registrar: Registrar,
) -> None:
    await do_enable(registrar, ITEMS_1, tenant=ACME)
    assert await everybody(registrar) == (["items@1"], [], [])
    async with registrar.desk() as desk:
        await roll_out(desk, ITEMS_2, Audience(percent=100))
        await finish_rollout(desk, "items")
    assert await everybody(registrar) == (["items@2"], [], [])
    async with registrar.desk() as desk:
        await roll_back(desk, "items", ACME)
    assert await everybody(registrar) == (["items@1"], [], [])


async def test_a_ring_is_a_group_of_tenants_and_rollouts_follow_it(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1)
    async with registrar.desk() as desk:
        await set_ring(desk, "early", [ACME])
        await roll_out(desk, ITEMS_2, Audience(rings=frozenset({"early"})))
    assert await everybody(registrar) == (["items@2"], ["items@1"], ["items@1"])
    async with registrar.desk() as desk:
        await set_ring(desk, "early", [GLOBEX])
    assert await everybody(registrar) == (["items@1"], ["items@2"], ["items@1"])


async def test_a_broken_version_is_set_aside_with_what_needs_it_and_given_back(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1, ORDERS_1)
    async with registrar.desk(By("house", "its migration fails")) as desk:
        await set_aside(desk, ITEMS_1)
    assert await everybody(registrar) == ([], [], [])
    async with registrar.desk() as desk:
        with pytest.raises(Refusal, match="items@1 is set aside: its migration fails"):
            await enable(desk, ITEMS_1, ACME)
        await mend(desk, ITEMS_1)
    assert await everybody(registrar) == (["items@1", "orders@1"],) * 3


async def test_whoever_changes_the_registry_at_once_takes_turns_and_what_both_want_holds(
    registrar: Registrar,
) -> None:
    """Each alone is fine, and together they would leave orders without items."""
    await do_enable(registrar, ITEMS_1)

    async def one(act: str) -> None:
        async with registrar.desk() as desk:
            await (disable(desk, "items") if act == "disable" else enable(desk, ORDERS_1))

    ended = await asyncio.gather(one("disable"), one("enable"), return_exceptions=True)
    assert sum(isinstance(each, Refusal) for each in ended) == 1
    assert await registrar.of(None) in ([], ["items@1", "orders@1"])


async def test_who_did_what_and_why_is_kept(registrar: Registrar) -> None:
    await do_enable(registrar, ITEMS_1)
    async with registrar.desk(By("olga", "  they asked for it ")) as desk:
        await disable(desk, "items", ACME)
        history = await load_changes(desk.session, "items")
        last = await desk.session.scalar(
            select(ModuleChangeRow).order_by(ModuleChangeRow.number.desc()).limit(1)
        )
    assert [(each.kind, each.tenant) for each in history] == [
        (ChangeKind.PUBLISHED, None),
        (ChangeKind.PUBLISHED, None),
        (ChangeKind.ENABLED, None),
        (ChangeKind.DISABLED, ACME),
    ]
    assert last is not None
    assert (last.actor, last.reason) == ("olga", "they asked for it")


async def test_a_tenant_sees_what_concerns_it_and_changes_nothing(registrar: Registrar) -> None:
    """E1: by the database, whatever a request tries."""
    await do_enable(registrar, ITEMS_1)
    await do_enable(registrar, ITEMS_2, tenant=ACME)
    async with registrar.desk() as desk:
        await roll_out(desk, ORDERS_1, ONLY_ACME)
    async with registrar.database.session(GLOBEX) as session:
        rows = (await session.scalars(select(ModuleEnablementRow))).all()
        assert [(row.tenant_id, row.version) for row in rows] == [(None, 1)]
        assert await session.scalar(select(func.count()).select_from(ModuleRolloutRow)) == 0
        changed = await session.scalars(select(ModuleChangeRow.tenant_id))
        assert set(changed) == {None}
    for write in (
        "INSERT INTO foundation.module_enablements (module, version, set_by) VALUES ('orders', 1, 'me')",
        f"INSERT INTO foundation.module_enablements (module, tenant_id, version, set_by) VALUES ('orders', '{GLOBEX}', 1, 'me')",
        "INSERT INTO foundation.module_versions SELECT * FROM foundation.module_versions",
    ):
        with pytest.raises(DBAPIError, match=r"violates row-level security|permission denied"):
            async with registrar.database.session(GLOBEX) as session:
                await session.execute(text(write))
    async with registrar.database.session(GLOBEX) as session:
        await narrow(session, GLOBEX)
        await session.execute(text("UPDATE foundation.module_enablements SET version = 2"))
        await session.execute(text("DELETE FROM foundation.module_enablements"))
    assert await everybody(registrar) == (["items@2", "orders@1"], ["items@1"], ["items@1"])
