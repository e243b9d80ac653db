"""What can be done with service accounts and their keys, over a session."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import Select, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Access, Permission, Refusal, among
from foundation_subgraph.permissions.tables import PermissionRow
from foundation_subgraph.service_accounts.tables import ApiKeyRow, ServiceAccountRow
from supergraph.spec import new_api_key

SERVICE_ACCOUNTS_READ: Final = Permission(
    "service_accounts:read",
    "See the machines that act in the tenant, and what their keys permit",
    Access.READ,
)
SERVICE_ACCOUNTS_MANAGE: Final = Permission(
    "service_accounts:manage", "Make service accounts, and make and revoke their keys", Access.ADMINISTER
)
PERMISSIONS: Final = (SERVICE_ACCOUNTS_READ, SERVICE_ACCOUNTS_MANAGE)

ORDER: Final = (ServiceAccountRow.created_at, ServiceAccountRow.id)
KEY_ORDER: Final = (ApiKeyRow.created_at, ApiKeyRow.id)
DAYS: Final = 90
MOST_DAYS: Final = 366

_LONGEST_NAME: Final = 200


@dataclass(frozen=True, slots=True)
class MadeApiKey:
    """A key just made. `text` is known here and now and never again."""

    row: ApiKeyRow
    text: str


def service_accounts() -> Select[ServiceAccountRow]:
    """The service accounts of the session's tenant, not ordered yet."""
    return select(ServiceAccountRow)


def api_keys() -> Select[ApiKeyRow]:
    """The keys of the session's tenant, revoked and expired ones too, not ordered yet."""
    return select(ApiKeyRow)


async def create_service_account(session: AsyncSession, name: str, created_by: UUID) -> ServiceAccountRow:
    row: ServiceAccountRow | None = await session.scalar(
        insert(ServiceAccountRow)
        .values(id=uuid4(), name=_named(name), created_by=created_by)
        .on_conflict_do_nothing(index_elements=["tenant_id", "name"])
        .returning(ServiceAccountRow)
    )
    if row is None:
        raise Refusal("SERVICE_ACCOUNT_EXISTS", f'There is a service account "{name.strip()}" already')
    return row


async def create_api_key(
    session: AsyncSession,
    account: UUID,
    name: str,
    scopes: Collection[str],
    *,
    days: int,
    created_by: UUID,
    held: Collection[str],
) -> MadeApiKey:
    """A key that permits some of what its maker may do, for some days."""
    if not 0 < days <= MOST_DAYS:
        raise Refusal("BAD_USER_INPUT", f"A key lasts between 1 and {MOST_DAYS} days")
    wanted = sorted(set(scopes))
    if beyond := [scope for scope in wanted if scope not in held]:
        raise Refusal("PERMISSION_BEYOND_YOUR_OWN", f'You may not hand "{beyond[0]}" on: you do not hold it')
    if not wanted:
        raise Refusal("BAD_USER_INPUT", "A key permits something: name its permissions")
    if await session.scalar(select(ServiceAccountRow.id).where(ServiceAccountRow.id == account)) is None:
        raise Refusal("SERVICE_ACCOUNT_NOT_FOUND", "There is no such service account in this tenant")
    key = new_api_key()
    row = await session.scalar(
        insert(ApiKeyRow)
        .values(
            id=key.id,
            account_id=account,
            name=_named(name),
            digest=key.digest(),
            scopes=wanted,
            created_by=created_by,
            expires_at=datetime.now(UTC) + timedelta(days=days),
        )
        .returning(ApiKeyRow)
    )
    assert row is not None
    return MadeApiKey(row, key.text())


async def revoke_api_key(session: AsyncSession, key: str) -> ApiKeyRow:
    """Take a key back. It stays in the list; doing it twice is no error, and changes nothing."""
    row = await session.scalar(select(ApiKeyRow).where(ApiKeyRow.id == key).with_for_update())
    if row is None:
        raise Refusal("API_KEY_NOT_FOUND", "There is no such key in this tenant")
    if row.revoked_at is None:
        await session.execute(
            update(ApiKeyRow).where(ApiKeyRow.id == key).values(revoked_at=datetime.now(UTC))
        )
        await session.refresh(row)
    return row


async def in_force(session: AsyncSession, scopes: Collection[str]) -> frozenset[str]:
    """Those of the permissions that there still are."""
    query = select(PermissionRow.id).where(
        among(PermissionRow.id, scopes), PermissionRow.retired_at.is_(None)
    )
    return frozenset(await session.scalars(query))


def _named(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= _LONGEST_NAME:
        raise Refusal("BAD_USER_INPUT", f"A name has between 1 and {_LONGEST_NAME} characters")
    return name
