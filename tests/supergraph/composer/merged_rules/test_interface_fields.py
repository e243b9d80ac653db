def test_a_type_has_the_fields_that_other_subgraphs_give_its_interface(codes) -> None:
    assert codes(
        a="type Query { i: I } interface I { x: Int } type T implements I { x: Int }",
        b="type Query { j: I } interface I { y: Int } type U implements I { x: Int y: Int }",
    ) == {"INTERFACE_FIELD_NO_IMPLEM"}


def test_a_field_from_any_subgraph_will_do(codes) -> None:
    assert (
        codes(
            a='type Query { i: I } interface I { x: Int } type T implements I @key(fields: "id") { id: ID! x: Int }',
            b='type Query { j: I } interface I { y: Int } type T implements I @key(fields: "id") { id: ID! y: Int }',
        )
        == set()
    )
