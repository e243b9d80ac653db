"""Demo leads: one of each status that a person gives."""

from decimal import Decimal
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import DemoTenant
from module_subgraphs.leads.service.statuses import LeadStatus
from module_subgraphs.leads.tables import LeadRow

_DEMO_LEADS: Final = (
    ("Barbara Liskov", "Substitutes Ltd", "barbara@leads.example", "Boston", Decimal(1200), LeadStatus.NEW),
    (
        "Donald Knuth",
        "Literate Press",
        "donald@leads.example",
        "Stanford",
        Decimal(850),
        LeadStatus.QUALIFIED,
    ),
    ("Niklaus Wirth", None, None, "Zurich", None, LeadStatus.LOST),
)


async def write_demo_data(session: AsyncSession, tenant: DemoTenant) -> None:
    for number, (name, company, email, city, worth, status) in enumerate(_DEMO_LEADS, start=1):
        session.add(
            LeadRow(
                id=tenant.demo_id("Lead", number),
                name=name,
                company=company,
                email=email,
                city=city,
                worth=worth,
                status=status,
            )
        )
