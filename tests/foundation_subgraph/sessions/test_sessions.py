"""Sessions: begun by signing in, continued, listed, ended; on a real database and over HTTP."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import narrow
from foundation_subgraph.sessions.service import change_rights, end_sessions_of_tenant
from foundation_subgraph.sessions.watching import watching_sessions
from foundation_subgraph.tenants.service import TenantStatus, set_status
from foundation_subgraph.users.service import remove_member
from supergraph.spec import Caller, Principal, RevocationList
from tests.foundation_subgraph.sign_in.door import ACME, GLOBEX, Door

QUARTER = timedelta(minutes=15)
REVOKE = "mutation ($id: ID!) { revokeSession(id: $id) { __typename ... on Problem { code } ... on EndedSessions { count } } }"
TAKE = "mutation ($user: ID!, $role: String!) { revokeRole(userId: $user, role: $role) { __typename } }"
MAKE = (
    "mutation ($name: String!, $permissions: [ID!]!, $parents: [String!]!) "
    "{ createRole(name: $name, permissions: $permissions, parents: $parents) { __typename } }"
)
CHANGE = (
    "mutation ($name: String!, $permissions: [ID!]!) "
    "{ updateRole(name: $name, permissions: $permissions) { __typename } }"
)
MINE = "{ mySessions { nodes { id address agent lastUsedAt endsAt } } }"


def claims(token: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return read


def caller(token: str) -> Caller:
    read = claims(token)
    asking = Principal(read["sub"], read["tenant"], frozenset())
    return Caller(asking, session=read["sid"], issued_at=read["iat"])


async def mine(door: Door, token: str) -> list[str]:
    answer = await door.ask(MINE, token)
    return [one["id"] for one in answer["data"]["mySessions"]["nodes"]]


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not condition():  # noqa: ASYNC110 - it is somebody else who learns it
            await asyncio.sleep(0.01)


@asynccontextmanager
async def gateway(door: Door) -> AsyncIterator[RevocationList]:
    """What a gateway's process knows of sessions that ended."""
    revocations = RevocationList()
    async with watching_sessions(door.database.sign_in, revocations, QUARTER):
        yield revocations


async def remembered(door: Door, email: str = "clerk@acme.example") -> dict[str, Any]:
    answer: dict[str, Any] = (await door.enter(email, remember=True)).json()
    return answer


async def test_signing_in_begins_a_session_that_says_where_and_by_what(door: Door) -> None:
    door.client.headers["user-agent"] = "a program/1\x7f"
    answer = (await door.enter("clerk@acme.example")).json()
    shown = (await door.ask(MINE, answer["token"]))["data"]["mySessions"]["nodes"]
    assert [(one["id"], one["address"], one["agent"]) for one in shown] == [
        (claims(answer["token"])["sid"], "127.0.0.1", "a program/1")
    ]
    [began] = await door.audited("session.began")
    assert began["actor"] == answer["user"]["id"]


async def test_of_ones_sessions_the_one_that_asks_is_marked(door: Door) -> None:
    here, elsewhere = [(await door.enter("owner@acme.example")).json() for _ in range(2)]
    query = "{ mySessions { nodes { id current } } }"
    for asking in (here, elsewhere):
        shown = (await door.ask(query, asking["token"]))["data"]["mySessions"]["nodes"]
        assert len(shown) == 2
        assert [one["id"] for one in shown if one["current"]] == [claims(asking["token"])["sid"]]
    clerk = (await door.enter("clerk@acme.example")).json()["user"]["id"]
    theirs = "query ($user: ID!) { sessions(userId: $user) { nodes { current } } }"
    answer = await door.ask(theirs, here["token"], user=clerk)
    assert answer["data"]["sessions"]["nodes"] == [{"current": False}]


async def test_a_refresh_token_is_given_to_who_asks_for_one_alone(door: Door) -> None:
    assert "refreshToken" not in (await door.enter("clerk@acme.example")).json()
    assert len((await remembered(door))["refreshToken"]) >= 43


async def test_refreshing_continues_the_session_with_the_permissions_of_the_moment(door: Door) -> None:
    first = await remembered(door)
    await door.sql(
        "INSERT INTO foundation.role_assignments (user_id, role) VALUES (:user, 'owner')",
        user=UUID(first["user"]["id"]),
    )
    response = await door.post("/refresh", {"refreshToken": first["refreshToken"]})
    second = response.json()
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert second["refreshToken"] != first["refreshToken"]
    assert claims(second["token"])["sid"] == claims(first["token"])["sid"]
    assert "users:invite" not in claims(first["token"])["scope"]
    assert "users:invite" in claims(second["token"])["scope"]


async def test_a_refresh_token_used_twice_ends_the_session_for_both_who_have_it(door: Door) -> None:
    async with gateway(door) as revocations:
        first = await remembered(door)
        second = (await door.post("/refresh", {"refreshToken": first["refreshToken"]})).json()
        stolen = await door.post("/refresh", {"refreshToken": first["refreshToken"]})
        assert (stolen.status_code, stolen.json()["error"]["code"]) == (401, "REFRESH_TOKEN_INVALID")
        heir = await door.post("/refresh", {"refreshToken": second["refreshToken"]})
        assert heir.status_code == 401
        await until(lambda: revocations.is_revoked(caller(second["token"])))
    [ended] = await door.audited("session.ended")
    assert ended["actor"] is None
    assert ended["details"]["reason"] == "token_reused"
    other = await door.post("/switch", {"tenant": "acme"}, second["token"])
    assert other.status_code == 401


async def test_of_two_who_use_a_refresh_token_at_once_one_wins_and_the_session_ends(door: Door) -> None:
    first = await remembered(door)
    answers = await asyncio.gather(
        *(door.post("/refresh", {"refreshToken": first["refreshToken"]}) for _ in range(3))
    )
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401]
    assert await mine(door, first["token"]) == []


async def test_a_refresh_token_that_was_never_given_ends_nothing(door: Door) -> None:
    first = await remembered(door)
    assert (await door.post("/refresh", {"refreshToken": "x" * 43})).status_code == 401
    assert len(await mine(door, first["token"])) == 1


async def test_refresh_tokens_are_kept_as_hashes_and_written_to_no_log(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        first = await remembered(door)
        second = (await door.post("/refresh", {"refreshToken": first["refreshToken"]})).json()
    kept = str(await door.sql("SELECT * FROM foundation.sessions, foundation.audit_log"))
    async with AsyncSession(door.database.sign_in) as session:
        rows = (await session.execute(text("SELECT * FROM foundation.refresh_tokens"))).all()
    assert len(rows) == 2
    for secret in (first["refreshToken"], second["refreshToken"], first["token"]):
        assert secret not in kept + str(rows) + caplog.text


@pytest.mark.parametrize("column", ["ends_at", "expires_at"])
async def test_a_session_ends_when_it_lay_idle_or_has_lasted_long_enough(door: Door, column: str) -> None:
    first = await remembered(door)
    if column == "ends_at":
        await door.sql("UPDATE foundation.sessions SET ends_at = now() - interval '1 s'")
    else:
        await door.sql("UPDATE foundation.sessions SET expires_at = now() + interval '1 s'")
        again = (await door.post("/refresh", {"refreshToken": first["refreshToken"]})).json()
        [row] = await door.sql("SELECT ends_at = expires_at AS bound FROM foundation.sessions")
        assert row.bound
        await door.sql("UPDATE foundation.sessions SET ends_at = now() - interval '1 s'")
        first = again
    assert (await door.post("/refresh", {"refreshToken": first["refreshToken"]})).status_code == 401


async def test_a_session_without_refresh_tokens_is_continued_by_its_access_token_for_a_working_day(
    door: Door,
) -> None:
    first = (await door.enter("clerk@acme.example")).json()
    await door.sql("UPDATE foundation.sessions SET ends_at = now() + interval '1 s'")
    again = (await door.post("/switch", {"tenant": "acme"}, first["token"])).json()
    assert claims(again["token"])["sid"] == claims(first["token"])["sid"]
    [row] = await door.sql(
        "SELECT ends_at - now() AS left, expires_at - created_at AS whole FROM foundation.sessions"
    )
    assert timedelta(minutes=14) < row.left <= QUARTER
    assert row.whole == timedelta(hours=12)
    await door.sql("UPDATE foundation.sessions SET ends_at = now() - interval '1 s'")
    assert (await door.post("/switch", {"tenant": "acme"}, again["token"])).status_code == 401


async def test_a_stolen_access_token_gets_no_refresh_token_and_outlives_no_session(door: Door) -> None:
    first = await remembered(door, "both@acme.example")
    switched = (await door.post("/switch", {"tenant": "globex"}, first["token"])).json()
    assert "refreshToken" not in switched
    assert claims(switched["token"])["sid"] != claims(first["token"])["sid"]
    same = (await door.post("/switch", {"tenant": "acme"}, first["token"])).json()
    assert "refreshToken" not in same
    assert claims(same["token"])["sid"] != claims(first["token"])["sid"]
    [row] = await door.sql("SELECT expires_at - created_at AS whole FROM foundation.sessions", GLOBEX)
    assert row.whole == timedelta(hours=12)
    await door.sql("UPDATE foundation.sessions SET expires_at = now() + interval '1 minute'", GLOBEX)
    third = (await door.post("/switch", {"tenant": "acme"}, switched["token"])).json()
    [shown] = [
        one
        for one in (await door.ask(MINE, third["token"]))["data"]["mySessions"]["nodes"]
        if one["id"] == claims(third["token"])["sid"]
    ]
    left = datetime.fromisoformat(shown["endsAt"]) - datetime.fromisoformat(shown["lastUsedAt"])
    assert left <= timedelta(minutes=1)


@pytest.mark.parametrize("by", ["token", "refreshToken"])
async def test_signing_out_ends_the_session_at_once(door: Door, by: str) -> None:
    async with gateway(door) as revocations:
        first = await remembered(door)
        if by == "token":
            response = await door.post("/out", None, first["token"])
        else:
            response = await door.post("/out", {"refreshToken": first["refreshToken"]})
        assert response.status_code == 204
        await until(lambda: revocations.is_revoked(caller(first["token"])))
    assert (await door.post("/refresh", {"refreshToken": first["refreshToken"]})).status_code == 401
    assert (await door.post("/out", None, "not.a.token")).status_code == 204
    [ended] = await door.audited("session.ended")
    assert ended["details"]["reason"] == "signed_out"
    assert ended["actor"] == first["user"]["id"]


async def test_one_session_is_ended_and_the_others_go_on(door: Door) -> None:
    async with gateway(door) as revocations:
        one, other = [(await door.enter("clerk@acme.example")).json()["token"] for _ in range(2)]
        assert set(await mine(door, one)) == {claims(one)["sid"], claims(other)["sid"]}
        answer = await door.ask(REVOKE, one, id=claims(other)["sid"])
        assert answer["data"]["revokeSession"] == {"__typename": "EndedSessions", "count": 1}
        await until(lambda: revocations.is_revoked(caller(other)))
        assert not revocations.is_revoked(caller(one))
    assert await mine(door, one) == [claims(one)["sid"]]
    again = await door.ask(REVOKE, one, id=claims(other)["sid"])
    assert again["data"]["revokeSession"] == {"__typename": "NotFound", "code": "SESSION_NOT_FOUND"}


async def test_the_sessions_of_others_are_ended_by_who_may_manage_them_alone(door: Door) -> None:
    clerk = (await door.enter("clerk@acme.example")).json()
    auditor, owner, stranger = [
        (await door.enter(f"{who}.example")).json()["token"]
        for who in ("auditor@acme", "owner@acme", "owner@globex")
    ]
    for who in (auditor, stranger):
        answer = await door.ask(REVOKE, who, id=claims(clerk["token"])["sid"])
        assert answer["data"]["revokeSession"]["code"] == "SESSION_NOT_FOUND"
    every = (
        "mutation ($user: ID!) { revokeAllSessions(userId: $user) "
        "{ ... on Problem { code } ... on EndedSessions { count } } }"
    )
    denied = await door.ask(every, auditor, user=clerk["user"]["id"])
    assert denied["data"]["revokeAllSessions"] == {"code": "SESSIONS_NOT_YOURS"}
    nothing = await door.ask(every, stranger, user=clerk["user"]["id"])
    assert nothing["data"]["revokeAllSessions"] == {"count": 0}
    seen = "query ($user: ID!) { sessions(userId: $user) { nodes { id } } }"
    assert (await door.ask(seen, auditor, user=clerk["user"]["id"]))["data"] == {"sessions": None}
    assert len((await door.ask(seen, owner, user=clerk["user"]["id"]))["data"]["sessions"]["nodes"]) == 1
    done = await door.ask(every, owner, user=clerk["user"]["id"])
    assert done["data"]["revokeAllSessions"] == {"count": 1}
    assert await mine(door, clerk["token"]) == []


async def test_all_of_ones_own_sessions_end_with_the_one_that_asks(door: Door) -> None:
    tokens = [(await door.enter("both@acme.example")).json()["token"] for _ in range(3)]
    elsewhere = (await door.enter("both@acme.example", tenant="globex")).json()["token"]
    ended = await door.ask("mutation { revokeAllSessions { ... on EndedSessions { count } } }", tokens[0])
    assert ended["data"]["revokeAllSessions"] == {"count": 3}
    for token in tokens:
        assert (await door.post("/switch", {"tenant": "acme"}, token)).status_code == 401
    assert (await door.post("/switch", {"tenant": "globex"}, elsewhere)).status_code == 200


async def test_an_end_in_another_process_is_heard_and_one_before_the_start_is_known(door: Door) -> None:
    token = (await door.enter("clerk@acme.example")).json()["token"]
    async with gateway(door) as first:
        assert not first.is_revoked(caller(token))
        async with gateway(door) as second:
            await door.post("/out", None, token)
            await until(lambda: first.is_revoked(caller(token)) and second.is_revoked(caller(token)))
    async with gateway(door) as restarted:
        assert restarted.is_revoked(caller(token))


async def test_ends_are_heard_again_after_the_connection_was_lost(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    token = (await door.enter("clerk@acme.example")).json()["token"]
    async with gateway(door) as revocations:
        async with door.database.sign_in.begin() as connection:
            await connection.execute(
                text(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
                    "AND datname = current_database() AND query LIKE 'LISTEN%'"
                )
            )
        await door.post("/out", None, token)
        await until(lambda: revocations.is_revoked(caller(token)))


async def test_what_is_rolled_back_ends_nothing(door: Door) -> None:
    token = (await door.enter("clerk@acme.example")).json()["token"]
    async with gateway(door) as revocations:
        async with AsyncSession(door.database.sign_in) as session:
            await narrow(session, ACME)
            assert await end_sessions_of_tenant(session) == 1
            await session.rollback()
        await asyncio.sleep(0.2)
        assert not revocations.is_revoked(caller(token))


async def test_a_suspended_tenant_ends_its_sessions_and_no_others(door: Door) -> None:
    async with gateway(door) as revocations:
        here = await remembered(door, "both@acme.example")
        there = (await door.enter("both@acme.example", tenant="globex")).json()
        async with AsyncSession(door.database.owner) as session, session.begin():
            await set_status(session, ACME, TenantStatus.SUSPENDED, "unpaid")
        await until(lambda: revocations.is_revoked(caller(here["token"])))
        assert not revocations.is_revoked(caller(there["token"]))
    assert (await door.post("/refresh", {"refreshToken": here["refreshToken"]})).status_code == 401
    assert (await door.enter("clerk@acme.example")).status_code == 403


async def test_who_is_no_member_any_more_has_no_session(door: Door) -> None:
    first = await remembered(door)
    async with door.database.session(ACME) as session:
        await remove_member(session, UUID(first["user"]["id"]))
    assert (await door.post("/refresh", {"refreshToken": first["refreshToken"]})).status_code == 401
    [ended] = await door.audited("session.ended")
    assert ended["details"]["reason"] == "membership_ended"


async def test_a_role_that_is_taken_is_taken_from_the_tokens_of_before_and_the_session_goes_on(
    door: Door,
) -> None:
    owner = (await door.enter("owner@acme.example")).json()["token"]
    clerk, other = [(await door.enter(f"{who}@acme.example")).json() for who in ("clerk", "auditor")]
    async with gateway(door) as near, gateway(door) as far:
        taken = await door.ask(TAKE, owner, user=clerk["user"]["id"], role="clerk")
        assert taken["data"]["revokeRole"] == {"__typename": "User"}
        await until(lambda: all(one.is_revoked(caller(clerk["token"])) for one in (near, far)))
        assert not near.is_revoked(caller(other["token"]))
    async with gateway(door) as restarted:
        assert restarted.is_revoked(caller(clerk["token"]))
        later = caller(clerk["token"])
        assert not restarted.is_revoked(replace(later, issued_at=claims(clerk["token"])["iat"] + 60))
    again = (await door.post("/switch", {"tenant": "acme"}, clerk["token"])).json()
    assert claims(again["token"])["sid"] == claims(clerk["token"])["sid"]
    assert claims(again["token"])["scope"] == ""


async def test_a_role_that_permits_less_permits_it_at_once_to_whoever_inherits_it(door: Door) -> None:
    owner = (await door.enter("owner@acme.example")).json()["token"]
    clerk = (await door.enter("clerk@acme.example")).json()
    for name, permissions, parents in (("desk", ["users:read", "roles:read"], []), ("counter", [], ["desk"])):
        made = await door.ask(MAKE, owner, name=name, permissions=permissions, parents=parents)
        assert made["data"]["createRole"] == {"__typename": "Role"}
    await door.sql(
        "INSERT INTO foundation.role_assignments (user_id, role) VALUES (:user, 'counter')",
        user=UUID(clerk["user"]["id"]),
    )
    async with gateway(door) as revocations:
        for permissions in (["users:read", "roles:read", "users:invite"], ["users:read", "users:invite"]):
            assert not revocations.is_revoked(caller(clerk["token"])), (
                "what is given waits for the next token"
            )
            changed = await door.ask(CHANGE, owner, name="desk", permissions=permissions)
            assert changed["data"]["updateRole"] == {"__typename": "Role"}
        await until(lambda: revocations.is_revoked(caller(clerk["token"])))
        assert not revocations.is_revoked(caller(owner))


async def test_no_token_says_what_is_taken_while_it_is_made(door: Door) -> None:
    """Whoever takes a right and whoever writes it into a token wait for each other."""
    clerk = (await door.enter("clerk@acme.example")).json()
    async with door.database.session(ACME) as session:
        await change_rights(session)
        waiting = [
            asyncio.create_task(door.enter("clerk@acme.example")),
            asyncio.create_task(door.post("/switch", {"tenant": "acme"}, clerk["token"])),
        ]
        elsewhere = await door.enter("owner@globex.example")
        assert elsewhere.status_code == 200
        done, _ = await asyncio.wait(waiting, timeout=0.3)
        assert not done
        await remove_member(session, UUID(clerk["user"]["id"]))
    assert [answer.status_code for answer in await asyncio.gather(*waiting)] == [403, 401]


async def test_a_request_may_end_a_session_and_neither_begin_nor_prolong_one(door: Door) -> None:
    await door.enter("clerk@acme.example")
    for write in (
        "UPDATE foundation.sessions SET ends_at = now() + interval '1 year'",
        "DELETE FROM foundation.sessions",
        f"INSERT INTO foundation.sessions SELECT tenant_id, '{uuid4()}' FROM foundation.sessions",
        "SELECT * FROM foundation.refresh_tokens",
        "SELECT * FROM foundation.sign_in_attempts",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with door.database.session(ACME) as session:
                await session.execute(text(write))
    async with door.database.session(GLOBEX) as session:
        assert (await session.execute(text("SELECT * FROM foundation.sessions"))).all() == []


async def test_a_session_that_was_over_long_ago_is_cleared_away(door: Door) -> None:
    await remembered(door)
    await door.sql("UPDATE foundation.sessions SET expires_at = now() - interval '31 days'")
    await remembered(door)
    [row] = await door.sql("SELECT count(*) AS kept FROM foundation.sessions")
    assert row.kept == 1
