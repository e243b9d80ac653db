"""GraphQL over HTTP as a client meets it. The specification's section is named where a test stands for one."""

import gzip
import json

import pytest

from supergraph.gateway import GatewaySettings, LimitSettings

JSON = "application/json; charset=utf-8"
GRAPHQL = "application/graphql-response+json; charset=utf-8"


@pytest.fixture
async def gateway(open_gateway, graphql_subgraph):
    sdl = """
    type Query { hello(name: String = "you"): String add(a: Int!, b: Int!): Int! null: String! node: Query }
    type Mutation { change: Boolean }
    type Subscription { ticks: Int }
    """
    resolvers = {
        "Query.hello": lambda _, __, name: f"Hello {name}",
        "Query.add": lambda _, __, a, b: a + b,
        "Query.node": lambda *_: {},
        "Mutation.change": lambda *_: True,
    }
    settings = GatewaySettings(
        limits=LimitSettings(body_bytes=20_000, tokens=300, depth=5, aliases=5, selections=60)
    )
    return await open_gateway({"a": graphql_subgraph(sdl, resolvers)}, settings=settings)


async def post(gateway, body, **headers):
    sent = {
        "content-type": "application/json",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return await gateway.send(
        data=data, headers={name: value for name, value in sent.items() if value is not None}
    )


# ---- requests that are answered


async def test_post_with_json(gateway):
    answer = await post(gateway, {"query": "{ hello }"})
    assert (answer.status, answer.body) == (200, {"data": {"hello": "Hello you"}})


async def test_variables_and_operation_name(gateway):
    query = "query A($n: String) { hello(name: $n) } query B { add(a: 1, b: 2) }"
    answer = await post(
        gateway, {"query": query, "operationName": "A", "variables": {"n": "Ada", "unused": 1}}
    )
    assert answer.data == {"hello": "Hello Ada"}
    assert (await post(gateway, {"query": query, "operationName": "B"})).data == {"add": 3}


@pytest.mark.parametrize(
    "extra",
    [
        {"variables": None},
        {"operationName": None},
        {"extensions": None},
        {"extensions": {"a": 1}},
        {"operationName": ""},
    ],
)
async def test_parameters_may_be_null_or_unknown(gateway, extra):
    assert (await post(gateway, {"query": "{ hello }", **extra})).status == 200


async def test_the_charset_may_be_named(gateway):
    body = json.dumps({"query": '{ hello(name: "Ä") }'}, ensure_ascii=False).encode()
    answer = await post(gateway, body, content_type="application/json; charset=UTF-8")
    assert answer.data == {"hello": "Hello Ä"}


async def test_get_with_a_query(gateway):
    answer = await gateway.send(
        "GET", params={"query": "query($n: String) { hello(name: $n) }", "variables": '{"n":"Ada"}'}
    )
    assert (answer.status, answer.data) == (200, {"hello": "Hello Ada"})


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("application/*", JSON),
        ("application/json", JSON),
        ("application/json; charset=utf-8", JSON),
        ("application/graphql-response+json", GRAPHQL),
        ("application/graphql-response+json, application/json;q=0.9", GRAPHQL),
        ("application/json;q=0.9, application/graphql-response+json", GRAPHQL),
        ("application/json;q=0.5, application/graphql-response+json;q=0.4", JSON),
        ("text/html, application/graphql-response+json;q=0.1", GRAPHQL),
        ("APPLICATION/JSON", JSON),
    ],
)
async def test_the_media_type_is_the_best_that_the_client_accepts(gateway, accept, expected):
    """6.1"""
    answer = (
        await post(gateway, {"query": "{ hello }"}, accept=accept)
        if accept
        else await gateway.send(
            data=b'{"query":"{ hello }"}',
            headers={"content-type": "application/json"},
            skip_auto_headers=["accept"],
        )
    )
    assert (answer.status, answer.headers["content-type"]) == (200, expected)


@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_null_data_is_an_answer_with_status_200(gateway, accept):
    """6.4.2: no request error has occurred."""
    answer = await post(gateway, {"query": "{ null }"}, accept=accept)
    assert (answer.status, answer.data, answer.paths) == (200, None, [["null"]])


# ---- requests that are refused


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b'"text"', 400),
        (b"null", 400),
        (b"[]", 400),
        (b'[{"query":"{ hello }"}]', 400),
        (b"{}", 400),
        (b'{"query":""}', 400),
        (b'{"query":1}', 400),
        (b'{"query":{}}', 400),
        (b'{"query":["{ hello }"]}', 400),
        (b'{"query":"{ hello }","variables":[]}', 400),
        (b'{"query":"{ hello }","variables":"{}"}', 400),
        (b'{"query":"{ hello }","operationName":1}', 400),
        (b'{"query":"{ hello }","extensions":[]}', 400),
        (b'{"query":"\xff"}', 400),
        (b"[" * 10_000, 400),
        (b'{"query":"{ hello }","variables":{"a":' + b"[" * 1100 + b"]" * 1100 + b"}}", 400),
        (b'{"query":"' + b"x" * 30_000 + b'"}', 413),
    ],
)
@pytest.mark.parametrize("accept", [JSON, GRAPHQL])
async def test_what_is_no_request_is_refused_in_json(gateway, body, status, accept):
    answer = await post(gateway, body, accept=accept)
    assert answer.status == status
    assert "data" not in answer.body
    assert all(error["message"] and error["extensions"]["code"] for error in answer.errors)
    assert gateway.asked == {}


async def test_a_long_body_without_a_length_is_refused_while_it_comes(gateway):
    async def pieces():
        for _ in range(100):
            yield b" " * 1000

    answer = await gateway.send(data=pieces(), headers={"content-type": "application/json"})
    assert answer.status == 413


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/json; charset=utf-16",
    ],
)
async def test_other_content_types_are_refused(gateway, content_type):
    """What a form in a browser may send without asking first is among them."""
    answer = await post(gateway, {"query": "{ hello }"}, content_type=content_type)
    assert answer.status == 415


async def test_a_missing_content_type_is_refused(gateway):
    answer = await gateway.send(data=b'{"query":"{ hello }"}', skip_auto_headers=["content-type"])
    assert answer.status == 415


async def test_compressed_bodies_are_refused(gateway):
    answer = await post(gateway, gzip.compress(b'{"query":"{ hello }"}'), content_encoding="gzip")
    assert answer.status == 415


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "application/json; charset=latin1"])
async def test_an_answer_that_nobody_accepts_is_not_given(gateway, accept):
    answer = await post(gateway, {"query": "{ hello }"}, accept=accept)
    assert answer.status == 406
    assert gateway.asked == {}


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused(gateway, method):
    answer = await gateway.send(method)
    assert (answer.status, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_mutation_over_get_is_refused(gateway):
    answer = await gateway.send("GET", params={"query": "mutation { change }"})
    assert (answer.status, answer.headers["allow"]) == (405, "POST")
    assert gateway.asked == {}


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"query": ""},
        {"query": "{ hello }", "variables": "{"},
        {"query": "{ hello }", "variables": "[]"},
        {"query": "{ hello }", "extensions": "1"},
        {f"p{n}": "1" for n in range(30)},
    ],
)
async def test_get_without_sense_is_refused(gateway, params):
    assert (await gateway.send("GET", params=params)).status == 400


REQUEST_ERRORS = [
    ("{", "GRAPHQL_PARSE_FAILED"),
    ("{ hello {} }", "GRAPHQL_PARSE_FAILED"),
    ("{}", "GRAPHQL_PARSE_FAILED"),
    ("query A { hello } type X { a: Int }", "GRAPHQL_VALIDATION_FAILED"),
    ("{ nope }", "GRAPHQL_VALIDATION_FAILED"),
    ("{ add(a: 1) }", "GRAPHQL_VALIDATION_FAILED"),
    ("{ ...F } fragment F on Query { ...F }", "GRAPHQL_VALIDATION_FAILED"),
    ("query($a: Int!) { add(a: $a, b: 1) }", "BAD_USER_INPUT"),
    ("query A { hello } query B { hello }", "OPERATION_RESOLUTION_FAILURE"),
    ("fragment F on Query { hello }", "GRAPHQL_VALIDATION_FAILED"),
    ("{ node { node { node { node { node { hello } } } } } }", "OPERATION_LIMIT_EXCEEDED"),
    ("{ " + "a: hello " * 6 + "}", "OPERATION_LIMIT_EXCEEDED"),
    ("{ " + "hello " * 301 + "}", "OPERATION_LIMIT_EXCEEDED"),
    ("{ " + "hello " * 31 + "}", "OPERATION_LIMIT_EXCEEDED"),
    (
        "{ ...A } fragment A on Query { ...B ...B ...B ...B } fragment B on Query { ...C ...C ...C ...C } fragment C on Query { ...D ...D ...D ...D } fragment D on Query { hello }",
        "OPERATION_LIMIT_EXCEEDED",
    ),
    ("{a" * 5000, "OPERATION_LIMIT_EXCEEDED"),
    ("{" * 5000, "GRAPHQL_PARSE_FAILED"),
]


@pytest.mark.parametrize(("query", "code"), REQUEST_ERRORS)
async def test_a_request_error_has_status_400_and_200_for_clients_of_the_older_type(gateway, query, code):
    """6.4.1 and 6.4.2"""
    newer = await post(gateway, {"query": query}, accept=GRAPHQL)
    older = await post(gateway, {"query": query}, accept=JSON)
    assert (newer.status, older.status) == (400, 200)
    assert newer.body == older.body
    assert "data" not in newer.body
    assert newer.codes[0] == code, newer.body
    assert gateway.asked == {}


@pytest.mark.parametrize("accept", [JSON, GRAPHQL, "*/*"])
async def test_a_subscription_without_a_stream_is_told_what_to_accept(gateway, accept):
    answer = await post(gateway, {"query": "subscription { ticks }"}, accept=accept)
    assert (answer.status, answer.codes) == (406, ["OPERATION_NOT_SUPPORTED"])
    for word in ("text/event-stream", "multipart/mixed;subscriptionSpec=1.0", "graphql-transport-ws"):
        assert word in answer.errors[0]["message"]
    assert gateway.asked == {}


async def test_an_unknown_operation_name_is_a_request_error(gateway):
    answer = await post(gateway, {"query": "query A { hello }", "operationName": "B"}, accept=GRAPHQL)
    assert (answer.status, answer.codes) == (400, ["OPERATION_RESOLUTION_FAILURE"])


async def test_variables_nested_too_deeply_are_refused(gateway):
    deep = json.loads("[" * 500 + "]" * 500)
    answer = await post(
        gateway, {"query": "query($n: String) { hello(name: $n) }", "variables": {"n": deep}}, accept=GRAPHQL
    )
    assert (answer.status, answer.codes) == (400, ["OPERATION_LIMIT_EXCEEDED"])


async def test_errors_say_where(gateway):
    answer = await post(gateway, {"query": "{\n  nope\n}"})
    assert answer.errors[0]["locations"] == [{"line": 2, "column": 3}]


async def test_introspection_is_within_the_limits_of_depth(gateway, open_gateway):
    from graphql import get_introspection_query

    default = await open_gateway(gateway.subgraphs, settings=GatewaySettings(profile="console"))
    answer = await default.ask(get_introspection_query(descriptions=True, input_value_deprecation=True))
    assert answer.errors == []
    names = {each["name"] for each in answer.data["__schema"]["types"]}
    assert "Query" in names
    assert not any(name.startswith(("join__", "link__", "_")) and not name.startswith("__") for name in names)


async def test_health_and_readiness(gateway):
    assert (await gateway.send("GET", "/health")).body["status"] == "ok"
    assert (await gateway.send("GET", "/ready")).status == 200


@pytest.mark.parametrize("accept", ["application/graphql-response+json", "application/json"])
@pytest.mark.parametrize("query", ["{ hello }", "{ hello add(a: 1, b: 2) node { null } }", "{ null }"])
async def test_an_answer_with_data_has_status_200_also_where_parts_of_it_failed(gateway, accept, query):
    """A2, EE52. Null data is the outcome of an execution, too (GraphQL over HTTP, 6.4.2)."""
    answer = await post(gateway, {"query": query}, accept=accept)
    assert "data" in answer.body
    assert answer.status == 200


@pytest.mark.parametrize(
    "query", ["{", "{ nope }", "query A { hello } query B { hello }", "query($n: Int!) { hello }"]
)
async def test_an_answer_without_data_has_another_status(gateway, query):
    """A2, EE52, the other way round: for those who read statuses."""
    answer = await post(gateway, {"query": query}, accept="application/graphql-response+json")
    assert "data" not in answer.body
    assert 400 <= answer.status < 500


@pytest.mark.parametrize("accept", ["application/graphql-response+json", "application/json"])
async def test_who_may_not_ask_at_all_is_told_by_the_status(gateway, accept):
    """A2, BC58."""
    answer = await post(gateway, {"query": "{ hello }"}, accept=accept, authorization="Bearer nonsense")
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_what_a_caller_may_not_ask_is_told_by_the_status_where_requests_are_refused(
    open_gateway, graphql_subgraph
):
    """A2, BC58."""
    sdl = "type Query { hello: String secret: String @authenticated }"
    settings = GatewaySettings(authorization={"mode": "reject"})
    gateway = await open_gateway({"a": graphql_subgraph(sdl)}, settings=settings)
    answer = await post(gateway, {"query": "{ secret }"}, accept="application/graphql-response+json")
    assert answer.status in {401, 403}


async def test_fields_come_in_the_order_in_which_they_were_asked(open_gateway, gateway):
    """A1, as Hive has it: `__schema` keeps its place as well."""
    console = await open_gateway(gateway.subgraphs, settings=GatewaySettings(profile="console"))
    query = "{ b: hello __schema { queryType { name kind } } a: hello __typename }"
    answer = await console.ask(query)
    assert list(answer.data) == ["b", "__schema", "a", "__typename"]
    assert list(answer.data["__schema"]["queryType"]) == ["name", "kind"]
