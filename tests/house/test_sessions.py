"""Sessions and API keys through the whole house: what the foundation ends, the gateway takes no more."""

import time
from typing import Any

import httpx
import jwt

from supergraph.spec import API_KEY_HEADER
from tests.house.conftest import PASSWORD, Client, House

ME = "{ me { email } }"
ACCOUNT = "mutation ($name: String!) { createServiceAccount(name: $name) { ... on ServiceAccount { id } } }"
KEY = """
mutation ($account: ID!) {
  createApiKey(accountId: $account, name: "test", scopes: ["customers:read"]) { ... on NewApiKey { text key { id } } }
}
"""
REVOKE = "mutation ($id: ID!) { revokeApiKey(id: $id) { ... on ApiKey { revokedAt } } }"


def post(house: House, path: str, sent: dict[str, Any] | None = None, token: str = "") -> httpx.Response:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    return httpx.post(f"{house.url}/sign-in{path}", json=sent or {}, headers=headers, timeout=30)


def status(house: House, headers: dict[str, str], query: str = ME) -> int:
    return httpx.post(f"{house.url}/graphql", json={"query": query}, headers=headers, timeout=30).status_code


def ends(house: House, headers: dict[str, str], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if status(house, headers) == 401:
            return True
        time.sleep(0.02)
    return False


def test_a_token_holds_no_more_when_its_session_has_ended(house: House) -> None:
    sent = {"email": "clerk@acme.example", "password": PASSWORD}
    kept, signed_out, revoked = (post(house, "", sent).json()["token"] for _ in range(3))
    assert post(house, "/out", None, signed_out).status_code == 204
    assert ends(house, {"authorization": f"Bearer {signed_out}"}, seconds=2)
    assert status(house, {"authorization": f"Bearer {kept}"}) == 200
    everything = "mutation { revokeAllSessions { ... on EndedSessions { count } } }"
    assert Client(f"{house.url}/graphql", kept).ask(everything)["data"]["revokeAllSessions"]["count"] >= 2
    for token in (kept, revoked):
        assert ends(house, {"authorization": f"Bearer {token}"}, seconds=2)


def test_a_role_that_is_taken_counts_at_once(house: House) -> None:
    owner = house.sign_in("owner@acme")
    auditor = post(house, "", {"email": "auditor@acme.example", "password": PASSWORD}).json()["user"]["id"]
    change = 'mutation ($user: ID!) { %s(userId: $user, role: "clerk") { __typename } }'
    assert owner.ask(change % "grantRole", user=auditor)["data"]["grantRole"] == {"__typename": "User"}
    before = post(house, "", {"email": "auditor@acme.example", "password": PASSWORD}).json()["token"]
    email = "{ customers(first: 1) { nodes { email } } }"
    assert "errors" not in Client(f"{house.url}/graphql", before).ask(email)
    assert owner.ask(change % "revokeRole", user=auditor)["data"]["revokeRole"] == {"__typename": "User"}
    assert ends(house, {"authorization": f"Bearer {before}"}, seconds=5)
    after = post(house, "/switch", {"tenant": "acme"}, before).json()["token"]
    # What is of the same second as the change counts as given before it.
    time.sleep(1)
    after = post(house, "/switch", {"tenant": "acme"}, after).json()["token"]
    assert Client(f"{house.url}/graphql", after).ask(email)["data"]["customers"]["nodes"] == [{"email": None}]


def test_a_refreshed_session_goes_on(house: House) -> None:
    sent = {"email": "clerk@acme.example", "password": PASSWORD, "remember": True}
    first = post(house, "", sent).json()
    second = post(house, "/refresh", {"refreshToken": first["refreshToken"]}).json()
    assert status(house, {"authorization": f"Bearer {second['token']}"}) == 200


def test_the_gateway_says_in_which_session_somebody_asks(house: House) -> None:
    sent = {"email": "both@acme.example", "password": PASSWORD}
    tokens = [post(house, "", sent).json()["token"] for _ in range(2)]
    mine = "{ mySessions { nodes { id current } } }"
    current = [
        [
            one["id"]
            for one in Client(f"{house.url}/graphql", token).ask(mine)["data"]["mySessions"]["nodes"]
            if one["current"]
        ]
        for token in tokens
    ]
    sessions = [jwt.decode(token, options={"verify_signature": False})["sid"] for token in tokens]
    assert current == [[one] for one in sessions]


def test_a_machine_asks_by_its_key_until_that_is_revoked(house: House) -> None:
    owner = house.sign_in("owner@acme")
    account = owner.ask(ACCOUNT, name=f"machine {time.time_ns()}")["data"]["createServiceAccount"]["id"]
    made = owner.ask(KEY, account=account)["data"]["createApiKey"]
    headers = {API_KEY_HEADER: made["text"]}
    asked = {"query": "{ customers(first: 1) { nodes { name } } users { nodes { name } } }"}
    answer = httpx.post(f"{house.url}/graphql", json=asked, headers=headers, timeout=30).json()
    assert len(answer["data"]["customers"]["nodes"]) == 1
    assert answer["data"]["users"] is None
    assert owner.ask(REVOKE, id=made["key"]["id"])["data"]["revokeApiKey"]["revokedAt"] is not None
    assert ends(house, headers, seconds=8)
