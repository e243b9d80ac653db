"""All that the house keeps of one tenant, as files: what a tenant takes along, or what is kept when it is closed.

What there is to be written is asked of the database's catalogue, not of the modules: a module whose folder is gone, or
that cannot be read, has left its rows behind. Each schema is read in the role that serves it, narrowed to the tenant,
so that the policies decide what belongs to it; all of it as it stood at one moment.
"""

import hashlib
import re
import shutil
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple
from uuid import UUID

import orjson
from sqlalchemy import Text, TextClause, cast, column, func, select, table, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.administration.office import Office
from foundation_subgraph.audit.service import record
from foundation_subgraph.database_addresses import find_address
from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import narrow
from foundation_subgraph.kit.migrated import VERSION_TABLE
from foundation_subgraph.kit.roles import (
    APPLICATION_ROLE,
    FOUNDATION_ROLE,
    OWNER_ROLE,
    check_application_role,
)
from foundation_subgraph.tenants.tables import TenantRow
from supergraph.spec import HouseError

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1

_SECRET: Final = re.compile(r"(^|_)(hash|digest|password|secret|token|secrets|tokens)(_|$)")
"""Columns that are left out, in modules nobody has written yet as well: what signs somebody in, even hashed."""

_SHARED: Final = ("tenants", "users")
"""Tables without a `tenant_id` whose policies show a tenant its own: itself, and its members."""

_BATCH: Final = 500

_TABLES: Final = text(
    """
    SELECT n.nspname::text AS schema, c.relname::text AS name,
        array_agg(a.attname::text ORDER BY a.attnum) AS columns,
        array_agg(a.attname::text ORDER BY a.attnum)
            FILTER (WHERE has_column_privilege(:role, c.oid, a.attnum, 'SELECT')) AS readable,
        (SELECT array_agg(k.attname::text ORDER BY p.place) FROM pg_index i
            CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS p(number, place)
            JOIN pg_attribute k ON k.attrelid = c.oid AND k.attnum = p.number
            WHERE i.indrelid = c.oid AND i.indisprimary) AS key
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND n.nspname = ANY(:schemas)
    GROUP BY n.nspname, c.oid, c.relname
    HAVING bool_or(a.attname = 'tenant_id') OR (n.nspname = :foundation AND c.relname = ANY(:shared))
    ORDER BY 1, 2
    """
)


class _Table(NamedTuple):
    schema: str
    name: str
    columns: Sequence[str]
    readable: Sequence[str]
    key: Sequence[str]

    @property
    def written(self) -> list[str]:
        return [name for name in self.columns if name in self.readable and not _SECRET.search(name)]

    @property
    def left_out(self) -> list[str]:
        written = self.written
        return [name for name in self.columns if name not in written]


@dataclass(frozen=True, slots=True)
class Exported:
    """What was written: rows by table, in the order of their names."""

    folder: Path
    rows: Mapping[str, int]


async def export_tenant(
    office: Office, slug: str, folder: Path, begun: Callable[[str], None] = lambda _table: None
) -> Exported:
    """Write a tenant into a folder that is not there yet, or empty. `begun` is told of each table.

    The folder appears when all of it is written: with a file of JSON lines for each table, and a manifest. Raises
    Refusal and HouseError.
    """
    _check_free(folder)
    async with office.tenant_session(slug) as (_, tenant):
        pass
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    try:
        with _telling_of_files(folder):
            shutil.rmtree(unfinished, ignore_errors=True)
            unfinished.mkdir(parents=True, mode=0o700)
        rows = await _write(office, tenant, unfinished, begun)
        with _telling_of_files(folder):
            unfinished.replace(folder)
    except BaseException:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise
    async with office.tenant_session(slug) as (session, _):
        told = {"rows": sum(rows.values()), "tables": len(rows)}
        await record(session, office.actor, "tenant.exported", tenant.id, told)
    return Exported(folder, rows)


def _check_free(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise HouseError(f"{folder} is there already: name a folder that is not, or an empty one")


async def _write(
    office: Office, tenant: TenantRow, folder: Path, begun: Callable[[str], None]
) -> dict[str, int]:
    modules = find_address(office.settings, APPLICATION_ROLE).engine(pool_size=0)
    await check_application_role(modules)
    versions = await _versions(office)
    others = [name for name in versions if name != foundation.name]
    tables: list[Mapping[str, object]] = []
    rows: dict[str, int] = {}
    async with _reading(office.engine, tenant.id) as own:
        moment = await own.scalar(text("SELECT pg_export_snapshot()"))
        async with _reading(modules, tenant.id, moment) as theirs:
            for session, role, schemas in (
                (own, FOUNDATION_ROLE, [foundation.name]),
                (theirs, APPLICATION_ROLE, others),
            ):
                for one in await _tables(session, role, schemas):
                    named = f"{one.schema}.{one.name}"
                    begun(named)
                    if not one.written:
                        tables.append({"table": named, "left_out": one.left_out})
                        continue
                    count, digest = await _write_table(session, one, folder / f"{named}.jsonl")
                    rows[named] = count
                    told = {"table": named, "file": f"{named}.jsonl", "rows": count, "sha256": digest}
                    tables.append({**told, "left_out": one.left_out})
    manifest = {
        "format": FORMAT,
        "exported_at": datetime.now(UTC).isoformat(),
        "exported_by": office.actor,
        "tenant": {"id": str(tenant.id), "slug": tenant.slug, "name": tenant.name, "status": tenant.status},
        "schema_versions": versions,
        "tables": tables,
    }
    with _telling_of_files(folder):
        (folder / MANIFEST).write_bytes(orjson.dumps(manifest, option=orjson.OPT_INDENT_2) + b"\n")
    return rows


@contextmanager
def _telling_of_files(path: Path) -> Iterator[None]:
    """An error of the file system within is not one of the database."""
    try:
        yield
    except OSError as error:
        raise HouseError(f"{path} cannot be written: {error.strerror or error}") from error


@asynccontextmanager
async def _reading(
    engine: AsyncEngine, tenant: UUID, moment: str | None = None
) -> AsyncIterator[AsyncSession]:
    """A transaction that reads one tenant as it stands now, or as another transaction sees it."""
    async with AsyncSession(engine) as session:
        await session.connection(
            execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        )
        if moment is not None:
            # SET takes no parameters; what it takes is the database's own word of a moment ago.
            await session.execute(_at(moment))
        await narrow(session, tenant)
        yield session


def _at(moment: str) -> TextClause:
    if not re.fullmatch(r"[0-9A-Fa-f-]+", moment):
        raise HouseError("The database names its snapshots in a way that is not known here")
    return text(f"SET TRANSACTION SNAPSHOT '{moment}'")


async def _tables(session: AsyncSession, role: str, schemas: Sequence[str]) -> list[_Table]:
    known = {"role": role, "schemas": list(schemas), "foundation": foundation.name, "shared": list(_SHARED)}
    return [
        _Table(row.schema, row.name, row.columns, row.readable or (), row.key or ())
        for row in await session.execute(_TABLES, known)
    ]


async def _write_table(session: AsyncSession, one: _Table, path: Path) -> tuple[int, str]:
    """The number of rows, and the SHA-256 of the file.

    One row a line, in the order of the primary key; the database writes the JSON, so that no number is rounded.
    """
    source = table(one.name, *(column(name) for name in one.columns), schema=one.schema)
    chosen = select(*(source.c[name] for name in one.written))
    ordered = chosen.order_by(*(source.c[name] for name in one.key)).subquery("row")
    query = select(cast(func.row_to_json(ordered.table_valued()), Text))
    count, digest = 0, hashlib.sha256()
    lines = await session.stream_scalars(query.execution_options(yield_per=_BATCH))
    with path.open("wb") as file:
        async for batch in lines.partitions():
            written = "".join(f"{line}\n" for line in batch).encode()
            with _telling_of_files(path):
                file.write(written)
            digest.update(written)
            count += len(batch)
    return count, digest.hexdigest()


async def _versions(office: Office) -> dict[str, str | None]:
    """Each schema that migrations have made, with the last of them: as the owner, who alone may look."""
    engine = find_address(office.settings, OWNER_ROLE).engine(pool_size=0)
    async with engine.connect() as connection:
        schemas = await connection.scalars(
            text("SELECT schemaname::text FROM pg_tables WHERE tablename = :name ORDER BY 1"),
            {"name": VERSION_TABLE},
        )
        found: dict[str, str | None] = {}
        for schema in schemas.all():
            versions = table(VERSION_TABLE, column("version_num"), schema=schema)
            found[schema] = await connection.scalar(select(versions.c.version_num))
    return found
