"""How often one may ask, by every protocol; and that nobody pays for another: VERIFICATION C6, C7, C8."""

import asyncio
import hashlib
import json
import time
from ipaddress import ip_network
from statistics import quantiles

import pytest
from redis.asyncio import Redis

from supergraph.gateway import GatewaySettings
from supergraph.gateway.hooks import HttpRequest, RateLimitStoreError
from supergraph.gateway.hooks.builtin.token_buckets import TokenBuckets
from supergraph.gateway.pipeline.limit_reports import LimitReports
from supergraph.gateway.pipeline.rate_limit import InvalidRateLimitError, RateLimiter, read_rate_limiter
from supergraph.gateway.settings import (
    CostRateSettings,
    HttpSettings,
    LimitSettings,
    RateLimitSettings,
    RateSettings,
)
from supergraph.spec import ANONYMOUS, Principal

SDL = "type Query { a: Int many(n: Int): [Node] } type Subscription { ticks: Int } type Node { id: ID }"
ALICE, BOB = Principal("alice", "t1"), Principal("bob", "t1")
CAROL = Principal("carol", "t2")


def rate(burst, per_second=0.001):
    return RateSettings(per_second=per_second, burst=burst)


def limiter(store=None, **settings):
    found = read_rate_limiter(RateLimitSettings(**settings), store, LimitReports())
    assert found is not None
    return found


def request(peer, *forwarded):
    return HttpRequest("POST", b"", tuple((b"x-forwarded-for", each) for each in forwarded), b"", peer)


async def admitted(limits, principal, address=None, times=10):
    refusals = [await limits.admit(principal, address) for _ in range(times)]
    return sum(each is None for each in refusals)


# ---- who is counted


async def test_a_client_has_a_rate_and_its_tenant_has_one():
    limits = limiter(client=rate(3), tenant=rate(5))
    assert await admitted(limits, ALICE) == 3
    assert await admitted(limits, BOB) == 2
    assert await admitted(limits, CAROL) == 3


async def test_one_subject_in_two_tenants_is_two_clients():
    limits = limiter(client=rate(2), tenant=None)
    assert await admitted(limits, Principal("alice", "t1")) == 2
    assert await admitted(limits, Principal("alice", "t2")) == 2
    assert await admitted(limits, Principal("b:c", "a")) == 2
    assert await admitted(limits, Principal("c", "a:b")) == 2


async def test_a_tenant_may_have_a_rate_of_its_own():
    limits = limiter(client=None, tenant=rate(2), tenants={"t2": rate(7)})
    assert await admitted(limits, ALICE) == 2
    assert await admitted(limits, CAROL) == 7


async def test_who_is_not_signed_in_is_counted_by_address():
    limits = limiter(client=rate(2))
    here, there = (limits.address(request(peer)) for peer in ("8.8.8.8", "1.1.1.1"))
    assert await admitted(limits, ANONYMOUS, here) == 2
    assert await admitted(limits, ANONYMOUS, there) == 2
    assert await admitted(limits, ALICE, here) == 2


def test_a_private_address_stands_for_a_proxy_unless_the_settings_say_otherwise():
    for peer in ("127.0.0.1", "10.1.2.3", "::1", "fe80::1", None, "testclient"):
        assert limiter().address(request(peer)) is None
    assert str(limiter(private_addresses=True).address(request("10.1.2.3"))) == "10.1.2.3"
    assert str(limiter().address(request("8.8.8.8"))) == "8.8.8.8"


def test_a_forwarded_address_is_believed_from_trusted_proxies_alone():
    assert limiter().address(request("10.0.0.1", b"8.8.8.8")) is None
    trusting = limiter(trusted_proxies=(ip_network("10.0.0.0/8"),))
    assert str(trusting.address(request("10.0.0.1", b"1.1.1.1, 8.8.8.8"))) == "8.8.8.8"
    assert str(trusting.address(request("9.9.9.9", b"8.8.8.8"))) == "9.9.9.9"


def test_where_nothing_is_limited_there_is_no_limiter():
    assert read_rate_limiter(RateLimitSettings(tenant=None, client=None), None, LimitReports()) is None


async def test_a_rate_that_only_reports_refuses_nothing():
    limits = limiter(client=rate(2), report_only=True)
    assert await admitted(limits, ALICE, times=5) == 5
    assert limits.reports.counts == {"rate": 3}


async def test_what_operations_cost_is_taken_from_their_tenant():
    limits = limiter(tenant_cost=CostRateSettings(per_second=10, burst=100))
    assert await limits.charge(ALICE, 60) is None
    refusal = await limits.charge(BOB, 60)
    assert refusal.status == 429
    assert dict(refusal.headers)[b"retry-after"] == b"2"
    assert await limits.charge(CAROL, 100) is None
    assert await limits.charge(ANONYMOUS, 100) is None
    assert await limiter(tenant_cost=CostRateSettings(per_second=10, burst=100)).charge(ALICE, 10_000) is None


# ---- a store that is away


class Away:
    async def take(self, wanted):
        raise RateLimitStoreError("away")

    async def close(self):
        pass


async def test_while_the_store_is_away_each_gateway_counts_alone():
    assert await admitted(limiter(Away(), client=rate(2)), ALICE) == 2


async def test_while_the_store_is_away_a_gateway_may_refuse():
    refusal = await limiter(Away(), without_redis="refuse").admit(ALICE, None)
    assert (refusal.status, refusal.problems[0].code) == (503, "RATE_LIMITS_UNAVAILABLE")


def test_a_redis_that_cannot_be_one_keeps_the_gateway_from_starting(monkeypatch):
    monkeypatch.setenv("RATES", "http://user:hidden@nowhere")
    with pytest.raises(InvalidRateLimitError, match="redis://host:6379/0") as refused:
        limiter(redis={"env": "RATES"})
    assert "hidden" not in str(refused.value)


async def test_a_redis_that_nobody_runs_does_not_keep_clients_waiting(monkeypatch):
    monkeypatch.setenv("RATES", "unix:///nowhere/redis.sock")
    limits = limiter(redis={"env": "RATES"}, client=rate(2))
    began = time.monotonic()
    assert await admitted(limits, ALICE, times=500) == 2
    assert time.monotonic() - began < 1
    await limits.close()


async def test_redis_is_waited_for_as_long_as_the_settings_say(redis_server, monkeypatch):
    monkeypatch.setenv("RATES", redis_server.url)
    patient = limiter(redis={"env": "RATES"}, redis_timeout_seconds=20, client=rate(2), tenant=None)
    assert await patient.admit(BOB, None) is None  # and it is connected
    async with Redis.from_url(redis_server.url) as redis:
        await redis.client_pause(500)
        assert await admitted(patient, ALICE, times=4) == 2
        assert await redis.dbsize() == 2, "counted there, and not alone"
    await patient.close()


async def test_redis_is_asked_again_after_the_pause_that_the_settings_say(redis_server, monkeypatch):
    monkeypatch.setenv("RATES", redis_server.url)
    limits = limiter(
        redis={"env": "RATES"}, redis_timeout_seconds=2, redis_pause_seconds=0.1, client=rate(10_000)
    )
    await redis_server.stop()
    assert await limits.admit(ALICE, None) is None
    await redis_server.start()
    async with Redis.from_url(redis_server.url) as redis, asyncio.timeout(4):
        while not await redis.dbsize():
            await limits.admit(ALICE, None)
            await asyncio.sleep(0.02)
    await limits.close()


class Strangers:
    """A store of somebody else's, plugged in by its methods."""

    def __init__(self):
        self.wanted = []
        self.closed = False

    async def take(self, wanted):
        self.wanted += wanted
        return 7.5

    async def close(self):
        self.closed = True


# ---- by every protocol


@pytest.fixture
def open_with(open_gateway, graphql_subgraph, channel):
    async def open_(http=None, limits=None, hooks=(), **rates):
        subgraph = graphql_subgraph(
            SDL,
            {
                "Query.a": lambda *_: 1,
                "Query.many": lambda *_, **__: [],
                "Subscription.ticks": channel.listen,
            },
        )
        settings = GatewaySettings(
            rate_limits=RateLimitSettings(**rates),
            http=http or HttpSettings(),
            limits=limits or LimitSettings(),
        )
        return await open_gateway({"a": subgraph}, settings=settings, hooks=hooks)

    return open_


async def test_over_the_rate_the_answer_has_status_429_and_says_when_to_ask_again(open_with):
    gateway = await open_with(client=rate(2, per_second=0.2))
    assert [(await gateway.ask("{ a }", scopes="x")).status for _ in range(2)] == [200, 200]
    gateway.subgraphs["a"].asked.clear()
    answer = await gateway.ask("{ a }", scopes="x")
    assert (answer.status, answer.codes) == (429, ["REQUEST_RATE_LIMITED"])
    assert answer.headers["retry-after"] == "5"
    assert answer.errors[0]["extensions"]["retryAfter"] == 5
    assert gateway.asked == {}


async def test_a_strangers_store_decides_where_one_is_plugged_in(open_with):
    store = Strangers()
    gateway = await open_with(hooks=[store])
    answer = await gateway.ask("{ a }", scopes="x")
    assert (answer.status, answer.headers["retry-after"]) == (429, "8")
    assert [each.bucket for each in store.wanted] == ["tenant:t1", "client:2:t1:u1"]
    assert gateway.asked == {}


async def test_event_streams_count(open_with):
    gateway = await open_with(client=rate(1))
    accept = {"accept": "text/event-stream"}
    assert (await gateway.ask("{ a }", scopes="x")).status == 200
    answer = await gateway.ask("subscription { ticks }", scopes="x", headers=accept)
    assert (answer.status, answer.codes) == (429, ["REQUEST_RATE_LIMITED"])
    assert len(gateway.asked["a"]) == 1


async def test_each_operation_over_a_websocket_counts(open_with):
    gateway = await open_with(client=rate(2))
    token = {"authorization": f"Bearer {gateway.token('x')}"}
    async with gateway.session.ws_connect(
        gateway.url + "/graphql", protocols=["graphql-transport-ws"]
    ) as socket:
        await socket.send_json({"type": "connection_init", "payload": token})
        assert (await socket.receive_json())["type"] == "connection_ack"
        heard = []
        for n in range(3):
            await socket.send_json({"id": str(n), "type": "subscribe", "payload": {"query": "{ a }"}})
            heard.append(await socket.receive_json())
            if heard[-1]["type"] == "next":
                assert (await socket.receive_json())["type"] == "complete"
    assert [each["type"] for each in heard] == ["next", "next", "error"]
    assert heard[-1]["payload"][0]["extensions"]["code"] == "REQUEST_RATE_LIMITED"
    assert heard[-1]["payload"][0]["extensions"]["retryAfter"] > 0


BATCHES = HttpSettings(batching={"enabled": True, "operations": 10})


async def send_batch(gateway, *queries):
    batch = [{"query": each} for each in queries]
    sent = {"content-type": "application/json", "authorization": f"Bearer {gateway.token('x')}"}
    return await gateway.send(data=json.dumps(batch), headers=sent)


async def test_each_operation_of_a_batch_counts(open_with):
    gateway = await open_with(BATCHES, client=rate(2))
    answer = await send_batch(gateway, "{ a }", "{ b: a }", "{ c: a }")
    assert sum("errors" not in each for each in answer.body) == 2


async def test_limits_hold_for_a_batch_as_a_whole(open_with):
    """C6: ten operations within the limits are not ten times the limits."""
    gateway = await open_with(BATCHES, LimitSettings(aliases=3, cost=30))
    one = "{ x: a y: a }"
    assert "errors" not in (await send_batch(gateway, one)).body[0]
    gateway.subgraphs["a"].asked.clear()
    refused = (await send_batch(gateway, one, one)).body
    errors = refused[0]["errors"] if isinstance(refused, list) else refused["errors"]
    assert errors[0]["extensions"]["limit"] == "aliases"
    refused = (await send_batch(gateway, *["{ many { id } }"] * 4)).body
    errors = refused[0]["errors"] if isinstance(refused, list) else refused["errors"]
    assert errors[0]["extensions"]["code"] == "COST_ESTIMATED_TOO_EXPENSIVE"
    assert gateway.asked == {}


async def test_limits_hold_for_operations_that_are_asked_by_their_hash(open_with):
    """C6: an automatic persisted query is read once and counted each time."""
    gateway = await open_with(limits=LimitSettings(aliases=1), client=rate(3))
    text = "{ x: a y: a }"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}}
    token = {"authorization": f"Bearer {gateway.token('x')}"}
    codes = []
    for body in ({"query": text, "extensions": extensions}, *[{"extensions": extensions}] * 3):
        codes += (await gateway.send(json=body, headers=token)).codes
    assert codes == ["OPERATION_LIMIT_EXCEEDED"] * 3 + ["REQUEST_RATE_LIMITED"]
    assert gateway.asked == {}


# ---- neighbours


async def test_a_noisy_tenant_takes_nothing_from_its_neighbour():
    """C8, without a clock: however often one asks, the other is admitted as often as its own rate allows."""
    alone = limiter(client=None, tenant=rate(10))
    quiet = await admitted(alone, CAROL, times=12)
    both = limiter(client=None, tenant=rate(10))
    granted = 0
    for _ in range(12):
        await admitted(both, ALICE, times=10)
        granted += await admitted(both, CAROL, times=1)
    assert granted == quiet == 10


@pytest.mark.sweep
async def test_a_noisy_tenant_does_not_slow_its_neighbour(open_with):
    """C8: tenant A at ten times its limit, tenant B's p99 unchanged, +20 % and what one machine for all costs."""
    gateway = await open_with(client=None, tenant=rate(60, per_second=60))

    async def pace(tenant, per_second, seconds):
        headers = {"authorization": f"Bearer {gateway.token('x', tenant=tenant)}"}
        took, statuses = [], []
        for n in range(int(per_second * seconds)):
            due = started + n / per_second
            await asyncio.sleep(max(0, due - time.monotonic()))
            began = time.monotonic()
            statuses.append((await gateway.ask("{ a }", headers=headers)).status)
            took.append(time.monotonic() - began)
        return quantiles(took, n=100)[98], statuses

    started = time.monotonic()
    alone, _ = await pace("quiet", 40, 5)
    started = time.monotonic()
    (_, noisy), (beside, quiet) = await asyncio.gather(pace("noisy", 600, 5), pace("quiet", 40, 5))
    assert set(quiet) == {200}
    assert noisy.count(429) > 0.7 * len(noisy)
    assert beside < 1.2 * alone + 0.005


async def test_a_refusal_costs_microseconds():
    """Why C8 holds: what is refused has not been parsed, planned or asked."""
    limits = RateLimiter(RateLimitSettings(client=rate(1)), TokenBuckets(buckets=10), None, LimitReports())
    await limits.admit(ALICE, None)
    began = time.process_time()
    for _ in range(2_000):
        assert await limits.admit(ALICE, None) is not None
    assert (time.process_time() - began) / 2_000 < 100e-6
