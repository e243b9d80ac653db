"""Nothing that looks like protection is lost: it is enforced, or refused."""

import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.spec import Code

FEDERATION = "https://specs.apollo.dev/federation"
DEFINITION = "directive @%s on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM\n"


def link(version: str, rest: str = "") -> str:
    return f'extend schema @link(url: "{FEDERATION}/{version}"{rest})\n'


def query(directive: str) -> str:
    return f"type Query {{ salary: Int @{directive} }}"


RENAMED = link("v2.9", ', import: [{name: "@authenticated", as: "@login"}]')


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (RENAMED, "login"),
        (RENAMED + DEFINITION % "login", "login"),
        (link("v2.9"), "federation__authenticated"),
        (link("v2.9") + DEFINITION % "federation__authenticated", "federation__authenticated"),
        (link("v2.9", ', as: "fed"'), "fed__authenticated"),
        (link("v2.5", ', import: ["@authenticated"]'), "authenticated"),
    ],
)
def test_a_linked_rule_reaches_the_supergraph_by_any_name(head: str, name: str):
    composition = compose([SubgraphSource("hr", "", head + query(name))])
    assert composition.supergraph is not None
    supergraph = composition.supergraph
    called = supergraph.directive_name("https://specs.apollo.dev/authenticated", "authenticated")
    salary = supergraph.composite("Query").fields["salary"]
    assert [each.name for each in salary.directives] == [called]


@pytest.mark.parametrize(
    ("head", "name", "code"),
    [
        (link("v2.9"), "authenticated", Code.INVALID_GRAPHQL),
        (link("v2.9") + DEFINITION % "authenticated", "authenticated", Code.UNBOUND_AUTH_DIRECTIVE),
        (DEFINITION % "authenticated", "authenticated", Code.UNBOUND_AUTH_DIRECTIVE),
        (link("v2.3", ', import: ["@authenticated"]'), "authenticated", Code.INVALID_LINK_DIRECTIVE_USAGE),
        (
            DEFINITION % "federation__authenticated",
            "federation__authenticated",
            Code.UNBOUND_AUTH_DIRECTIVE,
        ),
        (
            link("v2.9")
            + 'extend schema @link(url: "https://house.example/x/v1.0", import: ["@authenticated"])\n'
            + DEFINITION % "authenticated",
            "authenticated",
            Code.UNBOUND_AUTH_DIRECTIVE,
        ),
    ],
)
def test_an_unlinked_rule_is_refused(head: str, name: str, code: Code):
    assert {error.code for error in compose([SubgraphSource("hr", "", head + query(name))]).errors} == {code}


SCOPES = link("v2.9", ', import: ["@requiresScopes", "@policy"]')


@pytest.mark.parametrize(
    "rule",
    [
        "requiresScopes(scopes: [])",
        "requiresScopes(scopes: [[]])",
        'requiresScopes(scopes: [["a"], []])',
        "requiresScopes(scopes: null)",
        "policy(policies: [])",
        "policy(policies: [[]])",
    ],
)
def test_a_rule_that_asks_for_nothing_is_refused(rule: str):
    errors = compose([SubgraphSource("hr", "", SCOPES + query(rule))]).errors
    assert [error.code for error in errors] == [Code.EMPTY_AUTH_REQUIREMENT]


@pytest.mark.parametrize("scopes", ["[[1]]", "[[read]]", '[[""]]', "[[null]]"])
def test_a_scope_is_a_string_that_says_something(scopes: str):
    errors = compose([SubgraphSource("hr", "", SCOPES + query(f"requiresScopes(scopes: {scopes})"))]).errors
    assert [error.code for error in errors] == [Code.INVALID_GRAPHQL]


@pytest.mark.parametrize("scopes", ['"a"', '["a"]', '[["a"]]'])
def test_a_single_scope_is_a_list_of_one_list(scopes: str):
    composition = compose([SubgraphSource("hr", "", SCOPES + query(f"requiresScopes(scopes: {scopes})"))])
    assert composition.supergraph_sdl is not None
    assert '@requiresScopes(scopes: [["a"]])' in composition.supergraph_sdl
