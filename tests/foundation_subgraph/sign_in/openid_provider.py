"""An OpenID provider over real HTTP, which does as the specification says, until a test has it do otherwise."""

import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT = "dovetail"
SECRET = "a client's secret"


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": "ES256"})


@dataclass(frozen=True)
class Asked:
    """What an authorization request asked, kept with its code."""

    redirect_uri: str
    challenge: str
    nonce: str


@dataclass
class OpenIdProvider:
    """`person` is who is signed in there; without a `secret` the client is a public one. The functions are given what an honest provider would say, and say what is said."""

    key: ECKey = field(default_factory=lambda: new_key("first"))
    secret: str | None = SECRET
    url: str = ""
    redirect_uris: set[str] = field(default_factory=set)
    person: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, Asked] = field(default_factory=dict)
    claims_said: Callable[[dict[str, Any]], dict[str, Any]] = dict
    sign: Callable[[dict[str, Any]], str] | None = None
    metadata_said: Callable[[dict[str, Any]], dict[str, Any]] = dict
    userinfo: dict[str, Any] | None = None
    token_answer: Callable[[dict[str, Any]], web.Response] = web.json_response
    is_away: bool = False
    asked_for_keys: int = 0
    asked_for_tokens: int = 0

    @property
    def issuer(self) -> str:
        return self.url

    def rotate(self) -> None:
        self.key = new_key(f"key {secrets.token_hex(4)}")

    async def discover(self, _: web.Request) -> web.Response:
        if self.is_away:
            return web.Response(status=503)
        said = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }
        if self.userinfo is not None:
            said["userinfo_endpoint"] = f"{self.url}/userinfo"
        return web.json_response(self.metadata_said(said))

    async def keys(self, _: web.Request) -> web.Response:
        self.asked_for_keys += 1
        return web.json_response({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: web.Request) -> web.Response:
        """Signs whoever comes in at once."""
        asked = request.query
        assert asked["client_id"] == CLIENT
        assert asked["response_type"] == "code"
        assert "openid" in asked["scope"].split()
        assert asked["code_challenge_method"] == "S256"
        assert asked["redirect_uri"] in self.redirect_uris
        code = secrets.token_urlsafe(16)
        self.codes[code] = Asked(asked["redirect_uri"], asked["code_challenge"], asked["nonce"])
        back = {"code": code, "state": asked["state"], "iss": self.issuer}
        raise web.HTTPFound(f"{asked['redirect_uri']}?{urlencode(back)}")

    async def token(self, request: web.Request) -> web.Response:
        self.asked_for_tokens += 1
        if self.is_away:
            return web.Response(status=503)
        form = await request.post()
        if not self._is_client(request.headers.get("authorization"), form.get("client_id")):
            return web.json_response({"error": "invalid_client"}, status=401)
        asked = self.codes.pop(str(form["code"]), None)
        made = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        challenge = base64.urlsafe_b64encode(made).rstrip(b"=").decode()
        if asked is None or asked.challenge != challenge or asked.redirect_uri != form["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        access_token = secrets.token_urlsafe(16)
        claims = self.claims_said(self._claims(asked, access_token))
        id_token = self.signed(claims) if self.sign is None else self.sign(claims)
        return self.token_answer({"access_token": access_token, "token_type": "Bearer", "id_token": id_token})

    async def user(self, request: web.Request) -> web.Response:
        assert request.headers["authorization"].startswith("Bearer ")
        return web.json_response(self.userinfo)

    def signed(self, claims: dict[str, Any], key: ECKey | None = None) -> str:
        key = key or self.key
        return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)

    def _is_client(self, authorization: str | None, named: object) -> bool:
        if self.secret is None:
            return authorization is None and named == CLIENT
        expected = base64.b64encode(f"{CLIENT}:{self.secret}".encode()).decode()
        return authorization == f"Basic {expected}"

    def _claims(self, asked: Asked, access_token: str) -> dict[str, Any]:
        now = int(time.time())
        half = hashlib.sha256(access_token.encode()).digest()[:16]
        return {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked.nonce,
            "at_hash": base64.urlsafe_b64encode(half).rstrip(b"=").decode(),
            **self.person,
        }


@asynccontextmanager
async def open_provider() -> AsyncIterator[OpenIdProvider]:
    provider, app = OpenIdProvider(), web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discover)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    app.router.add_get("/keys", provider.keys)
    app.router.add_get("/userinfo", provider.user)
    async with TestServer(app) as server:
        provider.url = str(server.make_url("")).rstrip("/")
        yield provider
