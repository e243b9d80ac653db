"""Weights and list sizes as documents give them."""

import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.cost_rules import CostRules, InvalidCostRuleError, ListSize, read_cost_rules
from supergraph.spec import read_supergraph

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"{}])'
)
IMPORTED = LINK.format(', "@cost", "@listSize"')


def rules(*sdls):
    composition = compose([SubgraphSource(f"s{n}", "", sdl) for n, sdl in enumerate(sdls)])
    assert composition.ok, composition.diagnostics
    return read_cost_rules(read_supergraph(composition.supergraph_sdl))


def test_a_supergraph_that_says_nothing_of_costs_has_no_rules():
    assert rules(LINK.format("") + "type Query { a: Int }") == CostRules()


def test_weights_stand_on_types_fields_arguments_and_input_fields():
    found = rules(
        IMPORTED
        + """
        type Query { a(x: In, y: Int @cost(weight: 4)): T @cost(weight: 3) e: E s: S }
        type T @cost(weight: 5) { b: Int @cost(weight: 6) }
        input In { f: Int @cost(weight: 7) }
        enum E @cost(weight: 8) { A }
        scalar S @cost(weight: 9)
        """
    )
    assert found.types == {"T": 5, "E": 8, "S": 9}
    assert found.fields == {("Query", "a"): 3, ("T", "b"): 6}
    assert found.arguments == {("Query", "a", "y"): 4}
    assert found.input_fields == {("In", "f"): 7}


@pytest.mark.parametrize(
    "sdl",
    [
        LINK.format(', {name: "@cost", as: "@price"}')
        + "type Query { a: Int @price(weight: 3) b: [Int] @federation__listSize(assumedSize: 7) }",
        LINK.format("")
        + "type Query { a: Int @federation__cost(weight: 3) b: [Int] @federation__listSize(assumedSize: 7) }",
    ],
)
def test_directives_are_known_by_their_link_and_not_by_their_names(sdl):
    found = rules(sdl)
    assert found.fields == {("Query", "a"): 3}
    assert found.list_sizes == {("Query", "b"): ListSize(assumed=7)}


def test_of_several_subgraphs_the_dearest_weight_counts():
    shared = "type Query {{ a: Int @shareable @cost(weight: {}) b{}: Int }}"
    assert rules(IMPORTED + shared.format(2, 1), IMPORTED + shared.format(9, 2)).fields == {("Query", "a"): 9}


def test_list_sizes_are_read_whole():
    found = rules(
        IMPORTED
        + """
        type Query {
          users(first: Int, last: Int): Users
            @listSize(slicingArguments: ["first", "last"], sizedFields: ["nodes"], requireOneSlicingArgument: false)
        }
        type Users { nodes: [Int] }
        """
    )
    assert found.list_sizes == {
        ("Query", "users"): ListSize(None, ("first", "last"), frozenset({"nodes"}), requires_one=False)
    }


def test_a_field_of_an_interface_costs_what_the_dearest_of_its_types_costs():
    found = rules(
        IMPORTED
        + """
        type Query { i: I }
        interface I { f(x: Int): Int g: [Int] }
        type A implements I { f(x: Int @cost(weight: 2)): Int @cost(weight: 5) g: [Int] @listSize(assumedSize: 3) }
        type B implements I { f(x: Int @cost(weight: 6)): Int @cost(weight: 4) g: [Int] @listSize(assumedSize: 8) }
        """
    )
    assert found.fields["I", "f"] == 5
    assert found.arguments["I", "f", "x"] == 6
    assert found.list_sizes["I", "g"] == ListSize(8)


def supergraph(place):
    return read_supergraph(
        """
        schema
          @link(url: "https://specs.apollo.dev/link/v1.0")
          @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
          @link(url: "https://specs.apollo.dev/cost/v0.1", import: ["@cost", "@listSize"])
        { query: Query }
        directive @link(url: String, as: String, for: link__Purpose, import: [link__Import]) repeatable on SCHEMA
        directive @join__graph(name: String!, url: String!) on ENUM_VALUE
        directive @join__type(graph: join__Graph!) repeatable on OBJECT | INTERFACE
        directive @cost(weight: String!) on FIELD_DEFINITION
        directive @listSize(assumedSize: Int, slicingArguments: [String!]) on FIELD_DEFINITION
        enum join__Graph { A @join__graph(name: "a", url: "") }
        enum link__Purpose { EXECUTION SECURITY }
        scalar link__Import
        type Query @join__type(graph: A) { a: [Int] PLACE }
        """.replace("PLACE", place)
    )


def test_a_weight_may_be_written_as_ibm_writes_it_and_is_never_below_zero():
    assert read_cost_rules(supergraph('@cost(weight: "2.0")')).fields == {("Query", "a"): 2}
    assert read_cost_rules(supergraph("@cost(weight: -3)")).fields == {("Query", "a"): 0}


@pytest.mark.parametrize(
    "place",
    [
        '@cost(weight: "much")',
        "@cost(weight: true)",
        '@listSize(assumedSize: "ten")',
        "@listSize(slicingArguments: [1])",
    ],
)
def test_a_rule_that_cannot_be_read_is_not_dropped(place):
    with pytest.raises(InvalidCostRuleError, match=r"Query\.a: @"):
        read_cost_rules(supergraph(place))
