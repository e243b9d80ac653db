"""How tables come to be: Alembic per subgraph, each with a version table of its own, one instance at a time."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from alembic import op
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Connection, ForeignKeyConstraint, PrimaryKeyConstraint, Table, Uuid, text
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.schema import CreateSchema, SchemaItem

from foundation_subgraph.kit.errors import SubgraphError
from foundation_subgraph.kit.isolation import find_isolation_faults
from foundation_subgraph.kit.migrated import VERSION_TABLE
from foundation_subgraph.kit.roles import APPLICATION_ROLE
from foundation_subgraph.kit.subgraph import Subgraph
from foundation_subgraph.kit.tenant_setting import CURRENT_TENANT

_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('dovetail.migrations', 0))")


@dataclass(frozen=True, slots=True)
class MigrationStatus:
    """How far a database is: `current` is None before the first migration, `head` where there are none."""

    subgraph: str
    current: str | None
    head: str | None

    @property
    def is_up_to_date(self) -> bool:
        return self.current == self.head


async def upgrade(owner: AsyncEngine, subgraph: Subgraph) -> MigrationStatus:
    """Bring a subgraph's tables up to date, in one transaction: all of its migrations, or none.

    `owner` connects as the owner of the tables. Instances that start at once take turns; those that come later
    find nothing left to do. Raises SubgraphError, and changes nothing, where a table would not keep tenants apart.
    """
    async with owner.begin() as connection:
        await connection.execute(_LOCK)
        return await connection.run_sync(_upgrade, subgraph)


async def status(owner: AsyncEngine, subgraph: Subgraph) -> MigrationStatus:
    """How far a subgraph's tables are; changes nothing."""
    async with owner.connect() as connection:
        return await connection.run_sync(_status, subgraph)


def create_tenant_table(
    name: str, *items: SchemaItem, schema: str, writable: bool = True, role: str = APPLICATION_ROLE
) -> Table:
    """Create a table whose rows belong to tenants, isolated from its first moment.

    `tenant_id` and its place at the head of the primary key are added: columns marked `primary_key=True` follow it.
    `writable=False` lets requests only read it; they come in `role`.
    """
    columns = [item for item in items if isinstance(item, Column)]
    own_key = [column.name for column in columns if column.primary_key]
    if any(isinstance(item, ForeignKeyConstraint) and _leaves(item, schema) for item in items):
        raise ValueError(f"{schema}.{name}: a foreign key leaves the subgraph")
    for column in columns:
        column.primary_key = False
        column.nullable = column.nullable and column.name not in own_key
    table = op.create_table(
        name,
        Column("tenant_id", Uuid(), nullable=False, server_default=text(CURRENT_TENANT)),
        *items,
        PrimaryKeyConstraint("tenant_id", *own_key, name=f"pk_{name}"),
        schema=schema,
    )
    enable_tenant_isolation(name, schema=schema, writable=writable, role=role)
    return table


def enable_tenant_isolation(
    table: str,
    *,
    schema: str,
    column: str = "tenant_id",
    writable: bool = True,
    role: str = APPLICATION_ROLE,
) -> None:
    """Row-level security for a table: rows of the transaction's tenant can be seen and written, no others.

    Forced, so that it binds the owner as well. `role` may then use the table; `writable=False` lets it only read.
    """
    named = _quoted(schema, table)
    belongs = f"{_quoted(column)} = {CURRENT_TENANT}"
    op.execute(f"ALTER TABLE {named} ENABLE ROW LEVEL SECURITY")
    op.execute(f"ALTER TABLE {named} FORCE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY tenant_isolation ON {named} FOR ALL USING ({belongs}) WITH CHECK ({belongs})")
    rights = "SELECT, INSERT, UPDATE, DELETE" if writable else "SELECT"
    op.execute(f"GRANT {rights} ON {named} TO {role}")


@contextmanager
def across_tenants(table: str, *, schema: str) -> Iterator[None]:
    """Let statements of this block reach the rows of all tenants in one table, for filling columns in.

    Policies bind the owner as well, so without this an UPDATE of a migration finds no row. The table is locked until the
    migration ends; requests never meet it open, since it is closed again in the same transaction.
    """
    named = _quoted(schema, table)
    op.execute(f"ALTER TABLE {named} NO FORCE ROW LEVEL SECURITY")
    yield
    op.execute(f"ALTER TABLE {named} FORCE ROW LEVEL SECURITY")


def _leaves(constraint: ForeignKeyConstraint, schema: str) -> bool:
    return any(not element.target_fullname.startswith(f"{schema}.") for element in constraint.elements)


def _quoted(*names: str) -> str:
    preparer = op.get_context().dialect.identifier_preparer
    return ".".join(preparer.quote(name) for name in names)


def _upgrade(connection: Connection, subgraph: Subgraph) -> MigrationStatus:
    if subgraph.migrations is None:
        return MigrationStatus(subgraph.name, None, None)
    connection.execute(CreateSchema(subgraph.name, if_not_exists=True))
    schema = connection.dialect.identifier_preparer.quote(subgraph.name)
    connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {subgraph.role}"))
    script = _script(subgraph)

    def revisions_to_run(revision: Any, context: MigrationContext) -> Sequence[Any]:  # noqa: ANN401, ARG001 - Alembic's
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(Config(), script, fn=revisions_to_run, destination_rev="head") as environment:
        environment.configure(
            connection=connection,
            target_metadata=subgraph.tables,
            version_table=VERSION_TABLE,
            version_table_schema=subgraph.name,
            transactional_ddl=True,
        )
        environment.run_migrations()
    _check_isolation(connection, subgraph)
    return _status(connection, subgraph)


def _check_isolation(connection: Connection, subgraph: Subgraph) -> None:
    faults = find_isolation_faults(
        connection,
        subgraph.name,
        role=subgraph.role,
        shared_tables=subgraph.shared_tables,
        version_table=VERSION_TABLE,
    )
    if faults:
        names = ", ".join(dict.fromkeys(fault.name for fault in faults))
        why = "; ".join(f"{fault.name}: {fault.why}" for fault in faults)
        raise SubgraphError(
            f"{subgraph.name}: tenants are not kept apart in {names}: make tables with create_tenant_table ({why})"
        )


def _status(connection: Connection, subgraph: Subgraph) -> MigrationStatus:
    if subgraph.migrations is None:
        return MigrationStatus(subgraph.name, None, None)
    context = MigrationContext.configure(
        connection, opts={"version_table": VERSION_TABLE, "version_table_schema": subgraph.name}
    )
    return MigrationStatus(
        subgraph.name, context.get_current_revision(), _script(subgraph).get_current_head()
    )


def _script(subgraph: Subgraph) -> ScriptDirectory:
    assert subgraph.migrations is not None
    folder = str(subgraph.migrations)
    return ScriptDirectory(folder, version_locations=[f"{folder}/versions"])
