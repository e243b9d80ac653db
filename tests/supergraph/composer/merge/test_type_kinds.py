def test_one_name_is_one_kind_of_type(codes) -> None:
    assert codes(a="type Query { t: T } type T { a: Int }", b="scalar T type Query { u: T }") == {
        "TYPE_KIND_MISMATCH"
    }
