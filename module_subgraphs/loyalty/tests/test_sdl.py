"""What loyalty shows in the graph."""

from graphql import parse

from module_subgraphs.loyalty import subgraph

SDL = subgraph.sdl()


def test_the_document_is_a_subgraphs_and_has_no_queries_of_its_own() -> None:
    parse(SDL)
    assert "type Query" not in SDL


def test_customer_and_user_are_extended_by_their_keys() -> None:
    assert 'type Customer @key(fields: "id") {\n  id: ID!\n' in SDL
    assert 'type User @key(fields: "id") {\n  id: ID!\n' in SDL


def test_what_loyalty_adds_asks_for_its_permission() -> None:
    for field in ("points: Int", "tier: Tier", "): PointAwardConnection", "pointsAwarded: Int"):
        assert f'{field} @requiresScopes(scopes: [["loyalty:read"]])' in SDL
    assert 'AwardPointsResult @requiresScopes(scopes: [["loyalty:award", "loyalty:read"]])' in SDL
