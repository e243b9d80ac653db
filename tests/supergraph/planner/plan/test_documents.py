import pytest
from graphql import parse, validate

from supergraph.planner import Fetch


@pytest.fixture(scope="module")
def shop(house):
    return house(shop="type Query { me(n: Int = 1): User } type User { id: ID name: String }")


def test_a_field_bears_one_skip_and_one_include_and_the_rest_stand_around_it(shop):
    plan = shop.plan(
        "query ($a: Boolean!, $b: Boolean!) { me { id ... @skip(if: $a) { name @skip(if: $b) @include(if: true) } } }"
    )
    assert isinstance(plan.node, Fetch)
    assert "...@skip(if:$b){name@skip(if:$a)}" in plan.node.document
    assert validate(shop.schema, parse(plan.node.document)) == []


def test_a_document_declares_the_variables_it_uses_and_no_other(shop):
    plan = shop.plan("query Me($n: Int = 3, $a: Boolean!) { __typename @skip(if: $a) me(n: $n) { id } }")
    assert isinstance(plan.node, Fetch)
    assert plan.node.document == "query Me__shop__0($n:Int=3){me(n:$n){id}}"
    assert plan.node.variables == ("n",)
    assert plan.node.operation_name == "Me__shop__0"


def test_an_anonymous_query_without_variables_is_its_selections_alone(shop):
    plan = shop.plan("{ me { id } }")
    assert isinstance(plan.node, Fetch)
    assert plan.node.document == "{me{id}}"
