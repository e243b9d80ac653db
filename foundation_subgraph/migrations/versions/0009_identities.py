"""Whom OpenID providers mean, and who is on the way there and back. A session knows the provider that began it."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.roles import SIGN_IN_ROLE

revision = "0009"
down_revision = "0008"

SCHEMA = "foundation"
THIS_PERSON = "NULLIF(current_setting('dovetail.person', true), '')::uuid"


def upgrade() -> None:
    op.add_column("sessions", sa.Column("provider", sa.Text(), nullable=True), schema=SCHEMA)
    create_identities()
    create_for_the_sign_in_alone(
        "provider_visits",
        sa.Column("state_hash", sa.LargeBinary(), nullable=False),
        sa.Column("return_to", sa.Text(), nullable=False),
        key="state_hash",
    )
    create_for_the_sign_in_alone(
        "sign_in_tickets",
        sa.Column("ticket_hash", sa.LargeBinary(), nullable=False),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        key="ticket_hash",
    )


def create_identities() -> None:
    op.create_table(
        "identities",
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("issuer", "subject", name="pk_identities"),
        # An address that the provider gives to somebody else later does not make two people one.
        sa.UniqueConstraint("user_id", "issuer", name="uq_identities_user_id"),
        sa.ForeignKeyConstraint(["user_id"], [f"{SCHEMA}.users.id"], name="fk_identities_user_id_users"),
        schema=SCHEMA,
    )
    protect("identities")
    # Looked up before anybody is known; written for the one person that the transaction has named.
    op.execute(
        f"CREATE POLICY sign_in_reads ON {SCHEMA}.identities FOR SELECT TO {SIGN_IN_ROLE} USING (true)"
    )
    op.execute(
        f"CREATE POLICY sign_in_adds ON {SCHEMA}.identities FOR INSERT TO {SIGN_IN_ROLE} "
        f"WITH CHECK (user_id = {THIS_PERSON})"
    )
    op.execute(
        f"CREATE POLICY sign_in_removes ON {SCHEMA}.identities FOR DELETE TO {SIGN_IN_ROLE} "
        f"USING (user_id = {THIS_PERSON})"
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON {SCHEMA}.identities TO {SIGN_IN_ROLE}")


def create_for_the_sign_in_alone(name: str, *columns: sa.Column[object], key: str) -> None:
    op.create_table(
        name,
        *columns,
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("provider", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint(key, name=f"pk_{name}"),
        schema=SCHEMA,
    )
    op.create_index(f"ix_{name}_expires_at", name, ["expires_at"], schema=SCHEMA)
    protect(name)
    op.execute(
        f"CREATE POLICY sign_in_alone ON {SCHEMA}.{name} FOR ALL TO {SIGN_IN_ROLE} USING (true) WITH CHECK (true)"
    )
    op.execute(f"GRANT SELECT, INSERT, DELETE ON {SCHEMA}.{name} TO {SIGN_IN_ROLE}")


def protect(table: str) -> None:
    op.execute(f"ALTER TABLE {SCHEMA}.{table} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {SCHEMA}.{table} FORCE ROW LEVEL SECURITY")
