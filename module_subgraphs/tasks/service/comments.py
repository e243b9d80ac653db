"""What is said about tasks, over a session that sees one tenant."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import first_rows_of_each
from module_subgraphs.tasks.service.changes import TaskChangeKind, tell_change
from module_subgraphs.tasks.service.tasks import checked_text, find_task_to_change
from module_subgraphs.tasks.tables import CommentRow

COMMENT_ORDER: Final = (CommentRow.written_at, CommentRow.id)
LATEST: Final = 10
_MAX_TEXT: Final = 10_000


def comments_on(task: UUID) -> Select[CommentRow]:
    """All that is said about a task, not ordered yet."""
    return select(CommentRow).where(CommentRow.task_id == task)


async def latest_comments(session: AsyncSession, tasks: Sequence[UUID]) -> dict[UUID, list[CommentRow]]:
    """The latest comments on each task, newest first, in one query for all of them."""
    return await first_rows_of_each(
        session,
        select(CommentRow),
        CommentRow.task_id,
        tasks,
        order=(CommentRow.written_at.desc(), CommentRow.id.desc()),
        limit=LATEST,
    )


async def comment_on_task(session: AsyncSession, task: UUID, text: str, *, written_by: UUID) -> CommentRow:
    """Say something about a task. Raises Refusal."""
    text = checked_text("text", text, _MAX_TEXT)
    await find_task_to_change(session, task)
    row = CommentRow(task_id=task, text=text, written_by=written_by)
    session.add(row)
    await session.flush()
    await session.refresh(row)
    await tell_change(session, task, TaskChangeKind.COMMENTED)
    return row
