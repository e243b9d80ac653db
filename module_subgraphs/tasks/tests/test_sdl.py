"""What tasks shows in the graph."""

from pathlib import Path

from graphql import parse, validate

from module_subgraphs.tasks import subgraph

SDL = subgraph.sdl()
OPERATIONS = Path(__file__).parents[1] / "operations"


def test_task_is_an_entity_and_user_is_extended() -> None:
    parse(SDL)
    assert 'type Task @key(fields: "id") {\n  id: ID!\n' in SDL
    assert 'type User @key(fields: "id") {\n  id: ID!\n' in SDL


def test_what_a_task_is_about_is_referred_to_and_not_extended() -> None:
    assert "union TaskSubject = Customer | Item | Lead" in SDL
    for name in ("Customer", "Item", "Lead"):
        assert f'type {name} @key(fields: "id", resolvable: false) {{\n  id: ID!\n}}' in SDL


def test_a_denial_costs_only_its_own_place() -> None:
    for line in SDL.splitlines():
        if "@requiresScopes" in line:
            assert "! @requiresScopes" not in line, line


def test_the_operations_for_clients_fit_the_graph() -> None:
    for file in OPERATIONS.glob("*.graphql"):
        assert validate(subgraph.schema.executable, parse(file.read_text())) == [], file.name
