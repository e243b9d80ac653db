"""`@defer` in the normal form and in the plan; and fragments shared by types that are alike."""

import time

import pytest

from supergraph.planner import (
    Condition,
    Defer,
    FragmentSelection,
    QueryPlan,
    count_fetches,
    longest_chain,
    plan_from_json,
    plan_operation,
    plan_to_json,
    render_plan,
)

A = """type Query { me: User users: [User!]! } type Mutation { go: User }
type User @key(fields: "id") { id: ID! name: String! }"""
B = """type Query { news: String } type User @key(fields: "id") { id: ID! rank: Int! posts: [Post!]! }
type Post @key(fields: "pid") { pid: ID! title: String }"""
C = """type Post @key(fields: "pid") { pid: ID! likes: Int }
type User @key(fields: "id") { id: ID! rank: Int! @external score: Int @requires(fields: "rank") }"""


@pytest.fixture(scope="module")
def shop(house):
    return house(a=A, b=B, c=C)


def deferred(plan: QueryPlan) -> Defer:
    assert isinstance(plan.node, Defer)
    assert plan_from_json(plan_to_json(plan)) == plan
    return plan.node


def test_a_deferred_fragment_is_not_merged_with_what_stands_beside_it(shop):
    operation = shop.normalized("{ me { id ... on User @defer { id name } ... on User { name } } }")
    [me] = operation.selections
    kinds = [
        each.deferral is not None if isinstance(each, FragmentSelection) else each.name
        for each in me.selections
    ]
    assert kinds == ["id", True, "name"]


def test_what_is_switched_off_is_not_deferred(shop):
    [me] = shop.normalized("{ me { ... @defer(if: false) { id } } }").selections
    assert [each.name for each in me.selections] == ["id"]


def test_a_mutation_is_never_deferred_itself(shop):
    plan = shop.plan("mutation { go { id ... @defer { rank } } }")
    assert "mutation" in render_plan(QueryPlan(deferred(plan).primary))


def test_a_deferred_part_waits_for_the_fetch_it_reads_only(shop):
    node = deferred(shop.plan('{ me { name ... @defer(label: "r") { rank } } }'))
    [part] = node.deferred
    assert (part.label, part.path, part.selections) == ("r", ("me",), "{ rank }")
    assert part.depends == (node.primary.id,)


def test_what_the_primary_fetches_anyway_costs_a_deferred_part_nothing(shop):
    node = deferred(shop.plan("{ me { id ... @defer { name } } }"))
    assert node.deferred[0].node is None
    assert count_fetches(node) == 1


def test_the_primary_waits_for_nothing_that_is_deferred(shop):
    with_it = deferred(shop.plan("{ users { rank ... @defer { score posts { likes } } } }"))
    assert longest_chain(with_it.primary) == longest_chain(shop.plan("{ users { rank } }").node)


def test_a_part_within_a_part_waits_for_its_fetch(shop):
    node = deferred(shop.plan("{ me { id ... @defer { posts { title ... @defer { likes } } } } }"))
    outer, inner = node.deferred
    assert inner.within == outer.number
    assert inner.depends == (outer.node.id,)


def test_a_variable_chooses_between_two_plans(shop):
    plan = shop.plan("query ($v: Boolean!) { me { id ... @defer(if: $v) { rank } } }")
    assert isinstance(plan.node, Condition)
    assert isinstance(plan.node.if_true, Defer)
    assert plan.node.if_false == shop.plan("{ me { id rank } }").node


def test_of_many_variables_only_the_first_few_switch(shop):
    names = [f"v{each}" for each in range(12)]
    text = f"query ({' '.join(f'${each}: Boolean!' for each in names)}) {{ me {{ id "
    text += " ".join(f"... @defer(if: ${each}) {{ rank }}" for each in names) + " } }"
    assert count_fetches(shop.plan(text).node) <= 16


def test_without_increments_nothing_is_deferred(shop):
    operation = shop.normalized("{ me { name ... @defer { rank } } }")
    plan = plan_operation(shop.graph, operation, incremental=False)
    assert isinstance(plan, QueryPlan)
    assert plan.node == shop.plan("{ me { name rank } }").node


def test_what_lies_behind_an_unknown_type_is_asked_of_the_interface_as_well(house):
    """The type of an interface object is told in the same step: until then objects bear the interface's name."""
    shop = house(
        a='interface I @key(fields: "id") { id: ID! } type T implements I @key(fields: "id") { id: ID! } '
        'type S implements I @key(fields: "id") { id: ID! } type Query { x: I }',
        b='type I @key(fields: "id") @interfaceObject { id: ID! next: I! } type Query { one: I }',
    )
    plan = shop.plan("{ one { ... on T { next { __typename } } } }")
    assert "one|[I,T].next" in render_plan(plan)
    assert longest_chain(plan.node) == 2


@pytest.mark.parametrize("levels", [3, 5])
def test_fields_split_over_many_types_and_levels_are_planned_in_no_time(house, levels):
    def types(which):
        return " ".join(
            f'type T{each} implements I @key(fields: "id") {{ id: ID! {"next: I label: String" if which(each) else ""} }}'
            for each in range(20)
        )

    shop = house(
        a="type Query { root: I } interface I { id: ID! } " + types(lambda _: False),
        b="interface I { id: ID! } " + types(lambda each: each % 2 == 0),
        c="interface I { id: ID! } " + types(lambda each: each % 2 == 1),
        d="type Query { x: I } interface I { id: ID! next: I label: String } "
        "type Z implements I { id: ID! next: I label: String }",
    )
    selections = "label"
    for _ in range(levels):
        selections = f"label next {{ {selections} }}"
    operation = shop.normalized(f"{{ root {{ ... on I {{ {selections} }} }} }}")
    start = time.process_time()
    plan = plan_operation(shop.graph, operation)
    assert time.process_time() - start < 1
    assert isinstance(plan, QueryPlan)
    assert len(str(plan_to_json(plan))) < 500_000
