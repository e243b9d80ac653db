"""A new password: by the old one, by a token that was mailed, by one that an administrator handed over."""

import asyncio
import logging
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Refusal
from foundation_subgraph.mail import NoMailer
from foundation_subgraph.seeding import DEMO_PASSWORD
from foundation_subgraph.sign_in import PasswordChanges, PasswordCost, Passwords
from foundation_subgraph.sign_in.passwords import check_new_password
from tests.foundation_subgraph.sign_in.door import GLOBEX, Door

NEW = "a new passphrase"
RESET = """
mutation ($user: ID!) {
  createPasswordReset(userId: $user) { __typename ... on Problem { code } ... on NewPasswordReset { token expiresAt } }
}
"""


async def change(door: Door, token: str, current: str = DEMO_PASSWORD, new: str = NEW) -> httpx.Response:
    return await door.post("/password", {"current": current, "new": new}, token)


async def reset(door: Door, token: str, password: str = NEW) -> httpx.Response:
    return await door.post("/reset", {"token": token, "password": password})


async def handed_over(door: Door, who: str, by: str = "owner@acme.example") -> dict[str, Any]:
    user = (await door.enter(who)).json()["user"]["id"]
    made = await door.ask(RESET, (await door.enter(by)).json()["token"], user=user)
    answer: dict[str, Any] = made["data"]["createPasswordReset"]
    return answer


async def forgot(door: Door, email: str) -> str:
    assert (await door.post("/forgot", {"email": email})).status_code == 202
    return door.postbox.sent[-1]["token"]


async def test_changing_the_password_ends_all_sessions_but_this_one(door: Door) -> None:
    here, elsewhere = [(await door.enter("both@acme.example", remember=True)).json() for _ in range(2)]
    abroad = (await door.enter("both@acme.example", tenant="globex", remember=True)).json()
    assert (await change(door, here["token"])).status_code == 204
    assert (await door.enter("both@acme.example")).status_code == 401
    assert (await door.enter("both@acme.example", NEW)).status_code == 200
    assert (await door.post("/refresh", {"refreshToken": here["refreshToken"]})).status_code == 200
    for other in (elsewhere, abroad):
        assert (await door.post("/refresh", {"refreshToken": other["refreshToken"]})).status_code == 401
    assert (
        len(await door.audited("password.changed"))
        == len(await door.audited("password.changed", GLOBEX))
        == 1
    )


async def test_changing_the_password_takes_the_old_one_and_guessing_it_is_slowed_down(door: Door) -> None:
    token = (await door.enter("clerk@acme.example")).json()["token"]
    statuses = [(await change(door, token, f"guess {n}")).status_code for n in range(6)]
    assert statuses == [401] * 5 + [429]
    assert (await door.enter("clerk@acme.example")).status_code == 200
    assert (await change(door, "no.t.oken")).status_code == 401


async def test_a_token_whose_session_has_ended_changes_nothing(door: Door) -> None:
    token = (await door.enter("clerk@acme.example")).json()["token"]
    await door.post("/out", None, token)
    assert (await change(door, token)).status_code == 401


@pytest.mark.parametrize(
    "password",
    [
        "short",
        "x" * 257,
        "password123",
        "PassWord-1234",
        "Qwerty 12345",
        "aaaaaaaaaaaa",
        "abababababab",
        "Carl Clerk",
        "clerk@acme.example",
    ],
)
async def test_a_bad_password_is_refused_wherever_it_is_set(door: Door, password: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_new_password(password, "clerk@acme.example", "Carl Clerk")
    assert password not in refused.value.message
    if len(password) > 10:
        token = (await door.enter("clerk@acme.example")).json()["token"]
        response = await change(door, token, new=password)
        assert (response.status_code, response.json()["error"]["code"]) == (400, "BAD_USER_INPUT")
    assert (await reset(door, await forgot(door, "clerk@acme.example"), password)).status_code == 400
    assert (await door.enter("clerk@acme.example")).status_code == 200


async def test_the_same_password_again_is_no_new_one(door: Door) -> None:
    token = (await door.enter("clerk@acme.example")).json()["token"]
    assert (await change(door, token, new=DEMO_PASSWORD)).status_code == 400


async def test_who_forgot_it_sets_a_new_one_by_mail_and_all_sessions_end(door: Door) -> None:
    before = (await door.enter("both@acme.example", remember=True, tenant="globex")).json()
    token = await forgot(door, " Both@acme.example")
    assert door.postbox.sent == [{"email": "both@acme.example", "name": "Bo Both", "token": token}]
    assert (await reset(door, token)).status_code == 204
    assert (await door.enter("both@acme.example", NEW)).status_code == 200
    assert (await door.post("/refresh", {"refreshToken": before["refreshToken"]})).status_code == 401
    again = await reset(door, token, "another passphrase")
    assert (again.status_code, again.json()["error"]["code"]) == (404, "RESET_INVALID")


async def test_asking_tells_nothing_about_who_has_an_account(door: Door) -> None:
    known, unknown, absurd = [
        await door.post("/forgot", {"email": email})
        for email in ("clerk@acme.example", "nobody@acme.example", "no address")
    ]
    assert known.status_code == unknown.status_code == absurd.status_code == 202
    assert known.content == unknown.content == absurd.content == b""
    assert [one["email"] for one in door.postbox.sent] == ["clerk@acme.example"]


async def test_nobody_gets_mail_without_end(door: Door) -> None:
    statuses = [(await door.post("/forgot", {"email": "clerk@acme.example"})).status_code for _ in range(7)]
    assert statuses == [202] * 5 + [429] * 2
    assert len(door.postbox.sent) == 5


async def test_the_last_token_alone_holds_and_once_also_when_used_twice_at_once(door: Door) -> None:
    first, last = [await forgot(door, "clerk@acme.example") for _ in range(2)]
    assert (await reset(door, first)).status_code == 404
    answers = await asyncio.gather(*(reset(door, last, f"{NEW} {n}") for n in range(3)))
    assert sorted(answer.status_code for answer in answers) == [204, 404, 404]


async def test_a_token_lasts_an_hour(door: Door) -> None:
    token = await forgot(door, "clerk@acme.example")
    [row] = await door.sql("SELECT expires_at - created_at AS whole FROM foundation.password_resets")
    assert 3590 < row.whole.total_seconds() <= 3601
    await door.sql("UPDATE foundation.password_resets SET expires_at = now() - interval '1 s'")
    assert (await reset(door, token)).status_code == 404


async def test_tokens_are_not_guessed_at_will(door: Door) -> None:
    statuses = [(await reset(door, f"guess {n}")).status_code for n in range(6)]
    assert statuses == [404] * 5 + [429]


async def test_an_administrator_hands_a_token_to_who_may_do_no_more_than_they(door: Door) -> None:
    made = await handed_over(door, "clerk@acme.example")
    assert (await reset(door, made["token"])).status_code == 204
    assert (await door.enter("clerk@acme.example", NEW)).status_code == 200
    [created] = await door.audited("password_reset.created")
    [changed] = await door.audited("password.changed")
    assert changed["actor"] == created["actor"] != changed["target"]
    assert await handed_over(door, "owner@globex.example") == {
        "__typename": "NotFound",
        "code": "USER_NOT_FOUND",
    }
    assert await handed_over(door, "auditor@acme.example", by="auditor@acme.example") is None


async def test_who_may_do_more_than_the_administrator_is_not_theirs_to_reset(door: Door) -> None:
    helper = await door.invite("helper@acme.example", [])
    helping = (await door.accept(helper, "some passphrase")).json()
    await door.sql("INSERT INTO foundation.roles (name, description, accesses) VALUES ('helper', '', '{}')")
    await door.sql(
        "INSERT INTO foundation.role_permissions VALUES (:t, 'helper', 'passwords:reset')",
        t=UUID(helping["tenant"]["id"]),
    )
    await door.sql(
        "INSERT INTO foundation.role_assignments (user_id, role) VALUES (:user, 'helper')",
        user=UUID(helping["user"]["id"]),
    )
    token = (await door.enter("helper@acme.example", "some passphrase")).json()["token"]
    owner = (await door.enter("owner@acme.example")).json()["user"]["id"]
    answer = await door.ask(RESET, token, user=owner)
    assert answer["data"]["createPasswordReset"] == {"__typename": "NotPermitted", "code": "USER_BEYOND_YOU"}


async def test_an_administrator_of_one_tenant_opens_no_account_of_another(door: Door) -> None:
    made = await handed_over(door, "both@acme.example")
    response = await reset(door, made["token"])
    assert (response.status_code, response.json()["error"]["code"]) == (404, "RESET_INVALID")
    assert (await door.enter("both@acme.example")).status_code == 200


async def test_a_hash_of_another_cost_is_replaced_when_its_password_is_shown(door: Door) -> None:
    dearer = Passwords(PasswordCost(passes=2, memory=16, lanes=1))
    async with AsyncSession(door.database.sign_in) as session:
        query = text("SELECT password_hash FROM foundation.users WHERE email = 'clerk@acme.example'")
        before = await session.scalar(query)
        object.__setattr__(door.sign_in, "passwords", dearer)
        assert (await door.enter("clerk@acme.example", "wrong password")).status_code == 401
        assert await session.scalar(query) == before
        assert (await door.enter("clerk@acme.example")).status_code == 200
        after = await session.scalar(query)
    assert "m=8,t=1" in before
    assert "m=16,t=2" in after
    assert (await door.enter("clerk@acme.example")).status_code == 200


async def test_no_password_and_no_token_is_written_to_a_log(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        here = (await door.enter("clerk@acme.example")).json()
        await change(door, here["token"], new="first hidden words")
        token = await forgot(door, "clerk@acme.example")
        await reset(door, token, "second hidden words")
        made = await handed_over(door, "auditor@acme.example")
        await NoMailer().send_password_reset(email="a@b.example", name="A", token=token)
    kept = await door.sql("SELECT * FROM foundation.audit_log")
    for secret in ("hidden words", here["token"], token, made["token"]):
        assert secret not in caplog.text + str(kept)


async def test_a_mailer_that_fails_is_logged_and_nobody_is_told(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken:
        async def send_password_reset(self, *, email: str, name: str, token: str) -> None:
            raise RuntimeError(f"{email} {name} {token}")

    await PasswordChanges(door.sign_in, Broken()).ask("clerk@acme.example")
    assert "RuntimeError" in caplog.text
    assert "clerk@" not in caplog.text
