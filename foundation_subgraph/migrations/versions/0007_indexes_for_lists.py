"""Indexes for lists that grow long: people in the order of their names, the log by what was acted upon."""

from alembic import op

revision = "0007"
down_revision = "0006"

SCHEMA = "foundation"


def upgrade() -> None:
    op.create_index("ix_users_name", "users", ["name", "id"], schema=SCHEMA)
    op.create_index("ix_audit_log_target", "audit_log", ["tenant_id", "target", "at", "id"], schema=SCHEMA)
