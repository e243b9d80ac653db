from supergraph.planner import BatchFetch, count_fetches, longest_chain

SUBGRAPHS = {
    "a": """
      type Query { one: User two: User deep: Box }
      type Box @key(fields: "id") { id: ID! }
      type User @key(fields: "id") { id: ID! }
    """,
    "b": 'type User @key(fields: "id") { id: ID! name: String }',
    "c": 'type Box @key(fields: "id") { id: ID! owner: User } type User @key(fields: "id", resolvable: false) { id: ID! }',
}


def test_entities_of_one_step_share_a_request(house):
    plan = house(**SUBGRAPHS).plan("{ one { name } two { name } }")
    [_, batch] = plan.node.nodes
    assert isinstance(batch, BatchFetch)
    assert [(group.alias, group.path[0].key) for group in batch.groups] == [("_e0", "one"), ("_e1", "two")]


def test_a_step_is_put_off_to_join_a_later_one_but_never_lengthens_the_chain(house):
    plan = house(**SUBGRAPHS).plan("{ one { name } deep { owner { name } } }")
    assert (count_fetches(plan.node), longest_chain(plan.node)) == (3, 3)


def test_entities_under_other_conditions_go_out_apart(house):
    text = "query ($p: Boolean!) { one { name @include(if: $p) } two { name } }"
    assert count_fetches(house(**SUBGRAPHS).plan(text).node) == 3
