"""Where leads stand, and how many."""

from decimal import Decimal
from typing import Any

import pytest

from foundation_subgraph.kit import DemoTenant
from foundation_subgraph.kit.testing import ACME, GLOBEX, SOMEBODY, ThrowAwayDatabase, principal
from module_subgraphs.leads import subgraph
from module_subgraphs.leads.service import (
    LeadStatus,
    LeadValues,
    UnreachableStatusError,
    add_lead,
    funnel,
    move_lead,
    write_demo_data,
)

ADA = LeadValues("Ada", None, None, None, None, Decimal(10))
CLERK = principal("leads:read", "leads:write")
MOVE = """mutation ($id: ID!, $to: LeadStatus!) { moveLead(id: $id, to: $to) {
  ... on Lead { status nextStatuses } ... on LeadStatusUnreachable { code current reachable } ... on NotFound { code }
} }"""


async def test_a_lead_goes_its_way_and_back(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        id_ = (await add_lead(session, ADA)).id
        for status in (LeadStatus.QUALIFIED, LeadStatus.NEW, LeadStatus.LOST, LeadStatus.NEW):
            assert (await move_lead(session, id_, status)).status == status


@pytest.mark.parametrize("wanted", [LeadStatus.NEW, LeadStatus.CONVERTED])
async def test_nobody_makes_a_lead_what_it_is_already_or_converted(
    database: ThrowAwayDatabase, wanted: LeadStatus
) -> None:
    async with database.session() as session:
        id_ = (await add_lead(session, ADA)).id
        with pytest.raises(UnreachableStatusError, match="to QUALIFIED or LOST"):
            await move_lead(session, id_, wanted)


async def test_through_the_graph_a_lead_is_moved_and_told_where_to(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        id_ = str((await add_lead(session, ADA)).id)
    moved = await database.execute(subgraph, MOVE, CLERK, {"id": id_, "to": "LOST"})
    assert moved == {"data": {"moveLead": {"status": "LOST", "nextStatuses": ["NEW"]}}}
    stuck = await database.execute(subgraph, MOVE, CLERK, {"id": id_, "to": "QUALIFIED"})
    assert stuck == {
        "data": {"moveLead": {"code": "STATUS_UNREACHABLE", "current": "LOST", "reachable": ["NEW"]}}
    }
    theirs = principal("leads:write", tenant=GLOBEX)
    nowhere = await database.execute(subgraph, MOVE, theirs, {"id": id_, "to": "NEW"})
    assert nowhere == {"data": {"moveLead": {"code": "LEAD_NOT_FOUND"}}}


async def test_the_funnel_counts_every_status_in_one_statement(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        added = [(await add_lead(session, ADA)).id for _ in range(3)]
        await move_lead(session, added[0], LeadStatus.LOST)
    async with database.session() as session:
        with database.statements() as seen:
            stages = await funnel(session)
    assert len(seen) == 1
    assert [(stage.status, stage.leads, stage.worth) for stage in stages] == [
        (LeadStatus.NEW, 2, Decimal(20)),
        (LeadStatus.QUALIFIED, 0, Decimal(0)),
        (LeadStatus.CONVERTED, 0, Decimal(0)),
        (LeadStatus.LOST, 1, Decimal(10)),
    ]
    async with database.session(GLOBEX) as session:
        assert sum(stage.leads for stage in await funnel(session)) == 0


async def test_demo_leads_are_of_their_tenant_and_found_by_status(database: ThrowAwayDatabase) -> None:
    async with database.session(ACME) as session:
        await write_demo_data(session, DemoTenant(ACME, "acme", {"owner": SOMEBODY}))
    query = "query ($status: LeadStatus) { leads(status: $status) { nodes { name status } } }"

    async def names(status: str | None, asking: Any = CLERK) -> list[str]:
        answer = await database.execute(subgraph, query, asking, {"status": status})
        return [node["name"] for node in answer["data"]["leads"]["nodes"]]

    assert await names("LOST") == ["Niklaus Wirth"]
    assert len(await names(None)) == 3
    assert await names(None, principal("leads:read", tenant=GLOBEX)) == []
