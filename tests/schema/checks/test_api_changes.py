"""One small pair of schemas for each kind of change: the kind and the coordinate must be the right ones."""

import pytest
from graphql import build_schema
from graphql.utilities.find_schema_changes import BreakingChangeType, DangerousChangeType, SafeChangeType

from schema.checks import ChangeKind
from schema.checks.api_changes import find_api_changes

BASE = "type Query { a: String }\n"

CASES = [
    ("TYPE_REMOVED", "Gone", "type Gone { a: Int }", ""),
    ("TYPE_REMOVED", "Field", "type Field { a: Int }", ""),
    ("TYPE_CHANGED_KIND", "Kind", "type Kind { a: Int }", "union Kind = Query"),
    (
        "TYPE_REMOVED_FROM_UNION",
        "U",
        "union U = Query | B type B { a: Int }",
        "union U = Query type B { a: Int }",
    ),
    ("VALUE_REMOVED_FROM_ENUM", "E.B", "enum E { A B }", "enum E { A }"),
    ("REQUIRED_INPUT_FIELD_ADDED", "I.b", "input I { a: Int }", "input I { a: Int b: Int! }"),
    (
        "IMPLEMENTED_INTERFACE_REMOVED",
        "T",
        "interface I { a: Int } type T implements I { a: Int }",
        "interface I { a: Int } type T { a: Int }",
    ),
    ("FIELD_REMOVED", "T.b", "type T { a: Int b: Int }", "type T { a: Int }"),
    ("FIELD_REMOVED", "I.b", "input I { a: Int b: Int }", "input I { a: Int }"),
    ("FIELD_CHANGED_KIND", "T.a", "type T { a: Int }", "type T { a: String }"),
    ("FIELD_CHANGED_KIND", "T.a", "type T { a: Int! }", "type T { a: Int }"),
    ("FIELD_CHANGED_KIND", "I.a", "input I { a: Int }", "input I { a: Int! }"),
    ("REQUIRED_ARG_ADDED", "T.a(b:)", "type T { a: Int }", "type T { a(b: Int!): Int }"),
    ("ARG_REMOVED", "T.a(b:)", "type T { a(b: Int): Int }", "type T { a: Int }"),
    ("ARG_CHANGED_KIND", "T.a(b:)", "type T { a(b: Int): Int }", "type T { a(b: String): Int }"),
    ("ARG_CHANGED_KIND", "@d(b:)", "directive @d(b: Int) on FIELD", "directive @d(b: String) on FIELD"),
    ("DIRECTIVE_REMOVED", "@d", "directive @d on FIELD", ""),
    ("DIRECTIVE_ARG_REMOVED", "@d(b:)", "directive @d(b: Int) on FIELD", "directive @d on FIELD"),
    ("REQUIRED_DIRECTIVE_ARG_ADDED", "@d(b:)", "directive @d on FIELD", "directive @d(b: Int!) on FIELD"),
    ("DIRECTIVE_REPEATABLE_REMOVED", "@d", "directive @d repeatable on FIELD", "directive @d on FIELD"),
    ("DIRECTIVE_LOCATION_REMOVED", "@d", "directive @d on FIELD | QUERY", "directive @d on FIELD"),
    (
        "VALUE_ADDED_TO_ENUM",
        "E.B",
        "enum E { A } type T { a: [E!]! }",
        "enum E { A B } type T { a: [E!]! }",
    ),
    (
        "VALUE_ADDED_TO_INPUT_ENUM",
        "E.B",
        "enum E { A } type T { a(e: E): Int }",
        "enum E { A B } type T { a(e: E): Int }",
    ),
    (
        "TYPE_ADDED_TO_UNION",
        "U",
        "union U = Query type B { a: Int }",
        "union U = Query | B type B { a: Int }",
    ),
    ("OPTIONAL_INPUT_FIELD_ADDED", "I.b", "input I { a: Int }", "input I { a: Int b: Int }"),
    ("OPTIONAL_ARG_ADDED", "T.a(b:)", "type T { a: Int }", "type T { a(b: Int): Int }"),
    (
        "IMPLEMENTED_INTERFACE_ADDED",
        "T",
        "interface I { a: Int } type T { a: Int }",
        "interface I { a: Int } type T implements I { a: Int }",
    ),
    ("ARG_DEFAULT_VALUE_CHANGE", "T.a(b:)", "type T { a(b: Int = 1): Int }", "type T { a(b: Int = 2): Int }"),
    ("ARG_DEFAULT_VALUE_CHANGE", "T.a(b:)", "type T { a(b: Int = 1): Int }", "type T { a(b: Int): Int }"),
    ("INPUT_FIELD_DEFAULT_VALUE_CHANGE", "I.a", "input I { a: Int = 1 }", "input I { a: Int = 2 }"),
    ("TYPE_ADDED", "New", "", "type New { a: Boolean }"),
    ("DIRECTIVE_ADDED", "@d", "", "directive @d on FIELD"),
    ("FIELD_ADDED", "T.b", "type T { a: Int }", "type T { a: Int b: Int }"),
    ("DIRECTIVE_REPEATABLE_ADDED", "@d", "directive @d on FIELD", "directive @d repeatable on FIELD"),
    ("DIRECTIVE_LOCATION_ADDED", "@d", "directive @d on FIELD", "directive @d on FIELD | QUERY"),
    ("OPTIONAL_DIRECTIVE_ARG_ADDED", "@d(b:)", "directive @d on FIELD", "directive @d(b: Int) on FIELD"),
    ("FIELD_CHANGED_KIND_SAFE", "T.a", "type T { a: Int }", "type T { a: Int! }"),
    ("FIELD_CHANGED_KIND_SAFE", "I.a", "input I { a: Int! }", "input I { a: Int }"),
    ("ARG_CHANGED_KIND_SAFE", "T.a(b:)", "type T { a(b: Int!): Int }", "type T { a(b: Int): Int }"),
    ("ARG_DEFAULT_VALUE_ADDED", "T.a(b:)", "type T { a(b: Int): Int }", "type T { a(b: Int = 1): Int }"),
    ("INPUT_FIELD_DEFAULT_VALUE_ADDED", "I.a", "input I { a: Int }", "input I { a: Int = 1 }"),
    ("DESCRIPTION_CHANGED", "T", "type T { a: Int }", '"was removed." type T { a: Int }'),
    ("DESCRIPTION_CHANGED", "T.a", "type T { a: Int }", 'type T { "x" a: Int }'),
    ("DESCRIPTION_CHANGED", "I.a", "input I { a: Int }", 'input I { "x" a: Int }'),
    ("DESCRIPTION_CHANGED", "T.a(b:)", "type T { a(b: Int): Int }", 'type T { a("x" b: Int): Int }'),
    ("DESCRIPTION_CHANGED", "E.A", "enum E { A }", 'enum E { "x" A }'),
    ("DESCRIPTION_CHANGED", "@d", "directive @d on FIELD", '"x" directive @d on FIELD'),
    ("ROOT_TYPE_CHANGED", "M", "type M { a: Int } schema { query: Query mutation: M }", "type M { a: Int }"),
    ("ONE_OF_ADDED", "I", "input I { a: Int b: Int }", "input I @oneOf { a: Int b: Int }"),
    ("ONE_OF_REMOVED", "I", "input I @oneOf { a: Int b: Int }", "input I { a: Int b: Int }"),
    ("SCALAR_SPECIFICATION_CHANGED", "S", "scalar S", 'scalar S @specifiedBy(url: "https://example.com/s")'),
    ("DEPRECATION_ADDED", "T.a", "type T { a: Int }", 'type T { a: Int @deprecated(reason: "b") }'),
    ("DEPRECATION_ADDED", "T.a(b:)", "type T { a(b: Int): Int }", "type T { a(b: Int @deprecated): Int }"),
    ("DEPRECATION_ADDED", "I.a", "input I { a: Int }", "input I { a: Int @deprecated }"),
    ("DEPRECATION_REMOVED", "E.A", "enum E { A @deprecated }", "enum E { A }"),
]


@pytest.mark.parametrize(("kind", "coordinate", "old", "new"), CASES)
def test_a_change_is_told_with_its_kind_and_its_coordinate(
    kind: str, coordinate: str, old: str, new: str
) -> None:
    changes = list(find_api_changes(build_schema(BASE + old), build_schema(BASE + new)))
    assert [(change.kind, change.coordinate) for change in changes] == [(kind, coordinate)]
    assert changes[0].sentence


def test_every_kind_that_the_change_finder_knows_is_known_here() -> None:
    theirs = {
        kind.name for kinds in (BreakingChangeType, DangerousChangeType, SafeChangeType) for kind in kinds
    }
    assert theirs <= set(ChangeKind)


def test_every_kind_of_api_change_has_a_case() -> None:
    others = {kind for kind in ChangeKind if kind.startswith(("ACCESS_", "PERMISSION_"))}
    assert {case[0] for case in CASES} == set(ChangeKind) - others


def test_an_equal_schema_has_no_changes() -> None:
    schema = (
        BASE + "enum E { A } input I { a: E = A } interface N { id: ID! } type T implements N { id: ID! }"
    )
    assert list(find_api_changes(build_schema(schema), build_schema(schema))) == []


def test_a_built_in_scalar_that_comes_or_goes_is_not_told_for_itself() -> None:
    with_float = build_schema(BASE + "type T { a: Int b: Float }")
    without = build_schema(BASE + "type T { a: Int }")
    assert {change.coordinate for change in find_api_changes(with_float, without)} == {"T.b"}
    assert {change.coordinate for change in find_api_changes(without, with_float)} == {"T.b"}
