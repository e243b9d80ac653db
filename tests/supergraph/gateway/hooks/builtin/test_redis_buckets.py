"""Rates in a real Redis, which several gateways share."""

import asyncio
import time

import pytest
from redis.asyncio import Redis

from supergraph.gateway.hooks import RateLimitStore, RateLimitStoreError, TokensWanted
from supergraph.gateway.hooks.builtin.redis_buckets import RedisBuckets


@pytest.fixture
async def open_store(redis_server):
    opened = []

    def open_(**options):
        store = RedisBuckets(redis_server.url, **{"seconds": 2.0, "pause_seconds": 0.2, **options})
        opened.append(store)
        return store

    yield open_
    for each in opened:
        await each.close()


def one(key="a", amount=1, per_second=2.0, burst=4):
    return TokensWanted(key, amount, per_second, burst)


async def test_a_bucket_gives_its_burst_and_then_what_flows_in(open_store):
    store = open_store()
    assert isinstance(store, RateLimitStore)
    slow = one(per_second=0.01)
    assert [await store.take([slow]) for _ in range(4)] == [0, 0, 0, 0]
    assert 99 < await store.take([slow]) <= 100
    quick = one("quick", per_second=50, burst=1)
    assert await store.take([quick]) == 0
    wait = await store.take([quick])
    assert 0 < wait <= 0.02
    await asyncio.sleep(wait + 0.005)
    assert await store.take([quick]) == 0


async def test_several_gateways_that_count_at_once_give_no_token_twice(open_store):
    stores = [open_store() for _ in range(3)]
    wanted = [TokensWanted("tenant", 1, 0.001, 50), TokensWanted("client", 1, 0.001, 40)]
    waits = await asyncio.gather(*(stores[n % 3].take(wanted) for n in range(150)))
    assert sum(wait == 0 for wait in waits) == 40
    # What the client's bucket refused was not taken from the tenant's.
    rest = await asyncio.gather(*(stores[n % 3].take(wanted[:1]) for n in range(30)))
    assert sum(wait == 0 for wait in rest) == 10


async def test_buckets_that_are_full_leave_nothing_behind(redis_server, open_store):
    store = open_store()
    await store.take([one(f"k{n}", per_second=1000, burst=1) for n in range(20)])
    async with Redis.from_url(redis_server.url) as redis, asyncio.timeout(5):
        while await redis.dbsize():  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.02)


async def test_keys_are_data_and_nothing_else(open_store):
    store = open_store()
    for hostile in ("x'] redis.call('FLUSHALL') --", "a\nb", "{tenant}", "ü" * 1000, ""):
        assert await store.take([one(hostile)]) == 0


async def test_a_redis_that_is_away_costs_no_time_and_is_asked_again_later(redis_server, open_store):
    store = open_store(pause_seconds=0.3)
    assert await store.take([one()]) == 0
    await redis_server.stop()
    with pytest.raises(RateLimitStoreError):
        await store.take([one()])
    began = time.monotonic()
    for _ in range(200):
        with pytest.raises(RateLimitStoreError, match="a moment ago"):
            await store.take([one()])
    assert time.monotonic() - began < 0.3
    await redis_server.start()
    async with asyncio.timeout(5):
        while True:
            try:
                assert await store.take([one("other")]) == 0
                break
            except RateLimitStoreError:
                await asyncio.sleep(0.05)


async def test_a_redis_that_answers_too_late_is_away(redis_server, open_store):
    store = open_store(seconds=0.1)
    async with Redis.from_url(redis_server.url) as redis:
        await redis.client_pause(1000)
        began = time.monotonic()
        with pytest.raises(RateLimitStoreError):
            await store.take([one()])
        assert time.monotonic() - began < 0.9
