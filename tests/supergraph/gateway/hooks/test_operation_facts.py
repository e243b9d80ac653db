"""What telemetry may say of an operation."""

from typing import get_args

import pytest
from graphql import build_schema

from supergraph.gateway.hooks import OperationFacts, OperationType

SCHEMA = build_schema(
    """
    enum Size { SMALL LARGE }
    input Range { from: Int to: Int within: Range sizes: [Size!] }
    interface Node { id: ID }
    type Shoe implements Node { id: ID size: Size fits(range: Range, sizes: [Size!], name: String = "x"): Boolean }
    type Query { shoes(range: Range, size: Size): [Shoe!] node: Node }
    type Mutation { rename(name: String!): Shoe }
    """
)


def facts(document: str, name: str | None = None, type_: OperationType = "query") -> OperationFacts:
    found = OperationFacts(name, type_, document, SCHEMA)
    found.work_out()
    return found


@pytest.mark.parametrize(
    "other",
    [
        '{ x: shoes(range: {from: 7, to: 8}) { fits(name: "other secret") id } }',
        '# said\n{\n  shoes(range: {from: 1, to: 2}) { fits(name: """block""") y: id }\n}',
        '{ shoes(range: {from: 1, to: 2}) { fits(name: "a") id } } fragment Unused on Shoe { size }',
    ],
)
def test_values_aliases_and_layout_make_no_other_operation(other: str) -> None:
    assert facts(other).hash == facts('{ shoes(range: {from: 1, to: 2}) { fits(name: "a") id } }').hash


@pytest.mark.parametrize(
    "other",
    [
        "{ shoes(range: {from: 1}) { fits id } }",
        "{ shoes(size: SMALL) { fits id } }",
        "{ shoes { id } }",
        "query Named { shoes { fits id } }",
    ],
)
def test_what_is_selected_does(other: str) -> None:
    name = "Named" if "Named" in other else None
    assert facts(other, name).hash != facts("{ shoes { fits id } }").hash


def test_how_long_a_list_is_is_a_value_too() -> None:
    one = facts("{ shoes { fits(sizes: [SMALL]) } }")
    assert facts("{ shoes { fits(sizes: [SMALL, SMALL]) } }").hash == one.hash


def test_coordinates_are_what_the_operation_uses_and_nothing_of_others() -> None:
    document = """
        query A { shoes(range: {from: 1, sizes: [LARGE]}) { ...Small __typename } }
        query B { node { id } }
        fragment Small on Shoe { size }
    """
    assert facts(document, "A").coordinates == (
        "Query.shoes",
        "Query.shoes(range:)",
        "Range.from",
        "Range.sizes",
        "Shoe",
        "Shoe.size",
        "Size.LARGE",
    )
    assert facts(document, "B").coordinates == ("Node.id", "Query.node")


def test_of_a_variable_all_counts_that_it_may_hold() -> None:
    found = facts(
        "query ($range: Range, $size: Size) { shoes(range: $range, size: $size) { id } }"
    ).coordinates
    assert {
        "Range",
        "Range.from",
        "Range.to",
        "Range.within",
        "Range.sizes",
        "Size.SMALL",
        "Size.LARGE",
    } <= set(found)


def test_once_worked_out_nothing_of_the_schema_is_held() -> None:
    found = facts('mutation Rename { rename(name: "x") { id } }', "Rename", "mutation")
    assert found.coordinates == ("Mutation.rename", "Mutation.rename(name:)", "Shoe.id")
    assert found._source is None
    assert found.type in get_args(OperationType)
