"""What clients get of a subscription, the same by every protocol, from subgraphs that speak each of theirs."""

import asyncio
import time

import pytest

from supergraph.gateway import GatewaySettings, GatewayStartError, SubgraphSettings, SubscriptionSettings

PRICES = """
type Query { prices: Int }
type Mutation { setPrice(id: ID!, amount: Int!): Product }
type Subscription { priceChanged(least: Int = 0): Product ticks: Int! }
type Product @key(fields: "id") { id: ID! amount: Int! secret: String @requiresScopes(scopes: [["prices:secret"]]) }
"""
CATALOG = """
type Query { products: [Product] }
type Product @key(fields: "id") { id: ID! name: String }
"""
CHANGED = "subscription($least: Int) { priceChanged(least: $least) { id amount name } }"


@pytest.fixture
def shop(graphql_subgraph, channel):
    """Prices change in one subgraph; the other knows the products' names."""

    async def changes(source, info, least):
        async for price in channel.listen():
            if price["amount"] >= least:
                yield price

    def name_of(key):
        if key["id"] == "broken":
            raise ValueError("no name")
        return {"name": f"Product {key['id']}"}

    return {
        "prices": graphql_subgraph(
            PRICES,
            {"Subscription.priceChanged": changes, "Subscription.ticks": channel.listen},
            {"Product": lambda key: key},
        ),
        "catalog": graphql_subgraph(CATALOG, {}, {"Product": name_of}),
    }


SETTINGS = SubscriptionSettings(heartbeat_seconds=0.05)


@pytest.fixture
async def gateway(open_gateway, shop):
    return await open_gateway(shop, settings=GatewaySettings(subscriptions=SETTINGS))


@pytest.fixture(params=["in process", "sse", "websocket"])
async def any_gateway(request, open_gateway, shop):
    """However the subgraph speaks."""
    prices = SubgraphSettings(subscriptions="websocket" if request.param == "websocket" else "sse")
    settings = GatewaySettings(subgraphs={"prices": prices}, subscriptions=SETTINGS)
    return await open_gateway(shop, settings=settings, over_http=request.param != "in process")


def price(id_, amount):
    return {"id": id_, "amount": amount, "secret": "s"}


async def collect(results, publishing=None):
    """All results of a subscription. What is published, is published once the gateway listens."""

    async def gather():
        return [each async for each in results]

    async with asyncio.timeout(5):
        if publishing is None:
            return await gather()
        got, _ = await asyncio.gather(gather(), publishing)
        return got


async def test_each_event_brings_its_fields_of_all_subgraphs(any_gateway, channel, results_of):
    results = results_of(any_gateway, CHANGED, {"least": 5})
    got = await collect(results, channel.publish(price("1", 10), price("2", 3), price("3", 30), None))
    assert got == [
        {"data": {"priceChanged": {"id": "1", "amount": 10, "name": "Product 1"}}},
        {"data": {"priceChanged": {"id": "3", "amount": 30, "name": "Product 3"}}},
    ]
    assert len(any_gateway.asked["prices"]) == 1
    assert len(any_gateway.asked["catalog"]) == 2
    await channel.until(0)


async def test_a_follow_up_that_fails_leaves_the_event_and_the_stream_as_they_are(
    gateway, channel, results_of
):
    got = await collect(
        results_of(gateway, CHANGED), channel.publish(price("broken", 1), price("2", 2), None)
    )
    assert got[0]["data"] == {"priceChanged": {"id": "broken", "amount": 1, "name": None}}
    assert [error["path"] for error in got[0]["errors"]] == [["priceChanged", "name"]] or [
        error["path"] for error in got[0]["errors"]
    ] == [["priceChanged"]]
    assert got[1] == {"data": {"priceChanged": {"id": "2", "amount": 2, "name": "Product 2"}}}


async def test_an_error_within_an_event_is_told_at_its_place(gateway, channel, results_of):
    got = await collect(results_of(gateway, CHANGED), channel.publish(price("1", 10.5), None))
    [result] = got
    assert result["data"] == {"priceChanged": None}
    assert result["errors"][0]["path"] == ["priceChanged", "amount"]


async def test_a_subgraph_that_breaks_off_ends_the_stream_with_an_error_at_the_field(
    any_gateway, channel, results_of
):
    got = await collect(
        results_of(any_gateway, CHANGED), channel.publish(price("1", 1), RuntimeError("the database is gone"))
    )
    assert got[0]["data"]["priceChanged"]["id"] == "1"
    [last] = got[1:]
    assert last["data"] == {"priceChanged": None}
    [error] = last["errors"]
    assert error["path"] == ["priceChanged"]
    assert error["extensions"]["code"] in {"SUBGRAPH_CONNECTION_LOST", "SUBGRAPH_CRASHED"}
    assert "database" not in str(last)


async def test_where_the_root_field_must_not_be_null_the_last_result_has_no_data(
    gateway, channel, results_of
):
    got = await collect(
        results_of(gateway, "subscription { ticks }"), channel.publish(1, 2, RuntimeError("x"))
    )
    assert got[:2] == [{"data": {"ticks": 1}}, {"data": {"ticks": 2}}]
    assert got[2]["data"] is None
    assert len(got) == 3


async def test_two_clients_at_once_have_a_subscription_each(any_gateway, channel, results_of):
    first = results_of(any_gateway, CHANGED)
    second = results_of(any_gateway, CHANGED, {"least": 2}, scopes="x")
    publishing = channel.publish(price("1", 1), price("2", 2), None, to=2)
    one, two, _ = await asyncio.gather(collect(first), collect(second), publishing)
    assert [each["data"]["priceChanged"]["id"] for each in one] == ["1", "2"]
    assert [each["data"]["priceChanged"]["id"] for each in two] == ["2"]
    principals = any_gateway.subgraphs["prices"].principals
    assert {each and each.subject for each in principals} == {None, "u1"}


async def test_a_client_that_leaves_frees_the_subgraph(any_gateway, channel, results_of):
    results = results_of(any_gateway, "subscription { ticks }")
    reading = asyncio.ensure_future(anext(results))
    await channel.publish(1)
    assert await reading == {"data": {"ticks": 1}}
    await results.aclose()
    await channel.until(0)
    assert channel.opened == 1


async def test_a_denied_root_field_opens_no_upstream(open_gateway, graphql_subgraph, channel, results_of):
    sdl = """
    type Query { a: Int }
    type Subscription { ticks: Int @requiresScopes(scopes: [["ticks:read"]]) }
    """
    gateway = await open_gateway({"a": graphql_subgraph(sdl, {"Subscription.ticks": channel.listen})})
    [denied] = await collect(results_of(gateway, "subscription { ticks }"))
    assert denied["data"] is None
    assert denied["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert denied["errors"][0]["path"] == ["ticks"]
    assert (gateway.asked, channel.opened) == ({}, 0)
    results = results_of(gateway, "subscription { ticks }", scopes="ticks:read")
    assert await collect(results, channel.publish(1, None)) == [{"data": {"ticks": 1}}]


async def test_a_denied_field_within_the_event_is_null_and_not_asked_for(gateway, channel, results_of):
    query = "subscription { priceChanged { id secret } }"
    [result] = await collect(results_of(gateway, query, scopes="other"), channel.publish(price("1", 1), None))
    assert result["data"] == {"priceChanged": {"id": "1", "secret": None}}
    assert result["errors"][0]["extensions"]["code"] == "UNAUTHORIZED_FIELD_OR_TYPE"
    assert "secret" not in gateway.asked["prices"][0]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("subscription { nope }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { ticks priceChanged { id } }", "GRAPHQL_VALIDATION_FAILED"),
        ("subscription {", "GRAPHQL_PARSE_FAILED"),
        ("subscription($x: Int!) { priceChanged(least: $x) { id } }", "BAD_USER_INPUT"),
    ],
)
async def test_an_invalid_subscription_is_refused_as_a_query_is(gateway, channel, results_of, query, code):
    [refused] = await collect(results_of(gateway, query))
    assert "data" not in refused
    assert refused["errors"][0]["extensions"]["code"] == code
    assert channel.opened == 0


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ products { id } }", {"products": None}),
        ("mutation { setPrice(id: 1, amount: 2) { id } }", {"setPrice": None}),
    ],
)
async def test_queries_and_mutations_are_answered_too(gateway, results_of, query, data):
    [result] = await collect(results_of(gateway, query))
    assert result["data"] == data


async def test_a_token_that_does_not_hold_is_refused(gateway, channel, results_of):
    [refused] = await collect(results_of(gateway, "subscription { ticks }", token="no.such.token"))
    assert refused.get("status") == 401 or refused == {"closed": 4403}
    assert channel.opened == 0


async def test_the_end_of_the_token_ends_the_subscription(gateway, channel, results_of):
    # Issuer and gateway may differ by half a minute.
    token = gateway.token("x", exp=int(time.time()) - 28)
    results = results_of(gateway, "subscription { ticks }", token=token)
    first, last = await collect(results, channel.publish(1))
    assert first == {"data": {"ticks": 1}}
    if "closed" in last:  # a socket has one token, so it ends as a whole
        assert last == {"closed": 4403}
    else:
        assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
        assert "expired" in last["errors"][0]["message"]
    await channel.until(0)


async def test_silence_is_filled_with_heartbeats(gateway, channel, results_of):
    results = results_of(gateway, "subscription { ticks }")
    reading = asyncio.ensure_future(anext(results))
    await channel.until(1)
    await asyncio.sleep(0.2)
    await channel.publish(1)
    assert await reading == {"data": {"ticks": 1}}
    await results.aclose()


@pytest.mark.parametrize("wanted", ["sse", "websocket"])
async def test_a_subgraph_that_cannot_be_reached_is_an_error_at_the_field(
    open_gateway, shop, results_of, wanted
):
    settings = GatewaySettings(subgraphs={"prices": SubgraphSettings(subscriptions=wanted)})
    gateway = await open_gateway(shop)
    lonely = await open_gateway(
        {"catalog": shop["catalog"]},
        supergraph_sdl=gateway.supergraph_sdl.replace(
            '(name: "prices", url: "")', '(name: "prices", url: "http://127.0.0.1:9/graphql")'
        ),
        settings=settings,
    )
    [result] = await collect(results_of(lonely, "subscription { priceChanged { id } }"))
    assert result["data"] == {"priceChanged": None}
    assert result["errors"][0]["extensions"]["code"] == "SUBGRAPH_UNREACHABLE"


async def test_a_subgraph_without_an_address_is_an_error_at_the_field(open_gateway, shop, results_of):
    gateway = await open_gateway(shop)
    lonely = await open_gateway({"catalog": shop["catalog"]}, supergraph_sdl=gateway.supergraph_sdl)
    [result] = await collect(results_of(lonely, "subscription { priceChanged { id } }"))
    assert result["errors"][0]["extensions"]["code"] == "SUBGRAPH_HAS_NO_ADDRESS"


@pytest.mark.parametrize(
    ("subscriptions", "words"),
    [
        ({"nobody": "sse"}, "nobody"),
        ({"prices": "carrier pigeon"}, "say sse, websocket"),
        ({"prices": "ftp://a/b"}, "ftp://a/b"),
        ({"prices": "websocket"}, "prices"),
    ],
)
async def test_a_setting_that_means_nothing_is_said_at_the_start(open_gateway, shop, subscriptions, words):
    """`websocket` needs an address, which a subgraph in this process has not."""
    by_name = {name: SubgraphSettings(subscriptions=each) for name, each in subscriptions.items()}
    settings = GatewaySettings(subgraphs=by_name)
    with pytest.raises(GatewayStartError, match=words):
        await open_gateway(shop, settings=settings)
