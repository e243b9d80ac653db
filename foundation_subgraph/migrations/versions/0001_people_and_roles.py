"""People, tenants, roles and permissions."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.migrations import create_tenant_table
from foundation_subgraph.kit.roles import APPLICATION_ROLE, SIGN_IN_ROLE

revision = "0001"
down_revision = None

SCHEMA = "foundation"
THIS_TENANT = "NULLIF(current_setting('dovetail.tenant_id', true), '')::uuid"


def upgrade() -> None:
    op.execute(f"GRANT USAGE ON SCHEMA {SCHEMA} TO {SIGN_IN_ROLE}")
    create_tenants()
    create_users()
    create_permissions()
    create_roles()
    create_invitations()
    create_tenant_table("demo_seeds", sa.Column("subgraph", sa.Text(), primary_key=True), schema=SCHEMA)


def create_tenants() -> None:
    op.create_table(
        "tenants",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        created_at(),
        sa.PrimaryKeyConstraint("id", name="pk_tenants"),
        sa.UniqueConstraint("slug", name="uq_tenants_slug"),
        schema=SCHEMA,
    )
    protect("tenants")
    # The owner makes a tenant after narrowing to its id; the application may only see the one it is in.
    this_one = f"id = {THIS_TENANT}"
    op.execute(
        f"CREATE POLICY own_tenant ON {SCHEMA}.tenants FOR ALL USING ({this_one}) WITH CHECK ({this_one})"
    )
    op.execute(f"GRANT SELECT ON {SCHEMA}.tenants TO {APPLICATION_ROLE}")
    let_sign_in_read("tenants")


def create_users() -> None:
    op.create_table(
        "users",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False),
        created_at(),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
        sa.CheckConstraint("email = lower(email)", name="ck_users_email_lower"),
        schema=SCHEMA,
    )
    create_tenant_table(
        "memberships",
        sa.Column("user_id", sa.Uuid(), primary_key=True),
        created_at(),
        sa.ForeignKeyConstraint(["user_id"], [f"{SCHEMA}.users.id"], name="fk_memberships_user_id_users"),
        schema=SCHEMA,
        writable=False,  # a membership shows a user to a tenant: no request may write itself one
    )
    op.create_index("ix_memberships_user_id", "memberships", ["user_id"], schema=SCHEMA)
    protect("users")
    # A membership is itself seen within its tenant only, so this says: a member of the tenant of the transaction.
    op.execute(  # policies take no parameters; every word of this one stands in this file
        f"CREATE POLICY members_of_the_tenant ON {SCHEMA}.users FOR SELECT TO {APPLICATION_ROLE} USING "  # noqa: S608
        f"(EXISTS (SELECT 1 FROM {SCHEMA}.memberships AS here WHERE here.user_id = users.id "
        f"AND here.tenant_id = {THIS_TENANT}))"
    )
    op.execute(f"GRANT SELECT (id, email, name, created_at) ON {SCHEMA}.users TO {APPLICATION_ROLE}")
    let_sign_in_read("users")
    op.execute(f"CREATE POLICY sign_in_adds ON {SCHEMA}.users FOR INSERT TO {SIGN_IN_ROLE} WITH CHECK (true)")
    op.execute(f"GRANT INSERT ON {SCHEMA}.users TO {SIGN_IN_ROLE}")
    let_sign_in_read("memberships")
    op.execute(f"GRANT INSERT ON {SCHEMA}.memberships TO {SIGN_IN_ROLE}")


def create_permissions() -> None:
    op.create_table(
        "permissions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("subgraph", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("access", sa.String(20), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_permissions"),
        sa.CheckConstraint(
            "access IN ('read', 'confidential', 'write', 'administer')", name="ck_permissions_access"
        ),
        schema=SCHEMA,
    )
    protect("permissions")
    op.execute(f"CREATE POLICY known_to_all ON {SCHEMA}.permissions FOR SELECT USING (true)")
    op.execute(
        f"CREATE POLICY registered_by_the_owner ON {SCHEMA}.permissions FOR ALL TO CURRENT_USER "
        "USING (true) WITH CHECK (true)"
    )
    op.execute(f"GRANT SELECT ON {SCHEMA}.permissions TO {APPLICATION_ROLE}, {SIGN_IN_ROLE}")


def create_roles() -> None:
    create_tenant_table(
        "roles",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("accesses", sa.ARRAY(sa.Text()), nullable=False),
        schema=SCHEMA,
        writable=False,
    )
    create_tenant_table(
        "role_assignments",
        sa.Column("user_id", sa.Uuid(), primary_key=True),
        sa.Column("role", sa.Text(), primary_key=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "role"],
            [f"{SCHEMA}.roles.tenant_id", f"{SCHEMA}.roles.name"],
            name="fk_role_assignments_role_roles",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            [f"{SCHEMA}.memberships.tenant_id", f"{SCHEMA}.memberships.user_id"],
            name="fk_role_assignments_user_id_memberships",
            ondelete="CASCADE",
        ),
        schema=SCHEMA,
    )
    for table in ("roles", "role_assignments"):
        let_sign_in_read(table)
    op.execute(f"GRANT INSERT ON {SCHEMA}.role_assignments TO {SIGN_IN_ROLE}")


def create_invitations() -> None:
    create_tenant_table(
        "invitations",
        sa.Column("email", sa.Text(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("roles", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        created_at(),
        schema=SCHEMA,
    )
    op.create_index("ix_invitations_token_hash", "invitations", ["token_hash"], schema=SCHEMA)
    let_sign_in_read("invitations")
    op.execute(f"GRANT DELETE ON {SCHEMA}.invitations TO {SIGN_IN_ROLE}")


def created_at() -> sa.Column[object]:
    return sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def protect(table: str) -> None:
    op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")


def let_sign_in_read(table: str) -> None:
    """The sign-in looks up who somebody is before it can know a tenant. It reads across tenants, and only reads."""
    op.execute(f"CREATE POLICY sign_in_reads ON {SCHEMA}.{table} FOR SELECT TO {SIGN_IN_ROLE} USING (true)")
    op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {SIGN_IN_ROLE}")
