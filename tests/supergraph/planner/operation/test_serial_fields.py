from supergraph.planner import FieldSelection, OperationKind, render_plan

SDL = "type Query { x: Int } type Mutation { a: Int b: Int }"


def test_a_field_under_several_conditions_runs_once_and_where_the_first_of_them_holds(house):
    shop = house(one="type Query { x: Int } type Mutation { a: Int }", two="type Mutation { b: Int }")
    operation = shop.normalized("mutation ($p: Boolean!) { a @include(if: $p) b a }")
    assert operation.kind is OperationKind.MUTATION
    assert all(isinstance(each, FieldSelection) for each in operation.selections)
    text = render_plan(shop.plan("mutation ($p: Boolean!) { a @include(if: $p) b a }"))
    first, second, third = text.split("mutation")[1:]
    assert "if $p {" in text.split("mutation")[0]
    assert "a" in first
    assert "b" in second
    assert "if not $p {" in second
    assert "a" in third


def test_neighbours_of_one_subgraph_share_a_request(house):
    shop = house(one=SDL)
    text = render_plan(shop.plan("mutation ($p: Boolean!) { b a @include(if: $p) b }"))
    assert text.count("mutation") == 1
