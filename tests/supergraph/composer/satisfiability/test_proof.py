"""Every field of the API can be reached, or a shortest path shows which cannot, and why."""

from supergraph.composer import Composition, SubgraphSource, compose
from supergraph.spec import Code

IMPORTS = '"@key", "@requires", "@provides", "@external", "@shareable", "@interfaceObject", "@override"'
LINK = f'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{IMPORTS}])\n'


def composed(**documents: str) -> Composition:
    return compose([SubgraphSource(name, "", LINK + sdl) for name, sdl in documents.items()])


def failing(composition: Composition) -> list[str]:
    assert {error.code for error in composition.errors} <= {Code.SATISFIABILITY_ERROR}
    return [error.at for error in composition.errors]


def test_keys_chain():
    assert composed(
        a='type Query { u: U }\ntype U @key(fields: "id") { id: ID! }',
        b='type U @key(fields: "id") @key(fields: "mail") { id: ID! mail: String! }',
        c='type U @key(fields: "mail") { mail: String! name: String }',
    ).ok


def test_a_key_may_be_gathered_from_several_subgraphs():
    composition = composed(
        a='type Query { u: U }\ntype U @key(fields: "id") { id: ID! street: String }',
        b='type U @key(fields: "id") { id: ID! town: String }',
        c='type U @key(fields: "street town") { street: String @external town: String @external post: Int }',
    )
    assert composition.ok


def test_a_key_that_is_not_resolvable_opens_nothing():
    composition = composed(
        a='type Query { u: U }\ntype U @key(fields: "id") { id: ID! }',
        b='type U @key(fields: "id", resolvable: false) { id: ID! name: String }',
    )
    assert failing(composition) == ["U.name"]


def test_the_counter_example_is_a_shortest_path():
    composition = composed(
        a='type Query { deep: A u: U }\ntype A { b: B }\ntype B { u: U }\ntype U @key(fields: "id") { id: ID! }',
        b="type U { id: ID! @shareable name: String }",
    )
    (error,) = composition.errors
    assert error.message.startswith("U.name: the query { u { name } } cannot be answered")
    assert error.mend == 'Add @key(fields: "id") to U in subgraph "b".'


def test_what_a_path_provides_counts_on_that_path_only():
    composition = composed(
        a='type Query { with: U @provides(fields: "name") without: U }\n'
        'type U @key(fields: "id", resolvable: false) { id: ID! name: String @external }',
        b='type Query { other: U }\ntype U @key(fields: "mail") { mail: ID! @shareable name: String @shareable }',
    )
    assert "U.name" in failing(composition)
    assert any("{ without { name } }" in error.message for error in composition.errors)
    assert not any("{ with { name } }" in error.message for error in composition.errors)


def test_requirements_that_need_each_other_are_never_met():
    composition = composed(
        a='type Query { u: U }\ntype U @key(fields: "id") { id: ID! }',
        b='type U @key(fields: "id") { id: ID! x: Int @requires(fields: "y") y: Int @external }',
        c='type U @key(fields: "id") { id: ID! y: Int @requires(fields: "x") x: Int @external }',
    )
    assert sorted(failing(composition)) == ["U.x", "U.y"]


def test_an_interface_object_is_named_by_whoever_knows_the_interface():
    documents = {
        "a": 'type Query { all: [M] }\ninterface M @key(fields: "id") { id: ID! }\n'
        'type B implements M @key(fields: "id") { id: ID! }',
        "b": 'type Query { best: M }\ntype M @interfaceObject @key(fields: "id") { id: ID! stars: Int }',
    }
    assert composed(**documents).ok
    hidden = documents["a"].replace('@key(fields: "id")', '@key(fields: "id", resolvable: false)')
    assert failing(composed(a=hidden, b=documents["b"])) == ["M"]


def test_both_sides_of_a_moving_field_are_proved():
    base = 'type Query { u: U }\ntype U @key(fields: "id") { id: ID! bio: String }'
    moved = 'type U @key(fields: "mail") { mail: ID! bio: String @override(from: "a", label: "percent(5)") }'
    composition = composed(a=base, b=moved)
    assert "U.bio" in failing(composition)


def test_a_key_is_not_fetched_through_what_it_is_to_open():
    composition = composed(
        d='type Query { t: T }\ntype T @key(fields: "bs { id }") { bs: [B!]! }\ntype B @key(fields: "id") { id: ID! }',
        c='type T @key(fields: "bs { id title }") { bs: [B!]! fav: Int }\n'
        'type B @key(fields: "id") { id: ID! title: String }',
    )
    assert "T.fav" in failing(composition)


def test_requirements_may_zigzag_between_subgraphs():
    """Each field needs the one before, which another subgraph has: nobody is finished before the others."""
    count, ways = 120, 40
    fields: list[list[str]] = [["id: ID!"] for _ in range(ways)]
    fields[0].append("f0: Int")
    for each in range(1, count):
        fields[each % ways] += [
            f'f{each}: Int @requires(fields: "f{each - 1}")',
            f"f{each - 1}: Int @external",
        ]
    documents = {
        f"s{number}": 'type T @key(fields: "id") { ' + " ".join(own) + " }"
        for number, own in enumerate(fields)
    }
    documents["s0"] += "\ntype Query { t: T }"
    assert composed(**documents).ok


def test_a_proof_says_the_same_every_time():
    documents = {
        f"s{number}": f'type Query {{ u{number}: U }}\ntype U @key(fields: "k{number}") {{ k{number}: ID! n{number}: Int }}'
        for number in range(4)
    }
    assert {composed(**documents).diagnostics for _ in range(5)} == {composed(**documents).diagnostics}
