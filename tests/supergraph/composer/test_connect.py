"""@connect and @source: passed on to gateways that run connectors, and held against their definitions."""

import pytest

from supergraph.composer import Composition, SubgraphSource, compose
from supergraph.spec import Code


def composed(link: str, rest: str) -> Composition:
    head = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ["@key"]) '
    return compose([SubgraphSource("rest", "", f"{head}{link}\n{rest}")])


IMPORTED = '@link(url: "https://specs.apollo.dev/connect/v0.1", import: ["@connect", "@source"])'
SOURCE = '@source(name: "api", http: { baseURL: "https://api.example" })'
QUERY = 'type Query { name: String @connect(source: "api", http: { GET: "/name" }, selection: "$") }'


def test_connectors_reach_the_supergraph_without_the_document_defining_them():
    composition = composed(f"{IMPORTED} {SOURCE}", QUERY)
    assert composition.errors == ()
    printed = composition.supergraph_sdl or ""
    assert '@join__directive(graphs: [REST], name: "source", args: {name: "api"' in printed
    assert '@join__directive(graphs: [REST], name: "connect", args: {source: "api"' in printed
    assert '@link(url: "https://specs.apollo.dev/connect/v0.3", for: EXECUTION)' in printed
    assert "JSONSelection" not in (composition.api_schema_sdl or "")


def test_names_are_those_of_the_document():
    link = '@link(url: "https://specs.apollo.dev/connect/v0.4", as: "rest", import: [{name: "@connect", as: "@get"}])'
    source = SOURCE.replace("@source", "@rest__source")
    printed = composed(f"{link} {source}", QUERY.replace("@connect", "@get")).supergraph_sdl or ""
    assert 'name: "rest__source"' in printed
    assert 'name: "get"' in printed
    assert 'args: {url: "https://specs.apollo.dev/connect/v0.4", as: "rest"' in printed
    assert '@link(url: "https://specs.apollo.dev/connect/v0.4", for: EXECUTION)' in printed


@pytest.mark.parametrize(
    ("query", "why"),
    [
        (QUERY.replace("GET", "FETCH"), "is no connect__ConnectHTTP"),
        (QUERY.replace(', selection: "$"', ""), "lacks its argument selection"),
        ("type Query { name: String @source }", "@source may not stand on FIELD_DEFINITION"),
    ],
)
def test_what_does_not_fit_the_definitions_is_refused(query: str, why: str):
    errors = composed(f"{IMPORTED} {SOURCE}", query).errors
    assert {error.code for error in errors} == {Code.INVALID_GRAPHQL}
    assert any(why in error.message for error in errors)


def test_a_version_that_nobody_knows_defines_nothing():
    errors = composed(IMPORTED.replace("v0.1", "v0.9"), QUERY).errors
    assert [error.code for error in errors] == [Code.INVALID_GRAPHQL]


def test_a_document_may_print_the_definitions_itself():
    own = "scalar connect__JSONSelection\n"
    assert composed(f"{IMPORTED} {SOURCE}", own + QUERY).errors == ()
