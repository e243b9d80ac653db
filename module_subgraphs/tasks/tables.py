from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import func
from sqlalchemy.orm import Mapped, mapped_column

from foundation_subgraph.kit import Base, TenantScoped


class TasksTable(Base, schema="tasks"):
    __abstract__ = True


class TaskRow(TenantScoped, TasksTable):
    """Something to do. Subject and assignee are entities of others: whether there are such is for their owners to know."""

    __tablename__ = "tasks"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    title: Mapped[str]
    details: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default="open")
    due_at: Mapped[datetime | None]
    assignee_id: Mapped[UUID | None]
    subject_kind: Mapped[str | None]
    subject_id: Mapped[UUID | None]
    created_by: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    closed_at: Mapped[datetime | None]


class CommentRow(TenantScoped, TasksTable):
    """Said once, by whom the token named; never changed."""

    __tablename__ = "comments"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    task_id: Mapped[UUID]
    text: Mapped[str]
    written_by: Mapped[UUID]
    written_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
