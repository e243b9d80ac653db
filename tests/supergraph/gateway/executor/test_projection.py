"""The response is what the client selected, in its order, of the right types, and nulls rise as the specification says."""

import json

import pytest

from supergraph.gateway.executor import Denial, write_json
from supergraph.planner import Fetch, OperationKind
from supergraph.spec import Coordinate

SDL = """
  type Query { a: Thing must: Thing! list: [Thing] strict: [Thing!]! grid: [[Int!]]! node: Node any: Any nodes: [Node!]
               int: Int float: Float string: String bool: Boolean id: ID color: Color json: JSON ints: [Int!] }
  type Thing implements Node { id: ID! n: String! next: Thing must: Thing! sub: [Thing!] label: String color: Color! }
  type Other implements Node { id: ID! label: String extra: Int }
  type Lone { x: Int }
  interface Node { id: ID! label: String }
  union Any = Thing | Other
  enum Color { RED GREEN }
  scalar JSON
"""
HIDDEN = "type Secret implements Node { id: ID! label: String } extend enum Color { OCTARINE }"


async def answer(house, query, data, *, variables=None, denials=(), inaccessible=""):
    them = house(SDL, inaccessible)
    # The subgraph is asked for everything: what it answers is the test's affair.
    document = query if "query" not in query else query.split(")", 1)[1]
    plan = Fetch("a", OperationKind.QUERY, document)
    body = data if isinstance(data, bytes) else json.dumps({"data": data}).encode()
    return await them.ask(query, plan, {"a": body}, variables=variables, denials=denials)


def told(result):
    return [(error["message"], error["path"]) for error in result.errors]


async def test_keys_come_in_the_clients_order_whatever_the_subgraphs_order(house):
    data = {"a": {"label": "l", "__typename": "Thing", "n": "n", "id": "1"}, "int": 1}
    result = await answer(
        house, "{ int a { n ... on Thing { label } id x: n } }", data | {"a": {**data["a"], "x": "n"}}
    )
    assert json.dumps(result.data) == '{"int": 1, "a": {"n": "n", "label": "l", "id": "1", "x": "n"}}'


async def test_a_field_stands_where_its_first_included_mention_stands(house):
    query = "query($yes: Boolean!) { a { n @include(if: $yes) id n } }"
    for yes, order in ((True, ["n", "id"]), (False, ["id", "n"])):
        result = await answer(house, query, {"a": {"id": "1", "n": "n"}}, variables={"yes": yes})
        assert list(result.data["a"]) == order


async def test_skipped_fields_and_fragments_are_not_there(house):
    query = """query($no: Boolean!) { a { id ... on Thing @include(if: $no) { n } next @include(if: $no) { id }
      ... @skip(if: $no) { label @skip(if: $no) } } }"""
    data = {"a": {"id": "1", "n": "n", "label": "l", "next": None}}
    result = await answer(house, query, data, variables={"no": False})
    assert result.data == {"a": {"id": "1", "label": "l"}}


async def test_fragments_apply_by_the_type_that_the_value_has(house):
    query = """{ nodes { __typename ... on Thing { n } ... on Other { extra } ... on Node { id }
      ... on Any { ... on Other { label } } } }"""
    data = {
        "nodes": [
            {"__typename": "Thing", "n": "n", "id": "1", "extra": 1, "label": "l"},
            {"__typename": "Other", "extra": 2, "id": "2", "n": "n", "label": "l"},
        ]
    }
    result = await answer(house, query, data)
    assert result.data == {
        "nodes": [
            {"__typename": "Thing", "n": "n", "id": "1"},
            {"__typename": "Other", "extra": 2, "id": "2", "label": "l"},
        ]
    }


async def test_typename_is_answered_at_every_level_by_the_schema(house):
    query = "{ __typename t: __typename a { __typename next { kind: __typename } } any { __typename } }"
    data = {"a": {"__typename": "Nonsense", "next": {}}, "any": {"__typename": "Other"}}
    result = await answer(house, query, data)
    assert json.dumps(result.data) == (
        '{"__typename": "Query", "t": "Query", "a": {"__typename": "Thing", "next": {"kind": "Thing"}}, '
        '"any": {"__typename": "Other"}}'
    )


GOOD = [
    ("int", 5), ("int", -(2**31)), ("float", 1), ("float", 1.5), ("string", ""), ("string", "ünïcødé 🎉"),
    ("bool", False), ("id", "7"), ("color", "RED"), ("json", {"a": [1, {"__class__": None}]}), ("json", "x"),
    ("json", 12345678901234567890123456789), ("json", [-(10**30)]), ("json", 0.1), ("json", False), ("ints", []),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), GOOD)
async def test_values_of_the_right_type_pass_untouched(house, field, value):
    result = await answer(house, f"{{ {field} }}", {field: value})
    assert result.errors == []
    assert result.data == {field: value}
    assert type(result.data[field]) is type(value)
    assert json.loads(write_json(result.data)) == {field: value}


async def test_what_means_the_same_is_made_the_schemas_type(house):
    result = await answer(house, "{ int id }", {"int": 3.0, "id": 12})
    assert json.dumps(result.data) == '{"int": 3, "id": "12"}'


BAD = [
    ("int", 2**31), ("int", "5"), ("int", 1.5), ("int", True), ("int", []), ("float", "1"), ("float", True),
    ("string", 5), ("string", {}), ("bool", 1), ("bool", "true"), ("id", 1.5), ("id", True), ("color", "BLUE"),
    ("color", 1), ("color", []), ("ints", 3), ("a", 3), ("a", []), ("a", "x"), ("list", {}), ("any", {}),
    ("any", {"__typename": "Lone"}), ("any", {"__typename": []}), ("node", {"__typename": "Any"}),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value"), BAD)
async def test_values_of_a_wrong_type_are_null_with_an_error(house, field, value):
    below = {"a": " { id }", "list": " { id }", "any": " { __typename }", "node": " { id }"}.get(field, "")
    result = await answer(house, f"{{ {field}{below} int2: int }}", {field: value, "int2": 1})
    assert result.data == {field: None, "int2": 1}
    assert told(result) == [(f"The value of Query.{field} is not of its type.", [field])]


async def test_json_nested_beyond_what_can_be_written_is_no_value(house):
    body = b'{"data":{"json":' + b"[" * 900 + b"]" * 900 + b',"int":1}}'
    result = await answer(house, "{ json int }", body)
    assert result.data == {"json": None, "int": 1}
    assert len(result.errors) == 1


@pytest.mark.parametrize("hidden", [{"color": "OCTARINE"}, {"node": {"__typename": "Secret", "id": "1"}}])
async def test_what_is_inaccessible_does_not_leak(house, hidden):
    query = "{ color }" if "color" in hidden else "{ node { __typename id } }"
    result = await answer(house, query, hidden, inaccessible=HIDDEN)
    assert list(result.data.values()) == [None]
    assert len(result.errors) == 1
    assert "Secret" not in json.dumps(result.errors)
    assert "OCTARINE" not in json.dumps(result.errors)


# ---- nulls rise. Spec: Handling Execution Errors, Errors and Non-Null Types


@pytest.mark.parametrize(
    ("query", "data", "expected", "path"),
    [
        ("{ a { id n } }", {"a": {"id": "1", "n": None}}, {"a": None}, ["a", "n"]),
        ("{ must { id n } }", {"must": {"id": "1", "n": None}}, None, ["must", "n"]),
        (
            "{ list { n } }",
            {"list": [{"n": "x"}, {"n": None}]},
            {"list": [{"n": "x"}, None]},
            ["list", 1, "n"],
        ),
        ("{ strict { n } }", {"strict": [{"n": "x"}, {"n": None}]}, None, ["strict", 1, "n"]),
        ("{ strict { n } }", {"strict": [{"n": "x"}, None]}, None, ["strict", 1]),
        ("{ strict { n } }", {"strict": None}, None, ["strict"]),
        ("{ grid }", {"grid": [[1], [2, None], None]}, {"grid": [[1], None, None]}, ["grid", 1, 1]),
        ("{ a { sub { n } } }", {"a": {"sub": [{"n": None}]}}, {"a": {"sub": None}}, ["a", "sub", 0, "n"]),
        (
            "{ a { next { must { must { n } } } } }",
            {"a": {"next": {"must": {"must": {"n": None}}}}},
            {"a": {"next": None}},
            ["a", "next", "must", "must", "n"],
        ),
        ("{ a { color } }", {"a": {"color": "BLUE"}}, {"a": None}, ["a", "color"]),
        ("{ a { n } }", {"a": {}}, {"a": None}, ["a", "n"]),
    ],
)
async def test_a_null_rises_to_the_nearest_place_that_may_hold_it_with_one_error(
    house, query, data, expected, path
):
    result = await answer(house, query, data)
    assert result.data == expected
    assert [error["path"] for error in result.errors] == [path]


async def test_no_second_error_where_the_subgraph_told_one(house):
    body = {
        "data": {"a": {"id": "1", "n": None}, "int": 1},
        "errors": [{"message": "the reason", "path": ["a", "n"]}],
    }
    result = await answer(house, "{ a { id n } int }", json.dumps(body).encode())
    assert result.data == {"a": None, "int": 1}
    assert told(result) == [("the reason", ["a", "n"])]


async def test_no_second_error_where_the_null_rose_in_the_subgraph(house):
    body = {"data": {"a": None, "int": 1}, "errors": [{"message": "the reason", "path": ["a", "must", "n"]}]}
    result = await answer(house, "{ a { must { n } } int }", json.dumps(body).encode())
    assert result.data == {"a": None, "int": 1}
    assert told(result) == [("the reason", ["a", "must", "n"])]


async def test_a_nullable_null_is_no_error(house):
    result = await answer(
        house, "{ a { label next { id } } list { id } }", {"a": {"label": None, "next": None}, "list": [None]}
    )
    assert result.data == {"a": {"label": None, "next": None}, "list": [None]}
    assert result.errors == []


async def test_a_field_that_the_subgraph_left_out_is_null_with_an_error(house):
    result = await answer(house, "{ a { id label } }", {"a": {"id": "1"}})
    assert result.data == {"a": {"id": "1", "label": None}}
    assert told(result) == [("There is no value for Thing.label.", ["a", "label"])]


# ---- denied fields


def denied(*path, at):
    return Denial(path, Coordinate(at))


async def test_a_denied_field_is_null_in_its_place_with_an_error_at_each(house):
    denials = (denied("list", "l", at="Thing.label"),)
    result = await answer(
        house, "{ list { id l: label n } }", {"list": [{"id": "1", "n": "n"}] * 2}, denials=denials
    )
    assert json.dumps(result.data["list"][0]) == '{"id": "1", "l": null, "n": "n"}'
    assert result.errors == [
        {
            "message": "Unauthorized field or type",
            "path": ["list", index, "l"],
            "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE", "coordinate": "Thing.label"},
        }
        for index in (0, 1)
    ]


async def test_a_denied_field_that_may_not_be_null_takes_its_object(house):
    denials = (denied("a", "n", at="Thing.n"),)
    result = await answer(house, "{ a { id n } int }", {"a": {"id": "1"}, "int": 1}, denials=denials)
    assert result.data == {"a": None, "int": 1}
    assert [error["path"] for error in result.errors] == [["a", "n"]]


async def test_a_denied_root_field_asks_nobody(house):
    them = house(SDL)
    result = await them.ask("{ a { id } }", None, {}, denials=(denied("a", at="Query.a"),))
    assert (result.data, them.requests) == ({"a": None}, [])
    assert [error["path"] for error in result.errors] == [["a"]]


@pytest.mark.parametrize("data", [{"list": []}, {"list": None}])
async def test_a_denial_is_told_even_where_nothing_stands(house, data):
    denials = (denied("list", "label", at="Thing.label"),)
    result = await answer(house, "{ list { id label } }", data, denials=denials)
    assert result.data == data
    assert [error["path"] for error in result.errors] == [["list"]]


async def test_a_denial_on_one_type_leaves_the_other(house):
    query = "{ nodes { ... on Thing { label } ... on Other { label } } }"
    data = {"nodes": [{"__typename": "Thing"}, {"__typename": "Other", "label": "l"}]}
    result = await answer(house, query, data, denials=(denied("nodes", "label", at="Thing.label"),))
    assert result.data == {"nodes": [{"label": None}, {"label": "l"}]}
    assert [error["path"] for error in result.errors] == [["nodes", 0, "label"]]


async def test_a_denial_on_an_interface_holds_for_all_its_types(house):
    data = {"nodes": [{"__typename": "Thing"}, {"__typename": "Other"}]}
    result = await answer(
        house, "{ nodes { label } }", data, denials=(denied("nodes", "label", at="Node.label"),)
    )
    assert result.data == {"nodes": [{"label": None}, {"label": None}]}
    assert len(result.errors) == 2


async def test_a_denied_field_that_is_skipped_is_not_told(house):
    query = "query($no: Boolean!) { a { id label @include(if: $no) } }"
    denials = (denied("a", "label", at="Thing.label"),)
    result = await answer(house, query, {"a": {"id": "1"}}, variables={"no": False}, denials=denials)
    assert (result.data, result.errors) == ({"a": {"id": "1"}}, [])
