"""Who is told of the schema, and how much errors give away."""

import pytest

from supergraph.gateway import GatewaySettings

SCHEMA = "{ __schema { queryType { name } } }"
TYPE = '{ __type(name: "Query") { name } }'


@pytest.fixture
def open_with(open_gateway, graphql_subgraph):
    sdl = "type Query { hello(input: Input): String } input Input { nickname: String }"
    subgraphs = {"a": graphql_subgraph(sdl, {"Query.hello": lambda *_, **__: "Hello"})}
    return lambda **settings: open_gateway(subgraphs, settings=GatewaySettings(**settings))


@pytest.mark.parametrize(
    ("settings", "anonymous", "signed_in"),
    [
        ({}, False, True),
        ({"profile": "console"}, True, True),
        ({"introspection": {"callers": "everybody"}}, True, True),
        ({"introspection": {"callers": "nobody"}}, False, False),
        ({"profile": "console", "introspection": {"callers": "signed-in"}}, False, True),
    ],
)
async def test_who_is_told_of_the_schema(open_with, settings, anonymous, signed_in):
    gateway = await open_with(**settings)
    for scopes, is_told in ((None, anonymous), ("", signed_in)):
        whole, one = await gateway.ask(SCHEMA, scopes=scopes), await gateway.ask(TYPE, scopes=scopes)
        if is_told:
            assert whole.data == {"__schema": {"queryType": {"name": "Query"}}}
            assert one.body == {"data": {"__type": {"name": "Query"}}}
        else:
            assert whole.codes == ["INTROSPECTION_DISABLED"]
            assert one.body == {"data": {"__type": None}}


@pytest.mark.parametrize(
    "query",
    [
        "query($no: Boolean = false) { hello __schema @include(if: $no) { queryType { name } } }",
        "{ ... { s: __schema { queryType { name } } } }",
        "query { ...F } fragment F on Query { __schema { queryType { name } } }",
    ],
)
async def test_it_is_refused_however_it_is_asked(open_with, query):
    gateway = await open_with()
    assert (await gateway.ask(query)).codes == ["INTROSPECTION_DISABLED"]


async def test_a_type_that_exists_answers_as_one_that_does_not(open_with):
    gateway = await open_with()
    there = await gateway.ask('{ hello a: __type(name: "Query") { fields { name } } }')
    missing = await gateway.ask('{ hello a: __type(name: "Nothing") { fields { name } } }')
    assert there.body == missing.body == {"data": {"hello": "Hello", "a": None}}


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ helo }", None),
        ("{ hello(inptu: {}) }", None),
        ('{ hello(input: {nicknam: ""}) }', None),
        ("query($i: Inptu) { hello }", None),
        ("query($i: Input) { hello(input: $i) }", {"i": {"nicknam": ""}}),
    ],
)
async def test_errors_suggest_names_to_people_at_work_on_the_graph_alone(open_with, query, variables):
    public, console = await open_with(), await open_with(profile="console")
    told = await console.ask(query, variables)
    assert "Did you mean" in str(told.body)
    kept = await public.ask(query, variables)
    assert kept.errors
    assert "Did you mean" not in str(kept.body)
