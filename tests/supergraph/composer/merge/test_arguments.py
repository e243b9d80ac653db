def test_an_argument_that_some_subgraph_does_not_know_is_left_out(api, hints) -> None:
    subgraphs = {
        "a": "type Query { x(first: Int, after: ID): Int @shareable }",
        "b": "type Query { x(first: Int): Int @shareable }",
    }
    assert "x(first: Int): Int" in api(**subgraphs)
    assert hints(**subgraphs) == {"INCONSISTENT_ARGUMENT_PRESENCE"}


def test_a_required_argument_must_be_known_everywhere(codes) -> None:
    assert codes(a="type Query { x(first: Int!): Int @shareable }", b="type Query { x: Int @shareable }") == {
        "REQUIRED_ARGUMENT_MISSING_IN_SOME_SUBGRAPH"
    }


def test_a_required_argument_with_a_default_may_be_left_out(hints) -> None:
    assert hints(
        a="type Query { x(first: Int! = 5): Int @shareable }", b="type Query { x: Int @shareable }"
    ) == {"INCONSISTENT_ARGUMENT_PRESENCE"}


def test_defaults_must_agree(codes) -> None:
    assert codes(
        a="type Query { x(a: Int = 1): Int @shareable }", b="type Query { x(a: Int = 2): Int @shareable }"
    ) == {"FIELD_ARGUMENT_DEFAULT_MISMATCH"}


def test_a_default_that_only_some_subgraphs_give_is_dropped(api, hints) -> None:
    subgraphs = {
        "a": "type Query { x(a: Int = 1): Int @shareable }",
        "b": "type Query { x(a: Int): Int @shareable }",
    }
    assert "x(a: Int): Int" in api(**subgraphs)
    assert hints(**subgraphs) == {"INCONSISTENT_DEFAULT_VALUE_PRESENCE"}


def test_the_default_of_an_enum_may_be_written_as_a_string(api) -> None:
    assert "x(a: [E] = [RED]): Int" in api(a='type Query { x(a: [E] = ["RED"]): Int } enum E { RED }')


def test_an_argument_from_a_context_is_not_for_clients(api, composed) -> None:
    subgraphs = {
        "a": """
            type Query { shop: Shop }
            type Shop @key(fields: "id") @context(name: "shop") { id: ID! unit: String! price: Price! }
            type Price @key(fields: "id") { id: ID! amount(unit: String @fromContext(field: "$shop { unit }")): Int }
        """
    }
    assert "amount: Int" in api(**subgraphs)
    assert 'contextArguments: [{context: "a__shop", name: "unit", type: "String"' in (
        composed(**subgraphs).supergraph_sdl or ""
    )


def test_an_argument_from_a_context_must_not_be_required_of_clients_elsewhere(codes) -> None:
    assert "CONTEXTUAL_ARGUMENT_NOT_CONTEXTUAL_IN_ALL_SUBGRAPHS" in codes(
        a="""
            type Query { shop: Shop }
            type Shop @key(fields: "id") @context(name: "shop") { id: ID! unit: String! price: Price! }
            type Price @key(fields: "id") {
              id: ID! amount(unit: String @fromContext(field: "$shop { unit }")): Int @shareable
            }
        """,
        b='type Price @key(fields: "id") { id: ID! amount(unit: String!): Int @shareable }',
    )
