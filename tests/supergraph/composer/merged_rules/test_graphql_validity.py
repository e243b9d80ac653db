import pytest


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x: Int", "x: String"),
        ("x(a: Int): Int", "x(a: String): Int"),
        ("x(a: Int): Int", "x: Int"),
        ("x: Int", "x(a: Int!): Int"),
    ],
)
def test_the_whole_conforms_to_its_interfaces(codes, one, other) -> None:
    """Each subgraph does by itself: one has the interface, the other a field of the same name."""
    assert codes(
        a=f"""
            type Query {{ i: I }}
            interface I @key(fields: "id") {{ id: ID! }}
            type T implements I @key(fields: "id") {{ id: ID! {other} @shareable }}
        """,
        b=f'type I @key(fields: "id") @interfaceObject {{ id: ID! {one} @shareable }}',
    ) == {"INVALID_GRAPHQL"}


def test_an_input_type_that_requires_itself_cannot_be_written(codes) -> None:
    assert codes(
        a="type Query { x(a: A): Int @shareable } input A { b: B } input B { a: A! }",
        b="type Query { x(a: A): Int @shareable } input A { b: B! } input B { a: A }",
    ) == {"INVALID_GRAPHQL"}
