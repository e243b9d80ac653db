"""Open subscriptions meet a new supergraph, by each protocol. VERIFICATION.md: F3."""

import asyncio
import weakref
from contextlib import aclosing

import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import GatewaySettings, SubgraphSettings

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", '
    'import: ["@key" "@authenticated" "@requiresScopes" "@policy" "@shareable"])\n'
)
PRICES = """
type Query { price: Int }
type Subscription { changed: Product  ticked(kind: Kind): Int }
type Product @key(fields: "id") { id: ID! amount: Int kind: Kind }
enum Kind { GOOD BAD }
"""
NAMES = """
type Query { name: String }
type Product @key(fields: "id") { id: ID! name: String }
"""
OTHER = "type Query { other: String }"
QUERY = "subscription { changed { amount name kind } }"


def composed(prices=PRICES, names=NAMES, other=OTHER, urls=None):
    sources = {"prices": prices, "names": names, "other": other}
    composition = compose(
        [SubgraphSource(name, (urls or {}).get(name, ""), LINK + sdl) for name, sdl in sources.items() if sdl]
    )
    assert composition.ok, composition.diagnostics
    return composition.supergraph_sdl


@pytest.fixture
def subgraphs(graphql_subgraph, channel):
    listen = {"Subscription.changed": channel.listen, "Subscription.ticked": channel.listen}
    return {
        "prices": graphql_subgraph(PRICES, listen, {"Product": lambda key: key}),
        "names": graphql_subgraph(NAMES, {}, {"Product": lambda key: {"name": f"name {key['id']}"}}),
        "other": graphql_subgraph(OTHER),
    }


def event(id_="1", amount=5):
    return {"id": id_, "amount": amount, "kind": "GOOD"}


def result(id_="1", amount=5):
    return {"data": {"changed": {"amount": amount, "name": f"name {id_}", "kind": "GOOD"}}}


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for is what a test asserts
            await asyncio.sleep(0.005)


async def next_of(results):
    async with asyncio.timeout(5):
        return await anext(results)


GOES_ON = {
    "another subgraph has changed": {"other": OTHER.replace("other:", "more: Int other:")},
    "another subgraph has gone": {"other": ""},
    "a subgraph has more, which is not asked for": {
        "names": NAMES.replace("name: String }", "name: String title: String }", 1)
    },
    "its own subgraph has more": {"prices": PRICES.replace("price: Int", "price: Int cost: Int")},
    "another type has changed": {"prices": PRICES.replace("price: Int", "price: Float")},
    "a rule stands on what is not asked for": {
        "other": OTHER.replace("other: String", "other: String @authenticated")
    },
    "a rule that the caller passes": {
        "names": NAMES.replace("ID! name: String", "ID! name: String @authenticated")
    },
}
ENDS = {
    "its own field has gone": {"prices": PRICES.replace("changed: Product", "changes: Product")},
    "a field has gone": {"names": NAMES.replace("ID! name: String", "ID! title: String")},
    "a field's type has changed": {"prices": PRICES.replace("amount: Int", "amount: Float")},
    "a field may be null no more": {"names": NAMES.replace("ID! name: String", "ID! name: String!")},
    "an enum has another value": {"prices": PRICES.replace("GOOD BAD", "GOOD BAD UGLY")},
    "a field comes from elsewhere": {
        "names": NAMES.replace("name: String }\n", "title: String }\n", 1).replace(
            "ID! name: String", "ID! x: Int"
        ),
        "other": OTHER + ' type Product @key(fields: "id") { id: ID! name: String }',
    },
    "a rule that the caller does not pass": {
        "names": NAMES.replace("ID! name: String", 'ID! name: String @requiresScopes(scopes: [["top"]])')
    },
    "another key": {
        "prices": PRICES.replace('fields: "id") { id: ID!', 'fields: "sku") { sku: ID! id: ID!'),
        "names": NAMES.replace('fields: "id") { id: ID!', 'fields: "sku") { sku: ID!'),
    },
}


@pytest.mark.parametrize("change", GOES_ON.values(), ids=GOES_ON)
async def test_a_subscription_goes_on_where_nothing_that_it_uses_has_changed(
    open_gateway, subgraphs, channel, results_of, change
):
    gateway = await open_gateway(subgraphs, supergraph_sdl=composed())
    async with aclosing(results_of(gateway, QUERY, scopes="x")) as results:
        first = asyncio.ensure_future(anext(results))
        await channel.publish(event())
        assert await first == result()
        former = weakref.ref(gateway.app.reloads.snapshot)
        assert await gateway.load(composed(**change))
        await channel.publish(event("2", 6))
        assert await next_of(results) == result("2", 6)
        assert channel.opened == 1, "the subgraph was not subscribed to again"
        await until(lambda: former() is None)


@pytest.mark.parametrize("change", ENDS.values(), ids=ENDS)
async def test_a_subscription_ends_where_something_that_it_uses_has_changed(
    open_gateway, subgraphs, channel, results_of, change
):
    gateway = await open_gateway(subgraphs, supergraph_sdl=composed())
    async with aclosing(results_of(gateway, QUERY, scopes="x")) as results:
        first = asyncio.ensure_future(anext(results))
        await channel.publish(event())
        assert await first == result()
        assert await gateway.load(composed(**change))
        last = await next_of(results)
        assert [each["extensions"]["code"] for each in last["errors"]] == ["SUBSCRIPTION_SCHEMA_RELOAD"]
        assert "connect again" in last["errors"][0]["message"]
        with pytest.raises(StopAsyncIteration):
            await next_of(results)
    await channel.until(0)


async def test_a_socket_stays_open_for_those_that_go_on(open_gateway, subgraphs, channel, open_socket):
    gateway = await open_gateway(subgraphs, supergraph_sdl=composed())
    socket = await open_socket(gateway, init=None)
    await socket.subscribe("stays", "subscription { changed { amount } }")
    await socket.subscribe("ends", QUERY)
    await channel.until(2)
    assert await gateway.load(composed(names=NAMES.replace("ID! name: String", "ID! name: String!")))
    ended = await socket.hear()
    assert (ended["id"], ended["type"]) == ("ends", "error")
    assert ended["payload"][0]["extensions"]["code"] == "SUBSCRIPTION_SCHEMA_RELOAD"
    await channel.publish(event())
    assert await socket.hear() == {
        "id": "stays",
        "type": "next",
        "payload": {"data": {"changed": {"amount": 5}}},
    }


async def test_another_address_of_a_subgraph_that_is_asked_ends_it(
    open_gateway, subgraphs, channel, results_of
):
    settings = GatewaySettings(subgraphs={"other": SubgraphSettings(url="http://127.0.0.1:1/")})
    with_names = {name: each for name, each in subgraphs.items() if name == "prices"}
    urls = {"names": "http://127.0.0.1:1/a", "other": "http://127.0.0.1:1/b"}
    gateway = await open_gateway(with_names, supergraph_sdl=composed(urls=urls), settings=settings)
    async with (
        aclosing(results_of(gateway, "subscription { changed { amount } }")) as one,
        aclosing(results_of(gateway, QUERY)) as other,
    ):
        waiting = [asyncio.ensure_future(anext(one)), asyncio.ensure_future(anext(other))]
        await channel.until(2)
        assert await gateway.load(composed(urls={**urls, "names": "http://127.0.0.1:1/c"}))
        assert (await waiting[1])["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_SCHEMA_RELOAD"
        await channel.publish(event())
        assert await waiting[0] == {"data": {"changed": {"amount": 5}}}


async def test_variables_that_are_right_no_more_end_it(open_gateway, subgraphs, channel, results_of):
    gateway = await open_gateway(subgraphs, supergraph_sdl=composed())
    query = "subscription($kind: Kind) { ticked(kind: $kind) }"
    async with aclosing(results_of(gateway, query, {"kind": "BAD"})) as results:
        waiting = asyncio.ensure_future(anext(results))
        await channel.until(1)
        assert await gateway.load(composed(prices=PRICES.replace("GOOD BAD", "GOOD WORSE")))
        assert (await waiting)["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_SCHEMA_RELOAD"


async def test_an_event_that_is_being_completed_is_completed_as_it_began(
    open_gateway, subgraphs, graphql_subgraph, channel, results_of
):
    gate = asyncio.Event()

    async def name(*_):
        await gate.wait()
        return "slow"

    subgraphs["names"] = graphql_subgraph(NAMES, {}, {"Product": lambda _: {"name": name}})
    gateway = await open_gateway(subgraphs, supergraph_sdl=composed())
    async with aclosing(results_of(gateway, QUERY)) as results:
        waiting = asyncio.ensure_future(anext(results))
        await channel.publish(event())
        await until(lambda: subgraphs["names"].asked)
        for number in range(3):
            assert await gateway.load(composed(other=f"type Query {{ other{number}: Int }}"))
        gate.set()
        assert (await waiting)["data"]["changed"]["name"] == "slow"
        await channel.publish(event("2", 7))
        assert (await next_of(results))["data"]["changed"]["amount"] == 7


async def test_a_subscription_that_goes_on_over_many_swaps_keeps_no_snapshot(
    open_gateway, subgraphs, channel, results_of
):
    gateway = await open_gateway(subgraphs, supergraph_sdl=composed())
    former = []
    async with aclosing(results_of(gateway, QUERY)) as results:
        waiting = asyncio.ensure_future(anext(results))
        await channel.until(1)
        for number in range(10):
            former.append(weakref.ref(gateway.app.reloads.snapshot))
            assert await gateway.load(composed(other=f"type Query {{ other{number}: Int }}"))
        await until(lambda: not any(each() for each in former))
        await channel.publish(event())
        assert await waiting == result()


@pytest.mark.parametrize("goes_on", [True, False])
async def test_a_subscription_that_is_opened_while_another_graph_comes_in_meets_that_one(
    open_gateway, subgraphs, channel, results_of, goes_on
):
    """Its policy is being asked when the swap happens, so nobody could tell it then."""
    asked, gate = asyncio.Event(), asyncio.Event()

    async def policy(principal, questions):
        asked.set()
        await gate.wait()
        return [True] * len(questions)

    guarded = NAMES.replace("ID! name: String", 'ID! name: String @policy(policies: [["p"]])')
    gateway = await open_gateway(subgraphs, supergraph_sdl=composed(names=guarded), policies={"p": policy})
    former = weakref.ref(gateway.app.reloads.snapshot)
    async with aclosing(results_of(gateway, QUERY, scopes="x")) as results:
        first = asyncio.ensure_future(anext(results))
        async with asyncio.timeout(5):
            await asked.wait()
        other = "type Query { another: Int }"
        changed = {"names": guarded, "other": other} if goes_on else {"names": NAMES.replace("String", "Int")}
        assert await gateway.load(composed(**changed))
        gate.set()
        if goes_on:
            await channel.publish(event())
            assert await first == result()
        else:
            assert (await first)["errors"][0]["extensions"]["code"] == "SUBSCRIPTION_SCHEMA_RELOAD"
        await until(lambda: former() is None)


async def test_callers_who_see_less_keep_their_view_over_swaps_and_leave_none_behind(
    open_gateway, subgraphs, channel, results_of
):
    settings = GatewaySettings(authorization={"hide_denied": True})
    guarded = PRICES.replace("amount: Int", "amount: Int  cost: Int @authenticated")
    gateway = await open_gateway(subgraphs, supergraph_sdl=composed(prices=guarded), settings=settings)
    former = []
    async with aclosing(results_of(gateway, QUERY)) as results:
        waiting = asyncio.ensure_future(anext(results))
        await channel.until(1)
        for number in range(5):
            snapshot = gateway.app.reloads.snapshot
            views = [snapshot.views.get(key) for key, _ in snapshot.views.hottest(9)]
            former += [weakref.ref(each) for each in (snapshot, *views)]
            del snapshot, views
            assert await gateway.load(composed(prices=guarded, other=f"type Query {{ other{number}: Int }}"))
        await until(lambda: not any(each() for each in former))
        assert len(former) == 10
        await channel.publish(event())
        assert await waiting == result()
