"""What can be done with leads, over a session that sees one tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Refusal, among
from module_subgraphs.leads.service.statuses import LeadStatus, UnreachableStatusError
from module_subgraphs.leads.tables import LeadRow

ORDER: Final = (LeadRow.name, LeadRow.id)
_MAX_TEXT: Final = 200
_MAX_NUMBER: Final = 10**15
_MAX_PLACES: Final = 6


@dataclass(frozen=True, slots=True)
class LeadValues:
    """What somebody says of a lead, not checked yet."""

    name: str
    company: str | None
    email: str | None
    phone: str | None
    city: str | None
    worth: Decimal | None


@dataclass(frozen=True, slots=True)
class Stage:
    """How many leads have a status, and what is said of their worth in all: 0 where nothing is."""

    status: LeadStatus
    leads: int
    worth: Decimal


def all_leads(status: LeadStatus | None = None) -> Select[LeadRow]:
    """The leads of the session's tenant, or those of one status, not ordered yet."""
    query = select(LeadRow)
    return query if status is None else query.where(LeadRow.status == status)


async def funnel(session: AsyncSession) -> list[Stage]:
    """Every status in its order, those that no lead has too; in one query."""
    query = select(LeadRow.status, func.count(), func.sum(LeadRow.worth))
    counted = {
        status: Stage(LeadStatus(status), leads, worth or Decimal(0))
        for status, leads, worth in await session.execute(query.group_by(LeadRow.status))
    }
    return [counted.get(status) or Stage(status, 0, Decimal(0)) for status in LeadStatus]


async def find_leads(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, LeadRow]:
    """Those of the leads that exist, in one query."""
    rows = await session.scalars(select(LeadRow).where(among(LeadRow.id, ids)))
    return {row.id: row for row in rows}


async def add_lead(session: AsyncSession, values: LeadValues) -> LeadRow:
    """Raises Refusal, as all that follow."""
    return await _save(session, _filled(LeadRow(), values))


async def change_lead(session: AsyncSession, id_: UUID, values: LeadValues) -> LeadRow:
    """Give a lead other values: all of them, so that what is not said is taken away."""
    return await _save(session, _filled(await find_lead_to_change(session, id_), values))


async def move_lead(session: AsyncSession, id_: UUID, wanted: LeadStatus) -> LeadRow:
    """Give a lead its next status. Raises UnreachableStatusError, a Refusal, where it does not follow.

    Of two who move a lead at once, the second moves what the first has made of it.
    """
    row = await find_lead_to_change(session, id_)
    status = LeadStatus(row.status)
    if wanted not in status.next:
        raise UnreachableStatusError(status, wanted)
    row.status = wanted
    return await _save(session, row)


async def remove_lead(session: AsyncSession, id_: UUID) -> None:
    await session.delete(await find_lead_to_change(session, id_))


async def find_lead_to_change(session: AsyncSession, id_: UUID) -> LeadRow:
    """The lead, which nobody else changes until the transaction ends."""
    query = select(LeadRow).where(LeadRow.id == id_).with_for_update()
    row = (await session.scalars(query)).one_or_none()
    if row is None:
        raise Refusal("LEAD_NOT_FOUND", "There is no such lead")
    return row


def _filled(row: LeadRow, values: LeadValues) -> LeadRow:
    row.name = _text("name", values.name)
    row.company = _text("company", values.company) if values.company and values.company.strip() else None
    row.email = _text("email", values.email) if values.email and values.email.strip() else None
    row.phone = _text("phone", values.phone) if values.phone and values.phone.strip() else None
    row.city = _text("city", values.city) if values.city and values.city.strip() else None
    row.worth = None if values.worth is None else _number("worth", values.worth)
    return row


async def _save(session: AsyncSession, row: LeadRow) -> LeadRow:
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row


def _text(name: str, text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= _MAX_TEXT:
        raise Refusal("BAD_USER_INPUT", f"{name} has between 1 and {_MAX_TEXT} characters")
    return text


def _number(name: str, number: Decimal) -> Decimal:
    if not (number.is_finite() and abs(number) < _MAX_NUMBER and number == round(number, _MAX_PLACES)):
        raise Refusal(
            "BAD_USER_INPUT", f"{name} lies below 10^15 and has at most {_MAX_PLACES} decimal places"
        )
    return number
