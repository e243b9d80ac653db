"""Progressive overrides: whatever the labels say, every field can be reached, or the message says under which it cannot."""

from supergraph.composer import Composition, SubgraphSource, compose
from supergraph.spec import Code

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", '
    'import: ["@key", "@override", "@requires", "@external", "@shareable"])\n'
)


def composed(**documents: str) -> Composition:
    return compose([SubgraphSource(name, "", LINK + sdl) for name, sdl in documents.items()])


def messages(composition: Composition) -> dict[str, str]:
    assert {error.code for error in composition.errors} <= {Code.SATISFIABILITY_ERROR}
    return {error.at: error.message for error in composition.errors}


ROOT = 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! }'


def test_a_key_cannot_rely_on_a_field_that_is_moving():
    """As with other composers: a field under a label can be asked for, but nothing else may hang on it."""
    found = messages(
        composed(
            a=ROOT,
            b='type T @key(fields: "id name") { id: ID! name: String! @override(from: "c", label: "x") size: Int }',
            c='type T @key(fields: "id") { id: ID! name: String! }',
        )
    )
    assert found.keys() == {"T.name", "T.size"}
    assert '"name" of it only comes under a label of @override, on which no key may rely' in found["T.size"]
    assert 'subgraph "c" gives it only while the label "x" is not active' in found["T.name"]


def test_a_requirement_cannot_rely_on_a_field_that_is_moving():
    found = messages(
        composed(
            a=ROOT,
            b='type T @key(fields: "id") { id: ID! weight: Int @override(from: "c", label: "x") }',
            c='type T @key(fields: "id") { id: ID! weight: Int }',
            d='type T @key(fields: "id") { id: ID! weight: Int @external price: Int @requires(fields: "weight") }',
        )
    )
    assert found.keys() == {"T.price"}


def test_one_label_is_set_one_way_along_a_whole_path():
    """Where `box` comes from `new`, its `size` does too: they move under one label."""
    assert composed(
        old="type Query { box: Box }\ntype Box { size: Int }",
        new='type Query { box: Box @override(from: "old", label: "x") }\n'
        'type Box { size: Int @override(from: "old", label: "x") }',
    ).ok


def test_two_labels_along_a_path_are_set_in_every_way():
    found = messages(
        composed(
            old="type Query { box: Box }\ntype Box { size: Int }",
            new='type Query { box: Box @override(from: "old", label: "x") }\n'
            'type Box { size: Int @override(from: "old", label: "y") }',
        )
    )
    assert found.keys() == {"Box.size"}
    assert 'while the label "x" is' in found["Box.size"]


def test_what_fails_under_every_label_is_told_without_them():
    found = messages(
        composed(
            a=ROOT,
            b='type T @key(fields: "id name") { id: ID! name: String! size: Int @override(from: "c", label: "x") }',
            c='type T @key(fields: "id") { id: ID! size: Int }',
        )
    )
    assert "while the label" not in found["T.name"]
    assert 'while the label "x" is active' in found["T.size"]


def test_many_labels_that_do_not_matter_to_each_other_cost_nothing():
    fields = [f"f{number}" for number in range(60)]
    moved = " ".join(f'{name}: Int @override(from: "a", label: "l{name}")' for name in fields)
    composition = composed(
        a='type Query { t: T }\ntype T @key(fields: "id") { id: ID! '
        + " ".join(f"{name}: Int" for name in fields)
        + " }",
        b='type T @key(fields: "id") { id: ID! ' + moved + " }",
    )
    assert composition.ok


def test_more_labels_than_can_be_tried_are_an_error_and_not_a_silence():
    """Each block of the path is sound under one setting of its label, and they are too many to try all together."""
    number = 9
    old = "".join(
        f'type A{each} {{ b: B{each} }}\ntype B{each} @key(fields: "id") {{ id: ID! a: A{each + 1} }}\n'
        for each in range(number)
    )
    new = "".join(
        f'type A{each} {{ b: B{each} @override(from: "old", label: "l{each}") }}\n'
        f'type B{each} @key(fields: "id") {{ id: ID! a: A{each + 1} @override(from: "old", label: "l{each + 1}") }}\n'
        for each in range(number)
    )
    end = f"type A{number} {{ last: Int @shareable }}"
    composition = composed(
        old=f"type Query {{ a: A0 }}\n{old}{end}",
        new=f'type Query {{ a: A0 @override(from: "old", label: "l0") }}\n{new}{end}',
    )
    assert [error.code for error in composition.errors] == [Code.MAX_VALIDATION_SUBGRAPH_PATHS_EXCEEDED]
    assert len(composition.errors[0].locations) == 2 * number + 1
