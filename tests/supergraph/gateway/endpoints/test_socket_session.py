"""graphql-transport-ws, message by message, as its page says: each close code, and what keeps a socket open."""

import asyncio
import json

import aiohttp
import pytest

from supergraph.gateway import GatewaySettings, LimitSettings, SubscriptionSettings

SDL = """
type Query { hello: String slow: String }
type Mutation { change: Boolean }
type Subscription { ticks: Int }
"""
TICKS = "subscription { ticks }"


@pytest.fixture
def changed():
    return []


@pytest.fixture
def open_with(open_gateway, graphql_subgraph, channel, changed):
    async def slow(*_):
        await asyncio.sleep(0.2)
        return "at last"

    async def change(*_):
        await asyncio.sleep(0.05)
        changed.append(True)
        return True

    async def open_(**settings):
        resolvers = {
            "Subscription.ticks": channel.listen,
            "Query.hello": lambda *_: "Hello",
            "Query.slow": slow,
            "Mutation.change": change,
        }
        return await open_gateway(
            {"a": graphql_subgraph(SDL, resolvers)},
            settings=GatewaySettings(
                limits=LimitSettings(body_bytes=2_000), subscriptions=SubscriptionSettings(**settings)
            ),
        )

    return open_


@pytest.fixture
async def gateway(open_with):
    return await open_with(per_connection=3, init_seconds=0.3)


# ---- the handshake


async def test_another_subprotocol_is_closed_with_4406(gateway, open_socket):
    for protocols in ((), ("graphql-ws",)):
        client = await open_socket(gateway, protocols=protocols)
        code, reason = await client.closed()
        assert (code, "graphql-transport-ws" in reason) == (4406, True)


async def test_among_several_subprotocols_ours_is_chosen(gateway, open_socket):
    client = await open_socket(gateway, protocols=("graphql-ws", "graphql-transport-ws"))
    assert client.socket.protocol == "graphql-transport-ws"


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "nonsense"])
async def test_a_page_of_another_origin_may_not_open_a_socket(gateway, open_socket, origin):
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await open_socket(gateway, headers={"origin": origin})
    assert refused.value.status == 403


async def test_pages_of_the_gateways_own_origin_and_of_configured_ones_may(open_with, open_socket):
    gateway = await open_with(origins=frozenset({"https://shop.example"}))
    for origin in (gateway.url, "https://shop.example", "https://SHOP.example/"):
        await open_socket(gateway, headers={"origin": origin}, init=None)


async def test_a_socket_elsewhere_is_none(gateway, open_socket):
    with pytest.raises(aiohttp.WSServerHandshakeError):
        await gateway.session.ws_connect(gateway.url + "/health", protocols=("graphql-transport-ws",))


# ---- the connection


async def test_who_does_not_initialise_in_time_is_closed_with_4408(gateway, open_socket):
    client = await open_socket(gateway)
    assert await client.closed() == (4408, "Connection initialisation timeout")


async def test_who_initialises_twice_is_closed_with_4429(gateway, open_socket):
    client = await open_socket(gateway, init={})
    await client.say(type="connection_init")
    assert await client.closed() == (4429, "Too many initialisation requests")


async def test_who_subscribes_before_is_closed_with_4401(gateway, open_socket):
    client = await open_socket(gateway)
    await client.subscribe("1", TICKS)
    assert await client.closed() == (4401, "Unauthorized")


@pytest.mark.parametrize(
    "payload",
    [
        {"authorization": "Bearer {}"},
        {"Authorization": "bearer {}"},
        {"headers": {"authorization": "Bearer {}"}},
        {"headers": {"Authorization": "Bearer {}"}, "other": 1},
    ],
)
async def test_the_token_may_come_in_the_payload(gateway, open_socket, payload):
    token = gateway.token("x")
    client = await open_socket(gateway, init=json.loads(json.dumps(payload).replace("{}", token)))
    await client.subscribe("1", "{ hello }")
    await client.hear()
    assert gateway.subgraphs["a"].principals[0].subject == "u1"


async def test_the_token_may_come_in_the_handshake_and_the_payloads_wins(gateway, open_socket):
    headers = {"authorization": f"Bearer {gateway.token('x', sub='header')}"}
    for payload, subject in (
        (None, "header"),
        ({"authorization": f"Bearer {gateway.token('x', sub='payload')}"}, "payload"),
    ):
        client = await open_socket(gateway, headers=headers, init=payload)
        await client.subscribe("1", "{ hello }")
        await client.hear()
        assert gateway.subgraphs["a"].principals[-1].subject == subject


async def test_a_token_that_does_not_hold_is_closed_with_4403(gateway, open_socket):
    client = await open_socket(gateway)
    await client.say(type="connection_init", payload={"authorization": "Bearer x.y.z"})
    code, reason = await client.closed()
    assert code == 4403
    assert reason.startswith("Forbidden: Not signed in")


async def test_after_the_initialisation_a_socket_may_be_silent(gateway, open_socket):
    client = await open_socket(gateway, init=None)
    await asyncio.sleep(0.5)
    await client.say(type="ping")
    assert await client.hear() == {"type": "pong"}


# ---- messages


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        "[]",
        "null",
        "{}",
        '{"type": 1}',
        '{"type": "start"}',
        '{"type": "next", "id": "1"}',
        '{"type": "connection_ack"}',
        '{"type": "connection_init", "payload": []}',
        '{"type": "connection_init", "payload": {"authorization": 1}}',
        '{"type": "ping", "payload": 1}',
        '{"type": "complete"}',
        '{"type": "complete", "id": 1}',
        '{"type": "subscribe", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "", "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": 1, "payload": {"query": "{ hello }"}}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": "1", "payload": []}',
        '{"type": "subscribe", "id": "1", "payload": {}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "variables": []}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "operationName": 1}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "{ hello }", "extensions": 1}}',
    ],
)
async def test_what_is_no_message_is_closed_with_4400(gateway, open_socket, text):
    client = await open_socket(gateway)
    await client.socket.send_str(text)
    code, reason = await client.closed()
    assert (code, reason.startswith("Invalid message: ")) == (4400, True)


async def test_a_message_of_bytes_is_closed_with_4400(gateway, open_socket):
    client = await open_socket(gateway)
    await client.socket.send_bytes(b'{"type":"ping"}')
    assert (await client.closed())[0] == 4400


async def test_a_message_that_is_too_long_is_closed_with_1009(gateway, open_socket):
    client = await open_socket(gateway, init=None)
    await client.subscribe("1", "{ hello }" + " " * 3_000)
    assert (await client.closed())[0] == 1009


async def test_a_ping_is_answered_at_any_time_with_its_payload(gateway, open_socket):
    client = await open_socket(gateway)
    await client.say(type="ping", payload={"n": 1})
    assert await client.hear() == {"type": "pong", "payload": {"n": 1}}
    await client.say(type="pong")
    await client.init()
    await client.say(type="ping")
    assert await client.hear() == {"type": "pong"}


# ---- operations


async def test_a_query_is_one_result_and_complete(gateway, open_socket):
    client = await open_socket(gateway, init=None)
    await client.subscribe("q", "{ hello }")
    assert await client.hear() == {"id": "q", "type": "next", "payload": {"data": {"hello": "Hello"}}}
    assert await client.hear() == {"id": "q", "type": "complete"}


async def test_an_invalid_operation_is_an_error_and_nothing_after_it(gateway, open_socket):
    client = await open_socket(gateway, init=None)
    await client.subscribe("1", "{ nope }")
    message = await client.hear()
    assert (message["type"], message["payload"][0]["extensions"]["code"]) == (
        "error",
        "GRAPHQL_VALIDATION_FAILED",
    )
    await client.subscribe("1", "{ hello }")  # its id is free again
    assert (await client.hear())["type"] == "next"


async def test_an_id_that_is_in_use_is_closed_with_4409_and_frees_the_subgraph(gateway, open_socket, channel):
    client = await open_socket(gateway, init=None)
    await client.subscribe("1", TICKS)
    await channel.until(1)
    await client.subscribe("1", "{ hello }")
    assert await client.closed() == (4409, "Subscriber for 1 already exists")
    await channel.until(0)


async def test_an_id_may_be_used_again_once_its_operation_is_complete(gateway, open_socket, channel):
    client = await open_socket(gateway, init=None)
    for number in (1, 2):
        await client.subscribe("1", TICKS)
        await channel.publish(number)
        assert (await client.hear())["payload"] == {"data": {"ticks": number}}
        await client.say(id="1", type="complete")
        if number == 1:
            await client.subscribe("1", "{ hello }")  # at once, before the gateway is done with the other
            assert (await client.hear())["payload"] == {"data": {"hello": "Hello"}}
            assert await client.hear() == {"id": "1", "type": "complete"}
        await channel.until(0)


async def test_completing_what_nobody_knows_is_no_fault(gateway, open_socket):
    client = await open_socket(gateway, init=None)
    await client.say(id="nobody", type="complete")
    await client.say(type="ping")
    assert await client.hear() == {"type": "pong"}


async def test_operations_run_side_by_side(gateway, open_socket, channel):
    client = await open_socket(gateway, init=None)
    await client.subscribe("s", TICKS)
    await client.subscribe("slow", "{ slow }")
    await client.subscribe("fast", "{ hello }")
    await channel.publish(1)
    heard = [await client.hear() for _ in range(5)]
    assert {each["id"] for each in heard[:3]} == {"s", "fast"}
    assert [each["type"] for each in heard if each["id"] == "slow"] == ["next", "complete"]


async def test_a_mutation_that_nobody_waits_for_is_carried_out_and_its_result_kept_back(
    gateway, open_socket, changed
):
    client = await open_socket(gateway, init=None)
    await client.subscribe("1", "mutation { change }")
    await client.say(id="1", type="complete")
    await client.subscribe("2", "{ slow }")
    assert (await client.hear())["id"] == "2"
    await until_there_are(changed, 1)
    await client.subscribe("3", "mutation { change }")
    await client.say(type="ping")
    await client.hear()
    await client.socket.close()
    await until_there_are(changed, 2)


async def until_there_are(changed, count):
    async with asyncio.timeout(3):
        while len(changed) < count:  # noqa: ASYNC110 - what is waited for is what is asserted
            await asyncio.sleep(0.01)


async def test_more_operations_than_a_connection_may_have_are_refused_one_by_one(
    gateway, open_socket, channel
):
    client = await open_socket(gateway, init=None)
    for number in range(4):
        await client.subscribe(str(number), TICKS)
    refused = await client.hear()
    assert (refused["type"], refused["id"]) == ("error", "3")
    assert refused["payload"][0]["extensions"]["code"] == "SUBSCRIPTION_LIMIT_EXCEEDED"
    await channel.publish(1, to=3)
    assert {(await client.hear())["id"] for _ in range(3)} == {"0", "1", "2"}


async def test_a_client_that_vanishes_frees_the_subgraph(gateway, open_socket, channel):
    client = await open_socket(gateway, init=None)
    for number in range(3):
        await client.subscribe(str(number), TICKS)
    await channel.until(3)
    client.socket._response.connection.transport.abort()
    await channel.until(0)
