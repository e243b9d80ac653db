"""Answers grow together into one tree; what one brings never spoils what another brought."""

import json

import pytest

from supergraph.gateway.transport import FailureReason
from supergraph.planner import (
    EachItem,
    Fetch,
    OperationKind,
    Parallel,
    RequiredField,
    RequiredFragment,
    Sequence,
    Step,
)

SDL = """
  type Query { thing: Thing things: [Thing] }
  type Thing { id: ID! a: Int b: Int part: Part parts: [Part] json: JSON node: Node }
  type Part { x: Int y: Int z: Part }
  interface Node { id: ID! }
  type Leaf implements Node { id: ID! }
  scalar JSON
"""


def both(first, second):
    """Two root fetches of one object."""
    return Parallel(
        (
            Fetch("a", OperationKind.QUERY, f"{{thing{{{first}}}}}"),
            Fetch("b", OperationKind.QUERY, f"{{thing{{{second}}}}}"),
        )
    )


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        ({"part": {"x": 1}}, {"part": {"y": 2}}, {"part": {"x": 1, "y": 2}}),
        ({"part": None}, {"part": {"x": 1, "y": 2}}, {"part": {"x": 1, "y": 2}}),
        ({"part": {"x": 1, "y": 2}}, {"part": None}, {"part": {"x": 1, "y": 2}}),
        ({"part": {"x": 1}}, {"part": {"y": 2, "x": 9, "polluted": 1}}, {"part": {"x": 1, "y": 2}}),
        ({"part": {"x": 1, "y": 3}}, {"part": "nonsense"}, {"part": {"x": 1, "y": 3}}),
    ],
)
async def test_objects_of_two_answers_are_one(house, ours, theirs, expected):
    query = "{ thing { part { x y } } }"
    answers = {"a": {"data": {"thing": ours}}, "b": {"data": {"thing": theirs}}}
    plan = both("part{x}", "part{y}")
    result = await house(SDL).ask(query, plan, answers)
    assert (result.data, result.errors) == ({"thing": expected}, [])


@pytest.mark.parametrize(
    ("theirs", "expected"),
    [
        ([{"y": 1}, None, {"y": 3}], [{"x": 1, "y": 1}, {"x": 2, "y": None}, {"x": None, "y": 3}]),
        ([{"y": 1}], [{"x": 1, "y": None}, {"x": 2, "y": None}, None]),
        ("nonsense", [{"x": 1, "y": None}, {"x": 2, "y": None}, None]),
    ],
)
async def test_lists_of_two_answers_are_one_item_by_item(house, theirs, expected):
    """Of lists that do not match, the longer stays; what the other should have brought is told to be missing."""
    answers = {
        "a": {"data": {"thing": {"parts": [{"x": 1}, {"x": 2}, None]}}},
        "b": {"data": {"thing": {"parts": theirs}}},
    }
    plan = both("parts{x}", "parts{y}")
    for order in (Parallel, Sequence, lambda nodes: Sequence(nodes[::-1])):
        result = await house(SDL).ask("{ thing { parts { x y } } }", order(plan.nodes), answers)
        assert result.data == {"thing": {"parts": expected}}
        assert result.errors


async def test_a_scalars_insides_are_not_merged(house):
    answers = {
        "a": {"data": {"thing": {"json": {"left": 1}, "a": 1}}},
        "b": {"data": {"thing": {"json": {"right": 2}}}},
    }
    result = await house(SDL).ask("{ thing { json a } }", both("json a", "json"), answers)
    assert result.data["thing"]["json"] in ({"left": 1}, {"right": 2})


async def test_a_known_type_is_not_replaced_by_an_interfaces_name(house):
    for first, second in (("Leaf", "Node"), ("Node", "Leaf"), ("Leaf", 7)):
        answers = {
            "a": {"data": {"thing": {"node": {"__typename": first, "id": "1"}}}},
            "b": {"data": {"thing": {"node": {"__typename": second}}}},
        }
        plan = both("node{__typename id}", "node{__typename}")
        result = await house(SDL).ask("{ thing { node { __typename id } } }", plan, answers)
        assert result.data == {"thing": {"node": {"__typename": "Leaf", "id": "1"}}}


async def test_a_gap_stays_a_gap_when_its_object_is_merged(house):
    """`b` failed for the part before another answer added to the part: the failure still explains what is missing."""
    path = (Step("thing"), Step("part"))
    part = (RequiredFragment("Part", (RequiredField("x", "x"),)),)
    query = "query($representations:[_Any!]!){_entities(representations:$representations){...on Part{y}}}"
    plan = Sequence(
        (
            Fetch("a", OperationKind.QUERY, "{thing{part{__typename x}}}"),
            Fetch("b", OperationKind.QUERY, query, path=path, requires=part),
            Fetch("c", OperationKind.QUERY, "{thing{part{z{x}}}}"),
        )
    )
    answers = {
        "a": {"data": {"thing": {"part": {"__typename": "Part", "x": 1}}}},
        "b": b"nonsense",
        "c": {"data": {"thing": {"part": {"z": {"x": 2}}}}},
    }
    result = await house(SDL).ask("{ thing { part { x y z { x } } } }", plan, answers)
    assert result.data == {"thing": {"part": {"x": 1, "y": None, "z": {"x": 2}}}}
    assert [error["extensions"]["code"] for error in result.errors] == [FailureReason.NOT_JSON.value]
    assert result.errors[0]["path"] == ["thing", "part", "y"]


async def test_big_numbers_survive_representations_and_merging(house):
    big = 10**30
    them = house(SDL)
    entity = (RequiredFragment("Thing", (RequiredField("json", "json"),)),)
    document = "query($representations:[_Any!]!){_entities(representations:$representations){...on Thing{a}}}"
    plan = Sequence(
        (
            Fetch("a", OperationKind.QUERY, "{things{__typename json}}"),
            Fetch("b", OperationKind.QUERY, document, path=(Step("things"), EachItem()), requires=entity),
        )
    )
    things = [{"__typename": "Thing", "json": big}, {"__typename": "Thing", "json": big + 1}]
    answers = {"a": {"data": {"things": things}}, "b": {"data": {"_entities": [{"a": 1}, {"a": 2}]}}}
    result = await them.ask("{ things { json a } }", plan, answers)
    assert [each["json"] for each in them.requests[1][1]["variables"]["representations"]] == [big, big + 1]
    assert result.data == {"things": [{"json": big, "a": 1}, {"json": big + 1, "a": 2}]}


@pytest.mark.parametrize("depth", [400, 900, 1100])
async def test_an_answer_nested_beyond_measure_is_malformed_and_no_more(house, depth):
    deep = b"[" * depth + b"1" + b"0" * 25 + b"]" * depth
    body = b'{"data":{"thing":{"json":%s}}}' % deep
    plan = both("json", "a")
    result = await house(SDL).ask(
        "{ thing { json a } }", plan, {"a": body, "b": {"data": {"thing": {"a": 1}}}}
    )
    assert result.data == {"thing": {"json": None, "a": 1}}
    assert len(result.errors) == 1
    assert json.dumps(result.errors)
