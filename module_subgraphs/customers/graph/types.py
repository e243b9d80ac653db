from datetime import datetime
from typing import Self

import strawberry

from foundation_subgraph.kit import requires
from module_subgraphs.customers.permissions import CUSTOMERS_CONTACT, CUSTOMERS_READ
from module_subgraphs.customers.tables import CustomerRow

_readable = [requires(CUSTOMERS_READ)]


@strawberry.federation.type(keys=["id"], description="Somebody that your tenant sells to.")
class Customer:
    # The id alone needs no permission: others refer to it, and it tells nothing.
    id: strawberry.ID
    name: str | None = strawberry.field(directives=_readable)
    email: str | None = strawberry.field(directives=[requires(CUSTOMERS_CONTACT)])
    city: str | None = strawberry.field(directives=_readable)
    external_reference: str | None = strawberry.field(
        directives=_readable,
        description="By which whoever added it knows it; no other of your tenant has it.",
    )
    created_at: datetime | None = strawberry.field(directives=_readable)

    @classmethod
    def of(cls, row: CustomerRow) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            name=row.name,
            email=row.email,
            city=row.city,
            external_reference=row.external_reference,
            created_at=row.created_at,
        )
