"""Another supergraph takes the place of the present one, under a real gateway. VERIFICATION.md: F3, F4, F5, F10."""

import asyncio
import gc
import json
import weakref
from collections import Counter

import aiohttp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from graphql import GraphQLNamedType

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import (
    GatewaySettings,
    GatewayStartError,
    GivenSupergraph,
    PushedSupergraph,
    SupergraphDocument,
    SupergraphUnavailableError,
    build_app,
    sign_content,
)
from supergraph.gateway.executor import Executable
from supergraph.gateway.operation import PreparedOperation
from supergraph.gateway.snapshot import Snapshot
from supergraph.gateway.sources import LastGood
from supergraph.planner import QueryGraph
from supergraph.spec import Supergraph

A = 'type Query { a: String slow: String } type Thing @key(fields: "id") { id: ID! a: String }'
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key" "@authenticated"])\n'


def composed(subgraphs):
    """`subgraphs` by name: an SDL, or an SDL and an address."""
    sources = []
    for name, given in subgraphs.items():
        sdl, url = given if isinstance(given, tuple) else (given, "")
        sources.append(SubgraphSource(name, url, LINK + sdl))
    composition = compose(sources)
    assert composition.ok, composition.diagnostics
    return composition.supergraph_sdl


def widened(number):
    """The graph of `A`, and something more that makes it another document."""
    return composed({"a": A + f' type Extra{number} @key(fields: "id") {{ id: ID! }}'})


class Away:
    """A source that cannot be had, until it can."""

    def __init__(self, document=None):
        self.document = document

    def __str__(self):
        return "https://registry.example/graph"

    def read(self):
        if self.document is None:
            raise SupergraphUnavailableError("https://registry.example/graph: cannot be reached")
        return self.document

    async def documents(self, look):
        while True:
            await look.wait()
            look.clear()
            try:
                yield self.read()
            except SupergraphUnavailableError as error:
                yield error


async def until(condition):
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - what is waited for is what a test asserts
            await asyncio.sleep(0.005)


@pytest.fixture
def gate():
    return asyncio.Event()


@pytest.fixture
def one(graphql_subgraph, gate):
    async def slow(*_):
        await gate.wait()
        return "slow"

    return {"a": graphql_subgraph(A, {"Query.a": lambda *_: "A", "Query.slow": slow})}


async def test_a_new_document_is_served_and_the_old_one_no_more(open_gateway, one):
    gateway = await open_gateway(one)
    assert (await gateway.ask("{ b: a new }")).codes == ["GRAPHQL_VALIDATION_FAILED"]
    one["a"].sdl = A.replace("a: String slow", "a: String new: String slow", 1)
    one["a"].__post_init__()
    one["a"].schema.query_type.fields["new"].resolve = lambda *_: "new"
    assert await gateway.load(composed({"a": one["a"].sdl}))
    assert (await gateway.ask("{ b: a new }")).data == {"b": "A", "new": "new"}
    status = gateway.app.reloads.status
    assert (status.counts["swapped"], status.problem) == (1, None)


async def test_a_request_in_flight_ends_on_the_snapshot_it_began_with(open_gateway, one, gate):
    """F5: `slow` has gone from the graph when its answer comes."""
    gateway = await open_gateway(one)
    old = weakref.ref(gateway.app.reloads.snapshot)
    asking = asyncio.create_task(gateway.ask("{ slow a }"))
    await until(lambda: one["a"].asked)
    assert await gateway.load(composed({"a": A.replace("slow: String", "")}))
    assert (await gateway.ask("{ slow }")).codes == ["GRAPHQL_VALIDATION_FAILED"]
    assert old() is not None
    gate.set()
    assert (await asking).data == {"slow": "slow", "a": "A"}
    await until(lambda: old() is None)


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "type Query {",
        "type Query { a: Int }",
        "half of a docum",
        "\x00",
        "schema @link(url: " + "[" * 5000,
    ],
)
async def test_a_broken_document_never_takes_the_place_of_a_good_one(open_gateway, one, broken):
    """F5."""
    gateway = await open_gateway(one)
    before = gateway.app.reloads.snapshot
    assert not await gateway.load(broken)
    assert not await gateway.load(broken)
    assert gateway.app.reloads.snapshot is before
    assert (await gateway.ask("{ a }")).data == {"a": "A"}
    status = gateway.app.reloads.status
    assert status.counts["refused"] == 1, "what was refused before is not built again"
    assert status.problem
    assert "\n" not in status.problem
    assert gateway.app.reloads.describe()["refused"] == 1


async def test_a_document_that_is_no_text_is_refused(open_gateway, one):
    gateway = await open_gateway(one)
    assert not await gateway.app.reloads.load(SupergraphDocument(b"\xff\xfe"))
    assert gateway.app.reloads.status.problem == "the document is not a text in UTF-8"


async def test_a_document_with_rules_that_nobody_can_be_held_against_is_refused(open_gateway, one):
    gateway = await open_gateway(one, identity=False)
    assert not await gateway.load(composed({"a": A.replace("a: String", "a: String @authenticated", 1)}))
    assert "no identity is configured" in gateway.app.reloads.status.problem
    assert (await gateway.ask("{ a }")).data == {"a": "A"}


async def test_the_same_document_again_changes_nothing(open_gateway, one):
    gateway = await open_gateway(one)
    before = gateway.app.reloads.snapshot
    assert await gateway.load(gateway.supergraph_sdl)
    assert gateway.app.reloads.snapshot is before
    assert gateway.app.reloads.counts == {"unchanged": 1}


async def test_documents_that_are_pushed_are_served(open_gateway, one):
    source = PushedSupergraph(SupergraphDocument(composed({"a": A}).encode()))
    gateway = await open_gateway(one, source=source)
    before = gateway.app.reloads.snapshot
    source.push(SupergraphDocument(b"broken"))
    source.push(SupergraphDocument(widened(1).encode()))
    await until(lambda: gateway.app.reloads.snapshot is not before)
    assert "Extra1" in gateway.app.reloads.snapshot.supergraph.types
    source.push(SupergraphDocument(b"broken"))
    await until(lambda: gateway.app.reloads.counts["refused"])
    source.push(SupergraphDocument(widened(2).encode()))
    await until(lambda: "Extra2" in gateway.app.reloads.snapshot.supergraph.types)


async def test_a_gateway_told_not_to_watch_keeps_its_first_document(open_gateway, one):
    source = PushedSupergraph(SupergraphDocument(composed({"a": A}).encode()))
    settings = GatewaySettings(supergraph={"watch": False})
    gateway = await open_gateway(one, source=source, settings=settings)
    before = gateway.app.reloads.snapshot
    source.push(SupergraphDocument(widened(1).encode()))
    await asyncio.sleep(0.1)
    assert gateway.app.reloads.snapshot is before


async def test_a_gateway_told_not_to_watch_looks_when_it_is_told_to(open_gateway, one):
    source = Away(SupergraphDocument(composed({"a": A}).encode()))
    gateway = await open_gateway(one, source=source, settings=GatewaySettings(supergraph={"watch": False}))
    source.document = None
    gateway.app.reloads.look_now()
    await until(lambda: gateway.app.reloads.counts["unavailable"])
    source.document = SupergraphDocument(widened(1).encode())
    gateway.app.reloads.look_now()
    await until(lambda: "Extra1" in gateway.app.reloads.snapshot.supergraph.types)


async def test_a_source_with_a_fault_of_its_own_is_asked_again(open_gateway, one, monkeypatch):
    monkeypatch.setattr("supergraph.gateway.reloading._RETRY_SECONDS", 0.01)

    class Faulty(Away):
        times = 0

        async def documents(self, look):
            self.times += 1
            if self.times < 3:
                raise RuntimeError("a fault")
            yield SupergraphDocument(widened(1).encode())

    source = Faulty(SupergraphDocument(composed({"a": A}).encode()))
    gateway = await open_gateway(one, source=source)
    await until(lambda: "Extra1" in gateway.app.reloads.snapshot.supergraph.types)


# ---- what is hot


async def test_what_is_asked_most_is_ready_before_it_is_asked_again(open_gateway, one):
    settings = GatewaySettings(supergraph={"warm_operations": 2})
    gateway = await open_gateway(one, settings=settings)
    for query, times in (("{ cold: a }", 1), ("{ hot: a }", 5), ("{ warm: a }", 3)):
        for _ in range(times):
            await gateway.ask(query)
    await gateway.load(widened(1))
    planned = gateway.app.reloads.snapshot.planned
    assert [key[0][0] for key, _ in planned.hottest(10)] == ["{ hot: a }", "{ warm: a }"]
    assert (await gateway.ask("{ cold: a }")).data == {"cold": "A"}


async def test_warming_ends_when_its_time_is_over(open_gateway, one):
    settings = GatewaySettings(supergraph={"warm_seconds": 1e-9})
    gateway = await open_gateway(one, settings=settings)
    for _ in range(3):
        await gateway.ask("{ hot: a }")
    await gateway.load(widened(1))
    assert len(gateway.app.reloads.snapshot.planned) == 0
    assert (await gateway.ask("{ hot: a }")).data == {"hot": "A"}


async def test_what_was_hot_and_is_wrong_now_is_left_to_who_asks_it(open_gateway, one, gate):
    gate.set()
    gateway = await open_gateway(one)
    for _ in range(3):
        await gateway.ask("{ slow }")
    assert await gateway.load(composed({"a": A.replace("slow: String", "")}))
    assert len(gateway.app.reloads.snapshot.planned) == 0
    assert (await gateway.ask("{ slow }")).codes == ["GRAPHQL_VALIDATION_FAILED"]


async def test_warming_shows_nobody_more_than_they_may_see(open_gateway, one):
    """The new document guards what the old one left open."""
    gateway = await open_gateway(one)
    for _ in range(3):
        assert (await gateway.ask("{ a }", scopes="x")).data == {"a": "A"}
        assert (await gateway.ask("{ a }")).data == {"a": "A"}
    assert await gateway.load(composed({"a": A.replace("a: String", "a: String @authenticated", 1)}))
    assert (await gateway.ask("{ a }")).codes == ["UNAUTHORIZED_FIELD_OR_TYPE"]
    assert (await gateway.ask("{ a }", scopes="x")).data == {"a": "A"}


# ---- whom it speaks to


async def test_clients_of_subgraphs_that_stay_are_kept():
    b = "type Query { b: String }"
    before = composed({"a": (A, "http://127.0.0.1:1/a"), "b": (b, "http://127.0.0.1:1/b")})
    app = build_app(GivenSupergraph(before))
    clients = app.reloads.snapshot.clients
    after = composed(
        {
            "a": (A, "http://127.0.0.1:1/a"),
            "b": (b, "http://127.0.0.1:1/elsewhere"),
            "c": b.replace("b:", "c:"),
        }
    )
    assert await app.reloads.load(SupergraphDocument(after.encode()))
    present = app.reloads.snapshot.clients
    assert present["a"] is clients["a"]
    assert present["b"] is not clients["b"]
    assert "c" not in present, "it has no address"


def alive():
    """What makes up a snapshot. A type that was emptied does not count: validation leaves a few in circles of its own."""
    kinds = (Snapshot, Supergraph, QueryGraph, Executable, PreparedOperation)
    found = Counter(type(each).__name__ for each in gc.get_objects() if isinstance(each, kinds))
    types = [each for each in gc.get_objects() if isinstance(each, GraphQLNamedType)]
    return found + Counter(types=sum(bool(vars(each)) for each in types))


async def test_fifty_swaps_leave_nothing_behind(open_gateway, one):
    """F3: without any search for cycles, which may come late in a process that answers requests."""
    gateway = await open_gateway(one)
    query = "query($x: Boolean = true) { a @include(if: $x) again: a __typename __schema { types { name } } }"
    left = []

    async def swap(number):
        snapshot = gateway.app.reloads.snapshot
        assert (await gateway.ask("{ a }")).data == {"a": "A"}
        assert (await gateway.ask(query, scopes="x")).data["again"] == "A"
        assert (await gateway.ask("{ a }", scopes="x")).data == {"a": "A"}
        left.append(weakref.ref(snapshot))
        planned = [snapshot.planned.get(key) for key, _ in snapshot.planned.hottest(9)]
        left.extend(weakref.ref(each.executable.projection({}).compiled) for each in planned)
        del snapshot, planned
        assert await gateway.load(widened(number))
        await until(lambda: all(each() is None for each in left))

    await swap(0)
    gc.collect()
    gc.disable()
    try:
        before = alive()
        for number in range(1, 51):
            await swap(number)
        # One more or less may be under way at that moment; fifty swaps that leave something leave fifty of it.
        assert {kind: more for kind, more in (alive() - before).items() if more > 1} == {}
    finally:
        gc.enable()
    assert len(left) > 50 * 3


# ---- start without a source


def settings_with(tmp_path, **more):
    return GatewaySettings(supergraph={"last_good": tmp_path / "last-good", **more})


async def test_without_its_registry_it_starts_with_the_last_good_document(open_gateway, one, tmp_path):
    """F4: readiness is green, and the registry's document is served once it is there again."""
    sdl = composed({"a": A})
    first = await open_gateway(
        one, source=Away(SupergraphDocument(sdl.encode())), settings=settings_with(tmp_path)
    )
    assert (await first.ask("{ a }")).data == {"a": "A"}

    source = Away()
    gateway = await open_gateway(one, source=source, settings=settings_with(tmp_path))
    assert (await gateway.ask("{ a }")).data == {"a": "A"}
    assert (await gateway.send("GET", "/ready")).status == 200
    assert gateway.app.reloads.describe()["from"] == "last good"

    gateway.app.reloads.look_now()
    await until(lambda: gateway.app.reloads.counts["unavailable"])
    assert (await gateway.ask("{ a }")).data == {"a": "A"}

    source.document = SupergraphDocument(widened(1).encode())
    gateway.app.reloads.look_now()
    await until(lambda: gateway.app.reloads.counts["swapped"])
    assert gateway.app.reloads.describe()["from"] == "source"
    kept = LastGood(tmp_path / "last-good", str(source))
    await until(lambda: kept.read()[0] == source.document)


def test_a_broken_document_at_the_start_is_passed_over_for_the_last_good_one(one, tmp_path):
    good = SupergraphDocument(composed({"a": A}).encode())
    build_app(Away(good), settings=settings_with(tmp_path), subgraphs=one)
    app = build_app(Away(SupergraphDocument(b"broken")), settings=settings_with(tmp_path), subgraphs=one)
    assert app.reloads.status.from_last_good


@pytest.mark.parametrize("broken", [b"", b"\xff", b"type Query {", b"schema @link(url: " + b"[" * 50_000])
def test_a_broken_document_at_the_start_is_one_line(one, broken):
    with pytest.raises(GatewayStartError) as raised:
        build_app(Away(SupergraphDocument(broken)), subgraphs=one)
    assert "\n" not in str(raised.value)


def test_a_last_good_document_that_was_tampered_with_is_not_used(one, tmp_path):
    """F4, F10."""
    good = SupergraphDocument(composed({"a": A}).encode())
    build_app(Away(good), settings=settings_with(tmp_path), subgraphs=one)
    kept = tmp_path / "last-good"
    kept.write_bytes(kept.read_bytes().replace(b"slow", b"evil"))
    with pytest.raises(GatewayStartError, match=r"cannot be reached.*changed since it was kept"):
        build_app(Away(), settings=settings_with(tmp_path), subgraphs=one)


def test_without_a_last_good_document_it_does_not_start(one, tmp_path):
    with pytest.raises(GatewayStartError, match="cannot be reached"):
        build_app(Away(), subgraphs=one)
    with pytest.raises(GatewayStartError, match=r"cannot be reached.*none was kept yet"):
        build_app(Away(), settings=settings_with(tmp_path), subgraphs=one)


def test_a_folder_that_cannot_be_written_keeps_no_gateway_from_starting(one, tmp_path):
    (tmp_path / "file").write_text("")
    settings = GatewaySettings(supergraph={"last_good": tmp_path / "file" / "last-good"})
    build_app(GivenSupergraph(composed({"a": A})), settings=settings, subgraphs=one)


# ---- signatures


@pytest.fixture
def key(tmp_path):
    key = Ed25519PrivateKey.generate()
    pem = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "public.pem").write_bytes(pem)
    return key


def signed(sdl, key):
    return SupergraphDocument(sdl.encode(), sign_content(sdl.encode(), key))


async def test_only_signed_documents_are_served(open_gateway, one, key, tmp_path):
    """F10: at the start and later; what is kept on disk is no way around it."""
    settings = settings_with(tmp_path, public_key=tmp_path / "public.pem")
    sdl = composed({"a": A})
    for unsigned in (SupergraphDocument(sdl.encode()), signed(sdl, Ed25519PrivateKey.generate())):
        with pytest.raises(GatewayStartError, match="sign"):
            build_app(Away(unsigned), settings=settings, subgraphs=one)

    gateway = await open_gateway(one, source=Away(signed(sdl, key)), settings=settings)
    assert not await gateway.load(widened(1)), "not signed"
    tampered = SupergraphDocument(widened(1).encode(), signed(widened(2), key).signature)
    assert not await gateway.app.reloads.load(tampered)
    assert gateway.app.reloads.counts["refused"] == 2
    assert await gateway.app.reloads.load(signed(widened(1), key))

    unsigned = SupergraphDocument(sdl.encode())
    LastGood(tmp_path / "last-good", str(Away())).keep(unsigned)
    with pytest.raises(GatewayStartError, match="not signed"):
        build_app(Away(), settings=settings, subgraphs=one)


def test_a_public_key_that_is_none_keeps_it_from_starting(one, tmp_path):
    (tmp_path / "public.pem").write_text("nothing")
    with pytest.raises(GatewayStartError, match=r"public\.pem: no public key"):
        build_app(
            GivenSupergraph(composed({"a": A})),
            settings=GatewaySettings(supergraph={"public_key": tmp_path / "public.pem"}),
            subgraphs=one,
        )


async def test_health_tells_of_the_document_and_no_secrets(open_gateway, one):
    gateway = await open_gateway(one, settings=GatewaySettings(health={"details": "names"}))
    await gateway.load("broken")
    async with aiohttp.ClientSession() as session, session.get(gateway.url + "/health") as response:
        told = json.loads(await response.read())["supergraph"]
    assert told["refused"] == 1
    assert told["problemSince"]
    assert len(told["digest"]) == 64
