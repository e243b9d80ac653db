"""One pooled connection under everything that requests do to it, through a real GraphQL application.

Each proof stands as a function, so that it can be tried where its protection is taken away: then it fails.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from uuid import UUID

import pytest
import strawberry
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from foundation_subgraph.kit import (
    Database,
    GraphQLRequest,
    Info,
    RequestContext,
    Subgraph,
    asgi,
    authenticated,
    database,
    field,
)
from foundation_subgraph.kit.roles import APPLICATION_ROLE
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase, database_fixture, principal
from supergraph.spec import Principal
from tests.foundation_subgraph.kit.isolation.tenant_tables import SUBGRAPHS, superuser

customers_database = database_fixture(next(one for one in SUBGRAPHS if one.name == "customers"))

SEEN = text("SELECT DISTINCT tenant_id::text FROM customers.customers")
INSERT = text("INSERT INTO customers.customers (id, name) VALUES (gen_random_uuid(), :name)")
SET = text("SELECT current_setting('dovetail.tenant_id', true)")
ROUNDS = 6


async def seen(context: RequestContext) -> str:
    """Whose rows there are, looked at twice with others' turns between."""
    async with context.transaction() as session:
        first = list(await session.scalars(SEEN))
        await asyncio.sleep(0)
        assert list(await session.scalars(SEEN)) == first
    return ",".join(first)


async def load_seen(context: RequestContext, keys: Sequence[str]) -> list[str]:
    async with asyncio.TaskGroup() as group:
        found = [group.create_task(seen(context)) for _ in keys]
    return [each.result() for each in found]


@strawberry.type
class Query:
    """What resolvers may do: each field tells the tenants whose rows it saw."""

    @field(authenticated)
    async def here(self, info: Info) -> str:
        return await seen(info.context)

    @field(authenticated)
    async def in_tasks(self, info: Info) -> list[str]:
        async def within() -> list[str]:
            return list(await asyncio.gather(*(asyncio.create_task(seen(info.context)) for _ in range(2))))

        nested = await asyncio.gather(asyncio.create_task(within()), within())
        return [each for found in nested for each in found]

    @field(authenticated)
    async def loaded(self, info: Info, key: str) -> str:
        return await info.context.loader(load_seen).load(key)

    @field(authenticated)
    async def failing(self, info: Info) -> str | None:
        async with info.context.transaction() as session:
            await session.execute(INSERT, {"name": "never"})
            raise ZeroDivisionError


@strawberry.type
class Mutation:
    @field(authenticated)
    async def write(self, info: Info, name: str) -> str:
        async with info.context.transaction() as session:
            await session.execute(INSERT, {"name": name})
            await asyncio.sleep(0)  # here it is cancelled: once COMMIT is sent, nobody knows how that ends
        return await seen(info.context)


PROBE = Subgraph("probe", title="Probe", query=Query, mutation=Mutation)
ASK = """{
  a: here b: here inTasks c: loaded(key: "c") d: loaded(key: "d") failing
}"""
WRITE = "mutation ($name: String!) { one: write(name: $name) two: write(name: $name) }"


@asynccontextmanager
async def one_connection(opened: ThrowAwayDatabase) -> AsyncIterator[Database]:
    """The application's database over a pool that has one connection for everybody."""
    address = opened.addresses[APPLICATION_ROLE]
    engine = create_async_engine(address.url, pool_size=1, max_overflow=0, pool_timeout=20)
    one = Database(engine)
    try:
        yield one
    finally:
        await one.close()


@contextmanager
def cancelled_in_the_midst(one: Database) -> Iterator[list[str]]:
    """Whoever writes the name `cancelled` is cancelled right behind that, before the transaction ends."""
    done: list[str] = []

    def cancel(_connection: object, _cursor: object, _statement: str, given: object, *_rest: object) -> None:
        if "cancelled" in str(given):
            task = asyncio.current_task()
            assert task is not None
            done.append(str(given))
            task.cancel()

    event.listen(one.engine.sync_engine, "after_cursor_execute", cancel)
    try:
        yield done
    finally:
        event.remove(one.engine.sync_engine, "after_cursor_execute", cancel)


async def strangers_seen(opened: ThrowAwayDatabase) -> list[str]:
    """Everything that came of one tenant's requests and was not that tenant's own; nothing, one hopes.

    Of two tenants who share one connection: read, write, gather, nest tasks, fail, and are cancelled in the midst.
    """
    for tenant in (ACME, GLOBEX):
        async with opened.session(tenant, role=APPLICATION_ROLE) as session:
            await session.execute(INSERT, {"name": "there"})
    found: list[str] = []
    async with one_connection(opened) as one:
        app = PROBE.asgi(one)

        async def ask(tenant: UUID, query: str, **variables: str) -> None:
            answer = await app.execute(GraphQLRequest(query, variables=variables), principal(tenant=tenant))
            told = str(sorted(texts(answer.get("data"))))
            if set(texts(answer.get("data"))) - {str(tenant)}:
                found.append(f"{tenant} is told {told}")
            if not texts(answer.get("data")):
                found.append(f"{tenant} is told nothing: {answer}")

        with cancelled_in_the_midst(one) as cancelled:
            for _ in range(ROUNDS):
                outcomes = await asyncio.gather(
                    *(ask(tenant, ASK) for tenant in (ACME, GLOBEX, ACME, GLOBEX)),
                    *(ask(tenant, WRITE, name="written") for tenant in (ACME, GLOBEX)),
                    *(ask(tenant, WRITE, name="cancelled") for tenant in (GLOBEX, ACME)),
                    return_exceptions=True,
                )
                for outcome in outcomes[:-2]:
                    if outcome is not None:
                        raise outcome
                async with one.engine.connect() as connection:
                    if left := await connection.scalar(SET):
                        found.append(f"the connection still speaks for {left}")
                async with one.transaction(Principal()) as session:
                    found += [f"nobody sees {each}" for each in await session.scalars(SEEN)]
        assert len(cancelled) >= ROUNDS, "nobody was cancelled: the proof proves nothing"
    async with superuser(opened) as connection:
        rows = await connection.execute(
            text("SELECT tenant_id, name, count(*) AS many FROM customers.customers GROUP BY 1, 2")
        )
        kept = {(row.tenant_id, row.name): row.many for row in rows}
    expected = {
        (tenant, name): many
        for tenant in (ACME, GLOBEX)
        for name, many in (("there", 1), ("written", 2 * ROUNDS))
    }
    if kept != expected:
        found.append(f"kept is {sorted(map(str, kept.items()))}")
    return found


def texts(value: object) -> list[str]:
    """The tenants that an answer tells of, each as often as it does."""
    if isinstance(value, dict):
        return [each for one in value.values() for each in texts(one)]
    if isinstance(value, list):
        return [each for one in value for each in texts(one)]
    return value.split(",") if isinstance(value, str) and value else []


async def test_one_connection_carries_nothing_from_one_tenant_to_the_other(
    customers_database: ThrowAwayDatabase,
) -> None:
    """E4: interleaved, nested, gathered, failed and cancelled in the midst of a transaction."""
    found = await strangers_seen(customers_database)
    assert found == [], "\n".join(found)


async def test_a_tenant_that_outlives_its_transaction_is_noticed(
    customers_database: ThrowAwayDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutation: `SET` in the place of `SET LOCAL`."""
    monkeypatch.setattr(database, "_NARROW", text("SELECT set_config('dovetail.tenant_id', :tenant, false)"))
    assert any("still speaks for" in each for each in await strangers_seen(customers_database))


async def test_a_transaction_that_forgets_its_tenant_is_noticed(
    customers_database: ThrowAwayDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutation: no narrowing at all. Nobody sees anything, which is the safe way to fail, and is noticed too."""

    async def narrow_not(_session: AsyncSession, _tenant: object) -> None:
        return None

    monkeypatch.setattr(database, "narrow", narrow_not)
    with pytest.raises(Exception, match="row-level security"):
        async with one_connection(customers_database) as one, one.transaction(principal()) as session:
            await session.execute(INSERT, {"name": "there"})


async def test_a_context_that_outlives_its_request_is_noticed(
    customers_database: ThrowAwayDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutation: one request's context, with principal and loaders, serves the next."""
    kept: list[RequestContext] = []

    def context_of_before(*given: Any) -> RequestContext:
        if not kept:
            kept.append(RequestContext(*given))
        return kept[0]

    monkeypatch.setattr(asgi, "RequestContext", context_of_before)
    assert any("is told" in each for each in await strangers_seen(customers_database))


async def test_loaders_that_outlive_their_request_are_noticed(
    customers_database: ThrowAwayDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """E5, the mutation: a loader known by its function alone, whoever asks."""
    shared: dict[object, Any] = {}
    began = RequestContext.__init__

    def begin(self: RequestContext, *given: Any) -> None:
        began(self, *given)
        self._loaders = shared

    monkeypatch.setattr(RequestContext, "__init__", begin)
    assert any("is told" in each for each in await strangers_seen(customers_database))


async def test_what_is_kept_of_a_cancelled_request_is_noticed(
    customers_database: ThrowAwayDatabase, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mutation: a transaction that commits however it ends."""

    @asynccontextmanager
    async def committing(self: Database, asking: Principal) -> AsyncIterator[AsyncSession]:
        async with AsyncSession(self.engine, expire_on_commit=False) as session:
            await database.narrow(session, asking.tenant)
            try:
                yield session
            finally:
                await session.commit()

    monkeypatch.setattr(Database, "transaction", committing)
    assert any("never" in each or "cancelled" in each for each in await strangers_seen(customers_database))
