"""Tokens, good and bad, at the gateway's door; the keys' sources by themselves."""

import base64
import json
import time

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm, RSAAlgorithm

from supergraph.gateway import Identity, LocalKeys, RemoteKeys, TokenRules
from supergraph.gateway.errors import Refusal
from supergraph.gateway.pipeline.identity import Caller
from supergraph.spec import ANONYMOUS, Principal

RULES = TokenRules("https://issuer.example", "dovetail")
KEY = Ed25519PrivateKey.generate()
PUBLIC = {**json.loads(OKPAlgorithm.to_jwk(KEY.public_key())), "kid": "k1", "alg": "EdDSA"}


def claims(**changes):
    now = int(time.time())
    standard = {
        "iss": RULES.issuer,
        "aud": RULES.audience,
        "sub": "u1",
        "tenant": "t1",
        "scope": "a b",
        "iat": now,
        "exp": now + 60,
    }
    return {name: value for name, value in {**standard, **changes}.items() if value is not None}


def token(key=KEY, algorithm="EdDSA", kid="k1", **changes):
    return jwt.encode(claims(**changes), key, algorithm=algorithm, headers={"kid": kid} if kid else {})


async def identify(authorization, identity=None):
    identity = identity or Identity(LocalKeys({"keys": [PUBLIC]}), RULES)
    found = await identity.identify(None if authorization is None else authorization.encode())
    return found.principal if isinstance(found, Caller) else found


async def test_nobody_is_anonymous():
    assert await identify(None) == ANONYMOUS


async def test_a_token_names_subject_tenant_and_scopes():
    assert await identify(f"Bearer {token()}") == Principal("u1", "t1", frozenset({"a", "b"}))


@pytest.mark.parametrize(
    ("scope", "expected"),
    [(None, set()), ("", set()), ("a  b", {"a", "b"}), (["a", "b c"], {"a", "b c"}), ([], set())],
)
async def test_scopes_may_be_a_string_or_a_list(scope, expected):
    principal = await identify(f"bearer {token(scope=scope)}")
    assert isinstance(principal, Principal)
    assert principal.scopes == expected


NOW = int(time.time())


@pytest.mark.parametrize(
    "changes",
    [
        {"exp": NOW - 3600},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": NOW + 3600},
        {"iat": NOW + 3600},
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"tenant": 7},
        {"tenant": ["t1"]},
        {"scope": 7},
        {"scope": [7]},
        {"kid": "other"},
        {"key": Ed25519PrivateKey.generate()},
    ],
)
async def test_a_token_that_does_not_hold_is_refused(changes):
    refusal = await identify(f"Bearer {token(**changes)}")
    assert isinstance(refusal, Refusal)
    assert refusal.status == 401
    [(name, value)] = refusal.headers
    assert name == b"www-authenticate"
    assert value.startswith(b'Bearer error="invalid_token"')


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer a.b.c",
        "Basic dTpw",
        "Bearer " + "x" * 20_000,
        "Bearer \u00e4.b.c",
    ],
)
async def test_what_is_no_token_is_refused(authorization):
    refusal = await identify(authorization)
    assert isinstance(refusal, Refusal)
    assert refusal.status == 401


async def test_clocks_may_differ_a_little():
    now = time.time()
    assert isinstance(await identify(f"Bearer {token(exp=now - 5, nbf=now + 5)}"), Principal)


async def test_a_token_nested_beyond_measure_is_refused():
    deep = base64.urlsafe_b64encode(b"[" * 9_000).rstrip(b"=").decode()
    assert isinstance(await identify(f"Bearer {deep}.{deep}.{deep}"), Refusal)


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


async def test_an_unsigned_token_is_refused():
    unsigned = f"{part({'alg': 'none', 'kid': 'k1'})}.{part(claims())}."
    assert isinstance(await identify(f"Bearer {unsigned}"), Refusal)


async def test_a_public_key_does_not_serve_as_a_shared_secret():
    import hashlib
    import hmac

    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {**json.loads(RSAAlgorithm.to_jwk(private.public_key())), "kid": "k1", "alg": "RS256"}
    identity = Identity(LocalKeys({"keys": [public]}), RULES)
    assert isinstance(await identify(f"Bearer {token(private, 'RS256')}", identity), Principal)
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    text = f"{part({'alg': 'HS256', 'kid': 'k1'})}.{part(claims())}"
    forged = base64.urlsafe_b64encode(hmac.digest(pem, text.encode(), hashlib.sha256)).rstrip(b"=").decode()
    assert isinstance(await identify(f"Bearer {text}.{forged}", identity), Refusal)


async def test_only_allowed_algorithms_are_taken():
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = {**json.loads(RSAAlgorithm.to_jwk(private.public_key())), "kid": "k1"}
    rules = TokenRules(RULES.issuer, RULES.audience, frozenset({"EdDSA"}))
    refusal = await identify(
        f"Bearer {token(private, 'RS256')}", Identity(LocalKeys({"keys": [public]}), rules)
    )
    assert isinstance(refusal, Refusal)


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
def test_algorithms_that_prove_nothing_cannot_be_configured(algorithm):
    with pytest.raises(ValueError, match=algorithm):
        Identity(LocalKeys({"keys": [PUBLIC]}), TokenRules("i", "a", frozenset({algorithm})))


@pytest.mark.parametrize(
    "key_set",
    [
        {},
        {"keys": []},
        {"keys": {}},
        {"keys": [{"kty": "oct", "k": "c2VjcmV0", "alg": "HS256"}]},
        {"keys": [{**PUBLIC, "use": "enc"}]},
        {"keys": ["x"]},
    ],
)
def test_a_key_set_without_a_key_to_check_with_is_an_error(key_set):
    with pytest.raises(ValueError, match="key"):
        LocalKeys(key_set)


async def test_a_token_that_held_is_not_remembered_past_its_end():
    identity = Identity(LocalKeys({"keys": [PUBLIC]}), TokenRules(RULES.issuer, RULES.audience, leeway=0))
    brief = token(exp=time.time() + 1.2)
    assert isinstance(await identify(f"Bearer {brief}", identity), Principal)
    import asyncio

    await asyncio.sleep(2.3)
    assert isinstance(await identify(f"Bearer {brief}", identity), Refusal)


class Issuer:
    """Serves a key set and counts how often it is asked."""

    def __init__(self):
        self.keys = [PUBLIC]
        self.asked = 0
        self.status = 200

    async def answer(self, _):
        self.asked += 1
        return web.json_response({"keys": self.keys}, status=self.status)


@pytest.fixture
async def issuer():
    issuer = Issuer()
    app = web.Application()
    app.router.add_get("/jwks", issuer.answer)
    server = TestServer(app)
    await server.start_server()
    issuer.url = str(server.make_url("/jwks"))
    yield issuer
    await server.close()


async def test_remote_keys_are_fetched_once(issuer):
    identity = Identity(RemoteKeys(issuer.url), RULES)
    for subject in "abc":
        assert isinstance(await identify(f"Bearer {token(sub=subject)}", identity), Principal)
    assert issuer.asked == 1


async def test_a_rotated_key_is_found_and_unknown_ones_cause_no_storm(issuer):
    identity = Identity(RemoteKeys(issuer.url, patience=0), RULES)
    other = Ed25519PrivateKey.generate()
    rotated = token(other, kid="k2")
    assert isinstance(await identify(f"Bearer {rotated}", identity), Refusal)
    issuer.keys = [{**json.loads(OKPAlgorithm.to_jwk(other.public_key())), "kid": "k2", "alg": "EdDSA"}]
    assert isinstance(await identify(f"Bearer {rotated}", identity), Principal)

    patient = Identity(RemoteKeys(issuer.url, patience=60), RULES)
    issuer.asked = 0
    for number in range(20):
        await identify(f"Bearer {token(kid=f'nobody{number}')}", patient)
    assert issuer.asked == 1


async def test_keys_that_cannot_be_had_are_not_the_clients_fault(issuer):
    issuer.status = 500
    refusal = await identify(f"Bearer {token()}", Identity(RemoteKeys(issuer.url), RULES))
    assert isinstance(refusal, Refusal)
    assert refusal.status == 503


async def test_known_keys_outlive_an_issuer_that_is_away(issuer):
    identity = Identity(RemoteKeys(issuer.url, lifetime=0, patience=0), RULES)
    assert isinstance(await identify(f"Bearer {token()}", identity), Principal)
    issuer.status = 500
    assert isinstance(await identify(f"Bearer {token(sub='u2')}", identity), Principal)


async def test_a_bad_token_gets_401_with_a_challenge(open_gateway, graphql_subgraph):
    gateway = await open_gateway({"a": graphql_subgraph("type Query { a: Int }", {"Query.a": lambda *_: 1})})
    answer = await gateway.ask("{ a }", headers={"authorization": "Bearer nonsense"})
    assert (answer.status, answer.codes) == (401, ["UNAUTHENTICATED"])
    assert answer.headers["www-authenticate"].startswith("Bearer ")
    assert gateway.asked == {}


async def test_a_clients_own_principal_header_goes_nowhere(open_gateway, graphql_subgraph):
    subgraph = graphql_subgraph("type Query { a: Int }", {"Query.a": lambda *_: 1})
    gateway = await open_gateway({"a": subgraph}, over_http=True)
    answer = await gateway.ask("{ a }", headers={"dovetail-principal": "forged", "x-tenant": "t2"})
    assert answer.data == {"a": 1}
    assert subgraph.principals == [ANONYMOUS]
