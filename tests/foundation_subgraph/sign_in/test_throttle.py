"""Attempts are counted in the database: together by all processes, by account and address, with waits that grow."""

import asyncio

import httpx
from sqlalchemy import text

from foundation_subgraph.kit.testing import ThrowAwayDatabase
from foundation_subgraph.sign_in.throttle import Counted, Throttle, counted
from tests.foundation_subgraph.sign_in.door import Door

ONE = (Counted("test", "one", limit=3, is_cleared=True),)
SHARED = (Counted("test", "two", limit=3, is_cleared=True), Counted("address", "here", 5, is_cleared=False))


async def pass_time(database: ThrowAwayDatabase, seconds: int) -> None:
    """Everything that was counted lies so much further back."""
    async with database.sign_in.begin() as connection:
        await connection.execute(
            text(
                "UPDATE foundation.sign_in_attempts SET last_at = last_at - make_interval(secs => :s), "
                "blocked_until = blocked_until - make_interval(secs => :s)"
            ),
            {"s": seconds},
        )


async def test_each_failure_beyond_the_limit_doubles_the_wait_up_to_an_hour(
    database: ThrowAwayDatabase,
) -> None:
    throttle = Throttle(database.sign_in)
    assert [await throttle.begin(ONE) for _ in range(3)] == [0, 0, 0]
    waits = []
    for _ in range(9):
        waits.append(await throttle.begin(ONE))
        await pass_time(database, waits[-1])
        assert await throttle.begin(ONE) == 0
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]


async def test_who_waits_is_not_counted_again(database: ThrowAwayDatabase) -> None:
    throttle = Throttle(database.sign_in)
    for _ in range(3):
        await throttle.begin(ONE)
    waits = [await throttle.begin(ONE) for _ in range(10)]
    assert all(28 <= wait <= 30 for wait in waits)


async def test_success_starts_anew_and_what_lies_long_back_is_forgotten(database: ThrowAwayDatabase) -> None:
    throttle = Throttle(database.sign_in)
    for _ in range(2):
        await throttle.begin(ONE)
    await throttle.succeed(ONE)
    assert [await throttle.begin(ONE) for _ in range(3)] == [0, 0, 0]
    assert await throttle.begin(ONE) > 0
    await pass_time(database, 2 * 3600 + 1)
    assert [await throttle.begin(ONE) for _ in range(3)] == [0, 0, 0]
    await pass_time(database, 2 * 3600 + 1)
    await throttle.begin(SHARED)
    async with database.sign_in.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM foundation.sign_in_attempts")) == 2


async def test_an_attempt_that_one_count_refuses_counts_nowhere(database: ThrowAwayDatabase) -> None:
    throttle = Throttle(database.sign_in)
    for _ in range(3):
        await throttle.begin(SHARED)
    for _ in range(10):
        assert await throttle.begin(SHARED) > 0
    others = [(Counted("test", str(n), limit=3, is_cleared=True), SHARED[1]) for n in range(3)]
    assert [await throttle.begin(other) == 0 for other in others] == [True, True, False]


async def test_processes_count_together_also_at_the_same_moment(database: ThrowAwayDatabase) -> None:
    throttles = [Throttle(database.sign_in), Throttle(database.sign_in)]
    waits = await asyncio.gather(*(throttles[n % 2].begin(ONE) for n in range(12)))
    assert sum(wait == 0 for wait in waits) == 3


async def test_guesses_from_elsewhere_lock_nobody_out(door: Door) -> None:
    strange = httpx.ASGITransport(door.app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=strange, base_url="http://house") as stranger:
        sent = {"email": "clerk@acme.example", "password": "guess"}
        statuses = [(await stranger.post("/sign-in", json=sent)).status_code for _ in range(8)]
    assert statuses == [401] * 5 + [429] * 3
    assert (await door.enter("clerk@acme.example")).status_code == 200


async def test_what_is_counted_is_kept_as_hashes_that_differ_by_kind_account_and_network() -> None:
    keys = {
        one.key
        for kind in ("password", "forgot")
        for account in ("a@x.example", "b@x.example")
        for host in ("192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2")
        for one in counted(kind, account, host)
    }
    assert len(keys) == 2 * 2 * 3 + 3
    assert all(len(key) == 32 for key in keys)
