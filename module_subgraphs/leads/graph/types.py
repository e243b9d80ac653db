from datetime import datetime
from decimal import Decimal
from typing import Self

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from foundation_subgraph.kit import requires
from module_subgraphs.leads.permissions import LEADS_READ
from module_subgraphs.leads.service import LeadStatus, Stage
from module_subgraphs.leads.tables import LeadRow

strawberry.enum(LeadStatus, description="The status of a lead: CONVERTED is for ever.")

_readable = [requires(LEADS_READ)]


# Leads refers to the customer that a lead became and knows nothing of it: a tenant has leads whether it has customers or not.
@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Customer:
    id: strawberry.ID


@strawberry.federation.type(keys=["id"], description="A lead of your tenant.")
class Lead:
    # The id alone needs no permission: others may refer to it, and it tells nothing.
    id: strawberry.ID
    name: str | None = strawberry.field(directives=_readable)
    company: str | None = strawberry.field(directives=_readable)
    email: str | None = strawberry.field(directives=_readable)
    phone: str | None = strawberry.field(directives=_readable)
    city: str | None = strawberry.field(directives=_readable)
    worth: Decimal | None = strawberry.field(directives=_readable)
    status: LeadStatus | None = strawberry.field(directives=_readable)
    next_statuses: list[LeadStatus] | None = strawberry.field(
        directives=_readable, description="What `moveLead` may make of its status."
    )
    customer: Customer | None = strawberry.field(
        directives=_readable, description="Whom it became; null until it is converted."
    )
    converted_at: datetime | None = strawberry.field(directives=_readable)
    created_at: datetime | None = strawberry.field(directives=_readable)

    @classmethod
    def of(cls, row: LeadRow) -> Self:
        status = LeadStatus(row.status)
        return cls(
            id=strawberry.ID(str(row.id)),
            name=row.name,
            company=row.company,
            email=row.email,
            phone=row.phone,
            city=row.city,
            worth=row.worth,
            status=status,
            next_statuses=list(status.next),
            customer=None if row.customer_id is None else Customer(id=strawberry.ID(str(row.customer_id))),
            converted_at=row.converted_at,
            created_at=row.created_at,
        )


@strawberry.type(description="A lead that is no more.")
class RemovedLead:
    id: strawberry.ID


@strawberry.type(description="The leads that have one status.")
class LeadStage:
    status: LeadStatus
    leads: int = strawberry.field(description="How many.")
    worth: Decimal = strawberry.field(description="What is said of their worth, in all.")

    @classmethod
    def of(cls, stage: Stage) -> Self:
        return cls(status=stage.status, leads=stage.leads, worth=stage.worth)
