"""Demo tasks: of the demo people, about the demo customers and items."""

from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import DemoTenant
from module_subgraphs.tasks.service.comments import comment_on_task
from module_subgraphs.tasks.service.statuses import TaskStatus
from module_subgraphs.tasks.service.tasks import Subject, SubjectKind
from module_subgraphs.tasks.tables import TaskRow

_DEMO_TASKS: Final = (
    ("Ask for the missing e-mail address", TaskStatus.OPEN, -2, (SubjectKind.CUSTOMER, "Customer", 1)),
    ("Order more saws", TaskStatus.IN_PROGRESS, 3, (SubjectKind.ITEM, "Item", 2)),
    ("Write the newsletter", TaskStatus.OPEN, None, None),
)
"""Title, status, due in so many days, subject."""


async def write_demo_data(session: AsyncSession, tenant: DemoTenant) -> None:
    owner = tenant.users.get("owner") or next(iter(tenant.users.values()))
    clerk = tenant.users.get("clerk", owner)
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    for number, (title, status, due_in, about) in enumerate(_DEMO_TASKS, start=1):
        subject = about and Subject(about[0], tenant.demo_id(*about[1:]))
        session.add(
            TaskRow(
                id=tenant.demo_id("Task", number),
                title=title,
                status=status,
                due_at=None if due_in is None else today + timedelta(days=due_in),
                assignee_id=clerk,
                subject_kind=subject and subject.kind,
                subject_id=subject and subject.id,
                created_by=owner,
            )
        )
    await session.flush()
    await comment_on_task(session, tenant.demo_id("Task", 2), "Two are left.", written_by=clerk)
