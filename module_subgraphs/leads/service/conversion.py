"""A lead becomes a customer, in two steps with the module of customers between them.

First the conversion's id is committed, then customers is asked for the customer of that id, then the customer is written
down. Whatever breaks off between the steps is taken up by asking again: the id stays, and by it there is one customer.
"""

from datetime import UTC, datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Refusal, read_id
from module_subgraphs.leads.graph_client import (
    AddConvertedCustomer,
    AddConvertedCustomerAddCustomerCustomer,
    Answer,
    Client,
    ClientError,
)
from module_subgraphs.leads.service.leads import find_lead_to_change
from module_subgraphs.leads.service.statuses import LeadStatus
from module_subgraphs.leads.tables import LeadRow

_DENIED = "UNAUTHORIZED_FIELD_OR_TYPE"


class ConversionUnfinishedError(Refusal):
    """Whether there is a customer is not known. `reason` is the code of what customers, or the gateway, said instead."""

    def __init__(self, reason: str) -> None:
        super().__init__(
            "CONVERSION_UNFINISHED",
            "Customers does not answer: convert the lead again, and it goes on from here",
        )
        self.reason = reason


async def begin_conversion(session: AsyncSession, id_: UUID) -> LeadRow:
    """The lead, with an id of its conversion: the one that it has, else a new one. Commit it before customers is asked.

    Raises Refusal for a lead that is not there, or lost.
    """
    row = await find_lead_to_change(session, id_)
    status = LeadStatus(row.status)
    if status is LeadStatus.CONVERTED:
        return row
    if not status.is_convertible:
        raise Refusal("LEAD_NOT_CONVERTIBLE", f"A lead that is {status.name} becomes no customer")
    row.conversion_id = row.conversion_id or uuid4()
    return row


async def ask_for_customer(client: Client, begun: LeadRow) -> UUID:
    """The customer of a conversion that was begun, the same however often it is asked for.

    Raises ConversionUnfinishedError, and Refusal for what customers refuses or denies.
    """
    try:
        answer = await client.add_converted_customer(
            name=begun.name,
            email=begun.email,
            city=begun.city,
            reference=f"leads/{begun.conversion_id}",
        )
    except ClientError as error:
        raise ConversionUnfinishedError("NO_ANSWER") from error
    return _customer_of(answer)


async def finish_conversion(session: AsyncSession, id_: UUID, customer: UUID) -> LeadRow:
    """The lead, converted. Who lost it meanwhile was late: there is a customer by now. Raises Refusal."""
    row = await find_lead_to_change(session, id_)
    if row.customer_id is None:
        row.customer_id = customer
        row.status = LeadStatus.CONVERTED
        row.converted_at = datetime.now(UTC)
        await session.flush()
    return row


def _customer_of(answer: Answer[AddConvertedCustomer]) -> UUID:
    result = None if answer.data is None else answer.data.add_customer
    if isinstance(result, AddConvertedCustomerAddCustomerCustomer):
        return read_id(result.id)
    if result is not None:
        raise Refusal("CUSTOMER_REFUSED", f"Customers does not take it: {result.message}")
    codes = [error.code or "UNKNOWN" for error in answer.errors]
    if _DENIED in codes:
        raise Refusal("CUSTOMERS_DENIED", "You may not add customers")
    raise ConversionUnfinishedError(codes[0] if codes else "NO_ANSWER")
