def test_a_shared_field_that_may_differ_in_type_is_hinted_at(hints) -> None:
    assert "INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN" in hints(
        a="type Query { u: U @shareable } union U = A | B type A @shareable { x: Int } type B { x: Int }",
        b="type Query { u: U @shareable } union U = A type A @shareable { x: Int }",
    )


def test_a_shared_field_that_must_differ_in_type_is_refused(codes) -> None:
    assert "SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES" in codes(
        a="type Query { u: U @shareable } union U = A type A { x: Int }",
        b="type Query { u: U @shareable } union U = B type B { x: Int }",
    )


def test_a_subgraph_that_leaves_nothing_open_decides(hints) -> None:
    assert hints(
        a="type Query { u: A @shareable } type A @shareable { x: Int }",
        b="type Query { u: U @shareable } union U = A | B type A @shareable { x: Int } type B @shareable { x: Int }",
    ) == {"INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE"}
