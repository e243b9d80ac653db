"""Each tenant has the graph of its modules, and what it does not have is to it as if there were none."""

import asyncio
import gc
import hashlib
import json
import random
import weakref
from collections import Counter
from contextlib import aclosing, asynccontextmanager

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import (
    GatewaySettings,
    GatewayStartError,
    GivenSupergraph,
    ModuleDocument,
    NotComposedError,
    SupergraphDocument,
    TenantGraphs,
    build_app,
)

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", '
    'import: ["@key" "@external" "@requires" "@authenticated"])\n'
)
FOUNDATION = 'type Query { me: User hello: String } type User @key(fields: "id") { id: ID! name: String }'
LOYALTY = """
type Query { loyaltyTotal: Int }
type Subscription { awarded: User }
type User @key(fields: "id") { id: ID! points: Int }
"""
LOYALTY_2 = LOYALTY.replace("points: Int", "points: Int level: Level") + "enum Level { SILVER GOLD }"
TASKS = "type Query { tasks: [String!] } type Subscription { tasked: String }"
BROKEN = 'type Query { hello: Int } type User @key(fields: "id") { id: ID! name: Int }'


def composed(documents):
    composition = compose([SubgraphSource(each.name, "", LINK + each.sdl) for each in documents])
    if composition.supergraph_sdl is None:
        raise NotComposedError(f"{composition.errors[0].code}: {len(composition.errors)} errors")
    return composition.supergraph_sdl


class Registry:
    """Who has what, as a test says. Documents are given while `open`, and what is `away` cannot be had."""

    def __init__(self, foundation, versions, **sets):
        self.foundation = foundation
        self.versions = versions
        self.sets = {tenant: frozenset(given) for tenant, given in sets.items()}
        self.asked = Counter()
        self.looked = 0
        self.open = asyncio.Event()
        self.open.set()
        self.away = False
        self._changed = asyncio.Event()

    def of(self, tenant):
        self.looked += 1
        return self.sets.get(tenant, frozenset())

    async def documents(self, versions):
        self.asked[versions] += 1
        await self.open.wait()
        if self.away:
            raise ConnectionError("no database")
        return [self.foundation, *(self.versions[each] for each in sorted(versions))]

    async def changes(self):
        while True:
            await self._changed.wait()
            self._changed.clear()
            yield

    def give(self, **sets):
        self.sets |= {tenant: frozenset(given) for tenant, given in sets.items()}
        self._changed.set()


def by_id(**fields):
    return {"User": lambda key: {"id": key["id"], **fields}}


@pytest.fixture
def foundation(graphql_subgraph):
    me = {"Query.me": lambda *_: {"id": "1", "name": "Ada"}, "Query.hello": lambda *_: "hello"}
    return graphql_subgraph(FOUNDATION, me, by_id(name="Ada"))


@pytest.fixture
def registry(graphql_subgraph, foundation, channel):
    events = {"Subscription.awarded": channel.listen}
    versions = {
        "loyalty@1": ("loyalty", graphql_subgraph(LOYALTY, events, by_id(points=1))),
        "loyalty@2": ("loyalty", graphql_subgraph(LOYALTY_2, events, by_id(points=2, level="GOLD"))),
        "tasks@1": ("tasks", graphql_subgraph(TASKS, {"Subscription.tasked": channel.listen})),
        "broken@1": ("broken", graphql_subgraph(BROKEN)),
    }
    return Registry(
        ModuleDocument("foundation", FOUNDATION, foundation),
        {version: ModuleDocument(name, app.sdl, app) for version, (name, app) in versions.items()},
        acme=["loyalty@1"],
        globex=["tasks@1"],
    )


@pytest.fixture
def open_house(open_gateway, registry, foundation):
    async def open_(settings=None, **options):
        return await open_gateway(
            {"foundation": foundation},
            settings=settings or GatewaySettings(profile="console"),
            tenant_graphs=TenantGraphs(registry, composed),
            **options,
        )

    return open_


async def ask(gateway, tenant, query, **options):
    return await gateway.ask(query, headers=as_of(gateway, tenant), **options)


def as_of(gateway, tenant):
    return {"authorization": f"Bearer {gateway.token(tenant=tenant)}"}


def variants(gateway):
    return gateway.app.graphql._pipeline.tenants


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for is what a test asserts
            await asyncio.sleep(0.005)


async def health(gateway):
    return (await gateway.send("GET", "/health")).body["supergraph"]["variants"]


POINTS = "{ me { points } }"


# ---- whose graph is whose


async def test_each_tenant_has_the_graph_of_its_modules(open_house):
    gateway = await open_house()
    assert (await ask(gateway, "acme", "{ me { name points } }")).data == {"me": {"name": "Ada", "points": 1}}
    assert (await ask(gateway, "globex", "{ tasks }")).data == {"tasks": None}
    assert (await ask(gateway, "globex", POINTS)).codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert (await ask(gateway, "acme", "{ tasks }")).codes == ["GRAPHQL_VALIDATION_FAILED"]
    names = "{ __schema { queryType { fields { name } } } }"
    for tenant, own in (("acme", {"loyaltyTotal"}), ("globex", {"tasks"}), (None, set())):
        fields = (await ask(gateway, tenant, names)).data["__schema"]["queryType"]["fields"]
        assert {each["name"] for each in fields} == {"me", "hello"} | own


@pytest.mark.parametrize("tenant", [None, "nobody-knows-it"])
async def test_whoever_has_no_tenant_has_the_graph_of_nobody(open_house, tenant):
    gateway = await open_house()
    assert (await ask(gateway, tenant, "{ hello }")).data == {"hello": "hello"}
    assert (await ask(gateway, tenant, POINTS)).codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert (await gateway.ask("{ hello }")).data == {"hello": "hello"}
    assert (await gateway.ask(POINTS)).codes == ["GRAPHQL_VALIDATION_FAILED"]


async def test_tenants_of_equal_sets_share_one_graph(open_house, registry):
    registry.sets |= {"initech": frozenset({"loyalty@1"}), "hooli": frozenset()}
    gateway = await open_house()
    for tenant in ("acme", "initech", "hooli", None):
        assert (await ask(gateway, tenant, "{ hello }")).data == {"hello": "hello"}
    of = variants(gateway).present
    assert of("acme") is of("initech")
    assert of("hooli") is of(None) is gateway.app.reloads.snapshot
    assert registry.asked == {frozenset({"loyalty@1"}): 1}


async def test_versions_run_side_by_side_each_at_its_address(open_house, registry):
    registry.sets["globex"] = frozenset({"loyalty@2"})
    gateway = await open_house()
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}
    answer = await ask(gateway, "globex", "{ me { points level } }")
    assert answer.data == {"me": {"points": 2, "level": "GOLD"}}
    of = variants(gateway).present
    assert of("acme").clients["foundation"] is of("globex").clients["foundation"], "breakers are shared"
    assert of("acme").clients["loyalty"] is not of("globex").clients["loyalty"]


async def test_a_batch_is_answered_by_the_tenants_graph(open_house):
    gateway = await open_house(GatewaySettings(http={"batching": {"enabled": True}}))
    batch = [{"query": POINTS}, {"query": "{ hello }"}]
    first, second = (await gateway.send(json=batch, headers=as_of(gateway, "acme"))).body
    assert (first["data"], second["data"]) == ({"me": {"points": 1}}, {"hello": "hello"})
    first, second = (await gateway.send(json=batch, headers=as_of(gateway, "globex"))).body
    assert first["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


async def test_to_choose_a_graph_nobody_is_asked_but_the_first_time(open_house, registry):
    gateway = await open_house()
    await ask(gateway, "acme", POINTS)
    looked = registry.looked
    for _ in range(5):
        await ask(gateway, "acme", POINTS)
    assert registry.looked == looked


async def test_a_thousand_tenants_have_as_many_graphs_as_there_are_sets(graphql_subgraph):
    """Issue 7: 1000 tenants over 30 modules."""
    modules = {
        f"m{number}@1": ModuleDocument(
            f"m{number}",
            f"type Query {{ m{number}: M{number} }} "
            f'type M{number} @key(fields: "id") {{ id: ID! name: String owner: User }} '
            f'type User @key(fields: "id") {{ id: ID! m{number}: [M{number}!] }}',
            f"http://m{number}.example/graphql",
        )
        for number in range(30)
    }
    chosen = random.Random(7)
    offers = [frozenset(chosen.sample(sorted(modules), chosen.randint(1, 4))) for _ in range(40)]
    registry = Registry(
        ModuleDocument("foundation", FOUNDATION, ""),
        modules,
        **{f"t{number}": chosen.choice(offers) for number in range(1000)},
    )
    app = build_app(
        GivenSupergraph(composed([registry.foundation])), tenant_graphs=TenantGraphs(registry, composed)
    )
    tenants = app.graphql._pipeline.tenants
    found = await asyncio.gather(*(tenants.snapshot_of(tenant) for tenant in registry.sets))
    try:
        assert len({id(each) for each in found}) == len(set(registry.sets.values()))
        assert set(registry.asked.values()) == {1}
        for tenant, snapshot in zip(registry.sets, found, strict=True):
            names = {graph.name for graph in snapshot.supergraph.graphs.values()}
            assert names == {"foundation", *(each.partition("@")[0] for each in registry.of(tenant))}
        assert tenants.counts == {"ready": len(registry.asked) + 1, "building": 0, "failed": 0}
    finally:
        await tenants.close()
        await app.reloads.close()


# ---- what a tenant does not have

JSON_TYPES = ["application/json", "application/graphql-response+json"]
STREAM_TYPES = ["text/event-stream", "multipart/mixed;subscriptionSpec=1.0", "multipart/mixed"]
HIDDEN = {
    "a field": "{ me { points } }",
    "a field that resembles a visible one": "{ me { nam } hell }",
    "a field that resembles a hidden one": "{ me { point } loyaltyTota }",
    "a root field": "{ loyaltyTotal }",
    "an argument of a hidden field": "{ loyaltyTotal(of: 1) }",
    "a type as a condition": "{ me { ... on Level { a } } }",
    "a type that resembles a hidden one": "query ($level: Leve) { hello }",
    "a type of a variable": "query ($level: Level!) { hello }",
    "a type by introspection": '{ __type(name: "Level") { name } }',
    "a type's fields by introspection": '{ __type(name: "User") { fields { name type { name } } } }',
    "the whole schema": (
        "{ __schema { types { name kind fields { name } enumValues { name } } "
        "subscriptionType { name } mutationType { name } directives { name } } }"
    ),
    "a subscription": "subscription { awarded { id } }",
    "a mutation": "mutation { award }",
    "a typename through it": "{ me { __typename ... @include(if: true) { points } } }",
}


@asynccontextmanager
async def two_houses(open_house, open_gateway, registry, foundation):
    """One where another tenant has what `initech` lacks, and uses it; and one where there never was such a thing."""
    registry.sets["acme"] = frozenset({"loyalty@2", "tasks@1"})
    registry.sets["initech"] = frozenset()
    settings = GatewaySettings(profile="console", persisted_operations={"automatic": {"enabled": True}})
    house = await open_house(settings)
    for query in HIDDEN.values():
        await ask(house, "acme", query)
    plain = await open_gateway({"foundation": foundation}, settings=settings)
    yield house, plain


async def raw(gateway, method="POST", **options):
    headers = {**as_of(gateway, "initech"), "graphql-require-preflight": "1", **options.pop("headers", {})}
    async with gateway.session.request(
        method, gateway.url + "/graphql", headers=headers, **options
    ) as response:
        told = sorted((name, text) for name, text in response.headers.items() if name.lower() != "date")
        return response.status, told, await response.read()


@pytest.mark.parametrize("accept", [*JSON_TYPES, *STREAM_TYPES])
async def test_what_a_tenant_lacks_is_as_if_there_were_no_such_thing(
    open_house, open_gateway, registry, foundation, accept
):
    """A1 to A3 of a disabled module: answers are the same to the byte, over POST, GET, and by a hash."""
    async with two_houses(open_house, open_gateway, registry, foundation) as (house, plain):
        for query in HIDDEN.values():
            headers = {"accept": accept}
            extensions = {
                "persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}
            }
            for method, options in (
                ("POST", {"json": {"query": query}}),
                ("GET", {"params": {"query": query}}),
                ("POST", {"json": {"query": query, "extensions": extensions}}),
                ("POST", {"json": {"extensions": extensions}}),
            ):
                here = await raw(house, method, headers=headers, **options)
                there = await raw(plain, method, headers=headers, **options)
                assert here == there, (query, method)
                for hidden in ("points", "loyaltyTotal", "Level", "awarded", "tasks"):
                    assert hidden in query or hidden.encode() not in here[2], query


async def test_what_a_tenant_lacks_is_as_if_there_were_no_such_thing_over_a_socket(
    open_house, open_gateway, registry, foundation
):
    async def said(gateway):
        url = gateway.url.replace("http", "ws", 1) + "/graphql"
        async with gateway.session.ws_connect(url, protocols=["graphql-transport-ws"]) as socket:
            await socket.send_json({"type": "connection_init", "payload": as_of(gateway, "initech")})
            messages = [(await socket.receive()).data]
            for query in HIDDEN.values():
                await socket.send_json({"id": "1", "type": "subscribe", "payload": {"query": query}})
                while json.loads(messages[-1]).get("type") not in {"error", "complete"}:
                    messages.append((await socket.receive()).data)
                messages.append("{}")
            return messages

    async with two_houses(open_house, open_gateway, registry, foundation) as (house, plain):
        assert await said(house) == await said(plain)


# ---- a set comes into use


async def test_a_set_is_built_once_for_all_who_ask_for_it_first(open_house, registry):
    gateway = await open_house()
    registry.open.clear()
    asking = [asyncio.create_task(ask(gateway, "acme", POINTS)) for _ in range(8)]
    await until(lambda: registry.asked)
    assert (await health(gateway))["building"] == 1
    assert (await ask(gateway, None, "{ hello }")).data == {"hello": "hello"}
    registry.open.set()
    assert [(await each).data for each in asking] == [{"me": {"points": 1}}] * 8
    assert registry.asked.total() == 1
    assert await health(gateway) == {"ready": 2, "building": 0, "failed": 0, "problems": []}


async def test_who_waits_too_long_for_a_first_graph_is_told_to_come_again(open_house, registry):
    gateway = await open_house(GatewaySettings(tenant_graphs={"wait_seconds": 0.05}))
    registry.open.clear()
    answer = await ask(gateway, "acme", POINTS)
    assert (answer.status, answer.codes, answer.headers["retry-after"]) == (503, ["GRAPH_NOT_READY"], "1")
    registry.open.set()
    await until(lambda: variants(gateway).counts["ready"] == 2)
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}


async def test_a_tenant_that_has_a_graph_never_waits(open_house, registry):
    gateway = await open_house()
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}
    registry.open.clear()
    registry.give(acme=["loyalty@2", "tasks@1"])
    await until(lambda: registry.asked[registry.of("acme")])
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}, "the former one serves"
    assert (await health(gateway))["building"] == 1
    registry.open.set()
    await until(lambda: variants(gateway).counts["building"] == 0)
    assert (await ask(gateway, "acme", "{ me { points level } }")).data == {
        "me": {"points": 2, "level": "GOLD"}
    }


async def test_what_a_tenant_asks_most_is_ready_on_its_next_graph(open_house, registry):
    gateway = await open_house()
    await ask(gateway, "acme", POINTS)
    registry.give(acme=["loyalty@2"])
    former = variants(gateway).present("acme")
    await until(lambda: variants(gateway).present("acme") is not former)
    assert POINTS in [key[0][0] for key, _ in variants(gateway).present("acme").planned.hottest(9)]


async def test_going_back_to_a_set_that_is_kept_builds_nothing(open_house, registry):
    gateway = await open_house()
    await ask(gateway, "acme", POINTS)
    first = variants(gateway).present("acme")
    registry.give(acme=["loyalty@2"])
    await until(lambda: variants(gateway).present("acme") is not first)
    registry.give(acme=["loyalty@1"])
    await until(lambda: variants(gateway).present("acme") is first)
    assert set(registry.asked.values()) == {1}


async def test_tenants_are_switched_under_load_and_no_request_fails(open_house, registry):
    """Issue 7: no failed request beside the module's own fields; its own are there, or are not."""
    gateway = await open_house()
    await ask(gateway, "acme", POINTS)
    over = False
    seen = Counter()

    async def load(query):
        while not over:
            answer = await ask(gateway, "acme", query)
            seen[query, answer.status, json.dumps(answer.data)] += 1
            if answer.errors:
                assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"], answer.body

    loads = [asyncio.create_task(load(query)) for query in ("{ me { name } }", POINTS) * 3]
    try:
        for offer in (["loyalty@2"], [], ["loyalty@1", "tasks@1"], ["tasks@1"], ["loyalty@1"]) * 2:
            before = seen.total()
            registry.give(acme=offer)
            await until(lambda: variants(gateway)._served["acme"].modules == registry.of("acme"))
            await until(lambda before=before: seen.total() > before + 12)
    finally:
        over = True
        await asyncio.gather(*loads)
    assert {key for key in seen if key[0] == "{ me { name } }"} == {
        ("{ me { name } }", 200, '{"me": {"name": "Ada"}}')
    }
    assert {key[2] for key in seen if key[0] == POINTS} == {
        '{"me": {"points": 1}}',
        '{"me": {"points": 2}}',
        "null",
    }


# ---- a set of which there is no graph


async def test_a_set_that_does_not_compose_leaves_the_former_graph(open_house, registry):
    gateway = await open_house(GatewaySettings(health={"details": "reasons"}))
    await ask(gateway, "acme", POINTS)
    registry.give(acme=["loyalty@1", "broken@1"])
    await until(lambda: variants(gateway).counts["failed"] and not variants(gateway).counts["building"])
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}
    (problem,) = (await health(gateway))["problems"]
    assert problem["modules"] == ["broken@1", "loyalty@1"]
    assert problem["reason"].startswith("INVALID_FIELD_SHARING") or "errors" in problem["reason"]
    registry.give(acme=["loyalty@2"])
    await until(lambda: not variants(gateway).counts["failed"] and not variants(gateway).counts["building"])
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 2}}


async def test_health_tells_reasons_only_where_it_may(open_house, registry):
    gateway = await open_house()
    await ask(gateway, "acme", POINTS)
    registry.give(acme=["broken@1"])
    await until(lambda: variants(gateway).counts["failed"])
    (problem,) = (await health(gateway))["problems"]
    assert set(problem) == {"modules", "since"}


async def test_a_tenant_without_a_former_graph_has_that_of_nobody_meanwhile(open_house, registry):
    registry.sets["acme"] = frozenset({"broken@1"})
    gateway = await open_house()
    for _ in range(3):
        assert (await ask(gateway, "acme", "{ hello }")).data == {"hello": "hello"}
    assert registry.asked.total() == 1, "the same documents end in the same"
    registry.give(acme=["loyalty@1"])
    await until(lambda: variants(gateway).counts["ready"] == 2)
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}


async def test_documents_that_cannot_be_had_are_asked_for_again(open_house, registry, monkeypatch):
    monkeypatch.setattr("supergraph.gateway.variants._RETRY_SECONDS", 0.01)
    gateway = await open_house()
    await ask(gateway, "acme", POINTS)
    registry.away = True
    registry.give(acme=["loyalty@2"])
    await until(lambda: registry.asked[registry.of("acme")] > 2)
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}
    assert (await ask(gateway, "globex", "{ hello }")).codes == ["GRAPH_NOT_READY"]
    registry.away = False
    await until(lambda: not variants(gateway).counts["failed"])
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 2}}
    assert (await ask(gateway, "globex", "{ hello }")).data == {"hello": "hello"}


async def test_a_fault_of_whoever_tells_the_changes_ends_nothing(open_house, registry, monkeypatch):
    monkeypatch.setattr("supergraph.gateway.variants._RETRY_SECONDS", 0.01)
    changes, faults = registry.changes, iter([RuntimeError("a fault"), None])

    async def faulty():
        if (fault := next(faults)) is not None:
            raise fault
        async for each in changes():
            yield each

    registry.changes = faulty
    gateway = await open_house()
    await ask(gateway, "acme", POINTS)
    registry.give(acme=["loyalty@2"])
    former = variants(gateway).present("acme")
    await until(lambda: variants(gateway).present("acme") is not former)


async def test_a_set_that_nobody_wants_any_more_is_not_tried_again(open_house, registry, monkeypatch):
    monkeypatch.setattr("supergraph.gateway.variants._RETRY_SECONDS", 0.01)
    gateway = await open_house()
    await ask(gateway, "acme", POINTS)
    registry.away = True
    registry.give(acme=["loyalty@2"])
    await until(lambda: variants(gateway).counts["failed"])
    registry.give(acme=["loyalty@1"])
    await until(lambda: not variants(gateway).counts["building"])
    assert (await health(gateway))["problems"] == []
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}


async def test_a_fault_of_the_composer_leaves_the_former_graph_too(open_gateway, registry, foundation):
    def faulty(documents):
        if len(documents) > 2:
            raise ZeroDivisionError("a secret of the inside")
        return composed(documents)

    gateway = await open_gateway(
        {"foundation": foundation},
        settings=GatewaySettings(health={"details": "reasons"}),
        tenant_graphs=TenantGraphs(registry, faulty),
    )
    await ask(gateway, "acme", POINTS)
    registry.give(acme=["loyalty@1", "tasks@1"])
    await until(lambda: variants(gateway).counts["failed"] and not variants(gateway).counts["building"])
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}
    (problem,) = (await health(gateway))["problems"]
    assert problem["reason"] == "it met a fault of the gateway's own"


# ---- what goes on


async def test_a_subscription_goes_on_where_the_next_graph_does_the_same(
    open_house, registry, channel, results_of
):
    gateway = await open_house()
    headers = as_of(gateway, "acme")
    async with aclosing(results_of(gateway, "subscription { awarded { name } }", headers)) as results:
        first = asyncio.ensure_future(anext(results))
        await channel.publish({"id": "1"})
        assert await first == {"data": {"awarded": {"name": "Ada"}}}
        former = variants(gateway).present("acme")
        registry.give(acme=["loyalty@1", "tasks@1"])
        await until(lambda: variants(gateway).present("acme") is not former)
        await until(lambda: id(former) not in gateway.app.streams.running_on())
        await channel.publish({"id": "2"})
        assert await anext(results) == {"data": {"awarded": {"name": "Ada"}}}
        assert channel.opened == 1


async def test_a_subscription_ends_with_its_module_and_those_of_other_tenants_go_on(
    open_house, registry, channel, results_of
):
    registry.sets["initech"] = frozenset({"loyalty@1"})
    gateway = await open_house()
    query = "subscription { awarded { name } }"
    async with (
        aclosing(results_of(gateway, query, as_of(gateway, "acme"))) as mine,
        aclosing(results_of(gateway, query, as_of(gateway, "initech"))) as theirs,
    ):
        first = [asyncio.ensure_future(anext(each)) for each in (mine, theirs)]
        await channel.publish({"id": "1"}, to=2)
        assert [await each for each in first] == [{"data": {"awarded": {"name": "Ada"}}}] * 2
        registry.give(acme=[])
        (error,) = (await anext(mine))["errors"]
        assert error["extensions"]["code"] == "SUBSCRIPTION_SCHEMA_RELOAD"
        await channel.publish({"id": "2"})
        assert await anext(theirs) == {"data": {"awarded": {"name": "Ada"}}}


async def test_the_sources_next_document_is_the_graph_of_nobody(open_house, registry, foundation):
    gateway = await open_house()
    await ask(gateway, "acme", POINTS)
    assert (await ask(gateway, None, "{ hello }")).data == {"hello": "hello"}
    before = variants(gateway).present("acme")
    wider = ModuleDocument("foundation", FOUNDATION.replace("hello:", "more: Int hello:"), "")
    assert await gateway.app.reloads.load(SupergraphDocument(composed([wider]).encode()))
    assert variants(gateway).present(None) is gateway.app.reloads.snapshot
    names = "{ __schema { queryType { fields { name } } } }"
    fields = (await ask(gateway, None, names)).data["__schema"]["queryType"]["fields"]
    assert "more" in {each["name"] for each in fields}
    assert variants(gateway).present("acme") is before


# ---- only so many are kept


async def test_of_more_tenants_than_are_remembered_those_with_subscriptions_are(
    open_house, registry, channel, results_of, monkeypatch
):
    monkeypatch.setattr("supergraph.gateway.variants._TENANTS", 2)
    monkeypatch.setattr("supergraph.gateway.variants._TENANTS_IN_A_TURN", 1)
    gateway = await open_house()
    query = "subscription { awarded { name } }"
    async with aclosing(results_of(gateway, query, as_of(gateway, "acme"))) as results:
        first = asyncio.ensure_future(anext(results))
        await channel.publish({"id": "1"})
        assert await first == {"data": {"awarded": {"name": "Ada"}}}
        for number in range(5):
            assert (await ask(gateway, f"stranger{number}", "{ hello }")).data == {"hello": "hello"}
        registry.give(acme=[])
        (error,) = (await anext(results))["errors"]
        assert error["extensions"]["code"] == "SUBSCRIPTION_SCHEMA_RELOAD"


async def test_of_more_graphs_than_are_kept_the_one_unused_for_longest_is_freed(open_house, registry):
    gateway = await open_house(GatewaySettings(tenant_graphs={"kept": 2}))
    await ask(gateway, "acme", POINTS)
    freed = weakref.ref(variants(gateway).present("acme"))
    await ask(gateway, "globex", "{ hello }")
    gc.collect()
    await until(lambda: freed() is None)
    assert variants(gateway).present("acme") is None
    await until(lambda: len(gateway.app.graphql._pipeline.tenants._ready) == 2)
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}, "it is built again"


async def test_a_graph_that_a_subscription_runs_on_is_kept(open_house, registry, channel, results_of):
    gateway = await open_house(GatewaySettings(tenant_graphs={"kept": 1}))
    query = "subscription { awarded { name } }"
    async with aclosing(results_of(gateway, query, as_of(gateway, "acme"))) as results:
        first = asyncio.ensure_future(anext(results))
        await channel.publish({"id": "1"})
        assert await first == {"data": {"awarded": {"name": "Ada"}}}
        await ask(gateway, "globex", "{ hello }")
        assert variants(gateway).present("acme") is not None
        await channel.publish({"id": "2"})
        assert await anext(results) == {"data": {"awarded": {"name": "Ada"}}}


# ---- the start


async def test_modules_that_can_never_change_are_served_on(open_house, registry):
    async def none():
        for each in ():
            yield each

    registry.changes = none
    gateway = await open_house()
    assert (await ask(gateway, "acme", POINTS)).data == {"me": {"points": 1}}


async def test_a_gateway_may_stop_while_a_graph_is_being_built(open_house, registry):
    gateway = await open_house(GatewaySettings(tenant_graphs={"wait_seconds": 0.01}))
    registry.open.clear()
    assert (await ask(gateway, "acme", POINTS)).status == 503
    assert variants(gateway).counts["building"] == 1


async def test_graphs_composed_here_and_a_public_key_exclude_each_other(registry, tmp_path):
    key = Ed25519PrivateKey.generate().public_key()
    public = tmp_path / "public.pem"
    public.write_bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    settings = GatewaySettings(supergraph={"public_key": str(public)})
    with pytest.raises(GatewayStartError, match="public_key"):
        build_app(
            GivenSupergraph(composed([registry.foundation])),
            settings=settings,
            tenant_graphs=TenantGraphs(registry, composed),
        )


@pytest.fixture
def results_of():
    """The results of a subscription over Server-Sent Events."""

    async def results(gateway, query, headers):
        async with gateway.session.post(
            gateway.url + "/graphql",
            json={"query": query},
            headers={**headers, "accept": "text/event-stream"},
            timeout=aiohttp.ClientTimeout(total=10),
        ) as response:
            async for line in response.content:
                if line.startswith(b"data: {"):
                    yield json.loads(line[6:])

    return results
