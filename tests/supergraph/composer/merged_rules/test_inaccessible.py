import pytest

QUERY = "type Query {{ ok: Int {} }} "


@pytest.mark.parametrize(
    ("document", "code"),
    [
        ("type Query @inaccessible { ok: Int }", "QUERY_ROOT_TYPE_INACCESSIBLE"),
        ("type Query { ok: Int @inaccessible }", "ONLY_INACCESSIBLE_CHILDREN"),
        (QUERY.format("t: T") + "type T { x: Int @inaccessible }", "ONLY_INACCESSIBLE_CHILDREN"),
        (QUERY.format("e: E") + "enum E { A @inaccessible }", "ONLY_INACCESSIBLE_CHILDREN"),
        (QUERY.format("u: U") + "union U = T type T @inaccessible { x: Int }", "ONLY_INACCESSIBLE_CHILDREN"),
        (QUERY.format("x(i: In): Int") + "input In { a: Int @inaccessible }", "ONLY_INACCESSIBLE_CHILDREN"),
        (QUERY.format("t: T") + "type T @inaccessible { x: Int }", "REFERENCED_INACCESSIBLE"),
        (QUERY.format("x(i: In): Int") + "input In @inaccessible { a: Int }", "REFERENCED_INACCESSIBLE"),
        (
            QUERY.format("i: I")
            + "interface I { x: Int } type T implements I { x: Int @inaccessible y: Int }",
            "IMPLEMENTED_BY_INACCESSIBLE",
        ),
        (
            QUERY.format("i: I")
            + "interface I { x(a: Int): Int } type T implements I { x(a: Int @inaccessible): Int }",
            "IMPLEMENTED_BY_INACCESSIBLE",
        ),
        (QUERY.format("x(a: Int! @inaccessible): Int"), "REQUIRED_INACCESSIBLE"),
        (
            QUERY.format("x(i: In): Int") + "input In { a: Int! @inaccessible b: Int }",
            "REQUIRED_INACCESSIBLE",
        ),
        (
            QUERY.format("x(e: E = A): Int") + "enum E { A @inaccessible B }",
            "DEFAULT_VALUE_USES_INACCESSIBLE",
        ),
        (
            QUERY.format("x(i: [In] = [{a: 1}]): Int") + "input In { a: Int @inaccessible b: Int }",
            "DEFAULT_VALUE_USES_INACCESSIBLE",
        ),
    ],
)
def test_hiding_must_leave_a_schema_that_makes_sense(codes, document, code) -> None:
    assert codes(a=document) == {code}


@pytest.mark.parametrize(
    "document",
    [
        QUERY.format("x(a: Int! = 1 @inaccessible): Int"),
        QUERY.format("t: T @inaccessible") + "type T @inaccessible { x: Int }",
        QUERY.format("")
        + "interface I @inaccessible { x: Int } type T implements I { x: Int @inaccessible y: Int }",
        QUERY.format("x(e: E = A @inaccessible): Int") + "enum E { A @inaccessible B }",
        QUERY.format("t: T") + "type T { x: Int } type Gone @inaccessible { t: Gone x: Int @inaccessible }",
    ],
)
def test_what_is_hidden_may_use_what_is_hidden(codes, document) -> None:
    assert codes(a=document) == set()


def test_what_one_subgraph_hides_is_hidden_from_all(codes) -> None:
    assert codes(
        a="type Query { t: T } type T @shareable { x: Int }",
        b="type Query { u: T } type T @shareable @inaccessible { x: Int }",
    ) == {"REFERENCED_INACCESSIBLE"}


@pytest.mark.parametrize(
    ("argument", "enum", "code"),
    [
        ("on: Mode", "enum Mode @inaccessible { A }", "REFERENCED_INACCESSIBLE"),
        ("on: Mode = A", "enum Mode { A @inaccessible B }", "DEFAULT_VALUE_USES_INACCESSIBLE"),
    ],
)
def test_arguments_of_directives_use_what_is_visible(codes, argument, enum, code) -> None:
    assert codes(a=f"directive @live({argument}) on FIELD type Query {{ ok: Int }} {enum}") == {code}
