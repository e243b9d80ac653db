"""Representations of Customer become customers: all in one query, and only one's own."""

from uuid import uuid4

from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase, principal
from module_subgraphs.customers import subgraph
from module_subgraphs.customers.service import add_customer

READER = principal("customers:read")


async def make(database: ThrowAwayDatabase, *names: str) -> list[str]:
    async with database.session(ACME) as session:
        return [str((await add_customer(session, name=name, email=None, city=None)).id) for name in names]


def representation(id_: str) -> dict[str, str]:
    return {"__typename": "Customer", "id": id_}


async def test_entities_come_in_the_order_of_their_representations(database: ThrowAwayDatabase) -> None:
    ids = await make(database, "Ada", "Alan")
    sent = [representation(one) for one in (ids[1], str(uuid4()), ids[0], ids[1])]
    answer = await database.entities(subgraph, sent, "... on Customer { name }", READER)
    assert answer == {"data": {"_entities": [{"name": "Alan"}, None, {"name": "Ada"}, {"name": "Alan"}]}}


async def test_a_thousand_representations_are_one_statement(database: ThrowAwayDatabase) -> None:
    ids = await make(database, "Ada")
    sent = [representation(one) for one in (*ids, *(str(uuid4()) for _ in range(999)))]
    with database.statements() as seen:
        answer = await database.entities(subgraph, sent, "... on Customer { name }", READER)
    assert len(seen) == 1
    assert len(answer["data"]["_entities"]) == 1000


async def test_a_customer_of_another_tenant_is_as_absent_as_one_that_never_was(
    database: ThrowAwayDatabase,
) -> None:
    ids = await make(database, "Ada")
    globex = principal("customers:read", tenant=GLOBEX)
    answer = await database.entities(subgraph, [representation(ids[0])], "... on Customer { name }", globex)
    assert answer == {"data": {"_entities": [None]}}
