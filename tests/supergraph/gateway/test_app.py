"""The gateway as a whole: real subgraphs, in process and over HTTP."""

import asyncio
import json
from random import Random

import pytest

from supergraph.gateway import (
    ErrorSettings,
    GatewaySettings,
    GatewayStartError,
    GivenSupergraph,
    SubgraphSettings,
    build_app,
)


@pytest.fixture
def shop(graphql_subgraph):
    """Users in one subgraph, their points in another."""
    users = {"1": {"id": "1", "name": "Ada"}, "2": {"id": "2", "name": "Bo"}}
    points = {"1": 10, "2": 20}
    return {
        "users": graphql_subgraph(
            """
            type Query { me: User users: [User!]! fail: String }
            type User @key(fields: "id") { id: ID! name: String }
            """,
            {
                "Query.me": lambda *_: users["1"],
                "Query.users": lambda *_: list(users.values()),
                "Query.fail": lambda *_: 1 / 0,
            },
            {"User": lambda key: users.get(key["id"])},
        ),
        "points": graphql_subgraph(
            """
            type Query { total: Int! }
            type Mutation { award(id: ID!, points: Int!): User }
            type User @key(fields: "id") { id: ID! points: Int! }
            """,
            {
                "Query.total": lambda *_: sum(points.values()),
                "Mutation.award": lambda _, __, **award: award,
            },
            {"User": lambda key: {"points": points[key["id"]]}},
        ),
    }


@pytest.mark.parametrize("over_http", [False, True])
@pytest.mark.parametrize(
    ("query", "data"),
    [
        ("{ me { name points } }", {"me": {"name": "Ada", "points": 10}}),
        (
            "{ users { p: points id __typename } total }",
            {
                "users": [
                    {"p": 10, "id": "1", "__typename": "User"},
                    {"p": 20, "id": "2", "__typename": "User"},
                ],
                "total": 30,
            },
        ),
        (
            "mutation { award(id: 2, points: 5) { points name } }",
            {"award": {"points": 5, "name": "Bo"}},
        ),
        (
            "{ __typename me { ...F } } fragment F on User { name }",
            {"__typename": "Query", "me": {"name": "Ada"}},
        ),
    ],
)
async def test_the_same_answer_in_process_and_over_http(open_gateway, shop, query, data, over_http):
    gateway = await open_gateway(shop, over_http=over_http)
    answer = await gateway.ask(query, scopes="x y")
    assert (answer.status, answer.body) == (200, {"data": data})
    for subgraph in gateway.subgraphs.values():
        for principal in subgraph.principals:
            assert (principal.subject, principal.tenant, principal.scopes) == ("u1", "t1", {"x", "y"})


async def test_a_subgraph_that_crashes_takes_its_own_fields_alone(open_gateway, graphql_subgraph, shop):
    async def crash(scope, receive, send):
        raise SystemExit("gone")

    gateway = await open_gateway(shop)
    shop["points"].__class__ = type(
        "Crashing", (graphql_subgraph,), {"__call__": lambda self, *call: crash(*call)}
    )
    answer = await gateway.ask("{ me { name points } users { name } }")
    assert answer.status == 200
    assert answer.data == {"me": None, "users": [{"name": "Ada"}, {"name": "Bo"}]}
    assert answer.codes == ["SUBGRAPH_CRASHED"]
    assert "gone" not in str(answer.body)


async def test_a_subgraph_that_nobody_serves_takes_its_own_fields_alone(open_gateway, shop):
    gateway = await open_gateway(shop)
    missing = await open_gateway({"users": shop["users"]}, supergraph_sdl=gateway.supergraph_sdl)
    answer = await missing.ask("{ total users { name } }")
    assert answer.codes == ["SUBGRAPH_HAS_NO_ADDRESS"]


async def test_a_subgraphs_error_is_told_and_its_name_is_not(open_gateway, shop):
    gateway = await open_gateway(shop)
    answer = await gateway.ask("{ fail me { name } }")
    assert answer.data == {"fail": None, "me": {"name": "Ada"}}
    [error] = answer.errors
    assert error["path"] == ["fail"]
    assert error["message"] == "division by zero"
    assert "users" not in str(error["extensions"])


async def test_messages_of_subgraphs_can_be_kept_from_clients(open_gateway, shop):
    settings = GatewaySettings(errors=ErrorSettings(messages=False, subgraph_names=True))
    gateway = await open_gateway(shop, settings=settings)
    [error] = (await gateway.ask("{ fail }")).errors
    assert "zero" not in error["message"]
    assert error["extensions"]["subgraph"] == "users"


async def test_equal_queries_of_one_caller_in_flight_are_asked_once(open_gateway, graphql_subgraph):
    async def slow(*_):
        await asyncio.sleep(0.2)
        return "a"

    gateway = await open_gateway({"a": graphql_subgraph("type Query { a: String }", {"Query.a": slow})})
    scopes = ["x", "x", "x", "y", None]
    answers = await asyncio.gather(*(gateway.ask("{ a }", scopes=each) for each in scopes))
    assert all(answer.data == {"a": "a"} for answer in answers)
    assert len(gateway.asked["a"]) == 3


async def test_a_slow_subgraph_is_given_up(open_gateway, graphql_subgraph):
    async def never(*_):
        await asyncio.sleep(60)

    settings = GatewaySettings(subgraphs=SubgraphSettings(seconds=0.1))
    subgraph = graphql_subgraph("type Query { a: String }", {"Query.a": never})
    gateway = await open_gateway({"a": subgraph}, settings=settings)
    answer = await gateway.ask("{ a }")
    assert (answer.data, answer.codes) == ({"a": None}, ["SUBGRAPH_TIMED_OUT"])


def hostile_bodies():
    """Bodies that no client of good will sends; the same ones each time."""
    random = Random(20)
    names = ["__proto__", "__class__", "__dict__", "constructor", "_entities", "x" * 10_000, "join__Graph"]
    yield from (
        json.dumps({"query": f"{{ {name}: me {{ {name}: name {other}: points }} }}"}).encode()
        for name in names
        for other in names[:3]
    )
    yield from (
        json.dumps({"query": f"query(${name}: Int) {{ me {{ name }} }}", "variables": {name: 1}}).encode()
        for name in names
    )
    yield from (
        json.dumps({"query": f"{{ {name} }}", "operationName": name, "extensions": {name: name}}).encode()
        for name in names
    )
    pieces = [
        "{",
        "}",
        "me",
        "name",
        "...",
        "on",
        "User",
        "$x",
        ":",
        "(",
        ")",
        "@skip(if:",
        "true",
        '"',
        "\\u0000",
        "query",
        "mutation",
        "fragment",
        "F",
        "#",
        "\n",
        "[",
        "]",
        "!",
        "=",
        "é",
        "\ud83d\ude00",
        "1e999",
        "-0",
    ]
    for _ in range(150):
        text = " ".join(random.choices(pieces, k=random.randrange(1, 30)))
        yield json.dumps(
            {"query": text, "variables": {"x": random.choice([None, 1, [], {}, "x", 1e308, 2**70])}}
        ).encode()
    for _ in range(60):
        yield random.randbytes(random.randrange(1, 200))
    good = b'{"query":"query($x: ID!) { me { name } }","variables":{"x":"1"}}'
    for _ in range(100):
        at = random.randrange(len(good))
        yield good[:at] + random.randbytes(1) + good[at + 1 :]


async def test_whatever_is_sent_is_answered_in_json_and_never_with_a_fault_of_our_own(open_gateway, shop):
    gateway = await open_gateway(shop)
    for body in hostile_bodies():
        answer = await gateway.send(data=body, headers={"content-type": "application/json"})
        assert answer.status in {200, 400}, body
        assert answer.data is not None or answer.errors, body
        assert "INTERNAL_SERVER_ERROR" not in answer.codes, body
        assert "Traceback" not in str(answer.body)


def test_a_document_that_is_no_supergraph_keeps_the_gateway_from_starting():
    with pytest.raises(GatewayStartError, match="not a supergraph"):
        build_app(GivenSupergraph("type Query { a: Int }"))


async def test_what_a_document_links_for_security_and_nobody_knows_keeps_it_from_starting(open_gateway, shop):
    gateway = await open_gateway(shop)
    head = "schema\n"
    assert head in gateway.supergraph_sdl
    unknown = '@link(url: "https://specs.example/vault/v1.0", for: SECURITY)'
    with pytest.raises(GatewayStartError, match="vault"):
        build_app(GivenSupergraph(gateway.supergraph_sdl.replace(head, f"{head}  {unknown}\n", 1)))


async def test_mounts_stand_beside_the_endpoint(open_gateway, shop):
    async def page(scope, receive, send):
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": json.dumps(scope["path"]).encode()})

    gateway = await open_gateway(shop)
    gateway.app.mount("/sign-in", page)
    gateway.app.mount("", page)
    assert (await gateway.send("GET", "/sign-in/x")).body == "/sign-in/x"
    assert (await gateway.send("GET", "/")).body == "/"
    assert (await gateway.send("GET", "/health")).body["status"] == "ok"
    assert (await gateway.ask("{ me { name } }")).data == {"me": {"name": "Ada"}}
