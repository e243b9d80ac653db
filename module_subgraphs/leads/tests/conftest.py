from collections.abc import Awaitable, Callable

import pytest

from foundation_subgraph.kit.testing import ThrowAwayDatabase, database_fixture, principal
from module_subgraphs.leads import subgraph

ADD = "mutation ($sent: LeadInput!) { addLead(lead: $sent) { ... on Lead { id } } }"
SENT = {
    "name": "Spring",
    "company": "Spring",
    "email": "Spring",
    "phone": "Spring",
    "city": "Spring",
    "worth": "12.50",
}


database = database_fixture(subgraph)


@pytest.fixture
def add_some(database: ThrowAwayDatabase) -> Callable[[int], Awaitable[list[str]]]:
    """Adds so many leads, and gives their ids."""

    async def add(count: int) -> list[str]:
        asking = principal("leads:write")
        answers = [await database.execute(subgraph, ADD, asking, {"sent": SENT}) for _ in range(count)]
        return [answer["data"]["addLead"]["id"] for answer in answers]

    return add
