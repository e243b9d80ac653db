"""The life of a task: what may follow what."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from foundation_subgraph.kit import Refusal


class TaskStatus(StrEnum):
    """As the table keeps it."""

    OPEN = "open"
    IN_PROGRESS = "in_progress"
    DONE = "done"
    CANCELLED = "cancelled"

    @property
    def is_closed(self) -> bool:
        return self in {TaskStatus.DONE, TaskStatus.CANCELLED}

    @property
    def next(self) -> tuple["TaskStatus", ...]:
        """What a task of this status may be moved to."""
        return _NEXT[self]


_NEXT: Final[Mapping[TaskStatus, tuple[TaskStatus, ...]]] = {
    TaskStatus.OPEN: (TaskStatus.IN_PROGRESS, TaskStatus.DONE, TaskStatus.CANCELLED),
    TaskStatus.IN_PROGRESS: (TaskStatus.OPEN, TaskStatus.DONE, TaskStatus.CANCELLED),
    TaskStatus.DONE: (TaskStatus.OPEN,),
    TaskStatus.CANCELLED: (TaskStatus.OPEN,),
}


class UnreachableStatusError(Refusal):
    """A task cannot be moved from `status` to the one that was wanted."""

    def __init__(self, status: TaskStatus, wanted: TaskStatus) -> None:
        words = " or ".join(each.name for each in status.next)
        super().__init__(
            "STATUS_UNREACHABLE", f"From {status.name} a task goes to {words}, not to {wanted.name}"
        )
        self.status = status
