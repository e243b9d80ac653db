"""A rollout has a budget of failures and slow answers, and what gateways saw of its version is added up."""

import sqlalchemy as sa
from alembic import op

from foundation_subgraph.kit.roles import FOUNDATION_ROLE, SIGN_IN_ROLE

revision = "0012"
down_revision = "0011"

SCHEMA = "foundation"
OBSERVATIONS = f"{SCHEMA}.module_observations"
IS_OPERATOR = "current_setting('dovetail.operator', true) = 'on'"


def upgrade() -> None:
    for name, usual in (("max_errors", "0.02"), ("max_slow", "0.05"), ("slow_seconds", "1.0")):
        # The rollouts that there are get the usual budget; each that follows says its own.
        op.add_column(
            "module_rollouts",
            sa.Column(name, sa.Float(53), nullable=False, server_default=sa.text(usual)),
            schema=SCHEMA,
        )
        op.alter_column("module_rollouts", name, server_default=None, schema=SCHEMA)
    op.create_check_constraint(
        "ck_module_rollouts_budget",
        "module_rollouts",
        "max_errors BETWEEN 0 AND 1 AND max_slow BETWEEN 0 AND 1 AND slow_seconds > 0",
        schema=SCHEMA,
    )
    create_observations()


def create_observations() -> None:
    """A row for each minute of a rollout in which anything was seen."""
    op.create_table(
        "module_observations",
        sa.Column("rollout_id", sa.Uuid(), nullable=False),
        sa.Column("minute", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("requests", "errors", "slow")),
        sa.PrimaryKeyConstraint("rollout_id", "minute", name="pk_module_observations"),
        sa.ForeignKeyConstraint(
            ["rollout_id"],
            [f"{SCHEMA}.module_rollouts.id"],
            name="fk_module_observations_rollout_id_module_rollouts",
        ),
        sa.CheckConstraint(
            "errors BETWEEN 0 AND requests AND slow BETWEEN 0 AND requests",
            name="ck_module_observations_counts",
        ),
        schema=SCHEMA,
    )
    op.execute(f"ALTER TABLE {OBSERVATIONS} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {OBSERVATIONS} FORCE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY of_the_owner ON {OBSERVATIONS} FOR ALL TO CURRENT_USER USING (true) WITH CHECK (true)"
    )
    op.execute(f"CREATE POLICY sign_in_reads ON {OBSERVATIONS} FOR SELECT TO {SIGN_IN_ROLE} USING (true)")
    op.execute(
        f"CREATE POLICY of_operators ON {OBSERVATIONS} FOR ALL TO {FOUNDATION_ROLE} "
        f"USING ({IS_OPERATOR}) WITH CHECK ({IS_OPERATOR})"
    )
    op.execute(f"GRANT SELECT ON {OBSERVATIONS} TO {FOUNDATION_ROLE}, {SIGN_IN_ROLE}")
    op.execute(f"GRANT INSERT, UPDATE ON {OBSERVATIONS} TO {FOUNDATION_ROLE}")
