from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Final

import strawberry

from foundation_subgraph.kit import (
    Conflict,
    Info,
    InvalidInput,
    NotFound,
    NotPermitted,
    Problem,
    mutation,
    read_id,
    requires,
)
from module_subgraphs.leads.graph.types import Lead, RemovedLead
from module_subgraphs.leads.graph_client import Client
from module_subgraphs.leads.permissions import LEADS_WRITE
from module_subgraphs.leads.service import (
    ConversionUnfinishedError,
    LeadStatus,
    LeadValues,
    UnreachableStatusError,
    add_lead,
    ask_for_customer,
    begin_conversion,
    change_lead,
    finish_conversion,
    move_lead,
    remove_lead,
)


@strawberry.type(description="The status does not follow the one that the lead has.")
class LeadStatusUnreachable(Problem):
    current: LeadStatus = strawberry.field(description="The status that the lead has.")
    reachable: list[LeadStatus] = strawberry.field(description="What it may be moved to.")


@strawberry.type(
    description="Customers does not answer. What was begun is kept: convert the lead again, and it goes on from there."
)
class LeadConversionUnfinished(Problem):
    reason: str = strawberry.field(description="The code that came instead, such as SUBGRAPH_UNREACHABLE.")


AddLeadResult = Annotated[Lead | InvalidInput, strawberry.union("AddLeadResult")]
ChangeLeadResult = Annotated[Lead | NotFound | InvalidInput, strawberry.union("ChangeLeadResult")]
RemoveLeadResult = Annotated[RemovedLead | NotFound | InvalidInput, strawberry.union("RemoveLeadResult")]
MoveLeadResult = Annotated[
    Lead | NotFound | LeadStatusUnreachable | InvalidInput, strawberry.union("MoveLeadResult")
]
ConvertLeadResult = Annotated[
    Lead | NotFound | Conflict | NotPermitted | LeadConversionUnfinished | InvalidInput,
    strawberry.union("ConvertLeadResult"),
]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {"LEAD_NOT_FOUND": NotFound}
CONVERSION_PROBLEMS: Final[Mapping[str, type[Problem]]] = {
    **PROBLEMS,
    "LEAD_NOT_CONVERTIBLE": Conflict,
    "CUSTOMER_REFUSED": InvalidInput,
    "CUSTOMERS_DENIED": NotPermitted,
}


@strawberry.input(description="All that is said of a lead.")
class LeadInput:
    name: str
    company: str | None = None
    email: str | None = None
    phone: str | None = None
    city: str | None = None
    worth: Decimal | None = None

    def values(self) -> LeadValues:
        return LeadValues(
            name=self.name,
            company=self.company,
            email=self.email,
            phone=self.phone,
            city=self.city,
            worth=self.worth,
        )


@strawberry.type
class Mutation:
    @mutation(requires(LEADS_WRITE), problems=PROBLEMS, description="Add a lead.")
    async def add_lead(self, info: Info, lead: LeadInput) -> AddLeadResult | None:
        async with info.context.transaction() as session:
            return Lead.of(await add_lead(session, lead.values()))

    @mutation(
        requires(LEADS_WRITE),
        problems=PROBLEMS,
        description="Give a lead other values: what is left out is taken away.",
    )
    async def change_lead(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - its name in the graph
        lead: LeadInput,
    ) -> ChangeLeadResult | None:
        async with info.context.transaction() as session:
            return Lead.of(await change_lead(session, read_id(id), lead.values()))

    @mutation(requires(LEADS_WRITE), problems=PROBLEMS, description="Give a lead its next status.")
    async def move_lead(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - its name in the graph
        to: LeadStatus,
    ) -> MoveLeadResult | None:
        try:
            async with info.context.transaction() as session:
                return Lead.of(await move_lead(session, read_id(id), to))
        except UnreachableStatusError as refusal:
            return LeadStatusUnreachable(
                code=refusal.code,
                message=refusal.message,
                current=refusal.status,
                reachable=list(refusal.status.next),
            )

    @mutation(
        requires(LEADS_WRITE),
        problems=CONVERSION_PROBLEMS,
        description="Make a lead a customer, in your name: one, however often it is asked for.",
    )
    async def convert_lead(self, info: Info, id: strawberry.ID) -> ConvertLeadResult | None:  # noqa: A002 - its name in the graph
        wanted = read_id(id)
        async with info.context.transaction() as session:
            lead = await begin_conversion(session, wanted)
        if lead.customer_id is not None:
            return Lead.of(lead)
        # Between the transactions: whoever waits for another module holds no connection meanwhile.
        try:
            customer = await ask_for_customer(info.context.graph(Client), lead)
        except ConversionUnfinishedError as refusal:
            return LeadConversionUnfinished(code=refusal.code, message=refusal.message, reason=refusal.reason)
        async with info.context.transaction() as session:
            return Lead.of(await finish_conversion(session, wanted, customer))

    @mutation(requires(LEADS_WRITE), problems=PROBLEMS, description="Remove a lead.")
    async def remove_lead(self, info: Info, id: strawberry.ID) -> RemoveLeadResult | None:  # noqa: A002 - its name in the graph
        async with info.context.transaction() as session:
            await remove_lead(session, read_id(id))
        return RemovedLead(id=id)
