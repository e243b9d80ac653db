"""What can be done with customers, over a session that sees one tenant."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import DemoTenant, Refusal, among
from module_subgraphs.customers.tables import CustomerRow

ORDER: Final = (CustomerRow.name, CustomerRow.id)

_MAX_TEXT: Final = 200

_DEMO_CUSTOMERS: Final = {
    "acme": (
        ("Ada Lovelace", "ada@customers.example", "London"),
        ("Alan Turing", "alan@customers.example", "Manchester"),
        ("Edsger Dijkstra", "edsger@customers.example", "Rotterdam"),
        ("Grace Hopper", "grace@customers.example", "New York"),
        ("Katherine Johnson", None, "Hampton"),
    ),
    "globex": (
        ("Hedy Lamarr", "hedy@customers.example", "Vienna"),
        ("Radia Perlman", "radia@customers.example", "Boston"),
    ),
}


def customers() -> Select[CustomerRow]:
    """The customers of the session's tenant, not ordered yet."""
    return select(CustomerRow)


async def find_customers(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, CustomerRow]:
    """Those of the customers that exist, in one query."""
    rows = await session.scalars(select(CustomerRow).where(among(CustomerRow.id, ids)))
    return {row.id: row for row in rows}


async def add_customer(
    session: AsyncSession,
    *,
    name: str,
    email: str | None,
    city: str | None,
    external_reference: str | None = None,
) -> CustomerRow:
    """Raises Refusal.

    Of one reference the tenant has one customer: whoever asks again gets it as it is, whatever is said of it now, and
    of two who ask at once the second gets that of the first.
    """
    name, email, city = name.strip(), _given(email), _given(city)
    reference = _given(external_reference)
    if not name:
        raise Refusal("BAD_USER_INPUT", "A customer has a name")
    if any(len(text or "") > _MAX_TEXT for text in (name, email, city, reference)):
        raise Refusal(
            "BAD_USER_INPUT",
            f"Name, e-mail, city and external reference have at most {_MAX_TEXT} characters each",
        )
    if email is not None and "@" not in email:
        raise Refusal("BAD_USER_INPUT", f'"{email}" is not an e-mail address')
    added: CustomerRow | None = await session.scalar(
        insert(CustomerRow)
        .values(name=name, email=email, city=city, external_reference=reference)
        # Waits for whoever adds the same at this moment, so that their customer is there to be found.
        .on_conflict_do_nothing(index_elements=[CustomerRow.tenant_id, CustomerRow.external_reference])
        .returning(CustomerRow)
    )
    if added is not None:
        return added
    known = select(CustomerRow).where(CustomerRow.external_reference == reference)
    return (await session.scalars(known)).one()


async def write_demo_data(session: AsyncSession, tenant: DemoTenant) -> None:
    for number, (name, email, city) in enumerate(_DEMO_CUSTOMERS.get(tenant.slug, ()), start=1):
        session.add(CustomerRow(id=tenant.demo_id("Customer", number), name=name, email=email, city=city))


def _given(text: str | None) -> str | None:
    return (text or "").strip() or None
