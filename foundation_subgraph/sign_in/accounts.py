"""Accounts: persons as they are known before any tenant is, and the hashes of their passwords."""

from dataclasses import dataclass, field
from uuid import UUID, uuid4

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.sign_in.persons import be_person
from foundation_subgraph.users.service import normalize_email
from foundation_subgraph.users.tables import UserRow


@dataclass(frozen=True, slots=True)
class Account:
    """A person, as they are known before any tenant is."""

    id: UUID
    email: str
    name: str


async def create_account(session: AsyncSession, email: str, name: str, password_hash: str) -> Account | None:
    """A new account for an address; None where it has one, which stays as it is."""
    row = (
        await session.execute(
            insert(UserRow)
            .values(id=uuid4(), email=normalize_email(email), name=name, password_hash=password_hash)
            .on_conflict_do_nothing(index_elements=["email"])
            .returning(UserRow.id, UserRow.email, UserRow.name)
        )
    ).one_or_none()
    return None if row is None else Account(row.id, row.email, row.name)


async def find_account(session: AsyncSession, email: str) -> Account | None:
    stored = await stored_password(session, email)
    return None if stored is None else stored.account


async def find_account_by_id(session: AsyncSession, user: UUID) -> Account | None:
    row = (
        await session.execute(select(UserRow.id, UserRow.email, UserRow.name).where(UserRow.id == user))
    ).one_or_none()
    return None if row is None else Account(row.id, row.email, row.name)


@dataclass(frozen=True, slots=True)
class StoredPassword:
    """Whose hash it is. It does not show in logs."""

    account: Account
    hash: str = field(repr=False)


async def stored_password(session: AsyncSession, email: str) -> StoredPassword | None:
    query = select(UserRow.id, UserRow.email, UserRow.name, UserRow.password_hash).where(
        UserRow.email == email
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else StoredPassword(Account(row.id, row.email, row.name), row.password_hash)


async def set_password(
    session: AsyncSession, user: UUID, password_hash: str, *, instead_of: str | None = None
) -> bool:
    """Give somebody another password hash: with `instead_of` only in place of that one. False where it is not there."""
    await be_person(session, user)
    changing = update(UserRow).where(UserRow.id == user)
    if instead_of is not None:
        changing = changing.where(UserRow.password_hash == instead_of)
    changed = await session.scalar(changing.values(password_hash=password_hash).returning(UserRow.id))
    return changed is not None
