"""Who asks, over the wire: what a client shows, what a subgraph is told, and when it ends (F9, B8, B9, B10, E7)."""

import asyncio
import time

import pytest

from supergraph.gateway import (
    GatewaySettings,
    GatewayStartError,
    GivenApiKeys,
    GivenSupergraph,
    Identity,
    SubscriptionSettings,
    build_app,
)
from supergraph.gateway.settings import IdentitySettings
from supergraph.spec import (
    ANONYMOUS,
    PRINCIPAL_HEADER,
    InvalidPrincipalError,
    Principal,
    RevocationList,
    StoredApiKey,
    new_api_key,
)

SDL = "type Query { a: Int } type Subscription { ticks: Int! }"
KEY = new_api_key()
STORED = StoredApiKey(KEY.id, KEY.digest(), "importer", "acme", frozenset({"a:read"}))
SETTINGS = GatewaySettings(subscriptions=SubscriptionSettings(heartbeat_seconds=0.05))


@pytest.fixture
def subgraph(graphql_subgraph, channel):
    return graphql_subgraph(SDL, {"Query.a": lambda *_: 1, "Subscription.ticks": channel.listen})


@pytest.fixture
def revocations():
    return RevocationList()


@pytest.fixture
async def gateway(open_gateway, subgraph, revocations):
    return await open_gateway(
        {"a": subgraph},
        over_http=True,
        settings=SETTINGS,
        identity=lambda issuer: Identity(
            [issuer], api_keys=GivenApiKeys([STORED]), revocations=[revocations], review_seconds=0.02
        ),
    )


async def test_a_bad_token_gets_401_with_a_challenge_and_asks_nobody(gateway):
    answer = await gateway.ask("{ a }", headers={"authorization": "Bearer nonsense"})
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert answer.headers["www-authenticate"].startswith('Bearer error="invalid_token"')
    assert gateway.asked == {}


async def test_a_key_is_shown_in_either_header(gateway, subgraph):
    for headers in ({"x-api-key": KEY.text()}, {"authorization": f"Bearer {KEY.text()}"}):
        assert (await gateway.ask("{ a }", headers=headers)).data == {"a": 1}
    assert subgraph.principals == [Principal("importer", "acme", frozenset({"a:read"}))] * 2


async def test_two_who_ask_at_once_are_refused(gateway):
    headers = {"x-api-key": KEY.text(), "authorization": f"Bearer {gateway.token()}"}
    answer = await gateway.ask("{ a }", headers=headers)
    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
    assert 'error="invalid_request"' in answer.headers["www-authenticate"]
    assert gateway.asked == {}


@pytest.mark.parametrize(
    "init", [{"x-api-key": "{}"}, {"headers": {"X-Api-Key": "{}"}}, {"Authorization": "Bearer {}"}]
)
async def test_a_key_may_come_in_a_sockets_first_message(gateway, subgraph, open_socket, init):
    def filled(value):
        if isinstance(value, dict):
            return {name: filled(inner) for name, inner in value.items()}
        return value.replace("{}", KEY.text())

    client = await open_socket(gateway, init=filled(init))
    await client.subscribe("1", "{ a }")
    assert (await client.hear())["payload"] == {"data": {"a": 1}}
    assert subgraph.principals[-1].subject == "importer"


async def test_a_key_may_come_with_a_sockets_handshake(gateway, subgraph, open_socket):
    client = await open_socket(gateway, init=None, headers={"x-api-key": KEY.text()})
    await client.subscribe("1", "{ a }")
    assert (await client.hear())["payload"] == {"data": {"a": 1}}
    assert subgraph.principals[-1].subject == "importer"


async def test_two_who_open_one_socket_are_turned_away(gateway, open_socket):
    client = await open_socket(gateway)
    await client.say(
        type="connection_init",
        payload={"x-api-key": KEY.text(), "authorization": f"Bearer {gateway.token()}"},
    )
    code, reason = await client.closed()
    assert code == 4403
    assert "said once" in reason


async def test_where_everybody_must_say_who_they_are_nobody_is_answered(open_gateway, subgraph, open_socket):
    gateway = await open_gateway({"a": subgraph}, identity=lambda issuer: Identity([issuer], require=True))
    answer = await gateway.ask("{ a }")
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert answer.headers["www-authenticate"] == "Bearer"
    assert (await gateway.ask("{ a }", scopes="")).data == {"a": 1}
    client = await open_socket(gateway)
    await client.say(type="connection_init")
    assert (await client.closed())[0] == 4403
    assert len(subgraph.asked) == 1


FORGED = {PRINCIPAL_HEADER: "forged", "Dovetail-Principal": "forged", "x-tenant": "t2", "tenant": "t2"}


async def test_a_clients_own_principal_header_goes_nowhere(gateway, subgraph):
    """E7: the tenant comes from the token alone."""
    assert (await gateway.ask("{ a }", headers=FORGED)).data == {"a": 1}
    assert (await gateway.ask("{ a }", scopes="a:read", headers=FORGED)).data == {"a": 1}
    assert subgraph.principals == [ANONYMOUS, Principal("u1", "t1", frozenset({"a:read"}))]


async def test_no_header_rule_brings_it_back(open_gateway, graphql_subgraph):
    subgraph = graphql_subgraph(SDL, {"Query.a": lambda *_: 1})
    everything = {"*": [{"propagate": {"matching": "(?i).*"}}]}
    settings = GatewaySettings.model_validate({"headers": everything})
    gateway = await open_gateway(
        {"a": subgraph},
        over_http=True,
        settings=settings,
        identity=lambda issuer: Identity([issuer], api_keys=GivenApiKeys([STORED])),
    )
    headers = {**FORGED, "x-api-key": KEY.text(), "x-passed": "on"}
    seen = []
    inner = subgraph._principal

    def look(scope):
        seen.append(scope["headers"])
        return inner(scope)

    subgraph._principal = look
    assert (await gateway.ask("{ a }", headers=headers)).data == {"a": 1}
    [sent] = seen
    assert [name for name, _ in sent].count(PRINCIPAL_HEADER.encode()) == 1
    assert (b"x-passed", b"on") in sent, "the rule is at work"
    assert not any(b"forged" in value or KEY.secret.encode() in value for _, value in sent)
    assert subgraph.principals == [Principal("importer", "acme", frozenset({"a:read"}))]


@pytest.mark.parametrize(
    "rule",
    [
        {"propagate": {"named": PRINCIPAL_HEADER}},
        {"propagate": {"named": "x-forged", "rename": "Dovetail-Principal"}},
        {"insert": {"name": PRINCIPAL_HEADER, "value": "forged"}},
        {"remove": {"named": PRINCIPAL_HEADER}},
    ],
)
def test_no_header_rule_may_even_name_it(rule):
    with pytest.raises(ValueError, match=PRINCIPAL_HEADER):
        GatewaySettings.model_validate({"headers": {"*": [rule]}})


async def test_what_one_subgraph_is_sent_it_cannot_show_to_another(open_gateway, graphql_subgraph):
    """B10: a subgraph that was taken over speaks to no other in the name of those who ask it."""
    sent = {}

    class Recording(graphql_subgraph):
        def _principal(self, scope):
            sent[self.sdl] = dict(scope["headers"])[PRINCIPAL_HEADER.encode()].decode()
            return super()._principal(scope)

    a, b = (
        Recording("type Query { a: Int }", {"Query.a": lambda *_: 1}),
        Recording("type Query { b: Int }", {}),
    )
    gateway = await open_gateway({"a": a, "b": b}, over_http=True)
    assert (await gateway.ask("{ a b }", scopes="x")).data == {"a": 1, "b": None}
    assert a.verifier.verify(sent[a.sdl]) == b.verifier.verify(sent[b.sdl])
    with pytest.raises(InvalidPrincipalError):
        b.verifier.verify(sent[a.sdl])
    with pytest.raises(InvalidPrincipalError):
        a.verifier.verify(sent[b.sdl])


async def revoked(results, revoke, channel):
    """The first result, what is given after `revoke`, and how long that took."""
    reading = asyncio.ensure_future(anext(results))
    await channel.publish(1)
    first = await reading
    revoke()
    started = time.monotonic()
    last = [result async for result in results]
    return first, last, time.monotonic() - started


@pytest.mark.parametrize("what", ["session", "role"])
async def test_what_is_revoked_mid_stream_ends_it_though_nothing_happens(
    gateway, channel, results_of, revocations, what
):
    """B8: a silent stream does not outlive the session or the role of who opened it."""
    token = gateway.token("x", sid="s1", iat=int(time.time()) - 5)
    results = results_of(gateway, "subscription { ticks }", token=token)

    def revoke():
        if what == "session":
            revocations.revoke_session("s1")
        else:
            revocations.revoke_subject("u1", "t1")

    first, last, seconds = await revoked(results, revoke, channel)
    assert first == {"data": {"ticks": 1}}
    if last != [{"closed": 4403}]:
        assert [error["extensions"]["code"] for each in last for error in each["errors"]] == [
            "UNAUTHENTICATED"
        ]
        assert "revoked" in last[0]["errors"][0]["message"]
    assert seconds < 2
    await channel.until(0)


async def test_no_event_reaches_whom_it_may_not(open_gateway, subgraph, channel, results_of, revocations):
    """B8: asked at each event, not only now and then."""
    gateway = await open_gateway(
        {"a": subgraph},
        settings=SETTINGS,
        identity=lambda issuer: Identity([issuer], revocations=[revocations], review_seconds=3_600),
    )
    results = results_of(gateway, "subscription { ticks }", token=gateway.token("x", sid="s1"))
    reading = asyncio.ensure_future(anext(results))
    await channel.publish(1)
    assert await reading == {"data": {"ticks": 1}}
    revocations.revoke_session("s1")
    await channel.publish(2)
    # Over WebSocket the operation ends; the socket itself goes at the next look, or with the next operation.
    last = await anext(results)
    assert "data" not in last
    await channel.until(0)
    await results.aclose()


async def test_a_socket_whose_session_was_revoked_begins_nothing_new(
    open_gateway, subgraph, open_socket, revocations
):
    gateway = await open_gateway(
        {"a": subgraph},
        identity=lambda issuer: Identity([issuer], revocations=[revocations], review_seconds=3_600),
    )
    client = await open_socket(gateway, init={"authorization": f"Bearer {gateway.token('x', sid='s1')}"})
    revocations.revoke_session("s1")
    await client.subscribe("1", "{ a }")
    code, reason = await client.closed()
    assert code == 4403
    assert "revoked" in reason
    assert subgraph.asked == []


async def test_a_token_of_a_revoked_session_is_refused_at_once(gateway, revocations):
    headers = {"authorization": f"Bearer {gateway.token('x', sid='s1')}"}
    assert (await gateway.ask("{ a }", headers=headers)).status == 200
    revocations.revoke_session("s1")
    answer = await gateway.ask("{ a }", headers=headers)
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])


class Machines:
    """A stranger's store of keys, and a stranger's word on what was revoked."""

    def __init__(self):
        self.used = []
        self.revoked = set()

    async def find_api_key(self, key_id):
        return STORED if key_id == KEY.id else None

    def api_key_used(self, key_id):
        self.used.append(key_id)

    def is_revoked(self, caller):
        return caller.api_key in self.revoked


async def test_a_strangers_store_and_revocations_stand_on_the_same_points(open_gateway, subgraph):
    machines = Machines()
    gateway = await open_gateway({"a": subgraph}, identity=False, hooks=[machines])
    headers = {"x-api-key": KEY.text()}
    assert (await gateway.ask("{ a }", headers=headers)).data == {"a": 1}
    assert machines.used == [KEY.id]
    assert subgraph.principals == [Principal("importer", "acme", frozenset({"a:read"}))]
    machines.revoked.add(KEY.id)
    assert (await gateway.ask("{ a }", headers=headers)).status == 401


GUARDED = """
schema @link(url: "https://specs.apollo.dev/link/v1.0") @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY) { query: Query }
directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
directive @join__type(graph: join__Graph!, key: join__FieldSet, extension: Boolean! = false, resolvable: Boolean! = true, isInterfaceObject: Boolean! = false) repeatable on OBJECT | INTERFACE | UNION | ENUM | INPUT_OBJECT | SCALAR
directive @join__graph(name: String!, url: String!) on ENUM_VALUE
directive @authenticated on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM
scalar link__Import
scalar join__FieldSet
enum link__Purpose { SECURITY EXECUTION }
enum join__Graph { A @join__graph(name: "a", url: "http://127.0.0.1:1/") }
type Query @join__type(graph: A) { a: Int @authenticated }
"""


def test_rules_that_nobody_could_be_checked_against_keep_a_gateway_from_starting():
    """B9."""
    with pytest.raises(GatewayStartError, match="no identity is configured"):
        build_app(GivenSupergraph(GUARDED))


@pytest.mark.parametrize(
    "identity",
    [
        {"issuers": [{"issuer": "https://issuer.example", "audiences": ["dovetail"]}]},
        {"api_keys": {"keys": [{"id": KEY.id, "digest": KEY.digest(), "subject": "importer"}]}},
    ],
)
def test_identity_of_the_settings_lets_it_start(identity):
    settings = GatewaySettings(identity=IdentitySettings.model_validate(identity))
    build_app(GivenSupergraph(GUARDED), settings=settings)


def test_settings_of_identity_that_are_unfit_keep_it_from_starting():
    with pytest.raises(GatewayStartError, match="nobody could ever be let in"):
        build_app(GivenSupergraph(GUARDED), settings=GatewaySettings(identity=IdentitySettings(require=True)))
