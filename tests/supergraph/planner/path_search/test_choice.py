from supergraph.planner import ContextValue, count_fetches, longest_chain, render_plan


def test_an_argument_is_read_from_the_context_above(house):
    shop = house(
        a="""
        type Query { shop: Shop }
        type Shop @key(fields: "id") @context(name: "shop") { id: ID! currency: String leaves: [Leaf] }
        type Leaf @key(fields: "id") { id: ID! price(in: String @fromContext(field: "$shop { currency }")): Int }
        """
    )
    plan = shop.plan("{ shop { leaves { price } } }")
    [_, fetch] = plan.node.nodes
    [context] = fetch.contexts
    assert isinstance(context, ContextValue)
    assert (context.variable, context.type) == ("_context1", "String")
    assert context.path == fetch.path[:1]
    assert [each.source for each in context.selections] == ["currency"]
    assert "price(in:$_context1)" in fetch.document
    assert fetch.variables == ()


def test_what_must_be_fetched_anyway_is_used_before_anything_is_added(house):
    shop = house(
        a='type Query { item: Item } type Item @key(fields: "id") { id: ID! }',
        b='type Item @key(fields: "id") { id: ID! x: Int @shareable }',
        c='type Item @key(fields: "id") { id: ID! x: Int @shareable y: Int }',
    )
    plan = shop.plan("{ item { x y } }")
    assert count_fetches(plan.node) == 2
    assert "fetch b" not in render_plan(plan)


def test_an_object_without_a_key_is_fetched_along_both_of_its_paths(house):
    shop = house(
        a='type Query { item: Item } type Item @key(fields: "id") { id: ID! size: Size @shareable } type Size { w: Int }',
        b='type Item @key(fields: "id") { id: ID! size: Size @shareable } type Size { h: Int }',
    )
    plan = shop.plan("{ item { size { w h } } }")
    assert (count_fetches(plan.node), longest_chain(plan.node)) == (2, 2)


def test_a_requirement_with_other_arguments_does_not_disturb_the_clients_field(house):
    shop = house(
        a='type Query { item: Item } type Item @key(fields: "id") { id: ID! price(in: String): Int }',
        b="""type Item @key(fields: "id") {
          id: ID!
          price(in: String): Int @external
          tax: Int @requires(fields: "price(in: \\"EUR\\")")
        }""",
    )
    text = render_plan(shop.plan('{ item { price(in: "USD") tax } }'))
    assert '_1_price: price(in: "EUR")' in text
    assert "price: _1_price" in text


def test_a_fragment_on_an_interface_object_asks_who_knows_the_type(house):
    media = house(
        a='interface Media @key(fields: "id") { id: ID! } type Book implements Media @key(fields: "id") { id: ID! }',
        b='type Query { top: Media } type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
    )
    assert count_fetches(media.plan("{ top { stars } }").node) == 1
    text = render_plan(media.plan("{ top { ... on Book { stars } } }"))
    assert "with { ... on Media { __typename id } }" in text
