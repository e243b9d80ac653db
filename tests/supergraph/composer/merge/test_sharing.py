def test_a_field_of_two_subgraphs_must_be_meant_to_be_shared(codes) -> None:
    assert codes(a="type Query { x: Int @shareable }", b="type Query { x: Int }") == {"INVALID_FIELD_SHARING"}


def test_key_fields_are_shared_without_saying_so(codes) -> None:
    entity = 'type T @key(fields: "id sub { id }") { id: ID! sub: Sub! } type Sub { id: ID! }'
    assert codes(a=f"type Query {{ t: T }} {entity}", b=entity) == set()


def test_an_external_field_is_not_shared(codes) -> None:
    assert (
        codes(
            a='type Query { t: T } type T @key(fields: "id") { id: ID! size: Int }',
            b='type T @key(fields: "id") { id: ID! size: Int @external cost: Int @requires(fields: "size") }',
        )
        == set()
    )


def test_an_external_field_that_is_provided_is_shared(codes) -> None:
    provider = """
        type Query { a: T @provides(fields: "size") }
        type T @key(fields: "id") { id: ID! size: Int @external }
    """
    assert codes(a=provider, b='type T @key(fields: "id") { id: ID! size: Int }') == {"INVALID_FIELD_SHARING"}
    assert codes(a=provider, b='type T @key(fields: "id") { id: ID! size: Int @shareable }') == set()


def test_a_field_that_is_overridden_is_not_shared(codes) -> None:
    assert codes(a='type Query { x: Int @override(from: "b") }', b="type Query { x: Int y: Int }") == set()


def test_both_sides_of_a_progressive_override_need_not_share(codes) -> None:
    entity = 'type T @key(fields: "id") {{ id: ID! x: Int {} }}'
    assert (
        codes(
            a=entity.format('@override(from: "b", label: "percent(5)")'),
            b="type Query { t: T } " + entity.format(""),
        )
        == set()
    )


def test_a_third_subgraph_beside_an_override_shares(codes) -> None:
    assert codes(
        a='type Query { x: Int @override(from: "b") }',
        b="type Query { x: Int y: Int }",
        c="type Query { x: Int @shareable }",
    ) == {"INVALID_FIELD_SHARING"}


def test_a_field_reached_through_an_interface_object_is_shared(codes) -> None:
    owner = """
        type Query { i: I }
        interface I @key(fields: "id") { id: ID! }
        type T implements I @key(fields: "id") { id: ID! x: Int @shareable }
    """
    assert codes(a=owner, b='type I @key(fields: "id") @interfaceObject { id: ID! x: Int }') == {
        "INVALID_FIELD_SHARING"
    }
    assert (
        codes(a=owner, b='type I @key(fields: "id") @interfaceObject { id: ID! x: Int @shareable }') == set()
    )
