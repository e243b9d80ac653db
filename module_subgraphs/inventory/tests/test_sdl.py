"""What inventory shows in the graph."""

from pathlib import Path

from graphql import parse, validate

from module_subgraphs.inventory import subgraph

SDL = subgraph.sdl()
OPERATIONS = Path(__file__).parents[1] / "operations"


def test_item_is_an_entity_found_by_its_id() -> None:
    parse(SDL)
    assert 'type Item @key(fields: "id") {\n  id: ID!\n' in SDL


def test_user_is_extended_by_its_key() -> None:
    assert 'type User @key(fields: "id") {\n  id: ID!\n' in SDL


def test_all_that_is_said_of_an_item_asks_for_the_permission_and_the_id_does_not() -> None:
    for field in (
        "sku: String",
        "name: String",
        "unitPrice: Decimal",
        "inStock: Int",
        "lowAt: Int",
        "isLow: Boolean",
        "createdAt: DateTime",
    ):
        assert f'{field} @requiresScopes(scopes: [["inventory:read"]])' in SDL


def test_a_denial_costs_only_its_own_place() -> None:
    for line in SDL.splitlines():
        if "@requiresScopes" in line:
            assert "! @requiresScopes" not in line, line


def test_the_operations_for_clients_fit_the_graph() -> None:
    for file in OPERATIONS.glob("*.graphql"):
        assert validate(subgraph.schema.executable, parse(file.read_text())) == [], file.name
