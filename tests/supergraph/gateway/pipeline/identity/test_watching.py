"""Callers with something open are looked at again (B8)."""

import asyncio

import pytest
from structlog.testing import capture_logs

from supergraph.gateway import Identity
from supergraph.gateway.pipeline.identity.refusals import REVOKED
from supergraph.gateway.pipeline.identity.watching import CallerWatch, while_allowed
from supergraph.spec import NOBODY, Caller, Principal, RevocationList, StoredApiKey, new_api_key

SOMEBODY = Caller(Principal("u1", "t1"), session="s1", issued_at=1.0)
ANOTHER = Caller(Principal("u2", "t1"), session="s2", issued_at=1.0)


async def until(condition):
    async with asyncio.timeout(3):
        while not condition():  # noqa: ASYNC110 - what is waited for is what a test asserts
            await asyncio.sleep(0.005)


async def test_whoever_is_revoked_goes_and_others_stay():
    revocations, ended = RevocationList(), []
    identity = Identity(revocations=[revocations], review_seconds=0.01)
    identity.watch(SOMEBODY, lambda reason: ended.append(("first", reason)))
    identity.watch(SOMEBODY, lambda reason: ended.append(("second", reason)))
    stop = identity.watch(ANOTHER, lambda reason: ended.append(("other", reason)))
    await asyncio.sleep(0.05)
    assert ended == []
    revocations.revoke_session("s1")
    await until(lambda: len(ended) >= 2)
    assert {name for name, _ in ended} == {"first", "second"}
    assert all(reason is REVOKED for _, reason in ended)
    stop()


async def test_a_revoked_key_ends_what_was_opened_with_it(caller):
    key = new_api_key()
    kept = {key.id: StoredApiKey(key.id, key.digest(), "importer")}

    class Store:
        async def find_api_key(self, key_id):
            return kept.get(key_id)

        def api_key_used(self, key_id):
            pass

    identity = Identity(api_keys=Store(), key_seconds=0.01, review_seconds=0.01)
    found, ended = caller(await identity.identify(f"Bearer {key.text()}".encode())), []
    stop = identity.watch(found, ended.append)
    await asyncio.sleep(0.05)
    assert ended == []
    kept[key.id] = StoredApiKey(key.id, key.digest(), "importer", scopes=frozenset({"more"}))
    await until(lambda: ended)
    assert ended[0] is REVOKED, (
        "what it may do has changed, and the operation was planned by what it could before"
    )
    stop()


async def test_a_store_that_is_away_puts_nobody_out(caller):
    key = new_api_key()
    is_away = False

    class Store:
        async def find_api_key(self, key_id):
            if is_away:
                raise RuntimeError("away")
            return StoredApiKey(key.id, key.digest(), "importer")

        def api_key_used(self, key_id):
            pass

    identity = Identity(api_keys=Store(), key_seconds=0.01, review_seconds=0.01)
    found, ended = caller(await identity.identify(f"Bearer {key.text()}".encode())), []
    stop = identity.watch(found, ended.append)
    is_away = True
    with capture_logs():
        await asyncio.sleep(0.06)
    assert ended == []
    stop()


async def test_nothing_runs_while_nobody_is_watched():
    looked = []

    async def review(caller):
        looked.append(caller)

    watch = CallerWatch(review, 0.01)
    stop = watch.watch(SOMEBODY, lambda _: None)
    await until(lambda: looked)
    stop()
    stop()
    before = len(looked)
    await asyncio.sleep(0.05)
    assert len(looked) == before
    assert watch._task is None
    again = watch.watch(SOMEBODY, lambda _: None)
    await until(lambda: len(looked) > before)
    again()


async def test_one_look_that_fails_ends_no_other():
    ended = []

    async def review(caller):
        if caller is SOMEBODY:
            raise RuntimeError("a fault")
        return REVOKED

    watch = CallerWatch(review, 0.01)
    with capture_logs() as logs:
        stops = [watch.watch(each, ended.append) for each in (SOMEBODY, ANOTHER)]
        await until(lambda: ended)
    assert logs[0]["event"] == "looking at a caller again met a fault"
    for stop in stops:
        stop()


@pytest.mark.parametrize("who", [NOBODY, SOMEBODY])
async def test_whom_nobody_could_revoke_is_not_watched(who):
    identity = Identity()
    identity.watch(who, lambda _: None)()
    assert identity._watch._task is None


async def test_a_store_that_is_slow_delays_one_look_and_not_one_per_key():
    looking, most = 0, 0

    async def review(caller):
        nonlocal looking, most
        looking += 1
        most = max(most, looking)
        await asyncio.sleep(0.05)
        looking -= 1

    watch = CallerWatch(review, 0.01)
    stops = [watch.watch(Caller(Principal(f"m{n}"), api_key=f"key{n}"), lambda _: None) for n in range(20)]
    await until(lambda: most == 20)
    for stop in stops:
        stop()


async def test_no_event_goes_out_once_it_may_not():
    closed, ended, taken = [], [], []

    async def events():
        try:
            for number in range(10):
                yield number
        finally:
            closed.append(True)

    def review():
        return None if len(taken) < 3 else REVOKED

    async for event in while_allowed(events(), review, ended.append):
        taken.append(event)
    assert taken == [0, 1, 2]
    assert ended == [REVOKED]
    assert closed == [True]
