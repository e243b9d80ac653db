import pytest

QUERY = "type Query { t: T } "


def requiring(field: str) -> str:
    return f'type T @key(fields: "id") {{ id: ID! {field} y: Int @requires(fields: "x") }}'


def owning(field: str) -> str:
    return f'{QUERY} type T @key(fields: "id") {{ id: ID! {field} }}'


def test_a_field_that_is_external_everywhere_is_resolved_by_nobody(codes) -> None:
    assert codes(a=QUERY + requiring("x: Int @external")) == {"EXTERNAL_MISSING_ON_BASE"}


@pytest.mark.parametrize(("declared", "resolved"), [("Int", "Int!"), ("Int!", "Int"), ("String", "Int")])
def test_an_external_field_says_what_its_owner_says(codes, declared, resolved) -> None:
    assert codes(a=requiring(f"x: {declared} @external"), b=owning(f"x: {resolved}")) == {
        "EXTERNAL_TYPE_MISMATCH"
    }


def test_an_external_field_may_say_what_one_of_two_owners_says(codes) -> None:
    assert (
        codes(
            a=requiring("x: Int! @external"),
            b=owning("x: Int! @shareable"),
            c='type T @key(fields: "id") { id: ID! x: Int @shareable }',
        )
        == set()
    )


@pytest.mark.parametrize(
    ("declared", "resolved", "code"),
    [
        ("x: Int @external", "x(a: Int): Int", "EXTERNAL_ARGUMENT_MISSING"),
        ("x(a: Int!): Int @external", "x(a: Int): Int", "EXTERNAL_ARGUMENT_TYPE_MISMATCH"),
        ("x(a: Int = 1): Int @external", "x(a: Int = 2): Int", "EXTERNAL_ARGUMENT_DEFAULT_MISMATCH"),
    ],
)
def test_so_do_its_arguments(codes, declared, resolved, code) -> None:
    asking = f'type T @key(fields: "id") {{ id: ID! {declared} y: Int @requires(fields: "x(a: 1)") }}'
    if code == "EXTERNAL_ARGUMENT_MISSING":
        asking = asking.replace("x(a: 1)", "x")
    assert code in codes(a=asking, b=owning(resolved))


def test_a_directive_on_an_external_field_would_be_lost(codes) -> None:
    assert codes(a=requiring('x: Int @external @tag(name: "t")'), b=owning("x: Int")) == {
        "MERGED_DIRECTIVE_APPLICATION_ON_EXTERNAL"
    }
