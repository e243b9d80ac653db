"""A request's transactions and loaders: one connection, one tenant, in turn."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from foundation_subgraph.kit import Database, Refusal, RequestContext
from foundation_subgraph.kit.testing import ACME, GLOBEX, SOMEBODY, ThrowAwayDatabase, principal
from supergraph.spec import Principal

TENANT = text("SELECT current_setting('dovetail.tenant_id', true)")


async def test_resolvers_side_by_side_take_turns_on_one_connection(database: ThrowAwayDatabase) -> None:
    context = RequestContext(principal(), database.application)
    open_at_once = most = 0

    async def resolve() -> str:
        nonlocal open_at_once, most
        async with context.transaction() as session:
            open_at_once += 1
            most = max(most, open_at_once)
            await session.execute(text("SELECT pg_sleep(0.002)"))
            tenant: str = (await session.execute(TENANT)).scalar_one()
            open_at_once -= 1
            return tenant

    assert set(await asyncio.gather(*(resolve() for _ in range(20)))) == {str(ACME)}
    assert most == 1


async def test_a_transaction_within_a_transaction_is_an_error_and_not_a_standstill(
    database: ThrowAwayDatabase,
) -> None:
    context = RequestContext(principal(), database.application)

    async def load(inner: RequestContext, keys: Sequence[int]) -> list[int]:
        async with inner.transaction():
            return list(keys)

    async with asyncio.timeout(5):
        async with context.transaction():
            with pytest.raises(RuntimeError, match="already open"):
                async with context.transaction():
                    pass
            with pytest.raises(RuntimeError, match="already open"):
                await context.loader(load).load(1)
        assert await context.loader(load).load(1) == 1


async def test_an_exception_rolls_back(database: ThrowAwayDatabase) -> None:
    context = RequestContext(principal(), database.application)
    insert = text("INSERT INTO foundation.demo_seeds (subgraph) VALUES ('x')")

    async def insert_and_fail() -> None:
        async with context.transaction() as session:
            await session.execute(insert)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await insert_and_fail()
    async with context.transaction() as session:
        assert (await session.execute(text("SELECT * FROM foundation.demo_seeds"))).all() == []


async def test_a_pooled_connection_carries_no_tenant_to_its_next_user(database: ThrowAwayDatabase) -> None:
    one = Database(database.addresses["dovetail_app"].engine(pool_size=1))
    try:
        async with one.transaction(principal(tenant=ACME)) as session:
            assert (await session.execute(TENANT)).scalar() == str(ACME)
        async with one.engine.connect() as connection:
            assert (await connection.execute(TENANT)).scalar() in {"", None}

        async def cancelled() -> None:
            async with one.transaction(principal(tenant=ACME)) as session:
                await session.execute(text("SELECT pg_sleep(10)"))

        task = asyncio.create_task(cancelled())
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        async with one.transaction(principal(tenant=None)) as session:
            assert (await session.execute(TENANT)).scalar() == ""
    finally:
        await one.close()


async def test_interleaved_requests_of_two_tenants_each_see_their_own(database: ThrowAwayDatabase) -> None:
    async def ask(number: int) -> bool:
        tenant = (ACME, GLOBEX)[number % 2]
        context = RequestContext(principal(tenant=tenant), database.application)
        async with context.transaction() as session:
            seen = (await session.execute(TENANT)).scalar_one()
            await asyncio.sleep(0)
            again = (await session.execute(TENANT)).scalar_one()
        return bool(seen == again == str(tenant))

    assert all(await asyncio.gather(*(ask(number) for number in range(100))))


@pytest.mark.parametrize("tenant", ["", "acme", "' OR true --", "00000000", "%", "\x00"])
async def test_what_is_no_id_of_a_tenant_narrows_to_nothing(database: ThrowAwayDatabase, tenant: str) -> None:
    from dataclasses import replace

    async with database.application.transaction(replace(principal(), tenant=tenant)) as session:
        assert (await session.execute(TENANT)).scalar() == ""


async def test_look_ups_of_one_turn_are_one_batch_of_different_keys(database: ThrowAwayDatabase) -> None:
    context = RequestContext(principal(), database.application)
    batches: list[list[int]] = []

    async def load(_context: RequestContext, keys: Sequence[int]) -> list[int]:
        batches.append(list(keys))
        return [key * 10 for key in keys]

    loader = context.loader(load)
    assert await asyncio.gather(*(loader.load(key) for key in (1, 2, 1, 3))) == [10, 20, 10, 30]
    assert batches == [[1, 2, 3]]
    await loader.load(1)
    assert batches == [[1, 2, 3], [1]], "nothing is remembered that a mutation may have changed"
    assert context.loader(load) is loader
    assert RequestContext(principal(), database.application).loader(load) is not loader


async def test_text_that_postgresql_cannot_keep_is_refused(database: ThrowAwayDatabase) -> None:
    context = RequestContext(principal(), database.application)
    with pytest.raises(Refusal, match="cannot be kept"):
        async with context.transaction() as session:
            await session.execute(
                text("INSERT INTO foundation.demo_seeds (subgraph) VALUES (:x)"), {"x": "a\0b"}
            )
    async with context.transaction() as session:
        assert (await session.execute(TENANT)).scalar() == str(ACME)


async def test_who_asks_has_an_id_or_is_refused(database: ThrowAwayDatabase) -> None:
    assert RequestContext(principal(), database.application).subject == SOMEBODY
    for subject, code in ((None, "UNAUTHENTICATED"), ("somebody", "BAD_USER_INPUT")):
        with pytest.raises(Refusal) as refused:
            _ = RequestContext(Principal(subject=subject), database.application).subject
        assert refused.value.code == code


async def test_a_loader_that_fails_fails_those_who_asked_it_and_no_other(database: ThrowAwayDatabase) -> None:
    context = RequestContext(principal(), database.application)

    async def fail(_context: RequestContext, _keys: Sequence[int]) -> list[int]:
        async with context.transaction() as session:
            await session.execute(text("SELECT 1 / 0"))
        return []

    async def load(_context: RequestContext, keys: Sequence[int]) -> list[int]:
        async with context.transaction() as session:
            await session.execute(text("SELECT 1"))
        return list(keys)

    found = await asyncio.gather(
        context.loader(fail).load(1),
        context.loader(load).load(1),
        context.loader(fail).load(2),
        context.loader(load).load(2),
        return_exceptions=True,
    )
    assert (found[1], found[3]) == (1, 2)
    assert isinstance(found[0], DBAPIError)
    assert isinstance(found[2], DBAPIError)


async def test_a_request_that_is_cancelled_leaves_nothing_behind(database: ThrowAwayDatabase) -> None:
    context = RequestContext(principal(), database.application)
    entered = asyncio.Event()

    async def write_and_wait() -> None:
        async with context.transaction() as session:
            await session.execute(text("INSERT INTO foundation.demo_seeds (subgraph) VALUES ('x')"))
            entered.set()
            await asyncio.sleep(60)

    task = asyncio.create_task(write_and_wait())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with asyncio.timeout(5), context.transaction() as session:
        assert (await session.execute(text("SELECT * FROM foundation.demo_seeds"))).all() == []
