"""The API keys of all tenants, for the gateway: its hook `ApiKeyStore`."""

import asyncio
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit import narrow
from foundation_subgraph.service_accounts.service import in_force
from foundation_subgraph.service_accounts.tables import ApiKeyRow
from foundation_subgraph.tenants.service import TenantStatus
from foundation_subgraph.tenants.tables import TenantRow
from supergraph.spec import ApiKeysUnavailableError, StoredApiKey

_log = logging.getLogger(__name__)

NOTED_EVERY: Final = timedelta(minutes=1)
"""So exact is `last_used_at`; more often would be a write per request."""

_REMEMBERED_USES: Final = 10_000


class ApiKeys:
    """Looks keys up in the role of the sign-in. What a key permits are those of its permissions that are still there."""

    def __init__(self, engine: AsyncEngine, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._engine = engine
        self._clock = clock
        self._noted: dict[str, float] = {}
        self._notes: set[asyncio.Task[None]] = set()

    async def find_api_key(self, key_id: str) -> StoredApiKey | None:
        """The key; None for one that is revoked, or whose tenant is not active. Raises ApiKeysUnavailableError."""
        try:
            async with AsyncSession(self._engine) as session:
                row = await session.scalar(
                    select(ApiKeyRow)
                    .join(TenantRow, TenantRow.id == ApiKeyRow.tenant_id)
                    .where(
                        ApiKeyRow.id == key_id,
                        ApiKeyRow.revoked_at.is_(None),
                        TenantRow.status == TenantStatus.ACTIVE,
                    )
                )
                if row is None:
                    return None
                return StoredApiKey(
                    row.id,
                    row.digest,
                    str(row.account_id),
                    str(row.tenant_id),
                    await in_force(session, row.scopes),
                    row.expires_at.timestamp(),
                    row.name,
                )
        except (OSError, SQLAlchemyError) as error:
            raise ApiKeysUnavailableError(f"the database does not answer: {type(error).__name__}") from error

    def api_key_used(self, key_id: str) -> None:
        """Note that a key was used, later and at most once a minute."""
        now = self._clock()
        if now - self._noted.get(key_id, -1e9) < NOTED_EVERY.total_seconds():
            return
        if len(self._noted) >= _REMEMBERED_USES:
            self._noted.clear()
        self._noted[key_id] = now
        note = asyncio.get_running_loop().create_task(self._note(key_id))
        self._notes.add(note)
        note.add_done_callback(self._notes.discard)

    async def close(self) -> None:
        """Wait for what is being noted."""
        await asyncio.gather(*self._notes)

    async def _note(self, key_id: str) -> None:
        now = datetime.now(UTC)
        try:
            async with AsyncSession(self._engine) as session, session.begin():
                tenant: UUID | None = await session.scalar(
                    select(ApiKeyRow.tenant_id).where(ApiKeyRow.id == key_id)
                )
                await narrow(session, tenant)
                await session.execute(
                    update(ApiKeyRow)
                    .where(
                        ApiKeyRow.tenant_id == tenant,
                        ApiKeyRow.id == key_id,
                        # Of several gateways one is enough.
                        or_(ApiKeyRow.last_used_at.is_(None), ApiKeyRow.last_used_at < now - NOTED_EVERY),
                    )
                    .values(last_used_at=now)
                )
        except (OSError, SQLAlchemyError) as error:
            _log.warning("the use of an API key was not noted: %s", type(error).__name__)
