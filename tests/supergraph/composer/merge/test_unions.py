def test_a_union_has_the_members_of_all(api, hints) -> None:
    subgraphs = {
        "a": "type Query { a: U } union U = A type A { a: Int }",
        "b": "type Query { b: U } union U = B type B { b: Int }",
    }
    assert "union U = A | B" in api(**subgraphs)
    assert hints(**subgraphs) == {"INCONSISTENT_UNION_MEMBER"}
