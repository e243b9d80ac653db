"""GraphQL over HTTP as a subgraph speaks it, over real ASGI messages."""

import json
import time
from collections.abc import Awaitable, Callable

import httpx
import jwt
import pytest
import strawberry
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from foundation_subgraph.kit import (
    Database,
    DatabaseAddress,
    GraphQLRequest,
    Info,
    Subgraph,
    authenticated,
    field,
    public,
)
from foundation_subgraph.kit.http_request import Receive, Scope, Send
from foundation_subgraph.kit.testing import principal
from supergraph.spec import (
    ANONYMOUS,
    PRINCIPAL_HEADER,
    PRINCIPAL_SCOPE_KEY,
    Principal,
    PrincipalSigner,
    PrincipalVerifier,
    principal_key_id,
)

Application = Callable[[Scope, Receive, Send], Awaitable[None]]

NOWHERE = Database(DatabaseAddress("postgresql+asyncpg://nobody@/nothing").engine(pool_size=0))
KEY = Ed25519PrivateKey.generate()


@strawberry.type
class Query:
    @field(public)
    def echo(self, text: str) -> str:
        return text

    @field(public)
    def crash(self) -> int | None:
        raise RuntimeError("secret detail")

    @field(authenticated)
    def who(self, info: Info) -> str | None:
        return info.context.principal.subject


SUBGRAPH = Subgraph("echo", title="Echo", query=Query)
VERIFIER = PrincipalVerifier([KEY.public_key()], "echo")
APP = SUBGRAPH.asgi(NOWHERE, VERIFIER)


LEFT_OUT = "left out"


async def post(
    body: object = None,
    *,
    content: bytes | None = None,
    headers: dict[str, str] | None = None,
    app: Application = APP,
) -> httpx.Response:
    nobody = PrincipalSigner(KEY).sign(ANONYMOUS, "echo")
    sent = {"content-type": "application/json", PRINCIPAL_HEADER: nobody} | (headers or {})
    sent = {name: value for name, value in sent.items() if value != LEFT_OUT}
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://subgraph") as client:
        return await client.post("/", content=json.dumps(body) if content is None else content, headers=sent)


async def test_an_operation_is_answered() -> None:
    response = await post(
        {"query": "query Q($t: String!) { echo(text: $t) }", "variables": {"t": "ä"}, "operationName": "Q"}
    )
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json; charset=utf-8"
    assert response.json() == {"data": {"echo": "ä"}}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff", "not JSON"),
        (b"[]", "not a JSON object"),
        (b'"{ echo }"', "not a JSON object"),
        (b"{}", '"query" is not a string'),
        (b'{"query": 1}', '"query" is not a string'),
        (b'{"query": "{ echo }", "variables": []}', '"variables" is not an object'),
        (b'{"query": "{ echo }", "operationName": 1}', '"operationName" is not a string'),
        (b'{"query": "{ echo }", "extensions": "x"}', '"extensions" is not an object'),
    ],
)
async def test_a_body_that_is_no_operation_is_refused_with_400(content: bytes, says: str) -> None:
    response = await post(content=content)
    assert response.status_code == 400
    [error] = response.json()["errors"]
    assert says in error["message"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"content-type": "text/plain"}, 415),
        ({"content-type": ""}, 415),
        ({"content-type": "application/json; charset=latin-1"}, 415),
        ({"content-encoding": "gzip"}, 415),
        ({"accept": "text/html"}, 406),
        ({"accept": "application/json;q=0"}, 406),
        ({"content-type": "application/json; charset=UTF-8"}, 200),
        ({"content-type": "Application/JSON"}, 200),
        ({"accept": "text/html, */*;q=0.1"}, 200),
    ],
)
async def test_media_types_are_negotiated(headers: dict[str, str], status: int) -> None:
    response = await post({"query": '{ echo(text: "a") }'}, headers=headers)
    assert response.status_code == status
    assert ("errors" in response.json()) is (status != 200)


async def test_other_methods_are_refused() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://subgraph") as client:
        response = await client.get("/", params={"query": "{ who }"})
    assert response.status_code == 405
    assert response.headers["allow"] == "POST"


async def test_a_body_without_end_is_refused() -> None:
    response = await post(content=b" " * (16 * 1024 * 1024 + 1))
    assert response.status_code == 413


@pytest.mark.parametrize(
    "query", ["{", "{ nothing }", "query A { who } query B { who }", "query ($t: String!) { echo(text: $t) }"]
)
async def test_what_cannot_be_run_is_400_for_those_who_understand_and_200_for_older_clients(
    query: str,
) -> None:
    new = await post({"query": query}, headers={"accept": "application/graphql-response+json"})
    assert (new.status_code, new.headers["content-type"]) == (
        400,
        "application/graphql-response+json; charset=utf-8",
    )
    assert "data" not in new.json()
    old = await post({"query": query}, headers={"accept": "application/json"})
    assert old.status_code == 200
    assert old.json() == new.json()


async def test_a_resolver_that_fails_tells_the_client_nothing() -> None:
    response = await post({"query": "{ crash }"})
    assert response.status_code == 200
    [error] = response.json()["errors"]
    assert error["message"] == "Internal error"
    assert error["path"] == ["crash"]
    assert "secret detail" not in response.text


async def test_nobody_is_nobody() -> None:
    response = await post({"query": "{ who }"})
    assert response.json()["data"] == {"who": None}
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}


async def test_a_signed_principal_is_believed() -> None:
    header = PrincipalSigner(KEY).sign(Principal(subject="u1", tenant="t1"), "echo")
    assert (await post({"query": "{ who }"}, headers={PRINCIPAL_HEADER: header})).json() == {
        "data": {"who": "u1"}
    }


def forged() -> dict[str, str]:
    now = int(time.time())
    claims = {
        "iss": "dovetail-gateway",
        "aud": "echo",
        "iat": now,
        "exp": now + 30,
        "sub": "u1",
        "scopes": [],
    }
    somebody = Principal(subject="u1")

    def signed(key: Ed25519PrivateKey | None = KEY, algorithm: str = "EdDSA", **changes: object) -> str:
        changed = {name: value for name, value in {**claims, **changes}.items() if value is not None}
        headers = {"kid": principal_key_id(KEY.public_key())}
        return jwt.encode(changed, key, algorithm=algorithm, headers=headers)

    assert VERIFIER.verify(signed()) == somebody, "what follows is refused for what it changes alone"
    return {
        "another key": PrincipalSigner(Ed25519PrivateKey.generate()).sign(somebody, "echo"),
        "another key under our key's id": signed(Ed25519PrivateKey.generate()),
        "for another subgraph": PrincipalSigner(KEY).sign(somebody, "customers"),
        "for no subgraph": signed(aud=None),
        "without an end": signed(exp=None),
        "without a beginning": signed(iat=None),
        "expired": PrincipalSigner(KEY, lifetime=-60).sign(somebody, "echo"),
        "from the future": signed(iat=now + 60, exp=now + 90),
        "for a day": signed(exp=now + 86_400),
        "scopes in one text": signed(scopes="loyalty:award"),
        "a tenant that is none": signed(tenant=["t1"]),
        "no signature": signed(None, "none"),
        "a client's token": signed(iss="dovetail"),
        "not a token": "Bearer abc",
        "empty": "",
    }


@pytest.mark.parametrize("kind", sorted(forged()))
async def test_a_principal_that_the_gateway_did_not_sign_is_refused_with_401(kind: str) -> None:
    response = await post({"query": '{ echo(text: "a") }'}, headers={PRINCIPAL_HEADER: forged()[kind]})
    assert response.status_code == 401
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


async def test_two_principals_at_once_are_refused_whoever_signed_them() -> None:
    headers = [
        ("content-type", "application/json"),
        *(
            (PRINCIPAL_HEADER, PrincipalSigner(KEY).sign(Principal(subject=who), "echo"))
            for who in ("u1", "u2")
        ),
    ]
    async with httpx.AsyncClient(transport=httpx.ASGITransport(APP), base_url="http://subgraph") as client:
        response = await client.post("/", content=b'{"query": "{ who }"}', headers=headers)
    assert response.status_code == 401


async def test_a_clients_own_bearer_token_means_nothing_to_a_subgraph() -> None:
    token = PrincipalSigner(KEY).sign(Principal(subject="u1"), "echo")
    response = await post({"query": "{ who }"}, headers={"authorization": f"Bearer {token}"})
    assert response.json()["data"] == {"who": None}


@pytest.mark.parametrize(
    "query",
    [
        '{ echo(text: "a") }',
        "{ __typename }",
        "{ _service { sdl } }",
        '{ _entities(representations: [{__typename: "Customer", id: "1"}]) { __typename } }',
        "{ not graphql",
    ],
)
@pytest.mark.parametrize("has_verifier", [True, False])
async def test_without_a_signed_principal_nothing_at_all_is_answered(query: str, has_verifier: bool) -> None:
    """B10: nobody but the gateway is answered, so `_entities` is out of reach for all others."""
    app = SUBGRAPH.asgi(NOWHERE, VERIFIER if has_verifier else None)
    response = await post({"query": query}, headers={PRINCIPAL_HEADER: LEFT_OUT}, app=app)
    assert response.status_code == 401
    assert "data" not in response.json()
    assert response.json()["errors"][0]["extensions"] == {"code": "UNAUTHENTICATED"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("query SubgraphSdl { _service { sdl } }", 200),
        ("{ _service { sdl } more: _service { sdl } }", 200),
        ('{ _service { sdl } echo(text: "a") }', 401),
        ("{ _service { sdl } ... on Query { who } }", 401),
        ("{ _service { sdl } ...F } fragment F on Query { who }", 401),
        ("query A { _service { sdl } } query B { who }", 401),
        ("mutation { _service { sdl } }", 401),
        ("{ who }", 401),
        ("{ " + "_service " * 60 + "}", 401),
        ("{", 401),
    ],
)
async def test_the_document_alone_may_be_given_to_anybody_where_that_was_opened(
    query: str, status: int
) -> None:
    app = SUBGRAPH.asgi(NOWHERE, VERIFIER, open_sdl=True)
    response = await post({"query": query}, headers={PRINCIPAL_HEADER: LEFT_OUT}, app=app)
    assert response.status_code == status
    if status == 200:
        assert "type Query" in response.json()["data"]["_service"]["sdl"]


async def test_the_gateways_key_can_be_replaced_while_both_are_known() -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    both = PrincipalVerifier([old.public_key(), new.public_key()], "echo")
    for key in (old, new):
        header = PrincipalSigner(key).sign(Principal(subject="u1"), "echo")
        response = await post(
            {"query": "{ who }"}, headers={PRINCIPAL_HEADER: header}, app=SUBGRAPH.asgi(NOWHERE, both)
        )
        assert response.json() == {"data": {"who": "u1"}}


async def test_without_a_verifier_a_signed_principal_is_refused_and_never_taken_for_granted() -> None:
    header = PrincipalSigner(KEY).sign(Principal(subject="u1"), "echo")
    response = await post(
        {"query": "{ who }"}, headers={PRINCIPAL_HEADER: header}, app=SUBGRAPH.asgi(NOWHERE)
    )
    assert response.status_code == 401


async def test_a_caller_in_the_same_process_hands_the_principal_over() -> None:
    async def calling(scope: Scope, receive: Receive, send: Send) -> None:
        await APP({**scope, PRINCIPAL_SCOPE_KEY: principal()}, receive, send)

    response = await post({"query": "{ who }"}, app=calling)
    assert response.json()["data"]["who"] is not None


async def test_the_principal_of_the_scope_is_no_header_that_a_client_could_send() -> None:
    response = await post({"query": "{ who }"}, headers={PRINCIPAL_SCOPE_KEY: "u1"})
    assert response.json()["data"] == {"who": None}


async def test_an_operation_of_endless_words_is_refused_before_it_is_read_to_its_end() -> None:
    response = await post({"query": "{ " + "who " * 60_000 + "}"})
    [error] = response.json()["errors"]
    assert "more than 50000 tokens" in error["message"]


@pytest.mark.parametrize("query", ["{" * 5000, "{ a" * 900 + "}" * 900, "[" * 5000])
async def test_an_operation_of_endless_depth_is_refused(query: str) -> None:
    assert "Syntax Error" in (await post({"query": query})).json()["errors"][0]["message"]


async def test_short_operations_are_kept_and_long_ones_are_not() -> None:
    app = SUBGRAPH.asgi(NOWHERE)
    for text in ("a", "a", "a" * 40_000, "a" * 40_000):
        answer = await app.execute(GraphQLRequest(f'{{ echo(text: "{text}") }}'), principal())
        assert answer == {"data": {"echo": text}}
    assert (app._kept.cache_info().hits, app._kept.cache_info().currsize) == (1, 1)
