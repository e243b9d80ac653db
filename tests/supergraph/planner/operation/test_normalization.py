import pytest

from supergraph.planner import (
    FieldSelection,
    FragmentSelection,
    NormalizedOperation,
    OperationKind,
    PlanningCode,
    PlanningProblem,
)

SDL = """
type Query { me: User node: Node search(text: String, limit: Int): [Hit] }
interface Node { id: ID! }
type User implements Node { id: ID! name(short: Boolean): String friend: User }
type Bot implements Node { id: ID! owner: User }
union Hit = User | Bot
"""


@pytest.fixture(scope="module")
def zoo(house):
    return house(zoo=SDL)


def shape(selections) -> list:
    found = []
    for each in selections:
        inner = shape(each.selections)
        held = [f"{'' if condition.when else '!'}{condition.variable}" for condition in each.conditions]
        head = each.response_key if isinstance(each, FieldSelection) else f"... {each.type_condition}"
        found.append((head, *held, inner) if inner or held else head)
    return found


def test_fragments_are_written_in_place_and_fields_merge_into_the_first(zoo):
    operation = zoo.normalized(
        "{ me { id ...F friend { id } } } fragment F on User { name friend { name ... on Node { id } } id }"
    )
    assert shape(operation.selections) == [("me", ["id", "name", ("friend", ["name", "id"])])]


def test_constant_conditions_are_resolved_and_variable_ones_pushed_to_the_fields(zoo):
    operation = zoo.normalized(
        """query ($a: Boolean!, $b: Boolean!, $unused: Int = 3) {
          me { id @include(if: false) name @skip(if: false) ... @include(if: $a) { friend @skip(if: $b) { id } } }
          search(limit: $unused) { __typename }
        }"""
    )
    assert shape(operation.selections) == [
        ("me", ["name", ("friend", "a", "!b", ["id"])]),
        ("search", ["__typename"]),
    ]
    assert [each.name for each in operation.variables] == ["a", "b", "unused"]
    assert operation.variables[2].default == "3"


def test_what_can_never_be_included_is_left_out_with_its_variables(zoo):
    operation = zoo.normalized(
        "query ($a: Boolean!, $n: Int) { me { id } search(limit: $n) @include(if: $a) @skip(if: $a) { __typename } }"
    )
    assert shape(operation.selections) == [("me", ["id"])]
    assert operation.variables == ()


def test_the_order_of_the_response_is_the_clients(zoo):
    operation = zoo.normalized("{ node { ... on User { name } id ... on User { friend { id } name } } }")
    assert shape(operation.selections) == [
        ("node", [("... User", ["name"]), "id", ("... User", [("friend", ["id"]), "name"])])
    ]


def test_a_fragment_that_no_object_can_match_is_left_out(zoo):
    operation = zoo.normalized(
        "{ node { ... on Bot { ... on Node { ... on Bot { id } } } } search { ... on Bot { id } } }"
    )
    assert shape(operation.selections) == [("node", [("... Bot", ["id"])]), ("search", [("... Bot", ["id"])])]


def test_equal_arguments_in_another_order_are_one_field(zoo):
    operation = zoo.normalized(
        '{ search(text: "a", limit: 1) { __typename } search(limit: 1, text: "a") { __typename } }'
    )
    [search] = operation.selections
    assert isinstance(search, FieldSelection)
    assert [(each.name, each.value) for each in search.arguments] == [("limit", "1"), ("text", '"a"')]


def test_variables_are_found_anywhere_within_an_argument(house):
    box = house(box="input In { a: [In] b: Int } type Query { f(in: In): Int }")
    operation = box.normalized("query ($x: Int, $y: Int) { f(in: { a: [{ b: $x }, { b: $y }] }) }")
    [field] = operation.selections
    assert isinstance(field, FieldSelection)
    assert field.arguments[0].value == "{a: [{b: $x}, {b: $y}]}"
    assert field.arguments[0].variables == ("x", "y")


def test_fragments_that_repeat_one_another_cost_no_more_than_their_text(zoo):
    chain = " ".join(f"fragment F{n} on User {{ ...F{n + 1} ...F{n + 1} id }}" for n in range(60))
    operation = zoo.normalized(f"{{ me {{ ...F0 }} }} {chain} fragment F60 on User {{ name }}")
    assert shape(operation.selections) == [("me", ["name", "id"])]


def test_fragments_that_multiply_end_in_a_problem(zoo):
    chain = " ".join(
        f"fragment F{n} on User {{ a: friend {{ ...F{n + 1} }} b: friend {{ ...F{n + 1} }} }}"
        for n in range(30)
    )
    problem = zoo.normalize(f"{{ me {{ ...F0 }} }} {chain} fragment F30 on User {{ name }}")
    assert isinstance(problem, PlanningProblem)
    assert problem.code is PlanningCode.OPERATION_TOO_LARGE


def test_the_operation_is_found_by_its_name(zoo):
    text = "query A { me { id } } query B { node { id } }"
    found = zoo.normalize(text, "B")
    assert isinstance(found, NormalizedOperation)
    assert (found.name, found.kind, shape(found.selections)) == ("B", OperationKind.QUERY, [("node", ["id"])])
    for name in (None, "C"):
        problem = zoo.normalize(text, name)
        assert isinstance(problem, PlanningProblem)
        assert problem.code is PlanningCode.UNKNOWN_OPERATION


def test_an_interface_of_the_same_objects_keeps_its_own_fields_apart(house):
    two = house(
        two="type Query { a: A } interface A { x: Int } interface B { y: Int } type T implements A & B { x: Int y: Int }"
    )
    operation = two.normalized("{ a { ... on B { y } } }")
    [a] = operation.selections
    [fragment] = a.selections
    assert isinstance(fragment, FragmentSelection)
    assert fragment.type_condition == "B"


def test_what_is_asked_whenever_it_is_asked_before_takes_a_selection_in(zoo):
    operation = zoo.normalized(
        """query ($a: Boolean!, $b: Boolean!) {
          me { id } me @include(if: $a) { name friend @skip(if: $b) { id } }
          node { id id @skip(if: $a) }
        }"""
    )
    assert shape(operation.selections) == [
        ("me", ["id", ("name", "a", []), ("friend", "a", "!b", ["id"])]),
        ("node", ["id"]),
    ]


def test_what_is_asked_more_often_later_takes_in_what_was_asked_before(zoo):
    operation = zoo.normalized(
        """query ($a: Boolean!) {
          ...Both @include(if: $a) ...Both
        }
        fragment Both on Query { me { id friend { id } } node { id } }"""
    )
    assert shape(operation.selections) == [("me", ["id", ("friend", ["id"])]), ("node", ["id"])]


def test_what_stands_between_keeps_selections_apart(zoo):
    """Merged, they would stand before it or after it, and so would their key in the answer."""
    operation = zoo.normalized(
        "query ($a: Boolean!) { me @include(if: $a) { id } node { id } me { name friend { id } } me @include(if: $a) { id } }"
    )
    assert shape(operation.selections) == [
        ("me", "a", ["id"]),
        ("node", ["id"]),
        ("me", ["name", ("friend", ["id"]), ("id", "a", [])]),
    ]


def test_a_field_that_came_to_be_asked_more_often_stands_between_as_such(zoo):
    operation = zoo.normalized(
        "query ($a: Boolean!) { me @include(if: $a) { id } node @include(if: $a) { id } node { id } me { id } }"
    )
    assert shape(operation.selections) == [("me", "a", ["id"]), ("node", ["id"]), ("me", ["id"])]


def test_what_is_asked_at_other_times_stays_apart(zoo):
    operation = zoo.normalized(
        "query ($a: Boolean!, $b: Boolean!) { me @include(if: $a) { id } me @include(if: $b) { name } me @skip(if: $a) { name } }"
    )
    assert shape(operation.selections) == [
        ("me", "a", ["id"]),
        ("me", "b", ["name"]),
        ("me", "!a", ["name"]),
    ]


def test_a_condition_that_holds_for_an_object_is_not_said_again_within(zoo):
    operation = zoo.normalized(
        """query ($a: Boolean!, $b: Boolean!) {
          me @include(if: $a) { id @include(if: $a) name @skip(if: $a) friend @include(if: $b) { id @include(if: $a) } }
        }"""
    )
    assert shape(operation.selections) == [("me", "a", ["id", ("friend", "b", ["id"])])]
