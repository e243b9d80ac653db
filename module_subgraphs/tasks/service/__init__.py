"""What can be done with tasks, and what is said about them, over a session that sees one tenant."""

from module_subgraphs.tasks.service.changes import TASK_CHANGED, TaskChangeKind
from module_subgraphs.tasks.service.comments import (
    COMMENT_ORDER,
    comment_on_task,
    comments_on,
    latest_comments,
)
from module_subgraphs.tasks.service.demonstration import write_demo_data
from module_subgraphs.tasks.service.statuses import TaskStatus, UnreachableStatusError
from module_subgraphs.tasks.service.tasks import (
    ORDER,
    Subject,
    SubjectKind,
    TaskFilter,
    TaskValues,
    add_task,
    all_tasks,
    assign_task,
    change_task,
    find_tasks,
    is_overdue,
    move_task,
    next_tasks,
    remove_task,
    subject_of,
)

__all__ = [
    "COMMENT_ORDER",
    "ORDER",
    "TASK_CHANGED",
    "Subject",
    "SubjectKind",
    "TaskChangeKind",
    "TaskFilter",
    "TaskStatus",
    "TaskValues",
    "UnreachableStatusError",
    "add_task",
    "all_tasks",
    "assign_task",
    "change_task",
    "comment_on_task",
    "comments_on",
    "find_tasks",
    "is_overdue",
    "latest_comments",
    "move_task",
    "next_tasks",
    "remove_task",
    "subject_of",
    "write_demo_data",
]
