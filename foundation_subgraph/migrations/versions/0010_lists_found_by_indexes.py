"""Lists that are found by their indexes: whether a person is a member is looked up for those on the page alone."""

from alembic import op

revision = "0010"
down_revision = "0009"

SCHEMA = "foundation"
THIS_TENANT = "NULLIF(current_setting('dovetail.tenant_id', true), '')::uuid"


def upgrade() -> None:
    # The same rule as an EXISTS. That one PostgreSQL may answer by gathering all members first, which it prefers to do
    # for a page of fifty out of many; what a subquery of one value gives, it asks for each person that it comes by.
    op.execute(  # policies take no parameters; every word of this one stands in this file
        f"ALTER POLICY members_of_the_tenant ON {SCHEMA}.users USING "  # noqa: S608
        f"(COALESCE((SELECT true FROM {SCHEMA}.memberships AS here WHERE here.user_id = users.id "
        f"AND here.tenant_id = {THIS_TENANT}), false))"
    )
    op.create_index(
        "ix_service_accounts_created_at", "service_accounts", ["tenant_id", "created_at", "id"], schema=SCHEMA
    )
