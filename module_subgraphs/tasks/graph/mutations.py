from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import strawberry

from foundation_subgraph.kit import Info, InvalidInput, NotFound, Problem, mutation, read_id, requires
from module_subgraphs.tasks.graph.types import RemovedTask, Task, TaskComment
from module_subgraphs.tasks.permissions import TASKS_COMMENT, TASKS_WRITE
from module_subgraphs.tasks.service import (
    Subject,
    SubjectKind,
    TaskStatus,
    TaskValues,
    UnreachableStatusError,
    add_task,
    assign_task,
    change_task,
    comment_on_task,
    move_task,
    remove_task,
)


@strawberry.type(description="The status does not follow the one that the task has.")
class TaskStatusUnreachable(Problem):
    current: TaskStatus = strawberry.field(description="The status that the task has.")
    reachable: list[TaskStatus] = strawberry.field(description="What it may be moved to.")


AddTaskResult = Annotated[Task | InvalidInput, strawberry.union("AddTaskResult")]
ChangeTaskResult = Annotated[Task | NotFound | InvalidInput, strawberry.union("ChangeTaskResult")]
AssignTaskResult = Annotated[Task | NotFound | InvalidInput, strawberry.union("AssignTaskResult")]
MoveTaskResult = Annotated[
    Task | NotFound | TaskStatusUnreachable | InvalidInput, strawberry.union("MoveTaskResult")
]
RemoveTaskResult = Annotated[RemovedTask | NotFound | InvalidInput, strawberry.union("RemoveTaskResult")]
CommentOnTaskResult = Annotated[
    TaskComment | NotFound | InvalidInput, strawberry.union("CommentOnTaskResult")
]

PROBLEMS: Final[Mapping[str, type[Problem]]] = {"TASK_NOT_FOUND": NotFound}


@strawberry.input(description="What a task is about.")
class TaskSubjectInput:
    kind: SubjectKind
    id: strawberry.ID


@strawberry.input(description="All that is said of a task.")
class TaskInput:
    title: str
    details: str | None = None
    due_at: datetime | None = None
    assignee_id: strawberry.ID | None = None
    subject: TaskSubjectInput | None = None

    def values(self) -> TaskValues:
        return TaskValues(
            title=self.title,
            details=self.details,
            due_at=self.due_at,
            assignee_id=None if self.assignee_id is None else read_id(self.assignee_id),
            subject=None if self.subject is None else Subject(self.subject.kind, read_id(self.subject.id)),
        )


@strawberry.type
class Mutation:
    @mutation(requires(TASKS_WRITE), problems=PROBLEMS, description="Add a task, which is open.")
    async def add_task(self, info: Info, task: TaskInput) -> AddTaskResult | None:
        async with info.context.transaction() as session:
            return Task.of(await add_task(session, task.values(), created_by=info.context.subject))

    @mutation(
        requires(TASKS_WRITE),
        problems=PROBLEMS,
        description="Give a task other values: what is left out is taken away. Its status stays.",
    )
    async def change_task(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - its name in the graph
        task: TaskInput,
    ) -> ChangeTaskResult | None:
        async with info.context.transaction() as session:
            return Task.of(await change_task(session, read_id(id), task.values()))

    @mutation(
        requires(TASKS_WRITE), problems=PROBLEMS, description="Give a task to a user; without one, to nobody."
    )
    async def assign_task(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - its name in the graph
        assignee_id: strawberry.ID | None = None,
    ) -> AssignTaskResult | None:
        assignee = None if assignee_id is None else read_id(assignee_id)
        async with info.context.transaction() as session:
            return Task.of(await assign_task(session, read_id(id), assignee))

    @mutation(requires(TASKS_WRITE), problems=PROBLEMS, description="Give a task its next status.")
    async def move_task(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - its name in the graph
        to: TaskStatus,
    ) -> MoveTaskResult | None:
        try:
            async with info.context.transaction() as session:
                return Task.of(await move_task(session, read_id(id), to))
        except UnreachableStatusError as refusal:
            return TaskStatusUnreachable(
                code=refusal.code,
                message=refusal.message,
                current=refusal.status,
                reachable=list(refusal.status.next),
            )

    @mutation(requires(TASKS_WRITE), problems=PROBLEMS, description="Remove a task, with its comments.")
    async def remove_task(self, info: Info, id: strawberry.ID) -> RemoveTaskResult | None:  # noqa: A002 - its name in the graph
        async with info.context.transaction() as session:
            await remove_task(session, read_id(id))
        return RemovedTask(id=id)

    @mutation(requires(TASKS_COMMENT), problems=PROBLEMS, description="Say something about a task.")
    async def comment_on_task(
        self, info: Info, task_id: strawberry.ID, text: str
    ) -> CommentOnTaskResult | None:
        async with info.context.transaction() as session:
            row = await comment_on_task(session, read_id(task_id), text, written_by=info.context.subject)
            return TaskComment.of(row)
