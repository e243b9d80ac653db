"""Signing in over HTTP, on a real database: tokens, tenants, invitations, and those who guess."""

import asyncio
import json
import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest
from sqlalchemy import text

from foundation_subgraph.seeding import DEMO_PASSWORD, demo_tenant_id
from foundation_subgraph.sign_in import TokenIssuer, load_or_create_key
from tests.foundation_subgraph.sign_in.door import ACME, OF_AN_OWNER, Door


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
    assert claims["scope"] == " ".join(sorted(OF_AN_OWNER))
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
    read = door.issuer.read((await door.enter("both@acme.example")).json()["token"])
    forgers = (
        TokenIssuer(load_or_create_key(tmp_path / "other.pem")),
        TokenIssuer(door.issuer.key, lifetime=-10),
        TokenIssuer(door.issuer.key, audience="somebody else"),
        TokenIssuer(door.issuer.key, issuer="somebody else"),
    )
    for forger in forgers:
        token = forger.issue(read.user, ACME, "acme", [], read.session).text
        response = await door.client.post(
            "/sign-in/switch", json={"tenant": "globex"}, headers={"authorization": f"Bearer {token}"}
        )
        assert response.status_code == 401


async def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(door: Door) -> None:
    wrong = await door.enter("owner@acme.example", "wrong password")
    unknown = await door.enter("nobody@acme.example", "wrong password")
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.json() == unknown.json()


async def test_an_unknown_address_costs_as_much_work_as_a_known_one_also_the_first_time(
    door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    work: list[str] = []

    async def counted(function: Callable[..., Any], *arguments: Any) -> Any:
        work.append(function.__name__)
        return function(*arguments)

    # Hashing a password and checking one are the same work: argon2 once over.
    monkeypatch.setattr("asyncio.to_thread", counted)
    await door.enter("nobody@acme.example", "wrong password")
    await door.enter("owner@acme.example", "wrong password")
    assert work == ["hash", "verify"]
    assert (await door.enter("owner@acme.example", "x" * 257)).status_code == 401
    assert work == ["hash", "verify"], "nobody has a password that long: it is not worth hashing"


async def test_who_guesses_must_wait_and_others_need_not(door: Door) -> None:
    for _ in range(5):
        assert (await door.enter("clerk@acme.example", "guess")).status_code == 401
    response = await door.enter("clerk@acme.example")
    assert response.status_code == 429
    assert int(response.headers["retry-after"]) > 0
    assert (await door.enter("owner@acme.example")).status_code == 200


async def test_an_account_is_the_same_however_its_address_is_written(door: Door) -> None:
    for spelling in ("clerk", "Clerk", "CLERK", " clerk", "\tclerk"):
        assert (await door.enter(f"{spelling}@acme.example", "guess")).status_code == 401
    assert (await door.enter("cLERK@acme.example")).status_code == 429


async def test_who_guesses_at_many_accounts_must_wait_and_who_signs_in_often_need_not(door: Door) -> None:
    for _ in range(51):
        assert (await door.enter("owner@acme.example")).status_code == 200
    for number in range(50):
        assert (await door.enter(f"nobody{number}@acme.example", "guess")).status_code == 401
    assert (await door.enter("owner@acme.example")).status_code == 429


async def test_who_guesses_from_all_addresses_of_one_network_must_wait(door: Door) -> None:
    async def enter_from(host: str) -> int:
        transport = httpx.ASGITransport(door.app, client=(host, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            sent = {"email": "clerk@acme.example", "password": "guess"}
            return (await client.post("/sign-in", json=sent)).status_code

    for number in range(5):
        assert await enter_from(f"2001:db8:0:1::{number}") == 401
    assert await enter_from("2001:db8:0:1:ffff::1") == 429
    assert await enter_from("2001:db8:0:2::1") == 401
    assert [await enter_from(f"::ffff:192.0.2.{number}") for number in range(6)] == [401] * 6


async def test_a_right_password_for_a_tenant_one_has_not_is_no_guess(door: Door) -> None:
    for _ in range(6):
        assert (await door.enter("clerk@acme.example", tenant="globex")).status_code == 403
    assert (await door.enter("clerk@acme.example")).status_code == 200


async def test_many_who_guess_at_once_are_counted_before_they_are_answered(door: Door) -> None:
    answers = await asyncio.gather(*(door.enter("clerk@acme.example", f"guess {n}") for n in range(12)))
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 7


async def test_invitations_cannot_be_guessed_at_will(door: Door) -> None:
    answers = [(await door.accept(f"guess {number}", "a fine password")).status_code for number in range(6)]
    assert answers == [404] * 5 + [429]


@pytest.mark.parametrize("email", ["owner@acme.example\0", "\ud800", "x" * 1001, ""])
async def test_what_no_address_could_be_is_refused_and_not_looked_up(door: Door, email: str) -> None:
    response = await door.client.post(
        "/sign-in",
        content=json.dumps({"email": email, "password": "x"}),
        headers={"content-type": "application/json"},
    )
    assert (response.status_code, response.json()["error"]["code"]) == (400, "BAD_USER_INPUT")


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
    assert (
        claims_of(accepted.json(), door.issuer.jwks)["scope"] == "roles:read service_accounts:read users:read"
    )
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


async def test_an_invitation_accepted_twice_at_once_is_accepted_once(door: Door) -> None:
    token = await door.invite("nina@x.example", ["clerk"])
    answers = await asyncio.gather(*(door.accept(token, "a fine password") for _ in range(3)))
    assert sorted(answer.status_code for answer in answers) == [200, 404, 404]


async def test_of_two_who_make_an_account_for_one_address_at_once_only_its_password_counts(
    door: Door,
) -> None:
    invited = [await door.invite("nina@x.example", ["clerk"], tenant) for tenant in ("acme", "globex")]
    passwords = ["the first password", "the second password"]
    answers = await asyncio.gather(*map(door.accept, invited, passwords))
    assert sorted(answer.status_code for answer in answers) == [200, 401]
    for answer, password in zip(answers, passwords, strict=True):
        assert (await door.enter("nina@x.example", password)).status_code == answer.status_code


async def test_a_second_invitation_replaces_the_first(door: Door) -> None:
    first = await door.invite("nina@x.example", ["clerk"])
    second = await door.invite("nina@x.example", ["auditor"])
    assert (await door.accept(first, "a fine password")).status_code == 404
    assert (await door.accept(second, "a fine password")).status_code == 200


async def test_an_invitation_expires(door: Door) -> None:
    token = await door.invite("nina@x.example", ["clerk"])
    async with door.database.session(ACME) as session:
        await session.execute(
            text("UPDATE foundation.invitations SET expires_at = now() - interval '1 second'")
        )
    assert (await door.accept(token, "a fine password")).status_code == 404
