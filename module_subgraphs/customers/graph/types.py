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
    created_at: datetime | None = strawberry.field(directives=_readable)

    @classmethod
    def of(cls, row: CustomerRow) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            name=row.name,
            email=row.email,
            city=row.city,
            created_at=row.created_at,
        )
