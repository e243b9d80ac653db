IMPLEMENTED = """
    type Query { i: I }
    interface I @key(fields: "id") { id: ID! }
    type T implements I @key(fields: "id") { id: ID! }
"""


def test_an_interface_object_adds_its_fields_to_interface_and_implementations(api) -> None:
    printed = api(a=IMPLEMENTED, b='type I @key(fields: "id") @interfaceObject { id: ID! extra: Int }')
    assert "interface I {\n  extra: Int\n  id: ID!\n}" in printed
    assert "type T implements I {\n  extra: Int\n  id: ID!\n}" in printed


def test_an_interface_object_needs_an_interface(codes) -> None:
    assert "INTERFACE_OBJECT_USAGE_ERROR" in codes(
        a='type Query { i: I } type I @key(fields: "id") @interfaceObject { id: ID! }'
    )


def test_an_interface_object_stands_beside_no_implementation(codes) -> None:
    assert codes(
        a=IMPLEMENTED,
        b='type I @key(fields: "id") @interfaceObject { id: ID! } type T @key(fields: "id") { id: ID! }',
    ) == {"INTERFACE_OBJECT_USAGE_ERROR"}


def test_a_keyed_interface_knows_all_its_implementations(codes) -> None:
    assert codes(
        a=IMPLEMENTED,
        b='interface I @key(fields: "id") { id: ID! } type U implements I @key(fields: "id") { id: ID! }',
    ) == {"INTERFACE_KEY_MISSING_IMPLEMENTATION_TYPE"}


def test_an_interface_without_key_that_differs_is_hinted_at(hints) -> None:
    assert hints(
        a="type Query { a: I } interface I { a: Int } type A implements I { a: Int b: Int }",
        b="type Query { b: I } interface I { a: Int b: Int } type B implements I { a: Int b: Int }",
    ) == {"INCONSISTENT_INTERFACE_VALUE_TYPE_FIELD"}
