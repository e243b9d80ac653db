"""Service accounts: made in the graph, asked for by the gateway, in force as long as all they stand on is."""

import logging
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from foundation_subgraph.graph import subgraph
from foundation_subgraph.kit.testing import principal
from foundation_subgraph.service_accounts.store import ApiKeys
from foundation_subgraph.tenants.service import TenantStatus, set_status
from supergraph.spec import ApiKeysUnavailableError, read_api_key
from tests.foundation_subgraph.sign_in.door import ACME, GLOBEX, Door

ACCOUNT = "mutation ($name: String!) { createServiceAccount(name: $name) { __typename ... on Problem { code } ... on ServiceAccount { id } } }"
KEY = """
mutation ($account: ID!, $scopes: [ID!]!, $days: Int! = 30, $name: String! = "nightly") {
  createApiKey(accountId: $account, name: $name, scopes: $scopes, days: $days) {
    __typename ... on Problem { code } ... on NewApiKey { text key { id scopes expiresAt lastUsedAt } }
  }
}
"""
REVOKE = "mutation ($id: ID!) { revokeApiKey(id: $id) { __typename ... on Problem { code } ... on ApiKey { revokedAt } } }"
LIST = "{ serviceAccounts { nodes { name keys { nodes { name scopes lastUsedAt revokedAt } } } } }"


async def owner_of(door: Door, tenant: str = "acme") -> str:
    token: str = (await door.enter(f"owner@{tenant}.example")).json()["token"]
    return token


async def account_of(door: Door, token: str, name: str = "importer") -> str:
    made: str = (await door.ask(ACCOUNT, token, name=name))["data"]["createServiceAccount"]["id"]
    return made


async def key_of(door: Door, token: str, *scopes: str) -> dict[str, Any]:
    account = await account_of(door, token)
    made: dict[str, Any] = (await door.ask(KEY, token, account=account, scopes=list(scopes)))["data"][
        "createApiKey"
    ]
    return made | {"account": account}


async def test_a_key_is_shown_once_and_found_by_the_gateway(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    owner = await owner_of(door)
    with caplog.at_level(logging.DEBUG):
        made = await key_of(door, owner, "users:read", "roles:read", "users:read")
    key = read_api_key(made["text"])
    assert key is not None
    assert made["key"]["scopes"] == ["roles:read", "users:read"]
    found = await ApiKeys(door.database.sign_in).find_api_key(key.id)
    assert found is not None
    assert found.matches(key)
    assert (found.subject, found.tenant, found.name) == (made["account"], str(ACME), "nightly")
    assert found.scopes == {"users:read", "roles:read"}
    assert found.expires is not None
    kept = await door.sql("SELECT * FROM foundation.api_keys, foundation.audit_log")
    assert key.secret not in str(kept) + caplog.text
    [logged] = await door.audited("api_key.created")
    assert logged["target"] == key.id
    assert logged["details"]["scopes"] == ["roles:read", "users:read"]


async def test_a_key_with_another_secret_is_none(door: Door) -> None:
    made = await key_of(door, await owner_of(door), "users:read")
    found = await ApiKeys(door.database.sign_in).find_api_key(made["key"]["id"])
    assert found is not None
    for secret in ("A" * 43, made["text"].rpartition("_")[2].swapcase()):
        forged = read_api_key(f"dk_{made['key']['id']}_{secret}")
        assert forged is not None
        assert not found.matches(forged)


async def test_a_key_asks_as_its_account_with_its_permissions_alone(door: Door) -> None:
    made = await key_of(door, await owner_of(door), "users:read")
    key = read_api_key(made["text"])
    assert key is not None
    found = await ApiKeys(door.database.sign_in).find_api_key(key.id)
    assert found is not None
    asking = principal(*found.scopes, tenant=ACME, subject=UUID(found.subject))
    answer = await door.database.execute(
        subgraph, "{ users { nodes { email } } roles { nodes { name } } }", asking
    )
    assert len(answer["data"]["users"]["nodes"]) == 4
    assert answer["data"]["roles"] is None


async def test_nobody_hands_on_what_they_may_not_do(door: Door) -> None:
    owner = await owner_of(door)
    account = await account_of(door, owner)
    for scope in ("platform:tenants", "no:such"):
        answer = await door.ask(KEY, owner, account=account, scopes=["users:read", scope])
        assert answer["data"]["createApiKey"] == {
            "__typename": "NotPermitted",
            "code": "PERMISSION_BEYOND_YOUR_OWN",
        }
    clerk = (await door.enter("clerk@acme.example")).json()["token"]
    denied = await door.ask(KEY, clerk, account=account, scopes=["users:read"])
    assert denied["data"]["createApiKey"] is None
    assert denied["errors"]


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"days": 0}, "BAD_USER_INPUT"),
        ({"days": 367}, "BAD_USER_INPUT"),
        ({"scopes": []}, "BAD_USER_INPUT"),
        ({"name": " "}, "BAD_USER_INPUT"),
        ({"account": "x"}, "BAD_USER_INPUT"),
        ({"account": str(uuid4())}, "SERVICE_ACCOUNT_NOT_FOUND"),
    ],
)
async def test_a_key_that_makes_no_sense_is_refused(door: Door, sent: dict[str, Any], code: str) -> None:
    owner = await owner_of(door)
    asked = {"account": await account_of(door, owner), "scopes": ["users:read"]} | sent
    assert (await door.ask(KEY, owner, **asked))["data"]["createApiKey"]["code"] == code
    assert await door.audited("api_key.created") == []


async def test_two_accounts_of_one_name_are_one_too_many_within_a_tenant(door: Door) -> None:
    owner, other = await owner_of(door), await owner_of(door, "globex")
    await account_of(door, owner)
    answer = await door.ask(ACCOUNT, owner, name=" importer ")
    assert answer["data"]["createServiceAccount"] == {
        "__typename": "Conflict",
        "code": "SERVICE_ACCOUNT_EXISTS",
    }
    await account_of(door, other)


async def test_a_revoked_key_is_found_no_more_and_stays_in_the_list(door: Door) -> None:
    owner = await owner_of(door)
    made = await key_of(door, owner, "users:read")
    stranger = await owner_of(door, "globex")
    answer = await door.ask(REVOKE, stranger, id=made["key"]["id"])
    assert answer["data"]["revokeApiKey"] == {"__typename": "NotFound", "code": "API_KEY_NOT_FOUND"}
    first = await door.ask(REVOKE, owner, id=made["key"]["id"])
    assert first == await door.ask(REVOKE, owner, id=made["key"]["id"])
    assert await ApiKeys(door.database.sign_in).find_api_key(made["key"]["id"]) is None
    [account] = (await door.ask(LIST, owner))["data"]["serviceAccounts"]["nodes"]
    assert account["keys"]["nodes"][0]["revokedAt"] is not None
    assert (await door.ask(LIST, stranger))["data"]["serviceAccounts"]["nodes"] == []


async def test_a_permission_that_was_retired_falls_away_and_comes_back(door: Door) -> None:
    made = await key_of(door, await owner_of(door), "users:read", "roles:read")
    store = ApiKeys(door.database.sign_in)
    for change, scopes in (("now()", {"roles:read"}), ("NULL", {"users:read", "roles:read"})):
        await door.sql(f"UPDATE foundation.permissions SET retired_at = {change} WHERE id = 'users:read'")
        found = await store.find_api_key(made["key"]["id"])
        assert found is not None
        assert found.scopes == scopes


async def test_a_tenant_that_is_suspended_has_no_keys_until_it_is_active_again(door: Door) -> None:
    made = await key_of(door, await owner_of(door), "users:read")
    store = ApiKeys(door.database.sign_in)
    for status, is_there in ((TenantStatus.SUSPENDED, False), (TenantStatus.ACTIVE, True)):
        async with AsyncSession(door.database.owner) as session, session.begin():
            await set_status(session, ACME, status)
        assert (await store.find_api_key(made["key"]["id"]) is not None) is is_there


async def test_the_last_use_is_noted_at_most_once_a_minute(door: Door) -> None:
    made = await key_of(door, await owner_of(door), "users:read")
    key, now = made["key"]["id"], 0.0
    store, other = (ApiKeys(door.database.sign_in, clock=lambda: now) for _ in range(2))

    async def noted() -> Any:
        await store.close()
        await other.close()
        [row] = await door.sql("SELECT last_used_at FROM foundation.api_keys")
        return row.last_used_at

    assert await noted() is None
    store.api_key_used(key)
    first = await noted()
    assert first is not None
    other.api_key_used(key)  # another gateway, which does not know
    for _ in range(3):
        store.api_key_used(key)
    assert await noted() == first
    await door.sql(
        "UPDATE foundation.api_keys SET last_used_at = :long_ago", long_ago=first - timedelta(minutes=2)
    )
    store.api_key_used(key)
    assert await noted() == first - timedelta(minutes=2), "it remembers that it noted it just now"
    now = 61.0
    store.api_key_used(key)
    assert await noted() > first


async def test_a_key_of_nobody_is_none_and_a_database_that_is_away_is_said(door: Door) -> None:
    assert await ApiKeys(door.database.sign_in).find_api_key("0" * 16) is None
    nowhere = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    store = ApiKeys(nowhere)
    with pytest.raises(ApiKeysUnavailableError):
        await store.find_api_key("0" * 16)
    store.api_key_used("0" * 16)
    await store.close()
    await nowhere.dispose()


async def test_a_request_changes_nothing_of_a_key_but_that_it_is_revoked(door: Door) -> None:
    await key_of(door, await owner_of(door), "users:read")
    for write in (
        "UPDATE foundation.api_keys SET scopes = '{roles:manage}'",
        "UPDATE foundation.api_keys SET expires_at = now() + interval '9 years'",
        "DELETE FROM foundation.api_keys",
    ):
        with pytest.raises(Exception, match="permission denied"):
            async with door.database.session(ACME) as session:
                await session.execute(text(write))
    async with door.database.session(GLOBEX) as session:
        assert (await session.execute(text("SELECT * FROM foundation.api_keys"))).all() == []


async def test_the_keys_of_an_account_come_in_pages_the_latest_first(door: Door) -> None:
    owner = await owner_of(door)
    account = await account_of(door, owner)
    for number in range(3):
        made = await door.ask(KEY, owner, account=account, scopes=["users:read"], name=f"key {number}")
        assert made["data"]["createApiKey"]["__typename"] == "NewApiKey"

    async def page(window: str) -> tuple[list[str], str]:
        query = f"{{ serviceAccounts {{ nodes {{ keys({window}) {{ nodes {{ name }} pageInfo {{ endCursor }} }} }} }} }}"
        keys = (await door.ask(query, owner))["data"]["serviceAccounts"]["nodes"][0]["keys"]
        return [one["name"] for one in keys["nodes"]], keys["pageInfo"]["endCursor"]

    first, cursor = await page("first: 2")
    rest, _ = await page(f'first: 2, after: "{cursor}"')
    assert (first, rest) == (["key 2", "key 1"], ["key 0"])


async def test_the_keys_of_many_accounts_are_one_look_up(door: Door) -> None:
    owner = await owner_of(door)
    for number in range(5):
        await account_of(door, owner, f"machine {number}")
    with door.database.statements() as statements:
        answer = await door.ask(LIST, owner)
    assert [one["name"] for one in answer["data"]["serviceAccounts"]["nodes"]] == [
        f"machine {number}" for number in range(5)
    ]
    assert len(statements) == 2
