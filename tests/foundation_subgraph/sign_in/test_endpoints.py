"""Signing in over HTTP, on a real database: tokens, tenants, invitations, and those who guess."""

import logging
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from fastapi import FastAPI
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal
from foundation_subgraph.permissions.service import register_permissions
from foundation_subgraph.seeding import DEMO_PASSWORD, demo_tenant_id, seed_people
from foundation_subgraph.sign_in import (
    PasswordCost,
    Passwords,
    SignIn,
    TokenIssuer,
    build_sign_in_router,
    load_or_create_key,
)

CHEAP = PasswordCost(passes=1, memory=8, lanes=1)
ACME = demo_tenant_id("acme")


@dataclass(frozen=True)
class Door:
    client: httpx.AsyncClient
    database: ThrowAwayDatabase
    issuer: TokenIssuer

    async def enter(self, email: str, password: str = DEMO_PASSWORD, **more: str) -> httpx.Response:
        return await self.client.post("/sign-in", json={"email": email, "password": password} | more)

    async def invite(self, email: str, roles: list[str]) -> str:
        owner = (await self.enter("owner@acme.example")).json()
        everything = [permission.id for permission in subgraph.permissions]
        asking = principal(*everything, tenant=ACME, subject=owner["user"]["id"])
        query = 'mutation ($e: String!, $r: [String!]!) { inviteUser(email: $e, name: "Nina", roles: $r) { token } }'
        answer = await self.database.execute(subgraph, query, asking, {"e": email, "r": roles})
        token: str = answer["data"]["inviteUser"]["token"]
        return token

    async def accept(self, token: str, password: str) -> httpx.Response:
        return await self.client.post("/sign-in/accept", json={"token": token, "password": password})


@pytest.fixture
async def door(database: ThrowAwayDatabase, tmp_path: Path) -> AsyncIterator[Door]:
    async with AsyncSession(database.owner) as session, session.begin():
        await register_permissions(session, subgraph.name, subgraph.permissions)
    passwords = Passwords(CHEAP)
    await seed_people(database.owner, database.sign_in, passwords)
    issuer = TokenIssuer(load_or_create_key(tmp_path / "k.pem"))
    app = FastAPI()
    app.include_router(build_sign_in_router(SignIn(database.sign_in, passwords, issuer)))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://house") as client:
        yield Door(client, database, issuer)


def claims_of(answer: dict[str, Any], jwks: dict[str, Any]) -> dict[str, Any]:
    """What a gateway would read, checked against the published keys."""
    header = jwt.get_unverified_header(answer["token"])
    assert header["alg"] == "EdDSA"
    [key] = [jwt.PyJWK(one) for one in jwks["keys"] if one["kid"] == header["kid"]]
    claims: dict[str, Any] = jwt.decode(
        answer["token"], key, algorithms=["EdDSA"], issuer="dovetail", audience="dovetail"
    )
    return claims


async def test_signing_in_gives_a_token_for_who_where_and_what(door: Door) -> None:
    response = await door.enter("Owner@Acme.example ")
    answer = response.json()
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert answer["user"]["email"] == "owner@acme.example"
    assert answer["tenant"] == {"id": str(ACME), "slug": "acme", "name": "Acme Ltd"}
    assert answer["tenants"] == [answer["tenant"]]
    claims = claims_of(answer, (await door.client.get("/sign-in/jwks.json")).json())
    assert claims["sub"] == answer["user"]["id"]
    assert claims["tenant"] == str(ACME)
    assert claims["tenant_slug"] == "acme"
    assert claims["scope"] == "roles:manage roles:read users:invite users:read"
    assert 0 < claims["exp"] - time.time() <= 15 * 60
    assert (
        claims["jti"] != claims_of((await door.enter("owner@acme.example")).json(), door.issuer.jwks)["jti"]
    )


async def test_the_published_keys_hold_no_private_half(door: Door) -> None:
    [key] = (await door.client.get("/sign-in/jwks.json")).json()["keys"]
    assert set(key) == {"kty", "crv", "alg", "use", "kid", "x"}


async def test_who_belongs_to_two_tenants_chooses_and_switches(door: Door) -> None:
    first = (await door.enter("both@acme.example")).json()
    assert [one["slug"] for one in first["tenants"]] == ["acme", "globex"]
    assert first["tenant"]["slug"] == "acme"
    chosen = (await door.enter("both@acme.example", tenant="globex")).json()
    assert chosen["tenant"]["slug"] == "globex"
    switched = await door.client.post(
        "/sign-in/switch", json={"tenant": "globex"}, headers={"authorization": f"Bearer {first['token']}"}
    )
    claims = claims_of(switched.json(), door.issuer.jwks)
    assert claims["tenant"] == str(demo_tenant_id("globex"))
    assert claims["sub"] == first["user"]["id"]
    assert "users:invite" not in claims["scope"]


async def test_a_tenant_one_does_not_belong_to_stays_closed(door: Door) -> None:
    for tenant in ("globex", str(demo_tenant_id("globex")), "no-such-tenant"):
        response = await door.enter("owner@acme.example", tenant=tenant)
        assert (response.status_code, response.json()["error"]["code"]) == (403, "NOT_A_MEMBER")
    mine = (await door.enter("owner@acme.example")).json()["token"]
    response = await door.client.post(
        "/sign-in/switch", json={"tenant": "globex"}, headers={"authorization": f"Bearer {mine}"}
    )
    assert response.status_code == 403


@pytest.mark.parametrize("authorization", [None, "", "Bearer", "Bearer x.y.z", "Basic abc"])
async def test_switching_needs_a_token_of_ours(door: Door, authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    response = await door.client.post("/sign-in/switch", json={"tenant": "acme"}, headers=headers)
    assert (response.status_code, response.json()["error"]["code"]) == (401, "UNAUTHENTICATED")


async def test_a_forged_or_expired_token_switches_nothing(door: Door, tmp_path: Path) -> None:
    user = (await door.enter("both@acme.example")).json()["user"]["id"]
    forgers = (
        TokenIssuer(load_or_create_key(tmp_path / "other.pem")),
        TokenIssuer(door.issuer.key, lifetime=-10),
        TokenIssuer(door.issuer.key, audience="somebody else"),
        TokenIssuer(door.issuer.key, issuer="somebody else"),
    )
    from uuid import UUID

    for forger in forgers:
        token = forger.issue(UUID(user), ACME, "acme", []).text
        response = await door.client.post(
            "/sign-in/switch", json={"tenant": "globex"}, headers={"authorization": f"Bearer {token}"}
        )
        assert response.status_code == 401


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(door: Door) -> None:
    wrong = await door.enter("owner@acme.example", "wrong password")
    unknown = await door.enter("nobody@acme.example", "wrong password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


async def test_an_unknown_address_costs_as_much_work_as_a_known_one(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []
    verify = Passwords._matches

    async def counted(self: Passwords, password: str, stored: str) -> bool:
        work.append(stored[:10])
        return await verify(self, password, stored)

    monkeypatch.setattr(Passwords, "_matches", counted)
    await door.enter("owner@acme.example", "wrong password")
    await door.enter("nobody@acme.example", "wrong password")
    assert work == ["$argon2id$", "$argon2id$"]


async def test_who_guesses_must_wait_and_others_need_not(door: Door) -> None:
    for _ in range(5):
        assert (await door.enter("clerk@acme.example", "guess")).status_code == 401
    response = await door.enter("clerk@acme.example")
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 0
    assert (await door.enter("owner@acme.example")).status_code == 200


async def test_a_password_is_never_repeated_nor_logged(door: Door, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        bad = await door.client.post(
            "/sign-in", json={"email": "a@b.example", "password": "hunter2", "more": 1}
        )
        await door.enter("owner@acme.example", "hunter2")
    assert bad.status_code == 400
    assert bad.json()["error"]["code"] == "BAD_USER_INPUT"
    assert "hunter2" not in bad.text
    assert "hunter2" not in caplog.text


async def test_an_invited_person_sets_a_password_and_belongs(door: Door) -> None:
    token = await door.invite("nina@x.example", ["clerk"])
    short = await door.accept(token, "short")
    assert (short.status_code, short.json()["error"]["code"]) == (400, "BAD_USER_INPUT")
    accepted = await door.accept(token, "a fine password")
    assert accepted.status_code == 200
    assert accepted.json()["tenant"]["slug"] == "acme"
    assert claims_of(accepted.json(), door.issuer.jwks)["scope"] == "roles:read users:read"
    assert (await door.enter("nina@x.example", "a fine password")).status_code == 200
    again = await door.accept(token, "another password")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "INVITATION_INVALID")


async def test_an_invitation_does_not_open_the_account_of_somebody_who_has_one(door: Door) -> None:
    token = await door.invite("owner@globex.example", ["auditor"])
    stolen = await door.accept(token, "the inviter's choice")
    assert (stolen.status_code, stolen.json()["error"]["code"]) == (401, "WRONG_CREDENTIALS")
    accepted = await door.accept(token, DEMO_PASSWORD)
    assert [one["slug"] for one in accepted.json()["tenants"]] == ["acme", "globex"]
    assert (await door.enter("owner@globex.example", "the inviter's choice")).status_code == 401


async def test_a_second_invitation_replaces_the_first(door: Door) -> None:
    first = await door.invite("nina@x.example", ["clerk"])
    second = await door.invite("nina@x.example", ["auditor"])
    assert (await door.accept(first, "a fine password")).status_code == 404
    assert (await door.accept(second, "a fine password")).status_code == 200


async def test_an_invitation_expires(door: Door) -> None:
    from sqlalchemy import text

    token = await door.invite("nina@x.example", ["clerk"])
    async with door.database.session(ACME) as session:
        await session.execute(
            text("UPDATE foundation.invitations SET expires_at = now() - interval '1 second'")
        )
    assert (await door.accept(token, "a fine password")).status_code == 404
