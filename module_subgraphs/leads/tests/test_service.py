"""What can be done with leads."""

from dataclasses import replace
from decimal import Decimal
from uuid import uuid4

import pytest

from foundation_subgraph.kit import Refusal
from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal
from module_subgraphs.leads import subgraph
from module_subgraphs.leads.service import LeadValues, add_lead, change_lead, find_leads, remove_lead

VALUES = LeadValues(
    name="Spring",
    company="Spring",
    email="Spring",
    phone="Spring",
    city="Spring",
    worth=Decimal("12.50"),
)
OTHERS = LeadValues(
    name="Autumn",
    company="Autumn",
    email="Autumn",
    phone="Autumn",
    city="Autumn",
    worth=Decimal("9.95"),
)
CLERK = principal("leads:read", "leads:write")
SENT = {
    "name": "Spring",
    "company": "Spring",
    "email": "Spring",
    "phone": "Spring",
    "city": "Spring",
    "worth": "12.50",
}


@pytest.mark.parametrize("values", [VALUES, OTHERS])
async def test_a_lead_is_added_as_it_was_said(database: ThrowAwayDatabase, values: LeadValues) -> None:
    async with database.session() as session:
        id_ = (await add_lead(session, values)).id
    async with database.session() as session:
        row = (await find_leads(session, [id_, uuid4()]))[id_]
    assert row.name == values.name
    assert row.company == values.company
    assert row.email == values.email
    assert row.phone == values.phone
    assert row.city == values.city
    assert row.worth == values.worth


async def test_a_change_gives_all_values(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        id_ = (await add_lead(session, VALUES)).id
    values = OTHERS
    async with database.session() as session:
        row = await change_lead(session, id_, values)
    assert row.name == values.name
    assert row.company == values.company
    assert row.email == values.email
    assert row.phone == values.phone
    assert row.city == values.city
    assert row.worth == values.worth


async def test_what_is_removed_is_gone(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        id_ = (await add_lead(session, VALUES)).id
        await remove_lead(session, id_)
    async with database.session() as session:
        assert await find_leads(session, [id_]) == {}


async def test_what_is_not_there_is_neither_changed_nor_removed(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        with pytest.raises(Refusal, match="no such"):
            await change_lead(session, uuid4(), VALUES)
        with pytest.raises(Refusal, match="no such"):
            await remove_lead(session, uuid4())


@pytest.mark.parametrize(
    "values",
    [
        replace(VALUES, name="x" * 201),
        replace(VALUES, name="  "),
        replace(VALUES, company="x" * 201),
        replace(VALUES, email="x" * 201),
        replace(VALUES, phone="x" * 201),
        replace(VALUES, city="x" * 201),
        replace(VALUES, worth=Decimal("NaN")),
        replace(VALUES, worth=Decimal("1e15")),
        replace(VALUES, worth=Decimal("1e-7")),
    ],
)
async def test_what_is_no_lead_is_refused(database: ThrowAwayDatabase, values: LeadValues) -> None:
    async with database.session() as session:
        with pytest.raises(Refusal) as refused:
            await add_lead(session, values)
    assert refused.value.code == "BAD_USER_INPUT"


PAGE = "query ($after: String) { leads(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"


async def test_pages_follow_each_other_without_gap_or_repeat(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        added = {str((await add_lead(session, VALUES)).id) for _ in range(7)}
    seen: list[str] = []
    after, has_more = None, True
    for size in (3, 3, 1):
        assert has_more
        answer = await database.execute(subgraph, PAGE, CLERK, {"after": after})
        page = answer["data"]["leads"]
        assert len(page["nodes"]) == size
        seen += [node["id"] for node in page["nodes"]]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert not has_more
    assert set(seen) == added
    assert len(seen) == len(added)


ADD = """mutation ($sent: LeadInput!) {
  addLead(lead: $sent) { __typename ... on Lead { id } ... on Problem { code } }
}"""
CHANGE = """mutation ($id: ID!, $sent: LeadInput!) {
  changeLead(id: $id, lead: $sent) { __typename ... on Lead { id } ... on Problem { code } }
}"""
REMOVE = """mutation ($id: ID!) {
  removeLead(id: $id) { __typename ... on RemovedLead { id } ... on Problem { code } }
}"""


async def test_through_the_graph_a_lead_is_added_changed_found_and_removed(
    database: ThrowAwayDatabase,
) -> None:
    added = await database.execute(subgraph, ADD, CLERK, {"sent": SENT})
    lead = {"id": added["data"]["addLead"]["id"]}
    changed = await database.execute(subgraph, CHANGE, CLERK, {**lead, "sent": SENT})
    assert changed == {"data": {"changeLead": {"__typename": "Lead", **lead}}}
    query = "query ($id: ID!) { lead(id: $id) { id } }"
    assert await database.execute(subgraph, query, CLERK, lead) == {"data": {"lead": lead}}
    removed = await database.execute(subgraph, REMOVE, CLERK, lead)
    assert removed == {"data": {"removeLead": {"__typename": "RemovedLead", **lead}}}
    assert await database.execute(subgraph, query, CLERK, lead) == {"data": {"lead": None}}


async def test_what_cannot_be_done_is_answered_as_a_problem(database: ThrowAwayDatabase) -> None:
    gone = await database.execute(subgraph, REMOVE, CLERK, {"id": str(uuid4())})
    assert gone == {"data": {"removeLead": {"__typename": "NotFound", "code": "LEAD_NOT_FOUND"}}}
    no_id = await database.execute(subgraph, CHANGE, CLERK, {"id": "1", "sent": SENT})
    assert no_id == {"data": {"changeLead": {"__typename": "InvalidInput", "code": "BAD_USER_INPUT"}}}
