"""What one tenant writes is for no other to see, to change or to remove."""

from collections.abc import Awaitable, Callable
from uuid import UUID

import pytest

from foundation_subgraph.kit.testing import GLOBEX, ThrowAwayDatabase, principal
from module_subgraphs.leads import subgraph

BOTH = ("leads:read", "leads:write")
AddSome = Callable[[int], Awaitable[list[str]]]

ADD = "mutation ($sent: LeadInput!) { addLead(lead: $sent) { ... on Lead { id } } }"
SENT = {
    "name": "Spring",
    "company": "Spring",
    "email": "Spring",
    "phone": "Spring",
    "city": "Spring",
    "worth": "12.50",
}


@pytest.mark.parametrize("tenant", [GLOBEX, None])
async def test_leads_of_another_tenant_are_not_there(
    database: ThrowAwayDatabase, add_some: AddSome, tenant: UUID | None
) -> None:
    [id_] = await add_some(1)
    elsewhere = principal(*BOTH, tenant=tenant)
    query = "query ($id: ID!) { leads { nodes { id } } lead(id: $id) { id } }"
    answer = await database.execute(subgraph, query, elsewhere, {"id": id_})
    assert answer == {"data": {"leads": {"nodes": []}, "lead": None}}
    sent = [{"__typename": "Lead", "id": id_}]
    answer = await database.entities(subgraph, sent, "... on Lead { createdAt }", elsewhere)
    assert answer == {"data": {"_entities": [None]}}


async def test_leads_of_another_tenant_cannot_be_removed(
    database: ThrowAwayDatabase, add_some: AddSome
) -> None:
    [id_] = await add_some(1)
    remove = "mutation ($id: ID!) { removeLead(id: $id) { __typename } }"
    answer = await database.execute(subgraph, remove, principal(*BOTH, tenant=GLOBEX), {"id": id_})
    assert answer == {"data": {"removeLead": {"__typename": "NotFound"}}}
    answer = await database.execute(subgraph, remove, principal(*BOTH), {"id": id_})
    assert answer == {"data": {"removeLead": {"__typename": "RemovedLead"}}}


async def test_without_a_tenant_nothing_is_added(database: ThrowAwayDatabase) -> None:
    answer = await database.execute(subgraph, ADD, principal(*BOTH, tenant=None), {"sent": SENT})
    assert answer["data"] == {"addLead": None}
    assert answer["errors"]
