"""Sessions that can be ended, API keys of machines, one-time tokens for passwords, and attempts that are counted."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.migrations import create_tenant_table
from foundation_subgraph.kit.roles import FOUNDATION_ROLE, SIGN_IN_ROLE

revision = "0006"
down_revision = "0005"

SCHEMA = "foundation"
THIS_PERSON = "NULLIF(current_setting('dovetail.person', true), '')::uuid"


def upgrade() -> None:
    create_sessions()
    create_api_keys()
    let_passwords_change()
    create_second_factors()
    create_attempts()


def create_sessions() -> None:
    create_tenant_table(
        "sessions",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        moment("created_at", is_now=True),
        moment("last_used_at", is_now=True),
        moment("ends_at"),
        moment("expires_at"),
        sa.Column("is_remembered", sa.Boolean(), nullable=False),
        moment("ended_at", nullable=True),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], [f"{SCHEMA}.users.id"], name="fk_sessions_user_id_users"),
        schema=SCHEMA,
        writable=False,
        role=FOUNDATION_ROLE,
    )
    op.create_index(
        "ix_sessions_user_id", "sessions", ["tenant_id", "user_id", "created_at", "id"], schema=SCHEMA
    )
    op.create_index("ix_sessions_ended_at", "sessions", ["ended_at"], schema=SCHEMA)
    # A request may end a session, and neither begin nor prolong one.
    op.execute(f"GRANT UPDATE (ended_at, end_reason) ON {SCHEMA}.sessions TO {FOUNDATION_ROLE}")
    let_sign_in("SELECT, INSERT, UPDATE, DELETE", "sessions")
    create_tenant_table(
        "refresh_tokens",
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        moment("created_at", is_now=True),
        moment("used_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "session_id"],
            [f"{SCHEMA}.sessions.tenant_id", f"{SCHEMA}.sessions.id"],
            name="fk_refresh_tokens_session_id_sessions",
            ondelete="CASCADE",
        ),
        schema=SCHEMA,
        role=SIGN_IN_ROLE,
    )
    op.create_index("ix_refresh_tokens_token_hash", "refresh_tokens", ["token_hash"], schema=SCHEMA)
    op.create_index(
        "ix_refresh_tokens_session_id", "refresh_tokens", ["tenant_id", "session_id"], schema=SCHEMA
    )
    let_sign_in("SELECT", "refresh_tokens")
    # To log what happens, it must be told which tenant the database filled in; it reads nothing else of the log.
    op.execute(f"GRANT SELECT (tenant_id) ON {SCHEMA}.audit_log TO {SIGN_IN_ROLE}")


def create_api_keys() -> None:
    create_tenant_table(
        "service_accounts",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        moment("created_at", is_now=True),
        sa.UniqueConstraint("tenant_id", "name", name="uq_service_accounts_name"),
        schema=SCHEMA,
        writable=False,
        role=FOUNDATION_ROLE,
    )
    op.execute(f"GRANT INSERT ON {SCHEMA}.service_accounts TO {FOUNDATION_ROLE}")
    create_tenant_table(
        "api_keys",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("scopes", sa.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=False),
        moment("created_at", is_now=True),
        moment("expires_at"),
        moment("last_used_at", nullable=True),
        moment("revoked_at", nullable=True),
        sa.ForeignKeyConstraint(
            ["tenant_id", "account_id"],
            [f"{SCHEMA}.service_accounts.tenant_id", f"{SCHEMA}.service_accounts.id"],
            name="fk_api_keys_account_id_service_accounts",
        ),
        schema=SCHEMA,
        writable=False,
        role=FOUNDATION_ROLE,
    )
    op.create_index("ix_api_keys_id", "api_keys", ["id"], schema=SCHEMA)
    op.create_index("ix_api_keys_account_id", "api_keys", ["tenant_id", "account_id"], schema=SCHEMA)
    # A request makes keys and revokes them. What a key permits and until when, nobody changes afterwards.
    op.execute(f"GRANT INSERT, UPDATE (revoked_at) ON {SCHEMA}.api_keys TO {FOUNDATION_ROLE}")
    let_sign_in("SELECT, UPDATE (last_used_at)", "api_keys")


def let_passwords_change() -> None:
    create_tenant_table(
        "password_resets",
        sa.Column("token_hash", sa.LargeBinary(), primary_key=True),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        moment("created_at", is_now=True),
        moment("expires_at"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "user_id"],
            [f"{SCHEMA}.memberships.tenant_id", f"{SCHEMA}.memberships.user_id"],
            name="fk_password_resets_user_id_memberships",
            ondelete="CASCADE",
        ),
        schema=SCHEMA,
        role=FOUNDATION_ROLE,
    )
    op.create_index("ix_password_resets_token_hash", "password_resets", ["token_hash"], schema=SCHEMA)
    op.create_index("ix_password_resets_user_id", "password_resets", ["tenant_id", "user_id"], schema=SCHEMA)
    let_sign_in("SELECT, INSERT, DELETE", "password_resets")
    # The sign-in names the person first: a statement that forgets its condition changes one password, not all.
    op.execute(
        f"CREATE POLICY sign_in_changes_one ON {SCHEMA}.users FOR UPDATE TO {SIGN_IN_ROLE} "
        f"USING (id = {THIS_PERSON}) WITH CHECK (id = {THIS_PERSON})"
    )
    op.execute(f"GRANT UPDATE (password_hash) ON {SCHEMA}.users TO {SIGN_IN_ROLE}")


def create_second_factors() -> None:
    op.create_table(
        "second_factors",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("recovery_hashes", sa.ARRAY(sa.LargeBinary()), nullable=False, server_default="{}"),
        moment("created_at", is_now=True),
        moment("confirmed_at", nullable=True),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factors"),
        sa.ForeignKeyConstraint(["user_id"], [f"{SCHEMA}.users.id"], name="fk_second_factors_user_id_users"),
        schema=SCHEMA,
    )
    op.execute(f"ALTER TABLE {SCHEMA}.second_factors ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.second_factors FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY sign_in_changes_one ON {SCHEMA}.second_factors FOR ALL TO {SIGN_IN_ROLE} "
        f"USING (user_id = {THIS_PERSON}) WITH CHECK (user_id = {THIS_PERSON})"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.second_factors TO {SIGN_IN_ROLE}")


def create_attempts() -> None:
    op.create_table(
        "sign_in_attempts",
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        moment("last_at"),
        moment("blocked_until"),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_attempts"),
        schema=SCHEMA,
    )
    op.create_index("ix_sign_in_attempts_last_at", "sign_in_attempts", ["last_at"], schema=SCHEMA)
    op.execute(f"ALTER TABLE {SCHEMA}.sign_in_attempts ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.sign_in_attempts FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY sign_in_alone ON {SCHEMA}.sign_in_attempts FOR ALL TO {SIGN_IN_ROLE} "
        "USING (true) WITH CHECK (true)"
    )
    op.execute(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {SCHEMA}.sign_in_attempts TO {SIGN_IN_ROLE}")


def moment(name: str, *, nullable: bool = False, is_now: bool = False) -> sa.Column[object]:
    default = sa.func.now() if is_now else None
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable, server_default=default)


def let_sign_in(rights: str, table: str) -> None:
    """The sign-in reads across tenants, and writes for the one it has narrowed to."""
    op.execute(f"CREATE POLICY sign_in_reads ON {SCHEMA}.{table} FOR SELECT TO {SIGN_IN_ROLE} USING (true)")
    op.execute(f"GRANT {rights} ON {SCHEMA}.{table} TO {SIGN_IN_ROLE}")
