"""The foundation works in a database role of its own; the role that modules work in reaches nothing of it any more."""

from alembic import op

from foundation_subgraph.kit.roles import APPLICATION_ROLE, FOUNDATION_ROLE

revision = "0002"
down_revision = "0001"

SCHEMA = "foundation"
WRITTEN = ("role_assignments", "invitations", "demo_seeds")
READ = ("tenants", "memberships", "roles", "permissions")


def upgrade() -> None:
    op.execute(f"REVOKE ALL ON SCHEMA {SCHEMA} FROM {APPLICATION_ROLE}")
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA {SCHEMA} FROM {APPLICATION_ROLE}")
    op.execute(f"REVOKE ALL (id, email, name, created_at) ON {SCHEMA}.users FROM {APPLICATION_ROLE}")
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {FOUNDATION_ROLE}")
    for table in WRITTEN:
        op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.{table} TO {FOUNDATION_ROLE}")
    for table in READ:
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {FOUNDATION_ROLE}")
    op.execute(f"GRANT SELECT (id, email, name, created_at) ON {SCHEMA}.users TO {FOUNDATION_ROLE}")
    op.execute(f"ALTER POLICY members_of_the_tenant ON {SCHEMA}.users TO {FOUNDATION_ROLE}")
