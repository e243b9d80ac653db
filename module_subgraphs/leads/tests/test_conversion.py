"""A lead becomes a customer, by what customers answers through the gateway."""

import asyncio
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import orjson
import pytest

from foundation_subgraph.kit import Graph, Refusal
from foundation_subgraph.kit.testing import GLOBEX, ThrowAwayDatabase, answering_graph, principal
from module_subgraphs.leads import subgraph
from module_subgraphs.leads.service import (
    LeadStatus,
    LeadValues,
    add_lead,
    begin_conversion,
    find_leads,
    finish_conversion,
    move_lead,
    remove_lead,
)
from supergraph.spec import ERRAND_HEADER, GatewayUnreachableError

CLERK = principal("leads:read", "leads:write")
GRACE = LeadValues("Grace", "Navy", "grace@x.example", None, "New York", None)
CONVERT = """mutation ($id: ID!) { convertLead(id: $id) {
  __typename ... on Lead { status customer { id } } ... on Problem { code message } ... on LeadConversionUnfinished { reason }
} }"""


class Customers:
    """The gateway, with a module of customers behind it that keeps one customer of a reference."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.made: dict[str, str] = {}
        self.loses_answers = False

    async def __call__(self, body: bytes, _headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, bytes]:
        variables = orjson.loads(body)["variables"]
        self.asked.append(variables)
        id_ = self.made.setdefault(variables["reference"], str(UUID(int=len(self.made) + 1)))
        await asyncio.sleep(0)
        if self.loses_answers:
            raise GatewayUnreachableError("it broke off")
        return 200, orjson.dumps({"data": {"addCustomer": {"__typename": "Customer", "id": id_}}})

    @property
    def graph(self) -> Graph:
        return Graph(subgraph.name, subgraph.asks, CLERK, self, [(ERRAND_HEADER.encode(), b"lent")])


@pytest.fixture
def customers() -> Customers:
    return Customers()


async def a_lead(database: ThrowAwayDatabase, status: LeadStatus = LeadStatus.NEW) -> UUID:
    async with database.session() as session:
        id_ = (await add_lead(session, GRACE)).id
        if status is not LeadStatus.NEW:
            await move_lead(session, id_, status)
    return id_


async def convert(
    database: ThrowAwayDatabase, id_: UUID, graph: Graph, asking: Any = CLERK
) -> dict[str, Any]:
    answer = await database.execute(subgraph, CONVERT, asking, {"id": str(id_)}, graph=graph)
    assert "errors" not in answer
    found: dict[str, Any] = answer["data"]["convertLead"]
    return found


def converted(customer: int) -> dict[str, Any]:
    return {"__typename": "Lead", "status": "CONVERTED", "customer": {"id": str(UUID(int=customer))}}


@pytest.mark.parametrize("status", [LeadStatus.NEW, LeadStatus.QUALIFIED])
async def test_a_lead_becomes_a_customer_with_what_is_known_of_it(
    database: ThrowAwayDatabase, customers: Customers, status: LeadStatus
) -> None:
    id_ = await a_lead(database, status)
    assert await convert(database, id_, customers.graph) == converted(1)
    async with database.session() as session:
        row = (await find_leads(session, [id_]))[id_]
    assert row.converted_at is not None
    assert customers.asked == [
        {
            "name": "Grace",
            "email": "grace@x.example",
            "city": "New York",
            "reference": f"leads/{row.conversion_id}",
        }
    ]


async def test_who_asks_again_gets_the_same_and_customers_is_asked_no_more(
    database: ThrowAwayDatabase, customers: Customers
) -> None:
    id_ = await a_lead(database)
    assert await convert(database, id_, customers.graph) == await convert(database, id_, customers.graph)
    assert len(customers.asked) == 1


async def test_an_answer_that_is_lost_is_asked_for_again_by_the_same_reference(
    database: ThrowAwayDatabase, customers: Customers
) -> None:
    id_ = await a_lead(database)
    customers.loses_answers = True
    lost = await convert(database, id_, customers.graph)
    assert (lost["__typename"], lost["reason"]) == ("LeadConversionUnfinished", "GRAPH_UNREACHABLE")
    async with database.session() as session:
        row = (await find_leads(session, [id_]))[id_]
        assert (row.status, row.customer_id) == ("new", None)
    customers.loses_answers = False
    assert await convert(database, id_, customers.graph) == converted(1)
    assert len({asked["reference"] for asked in customers.asked}) == 1


async def test_what_ends_after_the_first_step_is_taken_up_from_there(
    database: ThrowAwayDatabase, customers: Customers
) -> None:
    id_ = await a_lead(database)
    async with database.session() as session:
        begun = (await begin_conversion(session, id_)).conversion_id
    assert await convert(database, id_, customers.graph) == converted(1)
    assert customers.asked[0]["reference"] == f"leads/{begun}"


async def test_of_two_who_convert_at_once_both_get_the_one_customer(
    database: ThrowAwayDatabase, customers: Customers
) -> None:
    id_ = await a_lead(database)
    both = await asyncio.gather(*(convert(database, id_, customers.graph) for _ in range(2)))
    assert both == [converted(1), converted(1)]
    assert len(customers.made) == 1


async def test_two_leads_become_two_customers(database: ThrowAwayDatabase, customers: Customers) -> None:
    first, second = await a_lead(database), await a_lead(database)
    assert await convert(database, first, customers.graph) == converted(1)
    assert await convert(database, second, customers.graph) == converted(2)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (
            {"data": {"addCustomer": {"__typename": "InvalidInput", "message": "no e-mail address"}}},
            "InvalidInput",
            "CUSTOMER_REFUSED",
        ),
        (
            {
                "data": {"addCustomer": None},
                "errors": [{"message": "no", "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}}],
            },
            "NotPermitted",
            "CUSTOMERS_DENIED",
        ),
        (
            {"errors": [{"message": "no", "extensions": {"code": "GRAPHQL_VALIDATION_FAILED"}}]},
            "LeadConversionUnfinished",
            "CONVERSION_UNFINISHED",
        ),
        ({"data": {"addCustomer": None}}, "LeadConversionUnfinished", "CONVERSION_UNFINISHED"),
        (
            {"data": {"addCustomer": {"__typename": "Cat"}}},
            "LeadConversionUnfinished",
            "CONVERSION_UNFINISHED",
        ),
    ],
)
async def test_what_customers_does_not_do_is_a_problem_and_the_lead_stays(
    database: ThrowAwayDatabase, customers: Customers, answer: dict[str, Any], kind: str, code: str
) -> None:
    id_ = await a_lead(database)
    graph = answering_graph(subgraph, CLERK, {"AddConvertedCustomer": answer})
    problem = await convert(database, id_, graph)
    assert (problem["__typename"], problem["code"]) == (kind, code)
    assert await convert(database, id_, customers.graph) == converted(1), "it may be tried again"


async def test_a_lost_lead_becomes_no_customer(database: ThrowAwayDatabase, customers: Customers) -> None:
    id_ = await a_lead(database, LeadStatus.LOST)
    problem = await convert(database, id_, customers.graph)
    assert (problem["__typename"], problem["code"]) == ("Conflict", "LEAD_NOT_CONVERTIBLE")
    assert customers.asked == []


async def test_nobody_converts_a_lead_of_another_tenant_or_without_the_permission(
    database: ThrowAwayDatabase, customers: Customers
) -> None:
    id_ = await a_lead(database)
    theirs = principal("leads:write", tenant=GLOBEX)
    assert (await convert(database, id_, customers.graph, theirs))["__typename"] == "NotFound"
    reader = principal("leads:read")
    answer = await database.execute(subgraph, CONVERT, reader, {"id": str(id_)}, graph=customers.graph)
    assert answer["data"] == {"convertLead": None}
    assert answer["errors"][0]["extensions"] == {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
    assert customers.asked == []


async def test_who_loses_a_lead_while_it_is_converted_was_late(database: ThrowAwayDatabase) -> None:
    id_ = await a_lead(database)
    async with database.session() as session:
        await begin_conversion(session, id_)
        await move_lead(session, id_, LeadStatus.LOST)
    async with database.session() as session:
        assert (await finish_conversion(session, id_, UUID(int=1))).status == LeadStatus.CONVERTED


async def test_the_first_customer_that_is_written_down_stays(database: ThrowAwayDatabase) -> None:
    id_ = await a_lead(database)
    async with database.session() as session:
        await begin_conversion(session, id_)
        await finish_conversion(session, id_, UUID(int=1))
        assert (await finish_conversion(session, id_, UUID(int=2))).customer_id == UUID(int=1)


async def test_a_lead_that_is_removed_meanwhile_is_not_there(database: ThrowAwayDatabase) -> None:
    id_ = await a_lead(database)
    async with database.session() as session:
        await begin_conversion(session, id_)
        await remove_lead(session, id_)
        with pytest.raises(Refusal, match="no such"):
            await finish_conversion(session, id_, UUID(int=1))
