"""The compiled projection gives what the other one gives, or gives up."""

import json

import pytest
from graphql import build_schema, parse
from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.gateway.executor import Disclosure
from supergraph.gateway.executor.compiled_projection import compile_projection
from supergraph.gateway.executor.function_code import SurpriseError
from supergraph.gateway.executor.projection import project
from supergraph.gateway.executor.projection_program import prepare_projection
from supergraph.gateway.executor.response_tree import ResponseTree
from supergraph.planner import NormalizedOperation, normalize

SCHEMA = build_schema("""
  type Query { a: Thing node: Node strict: [Thing!]! grid: [[Float!]] }
  interface Node { id: ID! }
  type Thing implements Node { id: ID! text: String int: Int! float: Float flag: Boolean color: Color json: JSON
    colors: [Color!] ids: [ID] next: Thing node: Node! }
  type Other implements Node { id: ID! text: [String!] }
  enum Color { RED GREEN }
  scalar JSON
""")
QUERY = """{
  a { ...T next { ...T __typename } } node { __typename ...T ... on Other { text } } strict { node { id } } grid
}
fragment T on Thing { renamed: id t: text int float flag color json colors ids node { __typename id } }"""


def values(depth=3):
    leaf = st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 5),
        st.sampled_from([2**31, 2.0, 1.5, "RED", "BLUE", "x", 10**400]),
    )
    if depth == 0:
        return leaf
    fields = {
        "id": st.text(max_size=2), "renamed": st.sampled_from(["1", 1]), "text": leaf, "t": st.none() | st.text(max_size=2),
        "int": st.integers(0, 3) | leaf, "float": st.floats(0, 1) | leaf, "flag": st.booleans() | leaf,
        "color": st.sampled_from(["RED", "GREEN", "BLUE", None]), "json": leaf | st.lists(leaf, max_size=2),
        "colors": st.none() | st.lists(st.sampled_from(["RED", "GREEN", None]), max_size=2),
        "ids": st.none() | st.lists(st.sampled_from(["1", 1, None]), max_size=2),
        "next": st.none() | st.deferred(lambda: values(depth - 1)), "node": st.deferred(lambda: values(depth - 1)),
        "__typename": st.sampled_from(["Thing", "Other", "Node", "Color", "Thing", None]),
    }  # fmt: skip
    return st.one_of(st.fixed_dictionaries(fields), st.fixed_dictionaries({}, optional=fields), leaf)


def programs():
    operation = normalize(SCHEMA, parse(QUERY))
    assert isinstance(operation, NormalizedOperation)
    program = prepare_projection(SCHEMA, SCHEMA.query_type, operation.selections)
    return program, compile_projection(program)


PROGRAM, COMPILED = programs()


@settings(max_examples=400, deadline=None, derandomize=True, database=None)
@given(
    a=values(),
    node=values(),
    strict=st.lists(values(1), max_size=2),
    grid=st.none() | st.lists(st.lists(st.floats(0, 1))),
)
def test_it_agrees_with_the_other_one_and_gives_up_where_there_are_errors(a, node, strict, grid):
    tree = ResponseTree(data={"a": a, "node": node, "strict": strict, "grid": grid})
    data, errors = project(PROGRAM, tree, {}, Disclosure())
    try:
        compiled = COMPILED(tree.data, {})
    except SurpriseError:
        return
    assert errors == []
    assert repr(compiled) == repr(data)


def test_it_does_not_give_up_on_what_is_as_it_should_be():
    thing = {
        "renamed": "1", "t": None, "int": 1, "float": 1, "flag": True, "color": "RED", "json": {"a": [1]},
        "colors": ["GREEN"], "ids": ["1", None, 7], "node": {"__typename": "Other", "id": "2"}, "extra": 1,
    }  # fmt: skip
    data = {
        "a": {**thing, "next": {**thing, "__typename": "Thing"}},
        "node": {"__typename": "Other", "text": ["x"]},
        "strict": [thing],
        "grid": [[1.5], None],
    }
    compiled = COMPILED(data, {})
    assert compiled == project(PROGRAM, ResponseTree(data=data), {}, Disclosure())[0]
    assert json.dumps(compiled["a"]["ids"]) == '["1", null, "7"]'


@pytest.mark.parametrize(
    "data", [{}, {"a": 1}, {"a": None, "node": {"__typename": []}, "strict": [], "grid": None}]
)
def test_it_gives_up_on_surprises(data):
    with pytest.raises(SurpriseError):
        COMPILED(data, {})
