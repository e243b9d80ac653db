"""Every case of tests/cases/planning: the fetch graph and the plan are what the case's files say."""

import json
from pathlib import Path

import pytest
from graphql import parse

from supergraph.planner import (
    Budget,
    NormalizedOperation,
    PlanningCode,
    QueryPlan,
    build_query_graph,
    explain_operation,
    normalize,
    plan_batch_line,
    plan_from_json,
    plan_operation,
    plan_to_json,
    render_plan,
)
from supergraph.spec import client_schema, read_supergraph

CASES = Path(__file__).resolve().parents[2] / "cases" / "planning"


@pytest.fixture(params=sorted(each.name for each in CASES.iterdir()))
def case(request) -> Path:
    return CASES / request.param


def planned(case: Path):
    supergraph = read_supergraph((case / "supergraph.graphql").read_text())
    graph = build_query_graph(supergraph)
    document = parse((case / "operation.graphql").read_text())
    operation = normalize(client_schema(supergraph), document)
    assert isinstance(operation, NormalizedOperation)
    return graph, operation


def test_a_case_is_planned_as_its_files_say(case):
    graph, operation = planned(case)
    assert explain_operation(graph, operation) == (case / "fetch_graph.txt").read_text()
    plan = plan_operation(graph, operation)
    assert isinstance(plan, QueryPlan)
    assert render_plan(plan) == (case / "plan.txt").read_text()


def test_a_plan_survives_being_written_as_json(case):
    graph, operation = planned(case)
    plan = plan_operation(graph, operation)
    assert isinstance(plan, QueryPlan)
    assert plan_from_json(json.loads(json.dumps(plan_to_json(plan)))) == plan


def test_equal_inputs_give_equal_plans(case):
    assert plan_operation(*planned(case)) == plan_operation(*planned(case))


def test_a_batch_line_is_answered_with_the_plan_and_its_measures(case):
    line = {
        "id": 7,
        "supergraph": (case / "supergraph.graphql").read_text(),
        "operation": (case / "operation.graphql").read_text(),
        "config": {"incrementalDelivery": {"enableDefer": True}},
    }
    answer = json.loads(plan_batch_line(json.dumps(line)))
    assert answer["id"] == 7
    assert plan_from_json(answer["plan"]) == plan_operation(*planned(case))
    assert 0 < answer["depth"] <= answer["fetches"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"operation": "{ nothing }"}, "Cannot query field 'nothing'"),
        ({"operation": "{"}, "Syntax Error"),
        ({"supergraph": "type Query"}, "supergraph:"),
        ({"operationName": "Other"}, "no operation named 'Other'"),
    ],
)
def test_a_batch_line_that_cannot_be_planned_says_why(change, why):
    case = CASES / "a-chain-of-keys"
    line = {
        "id": "x",
        "supergraph": (case / "supergraph.graphql").read_text(),
        "operation": (case / "operation.graphql").read_text(),
    }
    answer = json.loads(plan_batch_line(json.dumps({**line, **change})))
    assert answer["id"] == "x"
    assert why in answer["error"]
    assert "plan" not in answer


def test_a_batch_line_defers_nothing_unless_its_config_says_so():
    case = CASES / "deferred-parts"
    line = {
        "id": 1,
        "supergraph": (case / "supergraph.graphql").read_text(),
        "operation": (case / "operation.graphql").read_text(),
    }
    answer = json.loads(plan_batch_line(json.dumps(line)))
    assert answer["plan"]["node"]["kind"] == "Parallel"
    wrong = json.loads(plan_batch_line(json.dumps({**line, "config": {"incrementalDelivery": 1}})))
    assert wrong["error"].startswith("`config`")


def test_introspection_alone_needs_no_fetch(house):
    shop = house(a="type Query { name: String }")
    assert shop.plan("{ __typename __schema { queryType { name } } }") == QueryPlan(None)


def test_a_label_decides_who_resolves_a_field(house):
    shop = house(
        a='type Query { me: User } type User @key(fields: "id") { id: ID! name: String }',
        b='type User @key(fields: "id") { id: ID! name: String @override(from: "a", label: "percent(5)") }',
    )
    assert "fetch b" not in render_plan(shop.plan("{ me { name } }"))
    assert "fetch b" in render_plan(shop.plan("{ me { name } }", frozenset({"percent(5)"})))


def test_a_key_field_that_clients_may_not_see_still_joins(house):
    shop = house(
        a='type Query { me: User } type User @key(fields: "id") { id: ID! @inaccessible }',
        b='type User @key(fields: "id") { id: ID! @inaccessible name: String }',
    )
    assert "with { ... on User { __typename id } }" in render_plan(shop.plan("{ me { name } }"))


def test_a_mutation_may_lead_back_to_the_query(house):
    shop = house(
        a="type Query { name: String } type Mutation { save: Saved } type Saved { query: Query }",
        b="type Query { other: String }",
    )
    assert "fetch b at save.query {" in render_plan(shop.plan("mutation { save { query { name other } } }"))


def test_an_operation_beyond_its_budget_is_a_problem_and_not_a_hang(house):
    shop = house(
        a='type Query { me: User } type User @key(fields: "id") { id: ID! }',
        b='type User @key(fields: "id") { id: ID! friend: User }',
    )
    deep = "{ me " + "{ friend " * 40 + "{ id }" + "}" * 40 + "}"
    assert shop.problem(deep, Budget(steps=100)).code is PlanningCode.PLANNING_BUDGET_SPENT
    assert shop.problem(deep, Budget(seconds=0.0)).code is PlanningCode.PLANNING_BUDGET_SPENT


def test_many_equal_choices_are_not_multiplied_with_one_another(house):
    leaves = " ".join(f"f{number}: String @shareable" for number in range(40))
    sdl = f'type Query {{ items: [Item] @shareable }} type Item @key(fields: "id") {{ id: ID! {leaves} next: Item @shareable }}'
    shop = house(**dict.fromkeys("abcdefgh", sdl))
    inner = " ".join(f"f{number}" for number in range(40))
    text = "{ items { " + inner + (" next { " + inner) * 6 + " }" * 6 + " } }"
    plan = plan_operation(shop.graph, shop.normalized(text), Budget(steps=20_000))
    assert isinstance(plan, QueryPlan)
    assert render_plan(plan).count("fetch ") == 1
