"""Roles that tenants make for themselves: single permissions, and all that other roles permit."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.migrations import create_tenant_table
from foundation_subgraph.kit.roles import FOUNDATION_ROLE, SIGN_IN_ROLE

revision = "0004"
down_revision = "0003"

SCHEMA = "foundation"
ROLE = (["tenant_id", "role"], [f"{SCHEMA}.roles.tenant_id", f"{SCHEMA}.roles.name"])


def upgrade() -> None:
    op.add_column(
        "roles",
        sa.Column("is_built_in", sa.Boolean(), nullable=False, server_default=sa.true()),
        schema=SCHEMA,
    )
    op.alter_column("roles", "is_built_in", server_default=sa.false(), schema=SCHEMA)
    op.execute(KEEP_BUILT_IN)
    op.execute(
        f"CREATE TRIGGER keep_built_in BEFORE UPDATE OR DELETE ON {SCHEMA}.roles "
        f"FOR EACH ROW WHEN (OLD.is_built_in) EXECUTE FUNCTION {SCHEMA}.keep_built_in_roles()"
    )
    # Kinds of access are for the built-in roles, and these for the owner: a request makes neither.
    op.create_check_constraint("kinds", "roles", "is_built_in OR accesses = '{}'", schema=SCHEMA)
    op.execute(
        f"GRANT INSERT (tenant_id, name, description, accesses), UPDATE (description), DELETE "
        f"ON {SCHEMA}.roles TO {FOUNDATION_ROLE}"
    )
    # A request may end a membership, and still begin none: whoever could would see people of all tenants.
    op.execute(f"GRANT DELETE ON {SCHEMA}.memberships TO {FOUNDATION_ROLE}")
    create_tenant_table(
        "role_permissions",
        sa.Column("role", sa.Text(), primary_key=True),
        sa.Column("permission", sa.Text(), primary_key=True),
        sa.ForeignKeyConstraint(*ROLE, name="fk_role_permissions_role_roles", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["permission"], [f"{SCHEMA}.permissions.id"], name="fk_role_permissions_permission_permissions"
        ),
        schema=SCHEMA,
        role=FOUNDATION_ROLE,
    )
    create_tenant_table(
        "role_parents",
        sa.Column("role", sa.Text(), primary_key=True),
        sa.Column("parent", sa.Text(), primary_key=True),
        sa.ForeignKeyConstraint(*ROLE, name="fk_role_parents_role_roles", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tenant_id", "parent"], ROLE[1], name="fk_role_parents_parent_roles"),
        sa.CheckConstraint("role <> parent", name="ck_role_parents_other"),
        schema=SCHEMA,
        role=FOUNDATION_ROLE,
    )
    op.create_index("ix_role_parents_parent", "role_parents", ["tenant_id", "parent"], schema=SCHEMA)
    op.create_index("ix_role_assignments_role", "role_assignments", ["tenant_id", "role"], schema=SCHEMA)
    for table in ("role_permissions", "role_parents"):
        op.execute(
            f"CREATE POLICY sign_in_reads ON {SCHEMA}.{table} FOR SELECT TO {SIGN_IN_ROLE} USING (true)"
        )
        op.execute(f"GRANT SELECT ON {SCHEMA}.{table} TO {SIGN_IN_ROLE}")


KEEP_BUILT_IN = f"""
CREATE FUNCTION {SCHEMA}.keep_built_in_roles() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the role % is the same in every tenant', OLD.name USING ERRCODE = 'restrict_violation';
END $$
"""
