"""What leads shows in the graph."""

from pathlib import Path

from graphql import parse, validate

from module_subgraphs.leads import subgraph

SDL = subgraph.sdl()
OPERATIONS = Path(__file__).parents[1] / "operations"


def test_lead_is_an_entity_found_by_its_id() -> None:
    parse(SDL)
    assert 'type Lead @key(fields: "id") {\n  id: ID!\n' in SDL


def test_all_that_is_said_of_a_lead_asks_for_the_permission_and_the_id_does_not() -> None:
    for field in (
        "name: String",
        "company: String",
        "email: String",
        "phone: String",
        "city: String",
        "worth: Decimal",
        "status: LeadStatus",
        "nextStatuses: [LeadStatus!]",
        "customer: Customer",
        "convertedAt: DateTime",
        "createdAt: DateTime",
    ):
        assert f'{field} @requiresScopes(scopes: [["leads:read"]])' in SDL


def test_the_customer_that_a_lead_became_is_referred_to_and_not_extended() -> None:
    assert 'type Customer @key(fields: "id", resolvable: false) {\n  id: ID!\n}' in SDL


def test_a_denial_costs_only_its_own_place() -> None:
    for line in SDL.splitlines():
        if "@requiresScopes" in line:
            assert "! @requiresScopes" not in line, line


def test_the_operations_for_clients_fit_the_graph() -> None:
    for file in OPERATIONS.glob("*.graphql"):
        assert validate(subgraph.schema.executable, parse(file.read_text())) == [], file.name
