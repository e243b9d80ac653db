"""A task may be about a lead."""

from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.drop_constraint("ck_tasks_subject_kind", "tasks", schema="tasks", type_="check")
    op.create_check_constraint(
        "ck_tasks_subject_kind", "tasks", "subject_kind IN ('customer', 'item', 'lead')", schema="tasks"
    )
