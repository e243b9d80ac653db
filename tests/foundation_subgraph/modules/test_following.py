"""What a gateway's process knows of the registry: of all tenants, in memory, and soon after it changed."""

import asyncio
from contextlib import aclosing
from uuid import uuid4

import pytest
from sqlalchemy import text

from foundation_subgraph.kit.testing import ACME, GLOBEX
from foundation_subgraph.modules.changes import disable, enable, roll_out, set_aside
from foundation_subgraph.modules.following import RegisteredModules, UnknownVersionError, following
from foundation_subgraph.modules.model import Audience, VersionId
from foundation_subgraph.modules.recording import By
from supergraph.spec import ModuleDocument
from tests.foundation_subgraph.modules.house import ITEMS, ITEMS_WITH_PRICE, ORDERS, Registrar, version

FOUNDATION = ModuleDocument("foundation", "type Query { me: ID }", "http://foundation.example")
ITEMS_1, ITEMS_2 = VersionId("items", 1), VersionId("items", 2)
RUNNING = {one: ModuleDocument("items", ITEMS, "http://here.example") for one in (ITEMS_1, ITEMS_2)}


@pytest.fixture(autouse=True)
async def published(registrar: Registrar) -> None:
    await registrar.publish(
        version("items@1", ITEMS),
        version("items@2", ITEMS_WITH_PRICE),
        version("orders@1", ORDERS, needs=["items"], address="http://orders.example/graphql"),
        version("notes@1", "type Query { notes: [ID!] }"),
    )


async def test_a_change_is_known_without_being_asked_for(registrar: Registrar) -> None:
    """F6: at most five seconds; PostgreSQL tells it, and the poll comes only after ten."""
    modules = RegisteredModules(FOUNDATION, RUNNING)
    async with following(registrar.database.sign_in, modules), aclosing(modules.changes()) as changes:
        assert modules.of(str(ACME)) == frozenset()
        changed = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        async with registrar.desk() as desk:
            await enable(desk, ITEMS_1)
        async with asyncio.timeout(5):
            await changed
        assert modules.of(str(ACME)) == modules.of(None) == {"items@1"}
        async with registrar.desk() as desk:
            await roll_out(desk, ITEMS_2, Audience(tenants=frozenset({ACME})))
        async with asyncio.timeout(5):
            await anext(changes)
        assert (modules.of(str(ACME)), modules.of(str(GLOBEX))) == ({"items@2"}, {"items@1"})


async def test_a_connection_that_is_lost_is_made_anew(registrar: Registrar) -> None:
    modules = RegisteredModules(FOUNDATION, RUNNING)
    async with following(registrar.database.sign_in, modules), aclosing(modules.changes()) as changes:
        async with registrar.database.sign_in.connect() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE query LIKE 'LISTEN%' AND usename = current_user AND pid <> pg_backend_pid()"
                )
            )
        async with registrar.desk() as desk:
            await enable(desk, ITEMS_1)
        async with asyncio.timeout(20):
            while modules.of(None) != {"items@1"}:
                await anext(changes)


async def test_tenants_of_equal_sets_have_the_same_one(registrar: Registrar) -> None:
    async with registrar.desk() as desk:
        await enable(desk, ITEMS_1)
        await enable(desk, ITEMS_1, ACME)
    modules = RegisteredModules(FOUNDATION, RUNNING)
    modules.take_in(await registrar.registry())
    assert modules.of(str(ACME)) is modules.of(str(uuid4())) is modules.of(None) is modules.of("no id at all")


async def test_the_documents_of_a_set_say_where_each_is_asked(registrar: Registrar) -> None:
    modules = RegisteredModules(FOUNDATION, RUNNING)
    modules.take_in(await registrar.registry())
    found = await modules.documents(frozenset({"orders@1", "items@2"}))
    assert [(each.name, each.address) for each in found] == [
        ("foundation", "http://foundation.example"),
        ("items", "http://here.example"),
        ("orders", "http://orders.example/graphql"),
    ]
    assert found[2].sdl == version("orders@1", ORDERS).sdl
    with pytest.raises(UnknownVersionError, match="orders@9 is not published"):
        await modules.documents(frozenset({"orders@9"}))


async def test_what_nothing_serves_and_what_is_set_aside_is_in_no_set(registrar: Registrar) -> None:
    modules = RegisteredModules(FOUNDATION, RUNNING)
    async with registrar.desk() as desk:
        await enable(desk, ITEMS_1)
        await enable(desk, VersionId("orders", 1))
        await enable(desk, VersionId("notes", 1))
    modules.take_in(await registrar.registry())
    assert modules.of(None) == {"items@1", "orders@1"}
    assert "does not run here" in modules.registry.faults[VersionId("notes", 1)]
    async with registrar.desk(By("house", "it crashes")) as desk:
        await set_aside(desk, VersionId("orders", 1))
    modules.take_in(await registrar.registry())
    assert modules.of(None) == {"items@1"}
    with pytest.raises(UnknownVersionError, match="orders@1: it crashes"):
        await modules.documents(frozenset({"orders@1"}))


async def test_what_changes_for_nobody_is_not_told(registrar: Registrar) -> None:
    modules = RegisteredModules(FOUNDATION, RUNNING)
    modules.take_in(await registrar.registry())
    async with aclosing(modules.changes()) as changes:
        changed = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        modules.take_in(await registrar.registry())
        await asyncio.sleep(0)
        assert not changed.done()
        async with registrar.desk() as desk:
            await enable(desk, ITEMS_1)
            await disable(desk, "items", ACME)
        modules.take_in(await registrar.registry())
        await changed
