READS = "type Query { read: E @shareable } "
WRITES = "type Query { ok(e: E): Int @shareable } "
BOTH = "type Query { both(e: E): E @shareable } "


def test_an_enum_that_is_only_read_has_all_values(api, hints) -> None:
    subgraphs = {"a": READS + "enum E { A B }", "b": READS + "enum E { A C }"}
    assert "enum E {\n  A\n  B\n  C\n}" in api(**subgraphs)
    assert hints(**subgraphs) == {"INCONSISTENT_ENUM_VALUE_FOR_OUTPUT_ENUM"}


def test_an_enum_that_is_only_written_has_the_common_values(api, hints) -> None:
    subgraphs = {"a": WRITES + "enum E { A B }", "b": WRITES + "enum E { A C }"}
    assert "enum E {\n  A\n}" in api(**subgraphs)
    assert hints(**subgraphs) == {"INCONSISTENT_ENUM_VALUE_FOR_INPUT_ENUM"}


def test_an_enum_that_is_both_has_the_same_values_everywhere(codes) -> None:
    assert codes(a=BOTH + "enum E { A B }", b=BOTH + "enum E { A }") == {"ENUM_VALUE_MISMATCH"}


def test_a_value_that_nobody_sees_may_be_missing(api) -> None:
    assert "enum E {\n  A\n}" in api(a=BOTH + "enum E { A B @inaccessible }", b=BOTH + "enum E { A }")


def test_an_enum_without_common_values_cannot_be_written(codes) -> None:
    assert codes(a=WRITES + "enum E { A }", b=WRITES + "enum E { B }") == {"EMPTY_MERGED_ENUM_TYPE"}


def test_an_enum_that_nobody_uses_is_hinted_at(hints) -> None:
    assert hints(a="type Query { ok: Int } enum E { A }") == {"UNUSED_ENUM_TYPE"}


def test_a_field_whose_type_is_disputed_reads_the_enum_all_the_same(codes) -> None:
    """Both problems are told at once, not the second only when the first is mended."""
    assert codes(
        a='type Query { t: T }\nenum E { A B }\ntype T @key(fields: "id") { id: ID! f(e: E): E @shareable }',
        b='enum E { A }\ntype T @key(fields: "id") { id: ID! f(e: E): Int @shareable }',
    ) == {"FIELD_TYPE_MISMATCH", "ENUM_VALUE_MISMATCH"}
    assert codes(
        a='type Query { t: T e: E }\nenum E { A B }\ntype T @key(fields: "id") { id: ID! f(e: E): Int @shareable }',
        b='enum E { A }\ntype T @key(fields: "id") { id: ID! f(e: Int): Int @shareable }',
    ) == {"FIELD_ARGUMENT_TYPE_MISMATCH", "ENUM_VALUE_MISMATCH"}
