"""What a module's tests stand on: a real PostgreSQL that is thrown away, people who ask, queries and entities.

In a module's `tests/conftest.py`::

    from foundation_subgraph.kit.testing import database_fixture
    from module_subgraphs.billing import subgraph

    database = database_fixture(subgraph)

and in its tests::

    async def test_an_invoice_is_found_by_its_key(database: ThrowAwayDatabase) -> None:
        answer = await database.entities(
            subgraph,
            [{"__typename": "Invoice", "id": "..."}],
            "... on Invoice { total }",
            principal("billing:read"),
        )

One server per test process, started at the first test that needs it; one migrated database per set of subgraphs, emptied
after each test, so that no test sees what another wrote. Row-level security is in force as it is in production.
"""

import atexit
import itertools
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import orjson
import pytest_asyncio
from sqlalchemy import Connection, event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.embedded_database import SUPERUSER, EmbeddedDatabase
from foundation_subgraph.kit.asking import Graph
from foundation_subgraph.kit.database import Database, DatabaseAddress
from foundation_subgraph.kit.http_request import GraphQLRequest
from foundation_subgraph.kit.migrations import upgrade
from foundation_subgraph.kit.roles import (
    APPLICATION_ROLE,
    FOUNDATION_ROLE,
    OWNER_ROLE,
    SIGN_IN_ROLE,
    create_roles,
)
from foundation_subgraph.kit.subgraph import Subgraph
from foundation_subgraph.kit.tenant_setting import TENANT_SETTING
from supergraph.spec import ERRAND_HEADER, Principal

ACME: Final = UUID("00000000-0000-4000-8000-0000000000ac")
GLOBEX: Final = UUID("00000000-0000-4000-8000-0000000000eb")
"""Two tenants. What is written as one must be invisible to the other."""

SOMEBODY: Final = UUID("00000000-0000-4000-8000-000000000001")

_SPEED_OVER_SAFETY: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "max_wal_size": "4GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def principal(*scopes: str, tenant: UUID | None = ACME, subject: UUID | None = SOMEBODY) -> Principal:
    """Somebody who holds these permissions and no others."""
    return Principal(
        subject=None if subject is None else str(subject),
        tenant=None if tenant is None else str(tenant),
        scopes=frozenset(scopes),
    )


def answering_graph(subgraph: Subgraph, asking: Principal, answers: Mapping[str, Mapping[str, Any]]) -> Graph:
    """A gateway that gives each declared operation, by its name, the response that stands in `answers`."""

    async def answer(body: bytes, _headers: Sequence[tuple[bytes, bytes]]) -> tuple[int, bytes]:
        return 200, orjson.dumps(answers[orjson.loads(body)["operationName"]])

    return Graph(subgraph.name, subgraph.asks, asking, answer, [(ERRAND_HEADER.encode(), b"lent")])


class ThrowAwayDatabase:
    """A database with the tables of some subgraphs and no rows, for one test.

    `application` is used as the first of the subgraphs uses it.
    """

    def __init__(self, server: EmbeddedDatabase, name: str, role: str) -> None:
        self.addresses: Final = {
            role: DatabaseAddress(server.url(role, name))
            for role in (OWNER_ROLE, APPLICATION_ROLE, FOUNDATION_ROLE, SIGN_IN_ROLE)
        }
        self.owner: Final[AsyncEngine] = self.addresses[OWNER_ROLE].engine()
        self.sign_in: Final[AsyncEngine] = self.addresses[SIGN_IN_ROLE].engine()
        self.databases: Final = {
            each: Database(self.addresses[each].engine()) for each in (APPLICATION_ROLE, FOUNDATION_ROLE)
        }
        self.application: Final = self.databases[role]

    async def execute(
        self,
        subgraph: Subgraph,
        query: str,
        asking: Principal,
        variables: Mapping[str, Any] | None = None,
        *,
        graph: Graph | None = None,
        services: Sequence[object] = (),
    ) -> dict[str, Any]:
        """The subgraph's answer to an operation, as it would be sent: `data`, and `errors` where there are any.

        What its resolvers ask the gateway is answered by `graph`, such as `answering_graph` makes; `services` are what
        the house lends.
        """
        request = GraphQLRequest(query, variables=dict(variables or {}))
        app = subgraph.asgi(self.databases[subgraph.role], services=services)
        return await app.execute(request, asking, graph)

    async def entities(
        self,
        subgraph: Subgraph,
        representations: Sequence[Mapping[str, Any]],
        selection: str,
        asking: Principal,
    ) -> dict[str, Any]:
        """The answer to an entity fetch, asked as a gateway asks it. `selection` is what stands inside `_entities`."""
        query = f"query ($representations: [_Any!]!) {{ _entities(representations: $representations) {{ {selection} }} }}"
        return await self.execute(subgraph, query, asking, {"representations": list(representations)})

    @asynccontextmanager
    async def session(
        self, tenant: UUID | None = ACME, *, role: str | None = None
    ) -> AsyncIterator[AsyncSession]:
        """A session as a service gets it: narrowed to a tenant, committed at the end.

        It is in the role of the first of the subgraphs, where no other is named.
        """
        database = self.application if role is None else self.databases[role]
        async with database.transaction(principal(tenant=tenant)) as session:
            yield session

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL statements that requests run meanwhile; narrowing to the tenant is not counted."""
        seen: list[str] = []

        def note(_connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
            if f"set_config('{TENANT_SETTING}'" not in statement:
                seen.append(statement)

        engines = [database.engine.sync_engine for database in self.databases.values()]
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        try:
            yield seen
        finally:
            for engine in engines:
                event.remove(engine, "before_cursor_execute", note)

    async def close(self) -> None:
        for database in self.databases.values():
            await database.close()
        await self.owner.dispose()
        await self.sign_in.dispose()


@asynccontextmanager
async def throw_away_database(*subgraphs: Subgraph) -> AsyncIterator[ThrowAwayDatabase]:
    """A database made for this block, with the tables of these subgraphs: free to be altered as one likes."""
    template = await _template(subgraphs)
    name = f"test_{next(_numbers)}"
    await _administer(f"CREATE DATABASE {name} TEMPLATE {template} OWNER {OWNER_ROLE} STRATEGY file_copy")
    database = ThrowAwayDatabase(_server(), name, subgraphs[0].role)
    try:
        yield database
    finally:
        await database.close()
        await _administer(f"DROP DATABASE {name} WITH (FORCE)")


@asynccontextmanager
async def emptied_database(*subgraphs: Subgraph) -> AsyncIterator[ThrowAwayDatabase]:
    """The database that tests of these subgraphs share: without rows at the beginning, and emptied at the end.

    Quicker than one of its own. A test that alters tables takes `throw_away_database`.
    """
    names = tuple((subgraph.name, subgraph.migrations) for subgraph in subgraphs)
    if names not in _shared:
        template = await _template(subgraphs)
        _shared[names] = f"shared_{template}"
        await _administer(
            f"CREATE DATABASE {_shared[names]} TEMPLATE {template} OWNER {OWNER_ROLE} STRATEGY file_copy"
        )
    database = ThrowAwayDatabase(_server(), _shared[names], subgraphs[0].role)
    try:
        yield database
    finally:
        await database.close()
        await _administer(_EMPTY, _shared[names])


def database_fixture(
    *subgraphs: Subgraph, altered: bool = False
) -> Callable[[], AsyncIterator[ThrowAwayDatabase]]:
    """A pytest fixture that gives each test a ThrowAwayDatabase of these subgraphs.

    `altered` is for tests that alter tables: each then gets a database of its own.
    """

    @pytest_asyncio.fixture
    async def database() -> AsyncIterator[ThrowAwayDatabase]:
        async with (throw_away_database if altered else emptied_database)(*subgraphs) as opened:
            yield opened

    return database


_EMPTY: Final = """
DO $$
DECLARE known regclass;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOR known IN
        SELECT oid FROM pg_class WHERE relkind = 'r' AND relname <> 'alembic_version'
        AND relnamespace::regnamespace::text NOT IN ('pg_catalog', 'information_schema')
    LOOP
        EXECUTE format('DELETE FROM %s', known);
    END LOOP;
END $$
"""

_shared: dict[tuple[tuple[str, Path | None], ...], str] = {}
_numbers = itertools.count(1)
_templates: dict[tuple[tuple[str, Path | None], ...], str] = {}


@cache
def _server() -> EmbeddedDatabase:
    folder = Path(tempfile.mkdtemp(prefix="dovetail-test-"))
    server = EmbeddedDatabase(folder / "database", settings=_SPEED_OVER_SAFETY)
    server.start()

    def remove() -> None:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return server


async def _template(subgraphs: Sequence[Subgraph]) -> str:
    names = tuple((subgraph.name, subgraph.migrations) for subgraph in subgraphs)
    if names not in _templates:
        name = f"template_{len(_templates)}"
        await _administer(create_roles)
        await _administer(f"CREATE DATABASE {name} OWNER {OWNER_ROLE}")
        owner = DatabaseAddress(_server().url(OWNER_ROLE, name)).engine(pool_size=0)
        for subgraph in subgraphs:
            await upgrade(owner, subgraph)
        await owner.dispose()
        _templates[names] = name
    return _templates[names]


async def _administer(order: str | Callable[[Any], Awaitable[None]], database: str = "postgres") -> None:
    engine = DatabaseAddress(_server().url(SUPERUSER, database)).engine(pool_size=0)
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await (connection.execute(text(order)) if isinstance(order, str) else order(connection))
    await engine.dispose()
