from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from foundation_subgraph.kit import Info, RequestContext, field, requires
from module_subgraphs.tasks.permissions import TASKS_READ
from module_subgraphs.tasks.service import (
    Subject,
    SubjectKind,
    TaskStatus,
    find_tasks,
    is_overdue,
    latest_comments,
    next_tasks,
    subject_of,
)
from module_subgraphs.tasks.tables import CommentRow, TaskRow

strawberry.enum(TaskStatus, description="The status of a task: DONE and CANCELLED are closed.")
strawberry.enum(SubjectKind, name="TaskSubjectKind", description="Whose entity a task is about.")

_readable = [requires(TASKS_READ)]


@strawberry.federation.type(keys=["id"])
class User:
    """The foundation's entity, with what tasks knows of it."""

    id: strawberry.ID

    @field(
        requires(TASKS_READ),
        description="What the user has to do: the next ten, those due first before the others.",
    )
    async def tasks(self, info: Info) -> list[Annotated["Task", strawberry.lazy(__name__)]] | None:
        return await info.context.loader(load_tasks_of_user).load(UUID(self.id))


# Tasks refers to what it is about and knows nothing of it: a tenant has tasks whether it has those modules or not.
@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Customer:
    id: strawberry.ID


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Item:
    id: strawberry.ID


@strawberry.federation.type(keys=[Key(fields=FieldSet("id"), resolvable=False)])
class Lead:
    id: strawberry.ID


TaskSubject = Annotated[
    Customer | Item | Lead, strawberry.union("TaskSubject", description="What a task may be about.")
]


@strawberry.federation.type(keys=["id"], description="Something that your tenant has to do.")
class Task:
    # The id alone needs no permission: others may refer to it, and it tells nothing.
    id: strawberry.ID
    title: str | None = strawberry.field(directives=_readable)
    details: str | None = strawberry.field(directives=_readable)
    status: TaskStatus | None = strawberry.field(directives=_readable)
    next_statuses: list[TaskStatus] | None = strawberry.field(
        directives=_readable, description="What `moveTask` may make of its status."
    )
    due_at: datetime | None = strawberry.field(directives=_readable)
    is_overdue: bool | None = strawberry.field(
        directives=_readable, description="Whether it is past `dueAt` and not closed."
    )
    assignee: User | None = strawberry.field(directives=_readable, description="Null for nobody.")
    subject: TaskSubject | None = strawberry.field(directives=_readable, description="What it is about.")
    created_by: User | None = strawberry.field(directives=_readable)
    created_at: datetime | None = strawberry.field(directives=_readable)
    closed_at: datetime | None = strawberry.field(directives=_readable)

    @field(
        requires(TASKS_READ), description="The latest ten comments, newest first; `taskComments` gives all."
    )
    async def comments(self, info: Info) -> list[Annotated["TaskComment", strawberry.lazy(__name__)]] | None:
        return await info.context.loader(load_comments_on_task).load(UUID(self.id))

    @classmethod
    def of(cls, row: TaskRow) -> Self:
        status = TaskStatus(row.status)
        return cls(
            id=strawberry.ID(str(row.id)),
            title=row.title,
            details=row.details,
            status=status,
            next_statuses=list(status.next),
            due_at=row.due_at,
            is_overdue=is_overdue(row),
            assignee=None if row.assignee_id is None else User(id=strawberry.ID(str(row.assignee_id))),
            subject=_subject(subject_of(row)),
            created_by=User(id=strawberry.ID(str(row.created_by))),
            created_at=row.created_at,
            closed_at=row.closed_at,
        )


@strawberry.type(description="A task that is no more.")
class RemovedTask:
    id: strawberry.ID


@strawberry.type(description="What somebody said about a task.")
class TaskComment:
    id: strawberry.ID
    task_id: strawberry.Private[UUID]
    text: str | None = strawberry.field(directives=_readable)
    author: User | None = strawberry.field(directives=_readable)
    written_at: datetime | None = strawberry.field(directives=_readable)

    @field(requires(TASKS_READ))
    async def task(self, info: Info) -> Task | None:
        return await info.context.loader(load_tasks_by_id).load(self.task_id)

    @classmethod
    def of(cls, row: CommentRow) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            task_id=row.task_id,
            text=row.text,
            author=User(id=strawberry.ID(str(row.written_by))),
            written_at=row.written_at,
        )


async def load_tasks_by_id(context: RequestContext, ids: Sequence[UUID]) -> list[Task | None]:
    async with context.transaction() as session:
        found = await find_tasks(session, ids)
    return [Task.of(row) if (row := found.get(id_)) else None for id_ in ids]


async def load_tasks_of_user(context: RequestContext, users: Sequence[UUID]) -> list[list[Task]]:
    async with context.transaction() as session:
        found = await next_tasks(session, users)
    return [[Task.of(row) for row in found.get(user, [])] for user in users]


async def load_comments_on_task(context: RequestContext, tasks: Sequence[UUID]) -> list[list[TaskComment]]:
    async with context.transaction() as session:
        found = await latest_comments(session, tasks)
    return [[TaskComment.of(row) for row in found.get(task, [])] for task in tasks]


def _subject(subject: Subject | None) -> Customer | Item | Lead | None:
    if subject is None:
        return None
    id_ = strawberry.ID(str(subject.id))
    match subject.kind:
        case SubjectKind.CUSTOMER:
            return Customer(id=id_)
        case SubjectKind.ITEM:
            return Item(id=id_)
        case SubjectKind.LEAD:
            return Lead(id=id_)
