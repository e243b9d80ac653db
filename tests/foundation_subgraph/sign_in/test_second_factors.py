"""Second factors: set up, asked for, used once; recovery codes; what is kept of them."""

import asyncio
import logging
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import httpx
import jwt
import pyotp
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit.testing import principal
from foundation_subgraph.seeding import DEMO_PASSWORD
from foundation_subgraph.sign_in import Seal, UnusableKeyError, load_or_create_seal
from foundation_subgraph.sign_in.persons import be_person
from foundation_subgraph.sign_in.sealing import UnsealableError
from tests.foundation_subgraph.sign_in.door import ACME, GLOBEX, Door

CLERK = "clerk@acme.example"


async def enrolled(door: Door, email: str = CLERK) -> tuple[str, pyotp.TOTP]:
    """A token, and the authenticator app that was told the secret."""
    token = (await door.enter(email)).json()["token"]
    answer = (await door.post("/second-factor", {"password": DEMO_PASSWORD}, token)).json()
    return token, pyotp.TOTP(answer["secret"])


def code_at(door: Door, app: pyotp.TOTP, steps: int = 0) -> str:
    return app.at(int(door.clock.now) + 30 * steps)


async def enabled(door: Door, email: str = CLERK) -> tuple[str, pyotp.TOTP, list[str]]:
    token, app = await enrolled(door, email)
    answer = await door.post("/second-factor/confirm", {"code": code_at(door, app)}, token)
    assert answer.status_code == 200, answer.text
    door.clock.now += 30
    return token, app, answer.json()["recoveryCodes"]


def code_of(response: httpx.Response) -> tuple[int, Any]:
    return response.status_code, response.json()["error"]["code"]


async def test_the_secret_is_told_as_an_app_wants_it_and_counts_when_it_was_shown(door: Door) -> None:
    token = (await door.enter(CLERK)).json()["token"]
    response = await door.post("/second-factor", {"password": DEMO_PASSWORD}, token)
    told = urlsplit(response.json()["uri"])
    assert response.headers["cache-control"] == "no-store"
    assert (told.scheme, told.netloc, told.path) == (
        "otpauth",
        "totp",
        f"/Dovetail:{CLERK}".replace("@", "%40"),
    )
    assert parse_qs(told.query) == {"secret": [response.json()["secret"]], "issuer": ["Dovetail"]}
    assert (await door.enter(CLERK)).status_code == 200, "nothing was confirmed yet"
    await enabled(door)
    assert code_of(await door.enter(CLERK)) == (401, "SECOND_FACTOR_REQUIRED")
    assert code_of(await door.enter(CLERK, "wrong password")) == (401, "WRONG_CREDENTIALS")


async def test_the_code_of_now_or_of_just_before_or_after_opens_once(door: Door) -> None:
    _, app, _ = await enabled(door)
    door.clock.now += 300
    for steps, code in (
        (-2, "SECOND_FACTOR_WRONG"),
        (-1, None),
        (0, None),
        (1, None),
        (2, "SECOND_FACTOR_WRONG"),
    ):
        response = await door.enter(CLERK, code=code_at(door, app, steps))
        assert response.status_code == (200 if code is None else 401), steps
    for steps in (-1, 0, 1):
        replayed = await door.enter(CLERK, code=code_at(door, app, steps))
        assert code_of(replayed) == (401, "SECOND_FACTOR_WRONG")
    door.clock.now += 60
    spaced = f"{code_at(door, app)[:3]} {code_at(door, app)[3:]}"
    assert (await door.enter(CLERK, code=spaced)).status_code == 200


async def test_of_many_who_use_one_code_at_once_one_gets_in(door: Door) -> None:
    _, app, _ = await enabled(door)
    code = code_at(door, app)
    answers = await asyncio.gather(*(door.enter(CLERK, code=code) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_a_recovery_code_opens_once(door: Door) -> None:
    _, _, codes = await enabled(door)
    assert len(set(codes)) == 10
    assert (await door.enter(CLERK, code=f" {codes[3].upper()} ")).status_code == 200
    assert code_of(await door.enter(CLERK, code=codes[3])) == (401, "SECOND_FACTOR_WRONG")
    assert (await door.enter(CLERK, code=codes[4])).status_code == 200
    assert len(await door.audited("recovery_code.used")) == 2


async def test_without_the_key_recovery_codes_still_open_and_the_log_says_why_others_do_not(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    _, app, codes = await enabled(door)
    object.__setattr__(door.sign_in.second_factors, "seal", Seal(b"\0" * 32))
    assert code_of(await door.enter(CLERK, code=code_at(door, app))) == (401, "SECOND_FACTOR_WRONG")
    assert "is the key that of this database?" in caplog.text
    assert (await door.enter(CLERK, code=codes[0])).status_code == 200


async def test_the_codes_of_one_person_open_nothing_of_another(door: Door) -> None:
    _, app, codes = await enabled(door)
    await enabled(door, "auditor@acme.example")
    for code in (codes[0], code_at(door, app)):
        response = await door.enter("auditor@acme.example", code=code)
        assert code_of(response) == (401, "SECOND_FACTOR_WRONG")


async def test_wrong_codes_are_slowed_down_by_account_from_wherever_they_come(door: Door) -> None:
    _, app, _ = await enabled(door)
    statuses = []
    for number in range(23):
        transport = httpx.ASGITransport(door.app, client=(f"198.51.100.{number}", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://house") as client:
            sent = {"email": CLERK, "password": DEMO_PASSWORD, "code": "000000"}
            statuses.append((await client.post("/sign-in", json=sent)).status_code)
    assert statuses == [401] * 20 + [429] * 3
    assert code_of(await door.enter(CLERK, code=code_at(door, app))) == (429, "TOO_MANY_ATTEMPTS")


async def test_wrong_codes_are_slowed_down_by_address_as_wrong_passwords_are(door: Door) -> None:
    await enabled(door)
    statuses = []
    for _ in range(6):
        assert (await door.enter(CLERK)).status_code in {401, 429}, "asking for the code is no way out"
        statuses.append((await door.enter(CLERK, code="000000")).status_code)
    assert statuses == [401] * 5 + [429]


async def test_an_invitation_opens_no_account_past_its_second_factor(door: Door) -> None:
    _, app, _ = await enabled(door, "owner@globex.example")
    invited = await door.invite("owner@globex.example", ["auditor"])
    sent = {"token": invited, "password": DEMO_PASSWORD}
    assert code_of(await door.post("/accept", sent)) == (401, "SECOND_FACTOR_REQUIRED")
    accepted = await door.post("/accept", sent | {"code": code_at(door, app)})
    assert accepted.status_code == 200


async def test_a_new_password_by_a_token_leaves_the_second_factor(door: Door) -> None:
    _, app, _ = await enabled(door)
    await door.post("/forgot", {"email": CLERK})
    sent = {"token": door.postbox.sent[-1]["token"], "password": "a new passphrase"}
    assert (await door.post("/reset", sent)).status_code == 204
    assert code_of(await door.enter(CLERK, "a new passphrase")) == (401, "SECOND_FACTOR_REQUIRED")
    assert (await door.enter(CLERK, "a new passphrase", code=code_at(door, app))).status_code == 200


async def test_it_is_set_up_and_taken_away_by_who_shows_the_password_alone(door: Door) -> None:
    token = (await door.enter(CLERK)).json()["token"]
    wrong = await door.post("/second-factor", {"password": "wrong password"}, token)
    assert code_of(wrong) == (401, "WRONG_CREDENTIALS")
    assert (await door.post("/second-factor", {"password": DEMO_PASSWORD}, "no.t.oken")).status_code == 401
    missing = await door.post("/second-factor/disable", {"password": DEMO_PASSWORD}, token)
    assert code_of(missing) == (404, "SECOND_FACTOR_MISSING")
    unconfirmed = await door.post("/second-factor/confirm", {"code": "000000"}, token)
    assert code_of(unconfirmed) == (404, "SECOND_FACTOR_MISSING")
    token, app, _ = await enabled(door)
    again = await door.post("/second-factor", {"password": DEMO_PASSWORD}, token)
    assert code_of(again) == (409, "SECOND_FACTOR_EXISTS")
    confirmed = await door.post("/second-factor/confirm", {"code": code_at(door, app)}, token)
    assert code_of(confirmed) == (409, "SECOND_FACTOR_EXISTS")
    assert (await door.post("/second-factor/disable", {"password": "guess"}, token)).status_code == 401
    assert (await door.post("/second-factor/disable", {"password": DEMO_PASSWORD}, token)).status_code == 204
    assert (await door.enter(CLERK)).status_code == 200


async def test_a_token_whose_session_has_ended_sets_nothing_up(door: Door) -> None:
    token, app = await enrolled(door)
    await door.post("/out", None, token)
    assert (await door.post("/second-factor/confirm", {"code": code_at(door, app)}, token)).status_code == 401
    assert (await door.post("/second-factor", {"password": DEMO_PASSWORD}, token)).status_code == 401


async def test_it_is_logged_in_every_tenant_of_the_person(door: Door) -> None:
    token, _, _ = await enabled(door, "both@acme.example")
    await door.post("/second-factor/disable", {"password": DEMO_PASSWORD}, token)
    for action in ("second_factor.enabled", "second_factor.disabled"):
        assert len(await door.audited(action)) == len(await door.audited(action, GLOBEX)) == 1


async def test_secrets_are_sealed_and_codes_hashed_and_neither_is_logged(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        _, app, codes = await enabled(door)
        used = code_at(door, app)
        user = (await door.enter(CLERK, code=used)).json()["user"]["id"]
    async with AsyncSession(door.database.sign_in) as session:
        await session.execute(text("SELECT set_config('dovetail.person', :person, true)"), {"person": user})
        kept = (await session.execute(text("SELECT * FROM foundation.second_factors"))).one()
    for secret in (app.secret, codes[0], used):
        assert secret not in caplog.text
        assert all(secret.encode() not in one for one in (kept.secret, *kept.recovery_hashes))
    with pytest.raises(UnsealableError):
        door.sign_in.second_factors.seal.open(kept.secret, f"second factor of {UUID(int=1)}")


async def test_the_sign_in_sees_the_second_factor_of_the_person_it_names_and_a_request_none(
    door: Door,
) -> None:
    await enabled(door)
    async with door.database.sign_in.connect() as connection:
        assert (await connection.execute(text("SELECT * FROM foundation.second_factors"))).all() == []
        assert (await connection.execute(text("DELETE FROM foundation.second_factors"))).rowcount == 0
    with pytest.raises(Exception, match="permission denied"):
        async with door.database.session() as session:
            await session.execute(text("SELECT * FROM foundation.second_factors"))


def test_a_seal_is_made_once_and_opens_for_its_purpose_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys" / "seal.key"
    sealed = load_or_create_seal(path).seal(b"secret", "a")
    assert path.stat().st_mode & 0o777 == 0o600
    assert load_or_create_seal(path).open(sealed, "a") == b"secret"
    assert "key" not in repr(load_or_create_seal(path)).partition("(")[2]
    for seal, text_, purpose in (
        (load_or_create_seal(path), sealed, "b"),
        (load_or_create_seal(path), sealed[:-1] + b"\0\0", "a"),
        (load_or_create_seal(path), b"", "a"),
        (Seal(b"\0" * 32), sealed, "a"),
    ):
        with pytest.raises(UnsealableError):
            seal.open(text_, purpose)


def test_a_seal_that_cannot_be_used_is_never_replaced(tmp_path: Path) -> None:
    path = tmp_path / "seal.key"
    for written in (b"", b"short", b"!" * 44):
        path.write_bytes(written)
        path.chmod(0o600)
        with pytest.raises(UnusableKeyError, match="not a key"):
            load_or_create_seal(path)
        assert path.read_bytes() == written
    path.chmod(0o644)
    with pytest.raises(UnusableKeyError, match="read by others"):
        load_or_create_seal(path)


RELEASE = (
    "mutation ($user: ID!) { removeSecondFactor(userId: $user) "
    "{ __typename ... on Problem { code } ... on SecondFactorRelease { until } } }"
)


def user_of(token: str) -> str:
    subject: str = jwt.decode(token, options={"verify_signature": False})["sub"]
    return subject


async def test_an_administrator_removes_the_second_factor_of_who_lost_it(door: Door) -> None:
    token, _, _ = await enabled(door)
    owner = (await door.enter("owner@acme.example")).json()["token"]
    released = await door.ask(RELEASE, owner, user=user_of(token))
    assert released["data"]["removeSecondFactor"]["__typename"] == "SecondFactorRelease"
    assert (await door.post("/switch", {"tenant": "acme"}, token)).status_code == 401, "sessions have ended"
    assert code_of(await door.enter(CLERK, "wrong password")) == (401, "WRONG_CREDENTIALS")
    assert (await door.enter(CLERK)).status_code == 200
    for action in ("second_factor.released", "second_factor.removed"):
        [told] = await door.audited(action)
        assert (told["actor"], told["target"]) == (user_of(owner), user_of(token))
    door.clock.now += 30
    await enabled(door)
    assert code_of(await door.enter(CLERK)) == (401, "SECOND_FACTOR_REQUIRED"), "one of after counts"


async def test_a_second_factor_is_not_removed_after_a_day(door: Door) -> None:
    token, _, _ = await enabled(door)
    owner = (await door.enter("owner@acme.example")).json()["token"]
    await door.ask(RELEASE, owner, user=user_of(token))
    await door.sql("UPDATE foundation.memberships SET released_at = now() - interval '25 hours'")
    async with AsyncSession(door.database.sign_in) as session, session.begin():
        await be_person(session, UUID(user_of(token)))
        await session.execute(
            text("UPDATE foundation.second_factors SET confirmed_at = now() - interval '26 hours'")
        )
    assert code_of(await door.enter(CLERK)) == (401, "SECOND_FACTOR_REQUIRED")


async def test_no_tenant_removes_the_second_factor_of_who_belongs_to_another_too(door: Door) -> None:
    token, _, _ = await enabled(door, "both@acme.example")
    for tenant in ("acme", "globex"):
        owner = (await door.enter(f"owner@{tenant}.example")).json()["token"]
        released = await door.ask(RELEASE, owner, user=user_of(token))
        assert released["data"]["removeSecondFactor"]["__typename"] == "SecondFactorRelease"
        assert code_of(await door.enter("both@acme.example")) == (401, "SECOND_FACTOR_REQUIRED")


async def test_who_removes_a_second_factor_may_do_as_much_and_is_somebody_else(door: Door) -> None:
    owner = (await door.enter("owner@acme.example")).json()["token"]
    clerk, stranger = [
        (await door.enter(f"{who}.example")).json()["token"] for who in ("clerk@acme", "owner@globex")
    ]
    own = await door.ask(RELEASE, owner, user=user_of(owner))
    assert own["data"]["removeSecondFactor"] == {
        "__typename": "NotPermitted",
        "code": "SECOND_FACTOR_IS_YOURS",
    }
    other = await door.ask(RELEASE, stranger, user=user_of(clerk))
    assert other["data"]["removeSecondFactor"] == {"__typename": "NotFound", "code": "USER_NOT_FOUND"}
    denied = await door.ask(RELEASE, clerk, user=user_of(owner))
    assert denied["data"] == {"removeSecondFactor": None}
    lesser = principal("second_factors:remove", tenant=ACME, subject=UUID(user_of(clerk)))
    beyond = await door.database.execute(subgraph, RELEASE, lesser, {"user": user_of(owner)})
    assert beyond["data"]["removeSecondFactor"] == {"__typename": "NotPermitted", "code": "USER_BEYOND_YOU"}
    assert await door.audited("second_factor.released") == []
