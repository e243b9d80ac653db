import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.composer import SubgraphSource, compose
from supergraph.spec import print_supergraph, read_supergraph

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@tag"])\n'
DOCUMENTS = {
    "users": 'type Query { me: User } "a" type User @key(fields: "id") { id: ID! name: String @shareable }',
    "reviews": 'type Query { all: [Review] } "b" type User @key(fields: "id") { id: ID! reviews(first: Int = 3): [Review] } type Review { stars: Int! by: User kind: Kind } enum Kind { GOOD BAD }',
    "Names": 'type User @key(fields: "id") { id: ID! name: String! @shareable @tag(name: "n") } enum Kind { GOOD } type Query { kind: Kind }',
    "pets": 'union Pet = Cat | Dog type Cat { name: String } type Dog { name: String } type User @key(fields: "id") { id: ID! pets(named: Names): [Pet] } input Names { any: [String!] }',
}


@settings(max_examples=15, deadline=None)
@given(st.permutations(sorted(DOCUMENTS)))
def test_the_order_of_the_subgraphs_does_not_matter(order: list[str]) -> None:
    composition = compose([SubgraphSource(name, "", LINK + DOCUMENTS[name]) for name in order])
    first = compose([SubgraphSource(name, "", LINK + DOCUMENTS[name]) for name in sorted(DOCUMENTS)])
    assert composition.ok
    assert composition.supergraph_sdl == first.supergraph_sdl
    assert composition.diagnostics == first.diagnostics


@pytest.mark.parametrize("left_out", [*DOCUMENTS, None])
def test_a_merged_supergraph_is_read_back_as_it_was(left_out: str | None) -> None:
    sources = [
        SubgraphSource(name, "http://x", LINK + sdl) for name, sdl in DOCUMENTS.items() if name != left_out
    ]
    supergraph = compose(sources).supergraph
    if supergraph is not None:
        assert read_supergraph(print_supergraph(supergraph)) == supergraph
