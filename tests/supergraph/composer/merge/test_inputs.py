QUERY = "type Query { x(i: In): Int @shareable } "


def test_an_input_type_has_the_fields_that_all_know(api, hints) -> None:
    subgraphs = {"a": QUERY + "input In { a: Int b: Int }", "b": QUERY + "input In { a: Int c: Int }"}
    assert "input In {\n  a: Int\n}" in api(**subgraphs)
    assert hints(**subgraphs) == {"INCONSISTENT_INPUT_OBJECT_FIELD"}


def test_a_required_input_field_must_be_known_everywhere(codes) -> None:
    assert codes(a=QUERY + "input In { a: Int b: Int! }", b=QUERY + "input In { a: Int }") == {
        "REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH"
    }


def test_input_types_need_a_field_in_common(codes) -> None:
    assert codes(a=QUERY + "input In { a: Int }", b=QUERY + "input In { b: Int }") == {
        "EMPTY_MERGED_INPUT_TYPE"
    }


def test_an_inaccessible_input_field_may_be_missing(composed) -> None:
    composition = composed(
        a=QUERY + "input In { a: Int b: Int @inaccessible }", b=QUERY + "input In { a: Int }"
    )
    assert composition.ok
    assert "b: Int @join__field(graph: A) @inaccessible" in (composition.supergraph_sdl or "")


def test_defaults_of_input_fields_must_agree(codes) -> None:
    assert codes(a=QUERY + "input In { a: Int = 1 }", b=QUERY + "input In { a: Int = 2 }") == {
        "INPUT_FIELD_DEFAULT_MISMATCH"
    }


def test_types_of_input_fields_must_fit(codes) -> None:
    assert codes(a=QUERY + "input In { a: Int }", b=QUERY + "input In { a: String }") == {
        "FIELD_TYPE_MISMATCH"
    }
