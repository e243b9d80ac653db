"""The register of permissions, which only grows: what happened to each, in a chain that shows any change made behind us.

Of the session, both functions need the owner's role for writing, and anybody's for checking.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from sqlalchemy import func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_or
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Permission, SubgraphError
from foundation_subgraph.permissions.tables import PermissionRegisterRow, PermissionRow


class RegisterEvent(StrEnum):
    """What can happen to a permission. A reinstated one was retired before: its subgraph was rolled back, for one."""

    REGISTERED = "registered"
    CHANGED = "changed"
    RETIRED = "retired"
    REINSTATED = "reinstated"


async def register_permissions(session: AsyncSession, subgraph: str, declared: Sequence[Permission]) -> None:
    """Make the permissions in force of a subgraph those it declares; the others of its own are retired.

    Of two subgraphs that declare one id, also at the same time, the first has it. Raises SubgraphError for the second.
    """
    fresh: set[str] = set()
    for permission in sorted(
        declared, key=lambda one: one.id
    ):  # in one order, so that nobody waits in a circle
        # Who comes second waits here for the first one's transaction to end.
        made = await session.scalar(
            insert_or(PermissionRow)
            .values(subgraph=subgraph, **_written(permission))
            .on_conflict_do_nothing()
            .returning(PermissionRow.id)
        )
        if made is not None:
            fresh.add(made)
    ids = [permission.id for permission in declared]
    known = {
        row.id: row
        for row in await session.scalars(
            select(PermissionRow).where(or_(PermissionRow.id.in_(ids), PermissionRow.subgraph == subgraph))
        )
    }
    for permission in declared:
        row = known[permission.id]
        if row.subgraph != subgraph:
            raise SubgraphError(
                f"{subgraph} declares the permission {row.id}, which belongs to {row.subgraph}: choose another id"
            )
        if permission.id in fresh:
            await _add(session, RegisterEvent.REGISTERED, subgraph, permission)
        elif row.retired_at is not None:
            await _change(session, permission)
            await _add(session, RegisterEvent.REINSTATED, subgraph, permission)
        elif (row.description, row.access) != (permission.description, permission.access):
            await _change(session, permission)
            await _add(session, RegisterEvent.CHANGED, subgraph, permission)
    for row in known.values():
        if row.id not in ids and row.retired_at is None:
            await session.execute(
                update(PermissionRow).where(PermissionRow.id == row.id).values(retired_at=func.now())
            )
            retired = Permission(row.id, row.description, row.access)
            await _add(session, RegisterEvent.RETIRED, subgraph, retired)


@dataclass(frozen=True, slots=True)
class BrokenRegister:
    """The first row of the register that is not as it was written, and what is wrong with it."""

    number: int
    why: str


async def check_register(session: AsyncSession) -> BrokenRegister | None:
    """Work the whole chain out again; None where it holds.

    It shows rows that were changed, removed from the midst, put in or reordered. What was cut off at the end shows only
    against a copy of the last hash that is kept elsewhere.
    """
    previous, expected = b"", 1
    rows = await session.stream_scalars(
        select(PermissionRegisterRow).order_by(PermissionRegisterRow.number).execution_options(yield_per=500)
    )
    async for row in rows:
        if row.number != expected:
            return BrokenRegister(expected, f"the row is missing: the next one there is {row.number}")
        if row.previous != previous:
            return BrokenRegister(row.number, "it does not follow the row before it")
        if row.hash != _hash(row):
            return BrokenRegister(row.number, "its content is not what was written")
        previous, expected = row.hash, expected + 1
    return None


def _hash(row: PermissionRegisterRow) -> bytes:
    """As the database's trigger works it out, in other words."""
    content = [
        row.number,
        row.event,
        row.permission,
        row.subgraph,
        str(row.access),
        row.description,
        _moment(row.at),
    ]
    return hashlib.sha256(row.previous + json.dumps(content, ensure_ascii=False).encode()).digest()


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")


def _written(permission: Permission) -> dict[str, object]:
    return {"id": permission.id, "description": permission.description, "access": permission.access}


async def _change(session: AsyncSession, permission: Permission) -> None:
    await session.execute(
        update(PermissionRow)
        .where(PermissionRow.id == permission.id)
        .values(description=permission.description, access=permission.access, retired_at=None)
    )


async def _add(session: AsyncSession, event: RegisterEvent, subgraph: str, permission: Permission) -> None:
    await session.execute(
        insert(PermissionRegisterRow).values(
            event=event,
            permission=permission.id,
            subgraph=subgraph,
            access=permission.access,
            description=permission.description,
        )
    )
