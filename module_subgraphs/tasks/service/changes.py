"""What is told of a task's changes to those who listen."""

from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Topic

TASK_CHANGED: Final = Topic("tasks:task_changed")
"""`{"task": id, "kind": a TaskChangeKind}`."""


class TaskChangeKind(StrEnum):
    """What happened to a task."""

    ADDED = "added"
    EDITED = "edited"
    ASSIGNED = "assigned"
    MOVED = "moved"
    COMMENTED = "commented"
    REMOVED = "removed"


async def tell_change(session: AsyncSession, task: UUID, kind: TaskChangeKind) -> None:
    await TASK_CHANGED.publish(session, {"task": str(task), "kind": kind.value})
