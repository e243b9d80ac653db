"""Rates in this process."""

import pytest

from supergraph.gateway.hooks import RateLimitStore, TokensWanted
from supergraph.gateway.hooks.builtin.token_buckets import TokenBuckets


class Clock:
    def __init__(self):
        self.now = 1000.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def buckets(clock):
    return TokenBuckets(buckets=100, clock=clock)


def one(key="a", amount=1, per_second=2, burst=4):
    return TokensWanted(key, amount, per_second, burst)


def test_it_stands_on_the_hook_point(buckets):
    assert isinstance(buckets, RateLimitStore)


async def test_a_bucket_gives_its_burst_and_then_what_flows_in(buckets, clock):
    assert [await buckets.take([one()]) for _ in range(4)] == [0, 0, 0, 0]
    assert await buckets.take([one()]) == pytest.approx(0.5)
    clock.now += 0.49
    assert await buckets.take([one()]) == pytest.approx(0.01)
    clock.now += 0.02
    assert await buckets.take([one()]) == 0
    clock.now += 1000
    assert [await buckets.take([one()]) == 0 for _ in range(5)] == [True] * 4 + [False]


@pytest.mark.parametrize(("per_second", "burst"), [(0.001, 1), (0.1, 3), (7, 11), (333.3, 10), (1e6, 5)])
async def test_a_bucket_gives_all_of_its_burst_however_its_times_are_rounded(clock, per_second, burst):
    for n in range(200):
        clock.now += n * 0.123456789
        buckets = TokenBuckets(buckets=9, clock=clock)
        waits = [await buckets.take([one(per_second=per_second, burst=burst)]) for _ in range(burst + 1)]
        assert waits[:-1] == [0] * burst
        assert waits[-1] == pytest.approx(1 / per_second) or per_second > 1e5


async def test_what_is_refused_takes_nothing(buckets):
    for _ in range(10):
        assert await buckets.take([one(amount=5)]) == pytest.approx(0.5)
    assert await buckets.take([one(amount=4)]) == 0


async def test_of_several_buckets_all_give_or_none(buckets):
    await buckets.take([one("empty", amount=4)])
    for _ in range(10):
        assert await buckets.take([one("full"), one("empty")]) > 0
    assert [await buckets.take([one("full")]) for _ in range(4)] == [0, 0, 0, 0]


async def test_memory_is_bounded_and_full_buckets_go_first(clock):
    buckets = TokenBuckets(buckets=50, clock=clock)
    for n in range(45):
        await buckets.take([one(f"passing{n}")])
    clock.now += 10
    await buckets.take([one("held", amount=4)])
    for n in range(1000):
        await buckets.take([one(f"new{n}")])
        assert len(buckets) <= 51
        clock.now += 0.02 if n < 20 else 0
    clock.now += 0.001
    assert await TokenBuckets(buckets=1).take([one()]) == 0


async def test_who_owes_is_remembered_while_others_come_and_go(clock):
    buckets = TokenBuckets(buckets=50, clock=clock)
    await buckets.take([TokensWanted("debtor", 100, 1, 100)])
    for n in range(1000):
        await buckets.take([one(f"passing{n}")])
        clock.now += 0.05
    assert await buckets.take([TokensWanted("debtor", 100, 1, 100)]) > 0
