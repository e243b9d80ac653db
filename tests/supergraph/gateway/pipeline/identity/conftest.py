"""An issuer with keys of its own, and the provider that publishes them."""

import json
import time
from dataclasses import dataclass, field

import jwt
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from supergraph.gateway import Identity, LocalKeys, TokenRules, TrustedIssuer
from supergraph.gateway.errors import Refusal
from supergraph.spec import Caller


@dataclass
class Issuer:
    """Signs tokens. Claims and headers may be changed; None leaves one out."""

    name: str = "https://issuer.example"
    audience: str = "dovetail"
    kid: str = "k1"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)

    @property
    def public(self):
        return {**json.loads(OKPAlgorithm.to_jwk(self.key.public_key())), "kid": self.kid, "alg": "EdDSA"}

    @property
    def rules(self):
        return TokenRules(self.name, {self.audience})

    def claims(self, **changes):
        now = int(time.time())
        standard = {
            "iss": self.name,
            "aud": self.audience,
            "sub": "u1",
            "tenant": "t1",
            "scope": "a b",
            "iat": now,
            "exp": now + 60,
        }
        return {name: value for name, value in {**standard, **changes}.items() if value is not None}

    def token(self, *, key=None, algorithm="EdDSA", headers=None, **changes):
        named = {"kid": self.kid, **(headers or {})}
        return jwt.encode(
            self.claims(**changes),
            key or self.key,
            algorithm=algorithm,
            headers={name: value for name, value in named.items() if value is not None},
        )

    def trusted(self, rules=None, keys=None):
        return TrustedIssuer(keys or LocalKeys({"keys": [self.public]}), rules or self.rules)

    def identity(self, rules=None, keys=None, **options):
        return Identity([self.trusted(rules, keys)], **options)


@pytest.fixture
def issuer():
    return Issuer()


@pytest.fixture
def new_issuer():
    return Issuer


@dataclass
class Provider:
    """An OpenID provider over HTTP: it publishes keys, and counts how often it is asked."""

    keys: list
    asked: int = 0
    status: int = 200
    headers: dict = field(default_factory=dict)
    discovery: dict | None = None
    body: bytes | None = None
    seconds: float = 0.0
    url: str = ""

    async def give_keys(self, _):
        import asyncio

        self.asked += 1
        await asyncio.sleep(self.seconds)
        if self.body is not None:
            return web.Response(body=self.body, status=self.status, headers=self.headers)
        return web.json_response({"keys": self.keys}, status=self.status, headers=self.headers)

    async def give_discovery(self, _):
        return web.json_response(self.discovery or {"issuer": self.url, "jwks_uri": f"{self.url}/jwks"})


@pytest.fixture
async def provider(issuer):
    provider = Provider([issuer.public])
    app = web.Application()
    app.router.add_get("/jwks", provider.give_keys)
    app.router.add_get("/.well-known/openid-configuration", provider.give_discovery)
    server = TestServer(app)
    await server.start_server()
    provider.url = str(server.make_url("")).rstrip("/")
    yield provider
    await server.close()


@pytest.fixture
def reason():
    """Why a refusal refuses, and that it does so as RFC 6750 wants it."""

    def read(refusal, status=401):
        assert isinstance(refusal, Refusal), refusal
        assert refusal.status == status
        [problem] = refusal.problems
        if status == 401:
            [challenge] = [value for name, value in refusal.headers if name == b"www-authenticate"]
            assert challenge.startswith(b"Bearer")
        return problem.message

    return read


@pytest.fixture
def caller():
    """The caller of an identification that has to be one."""

    def read(found):
        assert isinstance(found, Caller), found
        return found

    return read
