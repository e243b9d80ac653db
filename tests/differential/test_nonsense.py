"""D2: whatever comes in is answered, in JSON, and never as a fault of the gateway's own."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import Gateway, GatewaySettings, GivenSupergraph, build_app

SDL = """
  type Query { hello(name: String, input: Input): String node(id: ID!): Node many(first: Int): [Node!]! }
  input Input { text: String list: [Input!] }
  interface Node { id: ID! }
  type User implements Node @key(fields: "id") { id: ID! name: String friends: [User] }
  type Mutation { change(to: Int!): Boolean }
  type Subscription { ticks: Int }
"""
LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n'
HEADERS = [
    (b"content-type", b"application/json"),
    (b"graphql-require-preflight", b"1"),
    (b"host", b"localhost"),
]

WORDS = st.sampled_from(
    [
        "query",
        "mutation",
        "subscription",
        "fragment",
        "on",
        "{",
        "}",
        "(",
        ")",
        "[",
        "]",
        ":",
        "$",
        "@",
        "!",
        "=",
        "...",
        "|",
        "&",
        "#",
        '"',
        '"""',
        ",",
        "hello",
        "node",
        "many",
        "name",
        "id",
        "User",
        "Query",
        "first",
        "input",
        "text",
        "list",
        "__typename",
        "__schema",
        "__type",
        "friends",
        "true",
        "false",
        "null",
        "0",
        "-1",
        "1e9",
        "@skip(if:",
        "@defer",
        "ok",
        "__proto__",
        "__class__",
        "constructor",
        "_entities",
        "\\u0000",
        "\ufeff",
        "''",
    ]
)
OPERATIONS = st.lists(WORDS, max_size=40).map(" ".join) | st.text(max_size=80)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "query": OPERATIONS | JSON,
        "operationName": st.text(max_size=5) | JSON,
        "variables": st.dictionaries(st.sampled_from(["a", "first", "__proto__"]), JSON, max_size=3) | JSON,
        "extensions": JSON | st.fixed_dictionaries({"persistedQuery": JSON}),
        "documentId": st.text(max_size=70) | JSON,
    },
)


class Client:
    """Speaks to the app as a server would, without one."""

    def __init__(self, app: Gateway, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._loop = loop

    def send(
        self, method: str, body: bytes, query: bytes, headers: list[tuple[bytes, bytes]]
    ) -> tuple[int, Any]:
        sent: list[dict[str, Any]] = []

        async def run() -> None:
            given: list[dict[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]

            async def receive() -> dict[str, Any]:
                if given:
                    return given.pop()
                await asyncio.sleep(30)
                raise AssertionError("nobody waits so long for a client to leave")

            async def send(message: Any) -> None:
                sent.append(message)

            scope = {
                "type": "http",
                "method": method,
                "path": "/graphql",
                "query_string": query,
                "headers": headers,
                "client": ("127.0.0.1", 1),
            }
            async with asyncio.timeout(10):
                await self._app(scope, receive, send)

        self._loop.run_until_complete(run())
        text = b"".join(message.get("body", b"") for message in sent[1:])
        return sent[0]["status"], orjson.loads(text)


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    composition = compose([SubgraphSource("a", "http://127.0.0.1:9/", LINK + SDL)])
    assert composition.supergraph_sdl is not None, composition.diagnostics
    loop = asyncio.new_event_loop()
    app = build_app(
        GivenSupergraph(composition.supergraph_sdl),
        settings=GatewaySettings(http={"batching": {"enabled": True}}),
        subgraphs={"a": nobody},
    )
    yield Client(app, loop)
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()


async def nobody(scope: Any, receive: Any, send: Any) -> None:
    """A subgraph that answers nothing useful."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b'{"data": null, "errors": [{"message": "no"}]}'})


def judge(status: int, answer: Any) -> None:
    assert status < 500, answer
    for each in answer if isinstance(answer, list) else [answer]:
        assert isinstance(each, dict)
        assert each.keys() <= {"data", "errors", "extensions"}
        assert "data" in each or each["errors"]
        for error in each.get("errors", ()):
            assert isinstance(error["message"], str)
            assert error["extensions"]["code"] != "INTERNAL_SERVER_ERROR"


QUICK = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@QUICK
@given(body=st.binary(max_size=200))
@example(b"")
@example(b"\xff\xfe{")
@example(b"[" * 5000)
@example(b'{"query":"{a}","variables":' + b'{"a":' * 500 + b"1" + b"}" * 501)
@example(b'{"query":"\\ud800"}')
def test_any_bytes_are_answered_in_json(client, body):
    judge(*client.send("POST", body, b"", HEADERS))


@QUICK
@given(parameters=PARAMETERS | st.lists(PARAMETERS, max_size=4))
@example({"query": "{ hello }", "variables": {"__proto__": {"x": 1}}})
@example(
    {
        "query": "{ __class__: hello __proto__: hello constructor: hello _entities: hello __dict__: __typename }"
    }
)
@example({"query": "{ " + "a" * 10_000 + ": hello }"})
@example({"query": "{" * 500})
@example({"query": "{ many { ...F } } fragment F on Node { ...F }"})
def test_any_request_is_answered_in_json(client, parameters):
    judge(*client.send("POST", json.dumps(parameters).encode(), b"", HEADERS))


@QUICK
@given(operation=OPERATIONS)
def test_any_operation_is_answered_in_json(client, operation):
    judge(*client.send("POST", json.dumps({"query": operation}).encode(), b"", HEADERS))


@QUICK
@given(query=st.binary(max_size=100) | st.text(max_size=50).map(lambda text: f"query={text}".encode()))
def test_any_query_string_is_answered_in_json(client, query):
    judge(*client.send("GET", b"", query, HEADERS))


@QUICK
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "X"]),
    headers=st.lists(
        st.tuples(
            st.sampled_from(
                [
                    b"accept",
                    b"content-type",
                    b"authorization",
                    b"accept-encoding",
                    b"content-encoding",
                    b"origin",
                ]
            ),
            st.binary(max_size=30),
        ),
        max_size=5,
    ),
)
def test_any_headers_are_answered_in_json(client, method, headers):
    judge(*client.send(method, b'{"query":"{ __typename }"}', b"", headers))
