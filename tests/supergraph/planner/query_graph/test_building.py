from supergraph.planner import NodeKind, OverrideCondition, render_query_graph


def test_a_field_that_is_external_is_taken_only_where_it_is_provided(house):
    films = house(
        a='type Query { best: Film @provides(fields: "title") } type Film @key(fields: "id") { id: ID! title: String @external }',
        b='type Film @key(fields: "id") { id: ID! title: String @shareable }',
    )
    film = films.graph.node("Film", "A")
    assert films.graph.field(film, "title").external
    query = films.graph.node("Query", "A")
    assert films.graph.field(query, "best").provides.text == "title"
    assert films.graph.target(films.graph.field(query, "best")) is film
    assert films.graph.target(films.graph.field(film, "id")) is None


def test_a_key_that_is_not_resolvable_is_no_door(house):
    shop = house(
        a='type Query { item: Item } type Item @key(fields: "id", resolvable: false) { id: ID! }',
        b='type Item @key(fields: "id") @key(fields: "sku") { id: ID! sku: ID! }',
    )
    assert [(edge.target.graph, edge.key.text) for edge in shop.graph.keys("Item")] == [
        ("B", "id"),
        ("B", "sku"),
    ]


def test_an_object_may_be_asked_of_the_subgraph_that_has_its_interface_as_an_object(house):
    media = house(
        a='type Query { book: Book } interface Media @key(fields: "id") { id: ID! } type Book implements Media @key(fields: "id") { id: ID! }',
        b='type Media @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
    )
    [own, through] = media.graph.keys("Book")
    assert (own.target.type, own.representation) == ("Book", None)
    assert (through.target.type, through.representation) == ("Media", "Media")
    assert through.target.kind is NodeKind.INTERFACE_OBJECT
    assert media.graph.possible(through.target) == {"Book"}


def test_an_abstract_node_leads_to_the_objects_that_its_own_subgraph_knows(house):
    hits = house(
        a="type Query { hit: Hit } union Hit = X | Y type X { a: Int } type Y { a: Int @shareable }",
        b="union Hit = Y | Z type Y { a: Int @shareable } type Z { b: Int } type Query { other: Hit }",
    )
    assert [edge.target.type for edge in hits.graph.downcasts(hits.graph.node("Hit", "A"))] == ["X", "Y"]
    assert [edge.target.type for edge in hits.graph.downcasts(hits.graph.node("Hit", "B"))] == ["Y", "Z"]


def test_a_label_stands_on_both_sides_of_an_override(house):
    shop = house(
        a='type Query { me: User } type User @key(fields: "id") { id: ID! name: String }',
        b='type User @key(fields: "id") { id: ID! name: String @override(from: "a", label: "percent(1)") }',
    )
    sides = {graph: shop.graph.field(shop.graph.node("User", graph), "name").override for graph in ("A", "B")}
    assert sides == {"A": OverrideCondition("percent(1)", False), "B": OverrideCondition("percent(1)", True)}


def test_the_graph_can_be_looked_at(house):
    shop = house(a='type Query { me: User } type User @key(fields: "id") { id: ID! }')
    text = render_query_graph(shop.graph)
    assert '"Query(A)" -> "User(A)" [label="me"];' in text
    assert '"User(A)" -> "User(A)" [label="key id", style=dashed];' in text
