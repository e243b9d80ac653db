from collections.abc import AsyncGenerator
from uuid import UUID

import strawberry

from foundation_subgraph.kit import Info, read_id, requires, subscription
from module_subgraphs.tasks.graph.types import Task
from module_subgraphs.tasks.permissions import TASKS_READ
from module_subgraphs.tasks.service import TASK_CHANGED, TaskChangeKind, find_tasks

strawberry.enum(TaskChangeKind, description="What happened to a task.")


@strawberry.type(description="Something that happened to a task.")
class TaskChange:
    kind: TaskChangeKind
    task_id: strawberry.ID
    task: Task | None = strawberry.field(description="As it is now; null once it is removed.")


@strawberry.type
class Subscription:
    @subscription(requires(TASKS_READ), description="What happens to tasks, or to the one of this id.")
    async def task_changed(
        self,
        info: Info,
        id: strawberry.ID | None = None,  # noqa: A002 - its name in the graph
    ) -> AsyncGenerator[TaskChange | None, None]:
        wanted = None if id is None else read_id(id)
        async for event in info.context.hear(TASK_CHANGED):
            changed = UUID(str(event["task"]))
            if wanted is not None and changed != wanted:
                continue
            async with info.context.transaction() as session:
                row = (await find_tasks(session, [changed])).get(changed)
            yield TaskChange(
                kind=TaskChangeKind(str(event["kind"])),
                task_id=strawberry.ID(str(changed)),
                task=None if row is None else Task.of(row),
            )
