"""What may be allowed and what was done, in tables that only grow: the database itself refuses every other write."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.migrations import create_tenant_table
from foundation_subgraph.kit.roles import FOUNDATION_ROLE, SIGN_IN_ROLE

revision = "0003"
down_revision = "0002"

SCHEMA = "foundation"


def upgrade() -> None:
    op.execute(REFUSE_CHANGES)
    create_modules()
    create_permission_register()
    create_audit_log()


def create_modules() -> None:
    op.create_table(
        "modules",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name="pk_modules"),
        schema=SCHEMA,
    )
    known_to_all("modules")
    # Whose permissions are registered already is registered too; who owns it is said with its next registration.
    op.execute(
        f"INSERT INTO {SCHEMA}.modules (id, title, owner) "  # noqa: S608 - every word of it stands in this file
        f"SELECT DISTINCT subgraph, subgraph, '' FROM {SCHEMA}.permissions"
    )


def create_permission_register() -> None:
    op.add_column(
        "permissions", sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True), schema=SCHEMA
    )
    op.create_table(
        "permission_register",
        sa.Column("number", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("permission", sa.Text(), nullable=False),
        sa.Column("subgraph", sa.Text(), nullable=False),
        sa.Column("access", sa.String(20), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_permission_register"),
        sa.CheckConstraint(
            "event IN ('registered', 'changed', 'retired', 'reinstated')",
            name="ck_permission_register_event",
        ),
        schema=SCHEMA,
    )
    known_to_all("permission_register")
    op.execute(CHAIN)
    op.execute(
        f"CREATE TRIGGER chain BEFORE INSERT ON {SCHEMA}.permission_register "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.chain_permission_register()"
    )
    only_grows("permission_register")
    op.execute(
        f"INSERT INTO {SCHEMA}.permission_register (event, permission, subgraph, access, description) "  # noqa: S608
        f"SELECT 'registered', id, subgraph, access, description FROM {SCHEMA}.permissions ORDER BY id"
    )
    op.execute(KEEP_PERMISSIONS)
    op.execute(
        f"CREATE TRIGGER keep BEFORE UPDATE OR DELETE ON {SCHEMA}.permissions "
        f"FOR EACH ROW EXECUTE FUNCTION {SCHEMA}.keep_permissions()"
    )
    op.execute(
        f"CREATE TRIGGER keep_all BEFORE TRUNCATE ON {SCHEMA}.permissions "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_changes()"
    )


def create_audit_log() -> None:
    create_tenant_table(
        "audit_log",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("actor", sa.Text(), nullable=True),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column(
            "details", sa.JSON().with_variant(sa.dialects.postgresql.JSONB(), "postgresql"), nullable=False
        ),
        schema=SCHEMA,
        writable=False,
        role=FOUNDATION_ROLE,
    )
    op.execute(f"GRANT INSERT ON {SCHEMA}.audit_log TO {FOUNDATION_ROLE}, {SIGN_IN_ROLE}")
    op.create_index("ix_audit_log_at", "audit_log", ["tenant_id", "at", "id"], schema=SCHEMA)
    op.create_index("ix_audit_log_action", "audit_log", ["tenant_id", "action", "at", "id"], schema=SCHEMA)
    op.create_index("ix_audit_log_actor", "audit_log", ["tenant_id", "actor", "at", "id"], schema=SCHEMA)
    only_grows("audit_log")


def known_to_all(table: str) -> None:
    """Everybody may read it, and the owner alone may write it."""
    named = f"{SCHEMA}.{table}"
    op.execute(f"ALTER TABLE {named} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {named} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY known_to_all ON {named} FOR SELECT USING (true)")
    op.execute(
        f"CREATE POLICY registered_by_the_owner ON {named} FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)"
    )
    op.execute(f"GRANT SELECT ON {named} TO {FOUNDATION_ROLE}")


def only_grows(table: str) -> None:
    """Rows can be added; whatever else is tried is refused, whoever tries it."""
    op.execute(
        f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {SCHEMA}.{table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_changes()"
    )


REFUSE_CHANGES = f"""
CREATE FUNCTION {SCHEMA}.refuse_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or removed', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""

CHAIN = f"""
CREATE FUNCTION {SCHEMA}.chain_permission_register() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE last record;
BEGIN
    -- One after another, so that each row knows the one before it.
    PERFORM pg_advisory_xact_lock(hashtextextended('dovetail.permission_register', 0));
    SELECT number, hash INTO last FROM {SCHEMA}.permission_register ORDER BY number DESC LIMIT 1;
    NEW.number := coalesce(last.number, 0) + 1;
    NEW.previous := coalesce(last.hash, ''::bytea);
    NEW.at := clock_timestamp();
    NEW.hash := sha256(NEW.previous || convert_to(json_build_array(
        NEW.number, NEW.event, NEW.permission, NEW.subgraph, NEW.access, NEW.description,
        to_char(NEW.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US')
    )::text, 'UTF8'));
    RETURN NEW;
END $$
"""  # noqa: S608 - every word of it stands in this file

KEEP_PERMISSIONS = f"""
CREATE FUNCTION {SCHEMA}.keep_permissions() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the permission % is never removed: retire it', OLD.id USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.id <> OLD.id OR NEW.subgraph <> OLD.subgraph THEN
        RAISE EXCEPTION 'the permission % stays with %', OLD.id, OLD.subgraph USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$
"""
