"""Persisted operations: registered ones, and automatic persisted queries."""

import asyncio
import hashlib
import json
from urllib.parse import urlencode

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from supergraph.gateway import GatewaySettings, GatewayStartError
from supergraph.gateway.hooks import GraphQLRequest
from supergraph.gateway.hooks.builtin.operation_manifest import InvalidManifestError, read_manifest
from supergraph.gateway.hooks.builtin.operation_store import MemoryStore, RedisStore
from supergraph.gateway.pipeline.persisted import PersistedOperations, find_document

HELLO = "{ hello }"
OTHER = "query Other { other: hello }"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def automatic(text: str, *, with_text: bool) -> dict[str, object]:
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": sha256(text)}}
    return {"extensions": extensions, **({"query": text} if with_text else {})}


@pytest.fixture
def subgraphs(graphql_subgraph):
    sdl = "type Query { hello: String } type Mutation { change: Boolean } type Subscription { ticks: Int }"
    resolvers = {"Query.hello": lambda *_: "Hello", "Mutation.change": lambda *_: True}
    return {"a": graphql_subgraph(sdl, resolvers)}


@pytest.fixture
def open_with(open_gateway, subgraphs, tmp_path):
    """Opens a gateway; `registered` go into a manifest, by hash or by the ids given."""

    def open_(registered=None, limits=None, **persisted):
        if registered is not None:
            manifest = tmp_path / "manifest.json"
            entries = (
                {sha256(each): each for each in registered} if isinstance(registered, list) else registered
            )
            manifest.write_text(json.dumps(entries))
            persisted["manifest"] = manifest
        settings = GatewaySettings(persisted_operations=persisted, **({"limits": limits} if limits else {}))
        return open_gateway(subgraphs, settings=settings)

    return open_


# ---- automatic persisted queries


async def test_a_hash_is_known_once_its_text_was_sent(open_with):
    gateway = await open_with()
    unknown = await gateway.send(json=automatic(HELLO, with_text=False))
    assert (unknown.status, unknown.codes) == (200, ["PERSISTED_QUERY_NOT_FOUND"])
    assert unknown.errors[0]["message"] == "PersistedQueryNotFound"
    assert (await gateway.send(json=automatic(HELLO, with_text=True))).data == {"hello": "Hello"}
    assert (await gateway.send(json=automatic(HELLO, with_text=False))).data == {"hello": "Hello"}


async def test_a_hash_alone_is_enough_over_get(open_with):
    gateway = await open_with()
    await gateway.send(json=automatic(HELLO, with_text=True))
    extensions = json.dumps(automatic(HELLO, with_text=False)["extensions"])
    for parameters in ({"extensions": extensions}, {"documentId": f"sha256:{sha256(HELLO)}"}):
        answer = await gateway.send("GET", f"/graphql?{urlencode(parameters)}")
        assert (answer.status, answer.data) == (200, {"hello": "Hello"})


async def test_a_mutation_is_not_executed_over_get_by_its_hash_either(open_with):
    gateway = await open_with()
    await gateway.send(json=automatic("mutation { change }", with_text=True))
    answer = await gateway.send("GET", f"/graphql?documentId=sha256:{sha256('mutation { change }')}")
    assert answer.status == 405


async def test_a_text_is_kept_under_its_own_hash_alone(open_with):
    gateway = await open_with()
    forged = {**automatic(HELLO, with_text=False), "query": OTHER}
    answer = await gateway.send(json=forged)
    assert (answer.status, answer.codes) == (400, ["PERSISTED_QUERY_HASH_MISMATCH"])
    assert (await gateway.send(json=automatic(HELLO, with_text=False))).codes == ["PERSISTED_QUERY_NOT_FOUND"]


async def test_switched_off_they_are_not_supported(open_with):
    gateway = await open_with(automatic={"enabled": False})
    answer = await gateway.send(json=automatic(HELLO, with_text=False))
    assert (answer.codes, answer.errors[0]["message"]) == (
        ["PERSISTED_QUERY_NOT_SUPPORTED"],
        "PersistedQueryNotSupported",
    )
    assert (await gateway.send(json=automatic(HELLO, with_text=True))).data == {"hello": "Hello"}


async def test_limits_hold_through_a_hash(open_with):
    """C6: an alias bomb is none the smaller for having a name."""
    bomb = "{" + " ".join(f"a{number}: hello" for number in range(20)) + "}"
    gateway = await open_with(limits={"aliases": 10})
    for with_text in (True, False):
        assert (await gateway.send(json=automatic(bomb, with_text=with_text))).codes == [
            "OPERATION_LIMIT_EXCEEDED"
        ]


@pytest.mark.parametrize(
    "extensions",
    [
        {"persistedQuery": "hash"},
        {"persistedQuery": {"version": 2, "sha256Hash": "a"}},
        {"persistedQuery": {"version": 1}},
        {"persistedQuery": {"version": 1, "sha256Hash": 7}},
        {"persistedQuery": {"version": 1, "sha256Hash": "a" * 10_000}},
    ],
)
async def test_what_is_no_hash_is_a_bad_request(open_with, extensions):
    gateway = await open_with()
    answer = await gateway.send(json={"extensions": extensions})
    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])


async def test_the_room_for_texts_is_bounded():
    store = MemoryStore(entries=2, size=25)
    texts = ["{ one }", "{ two }", "{ three }"]
    for text in texts:
        await store.store_text(sha256(text), text)
    assert [await store.load_text(sha256(text)) for text in texts] == [None, "{ two }", "{ three }"]
    await store.store_text("long", "x" * 26)
    assert await store.load_text("long") is None
    await store.store_text("wide", "x" * 20)
    assert [await store.load_text(sha256(text)) for text in texts] == [None, None, None]


class FakeRedis:
    """What of Redis a store uses."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.is_away = False

    async def get(self, name: str) -> bytes | None:
        if self.is_away:
            await asyncio.sleep(60)
        return self.kept.get(name)

    async def set(self, name: str, value: bytes, ex: int) -> None:
        if self.is_away:
            raise ConnectionError("away")
        self.kept[name] = value


def store_over(redis: FakeRedis) -> RedisStore:
    return RedisStore(redis, MemoryStore(entries=10, size=1000), seconds=60, timeout=0.02)  # type: ignore[arg-type]


async def test_gateways_share_texts_through_redis():
    redis = FakeRedis()
    await store_over(redis).store_text(sha256(HELLO), HELLO)
    assert await store_over(redis).load_text(sha256(HELLO)) == HELLO


async def test_a_text_that_somebody_put_into_redis_under_another_hash_is_not_taken():
    redis = FakeRedis()
    store = store_over(redis)
    redis.kept[f"dovetail:apq:{sha256(HELLO)}"] = b"mutation { change }"
    assert await store.load_text(sha256(HELLO)) is None
    await store.store_text(sha256(HELLO), HELLO)
    assert await store.load_text(sha256(HELLO)) == HELLO


async def test_while_redis_is_away_a_text_is_not_known_and_what_was_sent_is_executed():
    redis = FakeRedis()
    redis.is_away = True
    persisted = PersistedOperations(store=store_over(redis))
    asked = GraphQLRequest("", None, {}, persisted_id=sha256(OTHER))
    refused = await find_document(asked, persisted)
    assert refused.problems[0].code == "PERSISTED_QUERY_NOT_FOUND"
    sent = GraphQLRequest(OTHER, None, {}, persisted_id=sha256(OTHER))
    assert (await find_document(sent, persisted)).query == OTHER


async def test_gateways_share_texts_through_the_redis_of_their_settings(open_with, redis_server, monkeypatch):
    monkeypatch.setenv("TEXTS", redis_server.url)
    shared = {"redis": {"env": "TEXTS"}, "redis_seconds": 100, "redis_timeout_seconds": 5}
    one, other = [await open_with(automatic=shared) for _ in range(2)]
    assert (await one.send(json=automatic(HELLO, with_text=True))).data == {"hello": "Hello"}
    assert (await other.send(json=automatic(HELLO, with_text=False))).data == {"hello": "Hello"}
    async with Redis.from_url(redis_server.url) as redis:
        assert 0 < await redis.ttl(f"dovetail:apq:{sha256(HELLO)}") <= 100


@pytest.mark.parametrize(("seconds", "codes"), [(20, []), (0.05, ["PERSISTED_QUERY_NOT_FOUND"])])
async def test_redis_is_waited_for_as_long_as_the_settings_say(
    open_with, redis_server, monkeypatch, seconds, codes
):
    monkeypatch.setenv("TEXTS", redis_server.url)
    sender = await open_with(automatic={"redis": {"env": "TEXTS"}, "redis_timeout_seconds": 20})
    asker = await open_with(automatic={"redis": {"env": "TEXTS"}, "redis_timeout_seconds": seconds})
    await sender.send(json=automatic(OTHER, with_text=True))
    async with Redis.from_url(redis_server.url) as redis:
        await redis.client_pause(1_000)
        assert (await asker.send(json=automatic(OTHER, with_text=False))).codes == codes


async def test_a_store_is_closed_when_the_gateway_stops(subgraphs, open_gateway):
    """`OperationStore.close`: called once."""

    class Strangers(MemoryStore):
        closed = 0

        async def close(self) -> None:
            self.closed += 1

    store = Strangers(entries=1, size=1)
    gateway = await open_gateway(subgraphs, hooks=[store])
    async with gateway.app.router.lifespan_context(gateway.app):
        assert store.closed == 0
    assert store.closed == 1


# ---- registered operations


async def test_only_registered_operations_are_taken_by_id_or_by_exact_text(open_with):
    gateway = await open_with([HELLO], unknown="refuse")
    assert (await gateway.send(json={"documentId": sha256(HELLO)})).data == {"hello": "Hello"}
    assert (await gateway.send(json={"documentId": f"sha256:{sha256(HELLO)}"})).data == {"hello": "Hello"}
    assert (await gateway.send(json=automatic(HELLO, with_text=False))).data == {"hello": "Hello"}
    assert (await gateway.ask(HELLO)).data == {"hello": "Hello"}
    assert (await gateway.ask("{  hello }")).codes == ["QUERY_NOT_IN_SAFELIST"]
    assert (await gateway.ask(OTHER)).codes == ["QUERY_NOT_IN_SAFELIST"]
    assert (await gateway.send(json=automatic(OTHER, with_text=False))).codes == [
        "PERSISTED_QUERY_NOT_IN_LIST"
    ]
    # Automatic persisted queries would let anybody register.
    assert (await gateway.send(json=automatic(OTHER, with_text=True))).codes == ["QUERY_NOT_IN_SAFELIST"]
    assert (await gateway.send(json=automatic(OTHER, with_text=False))).codes == [
        "PERSISTED_QUERY_NOT_IN_LIST"
    ]


async def test_a_registered_id_does_not_let_in_another_text(open_with):
    gateway = await open_with({"mine": HELLO}, unknown="refuse")
    answer = await gateway.send(json={"documentId": "mine", "query": OTHER})
    assert (answer.status, answer.codes) == (400, ["PERSISTED_QUERY_HASH_MISMATCH"])


async def test_ids_can_be_required(open_with):
    gateway = await open_with({"mine": HELLO}, unknown="refuse", require_id=True)
    assert (await gateway.send(json={"documentId": "mine"})).data == {"hello": "Hello"}
    assert (await gateway.ask(HELLO)).codes == ["PERSISTED_QUERY_ID_REQUIRED"]
    assert (await gateway.send(json={"documentId": "mine", "query": HELLO})).codes == [
        "PERSISTED_QUERY_ID_REQUIRED"
    ]


async def test_unknown_operations_can_be_let_in_and_logged(open_with):
    gateway = await open_with([HELLO], unknown="log")
    with capture_logs() as lines:
        assert (await gateway.ask(OTHER)).data == {"other": "Hello"}
        assert (await gateway.ask(HELLO)).data == {"hello": "Hello"}
    logged = [each for each in lines if "not registered" in each["event"]]
    assert [(each["operation"], each["sha256"]) for each in logged] == [(None, sha256(OTHER))]


async def test_the_safelist_holds_over_a_socket_and_for_streams(open_with):
    gateway = await open_with({"mine": HELLO}, unknown="refuse")
    async with gateway.session.ws_connect(
        gateway.url + "/graphql", protocols=["graphql-transport-ws"]
    ) as socket:
        await socket.send_json({"type": "connection_init"})
        assert (await socket.receive_json())["type"] == "connection_ack"
        for identifier, payload in (
            ("1", {"query": "subscription { ticks }"}),
            ("2", {"documentId": "mine"}),
        ):
            await socket.send_json({"type": "subscribe", "id": identifier, "payload": payload})
        said = [await socket.receive_json() for _ in range(3)]
    by_id = {(each["id"], each["type"]): each.get("payload") for each in said}
    assert by_id["1", "error"][0]["extensions"]["code"] == "QUERY_NOT_IN_SAFELIST"
    assert by_id["2", "next"]["data"] == {"hello": "Hello"}
    async with gateway.session.post(
        gateway.url + "/graphql",
        json={"query": "subscription { ticks }"},
        headers={"accept": "text/event-stream"},
    ) as stream:
        assert "QUERY_NOT_IN_SAFELIST" in await stream.text()


async def test_a_safelist_without_operations_does_not_start(open_with):
    with pytest.raises(GatewayStartError, match="there is no manifest"):
        await open_with(unknown="refuse")


def test_apollos_manifest_is_read(tmp_path):
    path = tmp_path / "manifest.json"
    operations = [{"id": "1", "name": "Hello", "type": "query", "body": HELLO}]
    path.write_text(
        json.dumps({"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations})
    )
    manifest = read_manifest(path)
    assert manifest.registered_text("1") == HELLO
    assert manifest.is_registered(HELLO)
    assert not manifest.is_registered(OTHER)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("nonsense", "not JSON"),
        ("[]", "is an object"),
        ('{"format":"x","version":1,"operations":[]}', "apollo-persisted-query-manifest"),
        (
            '{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"1"}]}',
            r"operations\[0\]",
        ),
        (
            (
                '{"format":"apollo-persisted-query-manifest","version":1,'
                '"operations":[{"id":"1","body":"{a}"},{"id":"1","body":"{b}"}]}'
            ),
            "another text",
        ),
        ('{"hash": 7}', "needs a text"),
    ],
)
def test_what_is_no_manifest_is_said_in_a_line(tmp_path, content, expected):
    path = tmp_path / "manifest.json"
    path.write_text(content)
    with pytest.raises(InvalidManifestError, match=expected) as raised:
        read_manifest(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert "\n" not in str(raised.value)
