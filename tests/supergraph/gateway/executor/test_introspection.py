"""`__schema` and `__type` are answered by the gateway, beside the subgraphs' fields, in the client's order."""

import json

from graphql import get_introspection_query, graphql_sync

from supergraph.planner import Fetch, OperationKind

SDL = """
  type Query { a: Int thing(id: ID = "x"): Thing }
  "A thing" type Thing { id: ID! old: Int @deprecated(reason: "age") }
"""


async def test_introspection_asks_nobody_and_answers_as_the_schema_itself(house):
    them = house(SDL)
    query = get_introspection_query()
    result = await them.ask(query, None, {})
    assert result.errors == []
    assert result.data == graphql_sync(them.api, query).data


async def test_introspection_stands_beside_other_fields_in_the_clients_order(house):
    query = (
        '{ t: __type(name: "Thing") { name description } a __typename s: __schema { queryType { name } } }'
    )
    result = await house(SDL).ask(query, Fetch("x", OperationKind.QUERY, "{a}"), {"x": {"data": {"a": 1}}})
    assert json.dumps(result.data) == (
        '{"t": {"name": "Thing", "description": "A thing"}, "a": 1, "__typename": "Query", '
        '"s": {"queryType": {"name": "Query"}}}'
    )


async def test_introspection_follows_variables_and_conditions(house):
    query = """query($name: String!, $old: Boolean = true, $yes: Boolean!) {
      ... @include(if: $yes) { __type(name: $name) { fields(includeDeprecated: $old) { name isDeprecated @skip(if: $yes) } } }
    }"""
    them = house(SDL)
    for name, fields in (
        ("Thing", [{"name": "id"}, {"name": "old"}]),
        ("Query", [{"name": "a"}, {"name": "thing"}]),
    ):
        variables = {"name": name, "old": True, "yes": True}
        result = await them.ask(query, None, {}, variables=variables)
        assert result.data == {"__type": {"fields": fields}}
    result = await them.ask(query, None, {}, variables={"name": "Thing", "old": True, "yes": False})
    assert result.data == {}


async def test_an_unknown_type_is_null(house):
    result = await house(SDL).ask('{ __type(name: "Nope") { name } }', None, {})
    assert (result.data, result.errors) == ({"__type": None}, [])
