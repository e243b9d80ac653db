"""Who may do what with customers, asked of the subgraph itself."""

from typing import Any

import pytest

from foundation_subgraph.kit.testing import GLOBEX, ThrowAwayDatabase, principal
from module_subgraphs.customers import subgraph
from supergraph.spec import ANONYMOUS

NONE: dict[str, Any] = {"customers": {"nodes": []}}
DENIED = {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}


def denials(answer: dict[str, Any]) -> list[Any]:
    return [error["path"] for error in answer.get("errors", ()) if error["extensions"] == DENIED]


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        ("{ customers { nodes { id } } }", "customers:read"),
        ('{ customer(id: "00000000-0000-4000-8000-000000000009") { id } }', "customers:read"),
        ('mutation { addCustomer(name: "Ada") { __typename } }', "customers:write"),
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
    answer = await database.execute(
        subgraph,
        'mutation { addCustomer(name: "Ada") { ... on Customer { id name } } }',
        principal("customers:write"),
    )
    assert answer["data"]["addCustomer"]["name"] is None
    assert denials(answer) == [["addCustomer", "name"]]


async def test_a_denied_field_asks_the_database_nothing(database: ThrowAwayDatabase) -> None:
    with database.statements() as seen:
        await database.execute(subgraph, "{ customers { nodes { name } } }", principal())
    assert seen == []


async def test_tenants_never_meet(database: ThrowAwayDatabase) -> None:
    everything = [permission.id for permission in subgraph.permissions]
    await database.execute(
        subgraph, 'mutation { addCustomer(name: "Ada") { __typename } }', principal(*everything)
    )
    theirs = principal(*everything, tenant=GLOBEX)
    assert (await database.execute(subgraph, "{ customers { nodes { name } } }", theirs))["data"] == NONE
    nowhere = principal(*everything, tenant=None)
    assert (await database.execute(subgraph, "{ customers { nodes { name } } }", nowhere))["data"] == NONE
    unwritten = await database.execute(
        subgraph, 'mutation { addCustomer(name: "Eve") { __typename } }', nowhere
    )
    assert unwritten["data"] == {"addCustomer": None}
