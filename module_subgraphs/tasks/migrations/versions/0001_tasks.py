"""Tasks, and the comments on them."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.migrations import create_tenant_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    create_tenant_table(
        "tasks",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("details", sa.Text()),
        sa.Column("status", sa.Text(), nullable=False, server_default="open"),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("assignee_id", sa.Uuid()),
        sa.Column("subject_kind", sa.Text()),
        sa.Column("subject_id", sa.Uuid()),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("closed_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint("status IN ('open', 'in_progress', 'done', 'cancelled')", name="ck_tasks_status"),
        sa.CheckConstraint("subject_kind IN ('customer', 'item')", name="ck_tasks_subject_kind"),
        sa.CheckConstraint("(subject_kind IS NULL) = (subject_id IS NULL)", name="ck_tasks_subject"),
        schema="tasks",
    )
    op.create_index("ix_tasks_created_at", "tasks", ["tenant_id", "created_at", "id"], schema="tasks")
    for column in ("assignee_id", "subject_id"):
        op.create_index(
            f"ix_tasks_{column}", "tasks", ["tenant_id", column, "created_at", "id"], schema="tasks"
        )
    op.create_index(
        "ix_tasks_due_at",
        "tasks",
        ["tenant_id", "due_at"],
        schema="tasks",
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    create_tenant_table(
        "comments",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("task_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("written_by", sa.Uuid(), nullable=False),
        sa.Column(
            "written_at",
            sa.DateTime(timezone=True),
            nullable=False,
            server_default=sa.func.clock_timestamp(),
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "task_id"],
            ["tasks.tasks.tenant_id", "tasks.tasks.id"],
            name="fk_comments_task",
            ondelete="CASCADE",
        ),
        schema="tasks",
    )
    op.create_index(
        "ix_comments_task_id", "comments", ["tenant_id", "task_id", "written_at", "id"], schema="tasks"
    )
