"""Representations hold the type, the key and what is required; equal ones are known as equal."""

import pytest

from supergraph.gateway.executor.representations import RepresentationReader, Unread
from supergraph.planner import EachItem, RenameType, RequiredField, RequiredFragment, Step

POSSIBLE = {"Node": frozenset({"Node", "A", "B"})}
ID = RequiredField("id", "id")


def reader(*requires, renames=()):
    return RepresentationReader(requires, renames, POSSIBLE)


def test_a_field_is_read_from_its_source_and_sent_by_its_name():
    read = reader(RequiredFragment("A", (RequiredField("price", "_1_price"), ID))).read
    found = read({"__typename": "A", "id": "1", "_1_price": 2, "price": "of the client"})
    assert found == {"__typename": "A", "price": 2, "id": "1"}


def test_null_is_sent_and_absence_is_not():
    read = reader(RequiredFragment("A", (ID,))).read
    assert read({"__typename": "A", "id": None}) == {"__typename": "A", "id": None}
    assert read({"__typename": "A"}) is Unread.INCOMPLETE


def test_an_object_of_another_type_is_none_of_the_fetchs_business():
    read = reader(RequiredFragment("A", (ID,)), RequiredFragment("Node", (ID,))).read
    assert read({"__typename": "C", "id": "1"}) is Unread.NOT_APPLICABLE
    assert read({"__typename": "B", "id": "1"}) == {"__typename": "B", "id": "1"}


def test_without_a_name_the_only_object_type_is_meant():
    assert reader(RequiredFragment("A", (ID,))).read({"id": "1"}) == {"__typename": "A", "id": "1"}
    assert reader(RequiredFragment("Node", (ID,))).read({"id": "1"}) is Unread.INCOMPLETE


def test_fragments_within_follow_the_type_of_what_they_stand_in():
    inner = RequiredField(
        "node",
        "node",
        (
            RequiredField("__typename", "__typename"),
            RequiredFragment("A", (ID,)),
            RequiredFragment("B", (RequiredField("x", "x"),)),
        ),
    )
    read = reader(RequiredFragment("A", (inner,))).read
    for node, sent in (
        ({"__typename": "A", "id": "1", "x": 2}, {"__typename": "A", "id": "1"}),
        ({"__typename": "B", "id": "1", "x": 2}, {"__typename": "B", "x": 2}),
    ):
        assert read({"__typename": "A", "node": node}) == {"__typename": "A", "node": sent}
        assert read({"__typename": "A", "node": [node, None]}) == {"__typename": "A", "node": [sent, None]}
    assert read({"__typename": "A", "node": {"__typename": "B"}}) is Unread.INCOMPLETE
    assert read({"__typename": "A", "node": "nonsense"}) is Unread.INCOMPLETE


def test_one_field_required_twice_goes_out_with_both_selections():
    def nested(name):
        return RequiredField("v", "v", (RequiredField(name, name),))

    read = reader(RequiredFragment("A", (nested("x"),)), RequiredFragment("Node", (nested("y"),))).read
    found = read({"__typename": "A", "v": [{"x": 1, "y": 2, "z": 3}]})
    assert found == {"__typename": "A", "v": [{"x": 1, "y": 2}]}


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ((), ("Node", "Node", "B")),
        ((EachItem(frozenset({"A"})),), ("Node", "B", "B")),
        ((Step("inner"),), ("A", "B", "Node")),
        ((Step("inner", frozenset({"A"})),), ("A", "B", "B")),
    ],
)
def test_names_change_where_the_plan_says(path, sent):
    inner = RequiredField("inner", "inner", (RequiredField("__typename", "__typename"),))
    read = reader(RequiredFragment("Node", (inner,)), renames=(RenameType(path, "Node"),)).read
    found = [read({"__typename": name, "inner": {"__typename": "B"}}) for name in "AB"]
    assert (found[0]["__typename"], found[1]["__typename"], found[1]["inner"]["__typename"]) == sent


def test_a_fields_of_several_kinds_are_not_taken_for_one_another():
    """1, 1.0 and True are equal in Python; in JSON they are three values."""
    one = reader(RequiredFragment("A", (ID,)))
    two = reader(RequiredFragment("A", (ID, RequiredField("x", "x"))))
    for entity in ({"__typename": "A", "id": "1", "x": value} for value in (1, 1.0, True, "1")):
        assert one.read(entity) == {"__typename": "A", "id": "1"}
        two.read(entity)
    assert one.identify({"__typename": "A", "id": "1"}) == one.identify(
        {"__typename": "A", "id": "1", "x": 2}
    )
    assert one.identify({"__typename": "A", "id": 1}) is None
    seen = [two.identify({"__typename": "A", "id": "1", "x": value}) for value in (1, 1.0, True, "1")]
    assert len(set(seen)) == 4


def test_names_that_a_subgraph_invents_do_not_pile_up():
    read = reader(RequiredFragment("A", (ID,)))
    for index in range(25_000):
        assert read.read({"__typename": f"Invented{index}", "id": "1"}) is Unread.NOT_APPLICABLE
    assert len(read._by_type) <= 10_001
