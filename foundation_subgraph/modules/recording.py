"""Writing down what happens to modules, in its own transaction: every writer goes through here."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Topic
from foundation_subgraph.modules.history import ChangeKind
from foundation_subgraph.modules.tables import ModuleChangeRow

MODULES_CHANGED: Final = Topic("foundation:modules_changed")
"""Something in the registry has changed: whoever keeps it in memory loads it again."""

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('dovetail.modules', 0))")


@dataclass(frozen=True, slots=True)
class By:
    """Who does something, and why, for the history."""

    actor: str
    reason: str = ""


async def lock_registry(session: AsyncSession) -> None:
    """Wait for others who change the registry, and keep them waiting until the transaction ends."""
    await session.execute(_LOCK)


async def record_change(
    session: AsyncSession,
    kind: ChangeKind,
    module: str,
    by: By,
    tenant: UUID | None = None,
    version: int | None = None,
    details: Mapping[str, object] | None = None,
) -> None:
    """Into the history, and to whoever listens for changes."""
    await session.execute(
        insert(ModuleChangeRow).values(
            module=module,
            tenant_id=tenant,
            action=kind,
            version=version,
            details=dict(details or {}),
            actor=by.actor,
            reason=by.reason.strip(),
        )
    )
    await tell_of_change(session)


async def tell_of_change(session: AsyncSession) -> None:
    await MODULES_CHANGED.publish(session, {})
