import strawberry

from foundation_subgraph.kit import Connection, Info, Window, field, find_page, read_id, requires
from module_subgraphs.leads.graph.types import Lead, LeadStage
from module_subgraphs.leads.permissions import LEADS_READ
from module_subgraphs.leads.service import ORDER, LeadStatus, all_leads, find_leads, funnel


@strawberry.type
class Query:
    @field(requires(LEADS_READ), description="Leads by name; with `status`, those that have it.")
    async def leads(
        self, info: Info, window: Window, status: LeadStatus | None = None
    ) -> Connection[Lead] | None:
        async with info.context.transaction() as session:
            return await find_page(session, all_leads(status), ORDER, window, Lead.of)

    @field(requires(LEADS_READ), description="One lead, null where there is none.")
    async def lead(self, info: Info, id: strawberry.ID) -> Lead | None:  # noqa: A002 - its name in the graph
        wanted = read_id(id)
        async with info.context.transaction() as session:
            row = (await find_leads(session, [wanted])).get(wanted)
        return None if row is None else Lead.of(row)

    @field(requires(LEADS_READ), description="How many leads have which status, every status in its order.")
    async def lead_funnel(self, info: Info) -> list[LeadStage] | None:
        async with info.context.transaction() as session:
            return [LeadStage.of(stage) for stage in await funnel(session)]
