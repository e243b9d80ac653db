"""Who may do what with leads, asked of the subgraph itself."""

from typing import Any

import pytest

from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal
from module_subgraphs.leads import subgraph
from supergraph.spec import ANONYMOUS

DENIED = {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
ADD = "mutation ($sent: LeadInput!) { addLead(lead: $sent) { ... on Lead { id createdAt } } }"
SENT = {
    "name": "Spring",
    "company": "Spring",
    "email": "Spring",
    "phone": "Spring",
    "city": "Spring",
    "worth": "12.50",
}


def denials(answer: dict[str, Any]) -> list[Any]:
    return [error["path"] for error in answer.get("errors", ()) if error["extensions"] == DENIED]


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        ("{ leads { nodes { id } } }", "leads:read"),
        ('{ lead(id: "00000000-0000-4000-8000-000000000009") { id } }', "leads:read"),
        ('mutation { removeLead(id: "00000000-0000-4000-8000-000000000009") { __typename } }', "leads:write"),
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
    answer = await database.execute(subgraph, ADD, principal("leads:write"), {"sent": SENT})
    assert answer["data"]["addLead"]["id"]
    assert answer["data"]["addLead"]["createdAt"] is None
    assert denials(answer) == [["addLead", "createdAt"]]


async def test_a_denied_field_asks_the_database_nothing(database: ThrowAwayDatabase) -> None:
    with database.statements() as seen:
        await database.execute(subgraph, "{ leads { nodes { id } } }", principal())
        await database.execute(subgraph, ADD, principal("leads:read"), {"sent": SENT})
    assert seen == []
