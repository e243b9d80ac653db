"""Rules read from supergraph documents that other composers may have made, where interfaces bear rules of their own."""

import re

import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.access_rules import InvalidAccessRuleError, read_access_rules
from supergraph.spec import FieldName, TypeName, read_supergraph

LINK = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@requiresScopes", "@authenticated"])
"""
SDL = (
    LINK
    + """
type Query { node: Node other: Int @authenticated }
interface Node { id: ID! n: Int }
type A implements Node @requiresScopes(scopes: [["a"]]) { id: ID! n: Int @requiresScopes(scopes: [["x"]]) }
type B implements Node { id: ID! n: Int @requiresScopes(scopes: [["y"], ["z"]]) }
"""
)


def rules(change=lambda sdl: sdl):
    sdl = compose([SubgraphSource("s", "", SDL)]).supergraph_sdl
    assert sdl is not None
    return read_access_rules(read_supergraph(change(sdl)))


def allows(requirement, *scopes):
    held = frozenset(scopes)
    return all(
        rule.shortfall(authenticated=True, scopes=held, granted=frozenset()) is None for rule in requirement
    )


def with_rule_on_node(rule):
    return lambda sdl: re.sub(r"interface Node[^{]*{", f"interface Node {rule} @join__type(graph: S) {{", sdl)


def test_a_field_of_an_interface_asks_for_what_each_type_asks():
    requirement = rules().fields[TypeName("Node"), FieldName("n")]
    assert allows(requirement, "x", "y")
    assert allows(requirement, "x", "z")
    assert not allows(requirement, "x")
    assert not allows(requirement, "y", "z")


def test_an_interface_asks_for_what_each_type_asks_and_its_fragments_for_nothing():
    found = rules()
    assert allows(found.types[TypeName("Node")], "a")
    assert not allows(found.types[TypeName("Node")])
    assert TypeName("Node") not in found.own


def test_an_interfaces_own_rule_holds_behind_fragments_too_where_it_asks_for_more():
    found = rules(with_rule_on_node('@requiresScopes(scopes: [["own"]])'))
    assert not allows(found.own[TypeName("Node")], "a")
    assert allows(found.own[TypeName("Node")], "own")
    assert not allows(found.types[TypeName("Node")], "own")
    assert allows(found.types[TypeName("Node")], "own", "a")


def test_an_interfaces_own_rule_that_its_types_ask_for_anyway_adds_nothing():
    found = rules(with_rule_on_node('@requiresScopes(scopes: [["a"], ["b"]])'))
    assert TypeName("Node") not in found.own


@pytest.mark.parametrize("scopes", ['"a"', '["a"]', "[[1]]", "[[null]]"])
def test_a_rule_of_the_wrong_shape_is_refused(scopes):
    with pytest.raises(InvalidAccessRuleError, match="list of lists"):
        rules(lambda sdl: sdl.replace('scopes: [["x"]]', f"scopes: {scopes}"))
