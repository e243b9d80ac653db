"""Rules on elements, before and after. The supergraphs are as composition prints them."""

from collections.abc import Callable

import pytest

from schema.checks import ChangeKind
from schema.checks.access_changes import find_access_changes
from supergraph.spec import Coordinate, read_supergraph

TIGHTENED, LOOSENED = ChangeKind.ACCESS_TIGHTENED, ChangeKind.ACCESS_LOOSENED

QUERY = "type Query @join__type(graph: A) { t: T u: String }"
VISIBLE = [Coordinate(each) for each in ("Query", "Query.t", "Query.u", "T", "T.a", "T.b")]


Document = Callable[..., str]
Changes = Callable[..., list[tuple[str, ChangeKind]]]


@pytest.fixture
def changes(supergraph_document: Document) -> Changes:
    def changes(
        old: str, new: str, visible: list[Coordinate] = VISIBLE, **new_links: str
    ) -> list[tuple[str, ChangeKind]]:
        before = read_supergraph(supergraph_document(old))
        after = read_supergraph(supergraph_document(new, **new_links))
        return sorted(
            (change.coordinate, change.kind) for change in find_access_changes(before, after, visible)
        )

    return changes


def field(rules: str) -> str:
    return f"{QUERY} type T @join__type(graph: A) {{ a: Int {rules} b: Int }}"


def both(on_type: str, a: str = "", b: str = "") -> str:
    return f"{QUERY} type T @join__type(graph: A) {on_type} {{ a: Int {a} b: Int {b} }}"


@pytest.mark.parametrize(
    ("old", "new", "kind"),
    [
        ("", "@authenticated", TIGHTENED),
        ("", '@requiresScopes(scopes: [["r"]])', TIGHTENED),
        ("", '@policy(policies: [["p"]])', TIGHTENED),
        ("@authenticated", '@requiresScopes(scopes: [["r"]])', TIGHTENED),
        ('@requiresScopes(scopes: [["r"]])', '@requiresScopes(scopes: [["r", "s"]])', TIGHTENED),
        ('@requiresScopes(scopes: [["r"], ["s"]])', '@requiresScopes(scopes: [["r"]])', TIGHTENED),
        ('@requiresScopes(scopes: [["r"]])', '@requiresScopes(scopes: [["s"]])', TIGHTENED),
        ('@requiresScopes(scopes: [["r"]])', '@policy(policies: [["r"]])', TIGHTENED),
        ("@authenticated", "", LOOSENED),
        ('@requiresScopes(scopes: [["r"]])', "@authenticated", LOOSENED),
        ('@requiresScopes(scopes: [["r", "s"]])', '@requiresScopes(scopes: [["r"]])', LOOSENED),
        ('@requiresScopes(scopes: [["r"]])', '@requiresScopes(scopes: [["r"], ["s"]])', LOOSENED),
    ],
)
def test_who_passed_and_who_passes_decides(changes: Changes, old: str, new: str, kind: ChangeKind) -> None:
    assert changes(field(old), field(new)) == [("T.a", kind)]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('@requiresScopes(scopes: [["r", "s"]])', '@requiresScopes(scopes: [["s", "r"]])'),
        ('@requiresScopes(scopes: [["r"], ["s"]])', '@requiresScopes(scopes: [["s"], ["r"]])'),
        ('@requiresScopes(scopes: [["r"]])', '@requiresScopes(scopes: "r")'),
        # Nobody holds a permission without being signed in.
        ('@requiresScopes(scopes: [["r"]])', '@authenticated @requiresScopes(scopes: [["r"]])'),
    ],
)
def test_the_same_rule_in_other_words_is_no_change(changes: Changes, old: str, new: str) -> None:
    assert changes(field(old), field(new)) == []


def test_a_rule_on_a_type_is_told_once_and_not_for_each_field(changes: Changes) -> None:
    assert changes(both(""), both("@authenticated")) == [("T", TIGHTENED)]
    assert changes(both("@authenticated"), both("")) == [("T", LOOSENED)]


def test_a_rule_that_moves_between_a_type_and_its_fields_is_no_change(changes: Changes) -> None:
    on_type, on_fields = both("@authenticated"), both("", "@authenticated", "@authenticated")
    assert changes(on_type, on_fields) == []
    assert changes(on_fields, on_type) == []


def test_a_rule_that_moves_from_one_field_to_the_type_meets_the_other_field(changes: Changes) -> None:
    assert changes(both("", "@authenticated"), both("@authenticated")) == [("T", TIGHTENED)]


@pytest.mark.parametrize(
    "link",
    [
        'url: "https://specs.apollo.dev/authenticated/v0.1", as: "login"',
        'url: "https://specs.apollo.dev/authenticated/v0.1", import: [{name: "@authenticated", as: "@login"}]',
    ],
)
def test_rules_are_known_by_their_link_whatever_they_are_called(changes: Changes, link: str) -> None:
    assert changes(field(""), field("@login"), authenticated=link) == [("T.a", TIGHTENED)]
    assert changes(field("@authenticated"), field("@login"), authenticated=link) == []


def test_what_no_client_sees_is_not_told(changes: Changes) -> None:
    assert changes(field(""), field("@authenticated"), [Coordinate("T")]) == []


def test_new_elements_are_not_told_here(changes: Changes) -> None:
    new = f"{QUERY} type T @join__type(graph: A) {{ a: Int b: Int c: Int @authenticated }}"
    assert changes(field(""), new, [*VISIBLE, Coordinate("T.c")]) == []


def test_an_enum_with_a_rule_is_told(changes: Changes) -> None:
    old = f"{QUERY} type T @join__type(graph: A) {{ a: E }} enum E @join__type(graph: A) {{ X @join__enumValue(graph: A) }}"
    new = old.replace("enum E @join__type(graph: A)", "enum E @join__type(graph: A) @authenticated")
    assert changes(old, new, [Coordinate("E")]) == [("E", TIGHTENED)]


def test_the_sentence_says_what_is_asked_for_now_and_what_was_before(supergraph_document: Document) -> None:
    old = read_supergraph(supergraph_document(field("@authenticated")))
    new = read_supergraph(supergraph_document(field('@requiresScopes(scopes: [["b", "a"], ["c"]])')))
    (change,) = find_access_changes(old, new, VISIBLE)
    assert change.sentence == "T.a now asks for the permission a and b, or c; before, for being signed in."
