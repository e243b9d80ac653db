import pytest

ENTITY = 'type T @key(fields: "id") {{ id: ID! x: {} @shareable }} interface I {{ a: Int }} type A implements I @shareable {{ a: Int }}'
QUERY = " type Query { t: T }"


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [("Int", "Int!", "Int"), ("[Int!]!", "[Int]", "[Int]"), ("A", "I", "I"), ("[A!]", "[I]", "[I]")],
)
def test_what_is_read_gets_the_most_general_type(api, one, other, merged) -> None:
    assert f"x: {merged}\n" in api(a=ENTITY.format(one) + QUERY, b=ENTITY.format(other))
    assert f"x: {merged}\n" in api(a=ENTITY.format(other) + QUERY, b=ENTITY.format(one))


@pytest.mark.parametrize(("one", "other"), [("Int", "String"), ("[Int]", "Int"), ("A", "T")])
def test_types_without_a_common_one_do_not_merge(codes, one, other) -> None:
    assert codes(a=ENTITY.format(one) + QUERY, b=ENTITY.format(other)) == {"FIELD_TYPE_MISMATCH"}


def test_what_is_written_gets_the_most_special_type(api) -> None:
    printed = api(
        a="type Query { x(i: In): Int @shareable } input In { a: Int }",
        b="type Query { x(i: In!): Int @shareable } input In { a: Int! }",
    )
    assert "x(i: In!): Int" in printed
    assert "a: Int!" in printed


def test_a_list_of_required_and_a_required_list_are_no_subtypes_of_each_other_as_input(codes) -> None:
    assert codes(
        a="type Query { x(i: [Int!]): Int @shareable }", b="type Query { x(i: [Int]!): Int @shareable }"
    ) == {"FIELD_ARGUMENT_TYPE_MISMATCH"}


def test_compatible_differences_are_hinted_at(hints) -> None:
    assert hints(
        a="type Query { x(i: Int): Int @shareable }", b="type Query { x(i: Int!): Int! @shareable }"
    ) == {
        "INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE",
        "INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE",
    }
