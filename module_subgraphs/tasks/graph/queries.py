from uuid import UUID

import strawberry

from foundation_subgraph.kit import Connection, Info, Window, field, find_page, read_id, requires
from module_subgraphs.tasks.graph.types import Task, TaskComment
from module_subgraphs.tasks.permissions import TASKS_READ
from module_subgraphs.tasks.service import (
    COMMENT_ORDER,
    ORDER,
    TaskFilter,
    TaskStatus,
    all_tasks,
    comments_on,
    find_tasks,
)


@strawberry.type
class Query:
    @field(
        requires(TASKS_READ),
        description="Tasks, newest first; `overdue`: those past `dueAt` and not closed.",
    )
    async def tasks(
        self,
        info: Info,
        window: Window,
        status: TaskStatus | None = None,
        assignee_id: strawberry.ID | None = None,
        subject_id: strawberry.ID | None = None,
        overdue: bool = False,  # noqa: FBT001, FBT002 - an argument in the graph
    ) -> Connection[Task] | None:
        wanted = TaskFilter(status, _read(assignee_id), _read(subject_id), is_overdue=overdue)
        async with info.context.transaction() as session:
            return await find_page(session, all_tasks(wanted), ORDER, window, Task.of, descending=True)

    @field(requires(TASKS_READ), description="One task, null where there is none.")
    async def task(self, info: Info, id: strawberry.ID) -> Task | None:  # noqa: A002 - its name in the graph
        wanted = read_id(id)
        async with info.context.transaction() as session:
            row = (await find_tasks(session, [wanted])).get(wanted)
        return None if row is None else Task.of(row)

    @field(requires(TASKS_READ), description="All that is said about a task, oldest first.")
    async def task_comments(
        self, info: Info, task_id: strawberry.ID, window: Window
    ) -> Connection[TaskComment] | None:
        wanted = read_id(task_id)
        async with info.context.transaction() as session:
            return await find_page(session, comments_on(wanted), COMMENT_ORDER, window, TaskComment.of)


def _read(id_: strawberry.ID | None) -> UUID | None:
    return None if id_ is None else read_id(id_)
