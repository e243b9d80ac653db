def test_a_supergraph_can_be_asked_something(codes) -> None:
    assert codes(a='type T @key(fields: "id") { id: ID! }') == {"NO_QUERIES"}


def test_renamed_roots_are_one_root(api) -> None:
    printed = api(
        a="schema { query: RootA } type RootA { a: Int }",
        b="type Query { b: Int }",
    )
    assert "type Query {\n  a: Int\n  b: Int\n}" in printed
