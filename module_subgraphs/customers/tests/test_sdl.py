"""What customers shows in the graph."""

from graphql import parse

from module_subgraphs.customers import subgraph

SDL = subgraph.sdl()


def test_the_document_is_a_subgraphs() -> None:
    parse(SDL)
    assert "https://specs.apollo.dev/federation/v2" in SDL


def test_customer_is_an_entity_found_by_its_id() -> None:
    assert 'type Customer @key(fields: "id") {' in SDL


def test_all_that_is_said_of_a_customer_asks_for_the_permission_and_the_id_does_not() -> None:
    assert "  id: ID!\n" in SDL
    assert 'email: String @requiresScopes(scopes: [["customers:contact"]])' in SDL
    for name in ("name: String", "city: String", "externalReference: String", "createdAt: DateTime"):
        assert f'{name} @requiresScopes(scopes: [["customers:read"]])' in SDL


def test_a_denial_costs_only_its_own_place() -> None:
    for line in SDL.splitlines():
        if "@requiresScopes" in line:
            assert "! @requiresScopes" not in line, line
