"""What was taken back, told to each other by several gateways through a real Redis."""

import asyncio
import time
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from redis.asyncio import Redis

from supergraph.gateway import GatewaySettings, GatewayStartError, GivenSupergraph, build_app
from supergraph.gateway.hooks import Revocations, RevocationsUnavailableError
from supergraph.gateway.hooks.builtin.redis_revocations import RedisRevocations
from supergraph.spec import Caller, Principal, RevocationList

KEY = "dovetail:revocations"


def somebody(subject="u1", *, session="s1", issued_at=1_000.0):
    return Caller(Principal(subject, "t1"), session=session, issued_at=issued_at)


class GatewayHere:
    """What of a gateway has to do with it: its own list, and the one that it shares."""

    def __init__(self, shared, own):
        self.shared = shared
        self.own = own

    async def hears_of(self, caller):
        async with asyncio.timeout(10):
            while not self.shared.is_revoked(caller):  # noqa: ASYNC110 - what is waited for is what a test asserts
                await asyncio.sleep(0.01)


@asynccontextmanager
async def sharing(url, **options):
    own = RevocationList()
    shared = RedisRevocations(url, [own], **options)
    watching = asyncio.create_task(shared.watch())
    try:
        yield GatewayHere(shared, own)
    finally:
        watching.cancel()
        await asyncio.wait({watching})
        await shared.close()


@pytest.fixture
async def open_one(redis_server):
    async with AsyncExitStack() as stack:

        async def open_(**options):
            one = await stack.enter_async_context(sharing(redis_server.url, **options))
            await one.shared.first_read()
            return one

        yield open_


async def test_what_one_takes_back_all_others_take_no_more(open_one):
    one, other = await open_one(), await open_one()
    assert isinstance(other.shared, Revocations)
    assert not other.shared.is_revoked(somebody())
    one.own.revoke_session("s1")
    await other.hears_of(somebody())
    assert not other.shared.is_revoked(somebody(session="s2"))
    # From a thread of its own, as a loop that is not the gateway's would.
    await asyncio.to_thread(other.own.revoke_subject, "u2", "t1", until=500.0)
    await one.hears_of(somebody("u2", session="s3", issued_at=500.0))
    assert not one.shared.is_revoked(somebody("u2", session="s3", issued_at=501.0))


async def test_who_starts_later_knows_what_was_taken_back_before(open_one):
    one = await open_one()
    for number in range(2_500):  # more than are read at once
        one.own.revoke_session(f"s{number}")
    await one.hears_of(somebody(session="s2499"))
    later = await open_one()
    assert all(later.shared.is_revoked(somebody(session=f"s{number}")) for number in (0, 1_000, 2_499))


async def test_until_it_was_reached_once_nobody_is_believed(redis_server):
    await redis_server.stop()
    async with sharing(redis_server.url, seconds=0.05) as one:
        await one.shared.first_read()
        with pytest.raises(RevocationsUnavailableError):
            one.shared.is_revoked(somebody())
        await redis_server.start()
        async with asyncio.timeout(10):
            while True:
                try:
                    assert not one.shared.is_revoked(somebody())
                    break
                except RevocationsUnavailableError:
                    await asyncio.sleep(0.01)


async def test_what_is_missed_while_it_is_away_is_heard_of_afterwards(redis_server, open_one):
    one, other = await open_one(), await open_one()
    one.own.revoke_session("s1")
    await other.hears_of(somebody())
    await redis_server.stop()
    one.own.revoke_session("s2")
    assert other.shared.is_revoked(somebody()), "what is known counts on"
    assert not other.shared.is_revoked(somebody(session="s2"))
    await redis_server.start()
    await other.hears_of(somebody(session="s2"))


async def test_redis_keeps_a_bounded_number_and_what_it_left_out_is_refused_all_the_same(
    redis_server, open_one
):
    one = await open_one(entries=10)
    for number in range(100):
        one.own.revoke_session(f"s{number}")
    await one.hears_of(somebody(session="s99"))
    async with Redis.from_url(redis_server.url) as redis:
        assert await redis.xlen(KEY) == 10
        assert 0 < await redis.ttl(KEY) <= 24 * 60 * 60
    later = await open_one(entries=10)
    now = time.time()
    assert later.shared.is_revoked(somebody(session="s0", issued_at=now - 60))
    assert not later.shared.is_revoked(somebody(session="new", issued_at=now + 60))


async def test_what_no_token_outlives_redis_does_not_keep(redis_server, open_one):
    one = await open_one(keep_seconds=1)
    one.own.revoke_session("s1")
    await one.hears_of(somebody())
    async with Redis.from_url(redis_server.url) as redis, asyncio.timeout(10):
        while await redis.exists(KEY):  # noqa: ASYNC110 - another process tells nobody
            await asyncio.sleep(0.05)


async def test_what_waits_to_be_told_is_bounded_and_nobody_is_forgotten(redis_server, open_one):
    one, other = await open_one(entries=10), await open_one(entries=10)
    await redis_server.stop()
    for number in range(1_000):
        one.own.revoke_session(f"s{number}")
    assert len(one.shared._unsent) <= 10
    await redis_server.start()
    await other.hears_of(somebody(session="s0", issued_at=time.time() - 60))


async def test_entries_that_are_none_are_passed_over(redis_server, open_one):
    one, other = await open_one(), await open_one()
    async with Redis.from_url(redis_server.url) as redis:
        for nonsense in (b"", b"[]", b"{}", b'{"until":"x","session":"s9"}', b'{"until":1,"subject":[]}'):
            await redis.xadd(KEY, {b"r": nonsense})
        await redis.xadd(KEY, {b"other": b"{}"})
    one.own.revoke_session("s1")
    await other.hears_of(somebody())


async def test_gateways_share_by_their_settings(open_gateway, graphql_subgraph, redis_server, monkeypatch):
    monkeypatch.setenv("SHARED", redis_server.url)
    settings = GatewaySettings(identity={"revocations": {"redis": {"env": "SHARED"}}})
    subgraph = graphql_subgraph("type Query { hello: String }", {"Query.hello": lambda *_: "Hello"})

    async def open_(*hooks):
        issuers = []
        return await open_gateway(
            {"a": subgraph}, settings=settings, identity=issuers.append, issuers=issuers, hooks=hooks
        )

    house = RevocationList()
    await open_(house)
    other = await open_()
    headers = {"authorization": f"Bearer {other.token(sid='s1')}"}
    assert (await other.ask("{ hello }", headers=headers)).data == {"hello": "Hello"}
    house.revoke_session("s1")
    async with asyncio.timeout(10):
        while True:
            answer = await other.ask("{ hello }", headers=headers)
            if answer.status != 200:
                break
            await asyncio.sleep(0.01)
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert (await other.ask("{ hello }", scopes="")).data == {"hello": "Hello"}


async def test_a_gateway_that_knows_nothing_yet_tells_who_shows_a_token_to_come_back(
    open_gateway, graphql_subgraph, monkeypatch
):
    monkeypatch.setenv("SHARED", "unix:///nowhere/redis.sock")
    settings = GatewaySettings(
        identity={"revocations": {"redis": {"env": "SHARED"}, "redis_timeout_seconds": 0.05}}
    )
    subgraph = graphql_subgraph("type Query { hello: String }", {"Query.hello": lambda *_: "Hello"})
    issuers = []
    gateway = await open_gateway({"a": subgraph}, settings=settings, identity=issuers.append, issuers=issuers)
    answer = await gateway.ask("{ hello }", scopes="")
    assert (answer.status, answer.codes) == (503, ["IDENTITY_UNAVAILABLE"])
    assert answer.headers["retry-after"] == "5"
    assert (await gateway.ask("{ hello }")).data == {"hello": "Hello"}


def test_an_address_that_is_none_keeps_it_from_starting_and_is_not_told(monkeypatch):
    monkeypatch.setenv("SHARED", "http://user:hidden@nowhere")
    settings = GatewaySettings(identity={"revocations": {"redis": {"env": "SHARED"}}})
    with pytest.raises(GatewayStartError, match="redis://host:6379/0") as refused:
        build_app(GivenSupergraph(""), settings=settings)
    assert "hidden" not in str(refused.value)
