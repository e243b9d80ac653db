"""Who may do what with items, asked of the subgraph itself."""

from typing import Any

import pytest

from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal
from module_subgraphs.inventory import subgraph
from supergraph.spec import ANONYMOUS

DENIED = {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
ADD = "mutation ($sent: ItemInput!) { addItem(item: $sent) { ... on Item { id createdAt } } }"
SENT = {"sku": "Spring", "name": "Spring", "unitPrice": "12.50", "lowAt": 7}


def denials(answer: dict[str, Any]) -> list[Any]:
    return [error["path"] for error in answer.get("errors", ()) if error["extensions"] == DENIED]


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        ("{ items { nodes { id } } }", "inventory:read"),
        ('{ item(id: "00000000-0000-4000-8000-000000000009") { id } }', "inventory:read"),
        (
            'mutation { removeItem(id: "00000000-0000-4000-8000-000000000009") { __typename } }',
            "inventory:write",
        ),
        (
            (
                'mutation { moveStock(itemId: "00000000-0000-4000-8000-000000000009", quantity: 1, reason: COUNTED) '
                "{ __typename } }"
            ),
            "inventory:move",
        ),
    ],
)
async def test_each_field_asks_for_its_permission(
    database: ThrowAwayDatabase, query: str, needed: str
) -> None:
    others = {permission.id for permission in subgraph.permissions} - {needed}
    assert denials(await database.execute(subgraph, query, principal(*others)))
    assert denials(await database.execute(subgraph, query, ANONYMOUS))
    assert "errors" not in await database.execute(subgraph, query, principal(needed))


async def test_who_may_write_but_not_read_adds_without_seeing(database: ThrowAwayDatabase) -> None:
    answer = await database.execute(subgraph, ADD, principal("inventory:write"), {"sent": SENT})
    assert answer["data"]["addItem"]["id"]
    assert answer["data"]["addItem"]["createdAt"] is None
    assert denials(answer) == [["addItem", "createdAt"]]


async def test_a_denied_field_asks_the_database_nothing(database: ThrowAwayDatabase) -> None:
    with database.statements() as seen:
        await database.execute(subgraph, "{ items { nodes { id } } }", principal())
        await database.execute(subgraph, ADD, principal("inventory:read"), {"sent": SENT})
    assert seen == []
