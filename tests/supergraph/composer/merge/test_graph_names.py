from supergraph.composer.merge.graph_names import name_graphs
from supergraph.spec import SubgraphName


def test_names_become_enum_values_that_never_meet() -> None:
    names = ["1-a.b", "Foo", "foo", "foo-1", "foo_1", "plain"]
    assert name_graphs(map(SubgraphName, names)) == {
        "1-a.b": "_1_A_B",
        "Foo": "FOO_1",
        "foo": "FOO_2",
        "foo-1": "FOO_1__1",
        "foo_1": "FOO_1__2",
        "plain": "PLAIN",
    }
