"""What reporting shows in the graph."""

from graphql import parse

from module_subgraphs.reporting import subgraph

SDL = subgraph.sdl()


def test_the_document_is_a_subgraphs() -> None:
    parse(SDL)
    assert "https://specs.apollo.dev/federation/v2" in SDL


def test_a_report_asks_for_the_permission_and_a_denial_costs_only_its_own_place() -> None:
    assert "customerStanding(first: Int! = 50): CustomerStanding @requiresScopes(" in SDL
    assert '[["reporting:run"]]' in SDL
