"""Versions of modules, who has which, rollouts, and a history of all that which only grows."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

from foundation_subgraph.kit.roles import FOUNDATION_ROLE, SIGN_IN_ROLE

revision = "0008"
down_revision = "0007"

SCHEMA = "foundation"
IS_OPERATOR = "current_setting('dovetail.operator', true) = 'on'"
OWN_OR_ALL = "tenant_id IS NULL OR tenant_id = NULLIF(current_setting('dovetail.tenant_id', true), '')::uuid"


def upgrade() -> None:
    create_versions()
    create_faults()
    create_enablements()
    create_rollouts()
    create_changes()


def create_versions() -> None:
    op.create_table(
        "module_versions",
        text("module"),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        *map(text, ("title", "owner", "sdl")),
        sa.Column("permissions", JSONB(), nullable=False),
        *map(texts, ("owns", "extends", "depends_on")),
        *map(text, ("address", "signature", "accepted", "published_by")),
        moment("published_at"),
        sa.PrimaryKeyConstraint("module", "version", name="pk_module_versions"),
        of_module("module_versions"),
        sa.CheckConstraint("version > 0", name="ck_module_versions_version"),
        schema=SCHEMA,
    )
    protect("module_versions", seen="true")
    only_grows("module_versions")


def create_faults() -> None:
    op.create_table(
        "module_faults",
        text("module"),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        text("reason"),
        text("set_by"),
        moment("since"),
        sa.PrimaryKeyConstraint("module", "version", name="pk_module_faults"),
        of_version("module_faults"),
        schema=SCHEMA,
    )
    protect("module_faults", seen="true", rights="INSERT, UPDATE, DELETE")


def create_enablements() -> None:
    op.create_table(
        "module_enablements",
        made_id(),
        text("module"),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=True),
        text("set_by"),
        moment("set_at"),
        sa.PrimaryKeyConstraint("id", name="pk_module_enablements"),
        sa.UniqueConstraint(
            "module",
            "tenant_id",
            name="uq_module_enablements_module_tenant_id",
            postgresql_nulls_not_distinct=True,
        ),
        of_module("module_enablements"),
        of_version("module_enablements"),
        schema=SCHEMA,
    )
    protect("module_enablements", seen=OWN_OR_ALL, rights="INSERT, UPDATE, DELETE")


def create_rollouts() -> None:
    op.create_table(
        "module_rollouts",
        made_id(),
        text("module"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("tenants", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        texts("rings"),
        sa.Column("left_out", sa.ARRAY(sa.Uuid()), nullable=False),
        *map(text, ("state", "reason")),
        moment("started_at"),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_module_rollouts"),
        of_version("module_rollouts"),
        sa.CheckConstraint("percent BETWEEN 0 AND 100", name="ck_module_rollouts_percent"),
        sa.CheckConstraint(
            "state IN ('running', 'halted', 'finished') AND (state = 'running') = (ended_at IS NULL)",
            name="ck_module_rollouts_state",
        ),
        schema=SCHEMA,
    )
    op.create_index(
        "uq_module_rollouts_running",
        "module_rollouts",
        ["module"],
        schema=SCHEMA,
        unique=True,
        postgresql_where=sa.text("state = 'running'"),
    )
    protect("module_rollouts", rights="INSERT, UPDATE")
    op.create_table(
        "module_rings",
        text("name"),
        sa.Column("tenants", sa.ARRAY(sa.Uuid()), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_module_rings"),
        schema=SCHEMA,
    )
    protect("module_rings", rights="INSERT, UPDATE, DELETE")


def create_changes() -> None:
    op.create_table(
        "module_changes",
        sa.Column("number", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        text("module"),
        sa.Column("tenant_id", sa.Uuid(), nullable=True),
        text("action"),
        sa.Column("version", sa.Integer(), nullable=True),
        sa.Column("details", JSONB(), nullable=False),
        *map(text, ("actor", "reason")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.clock_timestamp()),
        sa.PrimaryKeyConstraint("number", name="pk_module_changes"),
        of_module("module_changes"),
        schema=SCHEMA,
    )
    op.create_index("ix_module_changes_module", "module_changes", ["module", "number"], schema=SCHEMA)
    protect("module_changes", seen=OWN_OR_ALL, rights="INSERT")
    only_grows("module_changes")


def protect(table: str, *, seen: str | None = None, rights: str = "") -> None:
    """Whoever owns the tables and whoever is an operator sees all; `seen` is what a request sees beside that.

    Operators have the `rights`. The sign-in, which tells gateways who has what, reads everything.
    """
    named = f"{SCHEMA}.{table}"
    op.execute(f"ALTER TABLE {named} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {named} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY of_the_owner ON {named} FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)"
    )
    op.execute(f"CREATE POLICY sign_in_reads ON {named} FOR SELECT TO {SIGN_IN_ROLE} USING (true)")
    op.execute(
        f"CREATE POLICY of_operators ON {named} FOR ALL TO {FOUNDATION_ROLE} "
        f"USING ({IS_OPERATOR}) WITH CHECK ({IS_OPERATOR})"
    )
    if seen is not None:
        op.execute(f"CREATE POLICY seen ON {named} FOR SELECT TO {FOUNDATION_ROLE} USING ({seen})")
    op.execute(f"GRANT SELECT ON {named} TO {FOUNDATION_ROLE}, {SIGN_IN_ROLE}")
    if rights:
        op.execute(f"GRANT {rights} ON {named} TO {FOUNDATION_ROLE}")


def only_grows(table: str) -> None:
    """Rows can be added; whatever else is tried is refused, whoever tries it."""
    op.execute(
        f"CREATE TRIGGER only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON {SCHEMA}.{table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION {SCHEMA}.refuse_changes()"
    )


def text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def texts(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.ARRAY(sa.Text()), nullable=False)


def moment(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now())


def made_id() -> sa.Column[object]:
    return sa.Column("id", sa.Uuid(), nullable=False, server_default=sa.func.gen_random_uuid())


def of_module(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["module"], [f"{SCHEMA}.modules.id"], name=f"fk_{table}_module_modules")


def of_version(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["module", "version"],
        [f"{SCHEMA}.module_versions.module", f"{SCHEMA}.module_versions.version"],
        name=f"fk_{table}_module_module_versions",
    )
