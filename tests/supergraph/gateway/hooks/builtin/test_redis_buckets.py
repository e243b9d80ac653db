"""Rates in a real Redis, which several gateways share."""

import asyncio
import shutil
import time

import pytest
from redis.asyncio import Redis
from redis.exceptions import RedisError

from supergraph.gateway.hooks import RateLimitStore, RateLimitStoreError, TokensWanted
from supergraph.gateway.hooks.builtin.redis_buckets import RedisBuckets


class Server:
    """A redis-server on a socket of its own, started and stopped at will."""

    def __init__(self, folder):
        self.socket = folder / "redis.sock"
        self.url = f"unix://{self.socket}"
        self.process = None

    async def start(self):
        self.process = await asyncio.create_subprocess_exec(
            *(
                "redis-server",
                "--port",
                "0",
                "--unixsocket",
                str(self.socket),
                "--save",
                "",
                "--appendonly",
                "no",
            ),
            cwd=self.socket.parent,
            stdout=asyncio.subprocess.DEVNULL,
        )
        async with asyncio.timeout(10):
            while not await self._answers():  # noqa: ASYNC110 - another process tells nobody
                await asyncio.sleep(0.01)

    async def _answers(self):
        try:
            async with Redis.from_url(self.url) as redis:
                return await redis.ping()
        except RedisError:
            return False

    async def stop(self):
        if self.process is not None and self.process.returncode is None:
            self.process.terminate()
            await self.process.wait()


@pytest.fixture
async def server(tmp_path_factory):
    if shutil.which("redis-server") is None:
        pytest.skip("no redis-server here: apt-get install redis-server")
    # A socket's path may have but a hundred characters.
    started = Server(tmp_path_factory.mktemp("r"))
    await started.start()
    yield started
    await started.stop()


@pytest.fixture
async def open_store(server):
    opened = []

    def open_(**options):
        store = RedisBuckets(server.url, **{"seconds": 2.0, "pause_seconds": 0.2, **options})
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


async def test_buckets_that_are_full_leave_nothing_behind(server, open_store):
    store = open_store()
    await store.take([one(f"k{n}", per_second=1000, burst=1) for n in range(20)])
    async with Redis.from_url(server.url) as redis, asyncio.timeout(5):
        while await redis.dbsize():  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.02)


async def test_keys_are_data_and_nothing_else(open_store):
    store = open_store()
    for hostile in ("x'] redis.call('FLUSHALL') --", "a\nb", "{tenant}", "ü" * 1000, ""):
        assert await store.take([one(hostile)]) == 0


async def test_a_redis_that_is_away_costs_no_time_and_is_asked_again_later(server, open_store):
    store = open_store(pause_seconds=0.3)
    assert await store.take([one()]) == 0
    await server.stop()
    with pytest.raises(RateLimitStoreError):
        await store.take([one()])
    began = time.monotonic()
    for _ in range(200):
        with pytest.raises(RateLimitStoreError, match="a moment ago"):
            await store.take([one()])
    assert time.monotonic() - began < 0.3
    await server.start()
    async with asyncio.timeout(5):
        while True:
            try:
                assert await store.take([one("other")]) == 0
                break
            except RateLimitStoreError:
                await asyncio.sleep(0.05)


async def test_a_redis_that_answers_too_late_is_away(server, open_store):
    store = open_store(seconds=0.1)
    async with Redis.from_url(server.url) as redis:
        await redis.client_pause(1000)
        began = time.monotonic()
        with pytest.raises(RateLimitStoreError):
            await store.take([one()])
        assert time.monotonic() - began < 0.9
