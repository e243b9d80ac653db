"""What can be done with tasks, over a session that sees one tenant."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import Refusal, among, first_rows_of_each
from module_subgraphs.tasks.service.changes import TaskChangeKind, tell_change
from module_subgraphs.tasks.service.statuses import TaskStatus, UnreachableStatusError
from module_subgraphs.tasks.tables import TaskRow

ORDER: Final = (TaskRow.created_at, TaskRow.id)
MOST_AT_ONCE: Final = 10
"""How many tasks of one user are shown where no page is asked for."""
_MAX_TITLE: Final = 200
_MAX_DETAILS: Final = 10_000


class SubjectKind(StrEnum):
    """Whose entity a task is about."""

    CUSTOMER = "customer"
    ITEM = "item"
    LEAD = "lead"


@dataclass(frozen=True, slots=True)
class Subject:
    """What a task is about: an entity of another module. Whether there is such is for that module to know."""

    kind: SubjectKind
    id: UUID


@dataclass(frozen=True, slots=True)
class TaskValues:
    """What somebody says of a task, not checked yet."""

    title: str
    details: str | None = None
    due_at: datetime | None = None
    assignee_id: UUID | None = None
    subject: Subject | None = None


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks are wanted: those for which all that is said here is so."""

    status: TaskStatus | None = None
    assignee_id: UUID | None = None
    subject_id: UUID | None = None
    is_overdue: bool = False


def all_tasks(wanted: TaskFilter) -> Select[TaskRow]:
    """The tasks of the session's tenant that pass, not ordered yet."""
    query = select(TaskRow)
    if wanted.status is not None:
        query = query.where(TaskRow.status == wanted.status)
    if wanted.assignee_id is not None:
        query = query.where(TaskRow.assignee_id == wanted.assignee_id)
    if wanted.subject_id is not None:
        query = query.where(TaskRow.subject_id == wanted.subject_id)
    if wanted.is_overdue:
        query = query.where(TaskRow.closed_at.is_(None), TaskRow.due_at < datetime.now(UTC))
    return query


def is_overdue(row: TaskRow) -> bool:
    return row.closed_at is None and row.due_at is not None and row.due_at < datetime.now(UTC)


def subject_of(row: TaskRow) -> Subject | None:
    if row.subject_kind is None or row.subject_id is None:
        return None
    return Subject(SubjectKind(row.subject_kind), row.subject_id)


async def find_tasks(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, TaskRow]:
    """Those of the tasks that exist, in one query."""
    rows = await session.scalars(select(TaskRow).where(among(TaskRow.id, ids)))
    return {row.id: row for row in rows}


async def next_tasks(session: AsyncSession, users: Sequence[UUID]) -> dict[UUID, list[TaskRow]]:
    """What each user has to do next: open tasks, those due first before the others, in one query for all users."""
    return await first_rows_of_each(
        session,
        select(TaskRow).where(TaskRow.closed_at.is_(None)),
        TaskRow.assignee_id,
        users,
        order=(TaskRow.due_at.asc().nulls_last(), TaskRow.created_at, TaskRow.id),
        limit=MOST_AT_ONCE,
    )


async def add_task(session: AsyncSession, values: TaskValues, *, created_by: UUID) -> TaskRow:
    """Raises Refusal, as all that follow."""
    row = _filled(TaskRow(created_by=created_by), values)
    session.add(row)
    return await _changed(session, row, TaskChangeKind.ADDED)


async def change_task(session: AsyncSession, id_: UUID, values: TaskValues) -> TaskRow:
    """Give a task other values: all of them, so that what is not said is taken away."""
    row = _filled(await find_task_to_change(session, id_), values)
    return await _changed(session, row, TaskChangeKind.EDITED)


async def assign_task(session: AsyncSession, id_: UUID, assignee: UUID | None) -> TaskRow:
    """Give a task to a user, or to nobody."""
    row = await find_task_to_change(session, id_)
    row.assignee_id = assignee
    return await _changed(session, row, TaskChangeKind.ASSIGNED)


async def move_task(session: AsyncSession, id_: UUID, wanted: TaskStatus) -> TaskRow:
    """Give a task its next status. Raises UnreachableStatusError, a Refusal, where it does not follow.

    Of two who move a task at once, the second moves what the first has made of it.
    """
    row = await find_task_to_change(session, id_)
    status = TaskStatus(row.status)
    if wanted not in status.next:
        raise UnreachableStatusError(status, wanted)
    row.status = wanted
    row.closed_at = datetime.now(UTC) if wanted.is_closed else None
    return await _changed(session, row, TaskChangeKind.MOVED)


async def remove_task(session: AsyncSession, id_: UUID) -> None:
    """Remove a task, with its comments."""
    await session.delete(await find_task_to_change(session, id_))
    await tell_change(session, id_, TaskChangeKind.REMOVED)


async def find_task_to_change(session: AsyncSession, id_: UUID) -> TaskRow:
    """The task, which nobody else changes until the transaction ends."""
    query = select(TaskRow).where(TaskRow.id == id_).with_for_update()
    row = (await session.scalars(query)).one_or_none()
    if row is None:
        raise Refusal("TASK_NOT_FOUND", "There is no such task")
    return row


def checked_text(name: str, text: str, longest: int) -> str:
    text = text.strip()
    if not 0 < len(text) <= longest:
        raise Refusal("BAD_USER_INPUT", f"{name} has between 1 and {longest} characters")
    return text


async def _changed(session: AsyncSession, row: TaskRow, kind: TaskChangeKind) -> TaskRow:
    await session.flush()
    await session.refresh(row)
    await tell_change(session, row.id, kind)
    return row


def _filled(row: TaskRow, values: TaskValues) -> TaskRow:
    details = (values.details or "").strip()
    row.title = checked_text("title", values.title, _MAX_TITLE)
    row.details = checked_text("details", details, _MAX_DETAILS) if details else None
    row.due_at = None if values.due_at is None else _moment("dueAt", values.due_at)
    row.assignee_id = values.assignee_id
    row.subject_kind = None if values.subject is None else values.subject.kind
    row.subject_id = None if values.subject is None else values.subject.id
    return row


def _moment(name: str, moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise Refusal("BAD_USER_INPUT", f"{name} says its offset from UTC, like 2026-03-01T09:00:00Z")
    return moment
