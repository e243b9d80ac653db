"""Tenants that are suspended and closed, and the platform's operators, who may do that."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.roles import FOUNDATION_ROLE

revision = "0005"
down_revision = "0004"

SCHEMA = "foundation"


def upgrade() -> None:
    for column in (
        sa.Column("status", sa.Text(), nullable=False, server_default="active"),
        sa.Column("status_reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("status_since", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.Column("is_platform", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("tenants", column, schema=SCHEMA)
    op.create_check_constraint(
        "status", "tenants", "status IN ('active', 'suspended', 'closed')", schema=SCHEMA
    )
    op.create_index("ix_tenants_name", "tenants", ["name", "id"], schema=SCHEMA)
    op.execute(
        f"GRANT INSERT (id, slug, name), UPDATE (name, status, status_reason, status_since) "
        f"ON {SCHEMA}.tenants TO {FOUNDATION_ROLE}"
    )
    op.execute(
        f"CREATE POLICY operators_see_all ON {SCHEMA}.tenants FOR SELECT TO {FOUNDATION_ROLE} "
        "USING (current_setting('dovetail.operator', true) = 'on')"
    )
    # Who works at the command line invites in nobody's name.
    op.alter_column("invitations", "invited_by", nullable=True, schema=SCHEMA)
    # By its rule, since its name depends on how the first migration was run.
    op.execute(DROP_ACCESS_CHECK)
    op.create_check_constraint(
        "access",
        "permissions",
        "access IN ('read', 'confidential', 'write', 'administer', 'operate')",
        schema=SCHEMA,
    )
    # A request may give a new tenant its built-in roles, exactly as they are. Operators it cannot make.
    op.execute(f"ALTER TABLE {SCHEMA}.roles DROP CONSTRAINT ck_roles_kinds")
    op.create_check_constraint("kinds", "roles", KINDS, schema=SCHEMA)
    op.execute(f"GRANT INSERT (is_built_in) ON {SCHEMA}.roles TO {FOUNDATION_ROLE}")
    op.execute(KEEP_OPERATORS)
    op.execute(
        f"CREATE TRIGGER keep_operators BEFORE INSERT ON {SCHEMA}.roles "
        f"FOR EACH ROW WHEN (NEW.accesses @> ARRAY['operate']) EXECUTE FUNCTION {SCHEMA}.keep_operators()"
    )


DROP_ACCESS_CHECK = f"""
DO $$
DECLARE old text;
BEGIN
    FOR old IN
        SELECT conname FROM pg_constraint
        WHERE conrelid = '{SCHEMA}.permissions'::regclass AND contype = 'c'
    LOOP
        EXECUTE format('ALTER TABLE {SCHEMA}.permissions DROP CONSTRAINT %I', old);
    END LOOP;
END $$
"""  # noqa: S608 - every word of it stands in this file

KINDS = """
CASE WHEN is_built_in THEN
    name = 'owner' AND accesses = ARRAY['read', 'confidential', 'write', 'administer']
    OR name = 'clerk' AND accesses = ARRAY['read', 'confidential', 'write']
    OR name = 'auditor' AND accesses = ARRAY['read']
    OR name = 'operator' AND accesses = ARRAY['operate']
ELSE accesses = '{}' END
"""

KEEP_OPERATORS = f"""
CREATE FUNCTION {SCHEMA}.keep_operators() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF current_user = '{FOUNDATION_ROLE}'
        OR NOT EXISTS (SELECT FROM {SCHEMA}.tenants WHERE id = NEW.tenant_id AND is_platform)
    THEN
        RAISE EXCEPTION 'operators are made by the owner of the database, in the platform''s own tenant'
            USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
