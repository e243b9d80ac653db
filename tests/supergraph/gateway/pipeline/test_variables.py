"""Variables that are obviously as they should be take a short way. It must not lead elsewhere than the long one."""

from itertools import product

import pytest
from graphql import OperationDefinitionNode, build_schema, parse

from supergraph.gateway.errors import Refusal
from supergraph.gateway.operation import VariableRules
from supergraph.gateway.pipeline.limits import Limits
from supergraph.gateway.pipeline.variables import check_variables, read_variable_rules

SCHEMA = build_schema(
    """
    scalar Anything
    enum Size { S M }
    input Page { first: Int }
    type Query { a(int: Int, float: Float, string: String, id: ID, boolean: Boolean): Int }
    """
)
ABSENT = object()
VALUES = (
    ABSENT,
    None,
    0,
    1,
    -(2**31),
    2**31 - 1,
    2**31,
    2**70,
    True,
    1.0,
    1.5,
    "",
    "1",
    "S",
    [],
    [1],
    {},
    {"first": 1},
)
LEAVES = ("Int", "Float", "String", "ID", "Boolean")


def rules(variables: str) -> VariableRules:
    (operation,) = parse(f"query ({variables}) {{ a }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    return read_variable_rules(SCHEMA, operation.variable_definitions or ())


def outcome(found: dict[str, object] | Refusal) -> object:
    # 1, 1.0 and True are equal, and not the same to a subgraph.
    return (
        found if isinstance(found, Refusal) else [(key, type(value), value) for key, value in found.items()]
    )


@pytest.mark.parametrize(
    ("declared", "value"), list(product((*LEAVES, *(f"{each}!" for each in LEAVES)), VALUES))
)
def test_the_short_way_leads_where_the_long_one_does(declared, value):
    short = rules(f"$a: {declared}, $b: Int")
    assert short.leaves is not None
    long = VariableRules(short.definitions)
    for given in ({}, {"b": 2}, {"b": None}, {"c": 3}, {"c": [[1]]}):
        all_given = given if value is ABSENT else {"a": value, **given}
        ways = [check_variables(SCHEMA, each, all_given, Limits()) for each in (short, long)]
        assert outcome(ways[0]) == outcome(ways[1])


@pytest.mark.parametrize("declared", ["[Int]", "Size", "Anything", "Page", "Int = 1", "String! = null"])
def test_there_is_no_short_way_for_what_needs_a_closer_look(declared):
    assert rules(f"$a: {declared}").leaves is None


@pytest.mark.parametrize("limits", [Limits(variable_values=1), Limits(variable_depth=0)])
def test_limits_hold_on_either_way(limits):
    found = check_variables(SCHEMA, rules("$a: Int, $b: Int"), {"a": 1, "b": 2}, limits)
    assert isinstance(found, Refusal)
