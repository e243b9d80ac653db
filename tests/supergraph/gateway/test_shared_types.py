"""What supergraphs have in common is kept once."""

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.shared_types import SharedTypes
from supergraph.spec import read_supergraph

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])\n'
FOUNDATION = """
type Query { me: User size(of: Kind, by: Wish): Wide }
type User @key(fields: "id") { id: ID! name: String thing: Thing wide: Wide }
interface Thing { id: ID! }
type One implements Thing { id: ID! one: Kind }
union Any = One | Two
type Two { two: Any }
enum Kind { A B }
input Wish { kind: Kind = A }
scalar Wide
"""
MODULE = 'type Query { {0}: Int } type User @key(fields: "id") { id: ID! {0}s: Int }'


def supergraph(*modules):
    sources = [SubgraphSource("foundation", "", LINK + FOUNDATION)]
    sources += [SubgraphSource(each, "", LINK + MODULE.replace("{0}", each)) for each in modules]
    composition = compose(sources)
    assert composition.ok, composition.diagnostics
    return read_supergraph(composition.supergraph_sdl)


def test_a_shared_supergraph_is_the_one_that_was_given():
    shared = SharedTypes()
    for modules in ((), ("loyalty",), ("tasks",), ("loyalty", "tasks")):
        given = supergraph(*modules)
        assert shared.share(given) == given


def test_equal_types_are_one_and_of_others_the_fields_that_are_equal():
    shared = SharedTypes()
    first, second = shared.share(supergraph("loyalty")).types, shared.share(supergraph("tasks")).types
    for name in ("One", "Two", "Any", "Kind", "Wish", "Wide", "Thing"):
        assert first[name] is second[name], name
    assert first["User"] != second["User"]
    assert first["User"].fields["name"] is second["User"].fields["name"]
    assert set(second["User"].fields) == {"id", "name", "thing", "wide", "taskss"}


def test_of_too_many_nothing_is_held(monkeypatch):
    monkeypatch.setattr("supergraph.gateway.shared_types._MOST", 3)
    shared = SharedTypes()
    first, second = shared.share(supergraph()), shared.share(supergraph())
    assert first == second
    assert first.types["User"] is not second.types["User"]
