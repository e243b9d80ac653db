"""Tables, and sessions that see one tenant. What a session may see is decided by the database, not by us."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, TypeVar
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, DateTime, MetaData, Uuid, any_, literal, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, QueryableAttribute, mapped_column
from sqlalchemy.pool import NullPool

from foundation_subgraph.kit.events import Events
from foundation_subgraph.kit.tenant_setting import CURRENT_TENANT, TENANT_SETTING
from supergraph.spec import Principal

_Value = TypeVar("_Value")

_NARROW = text(f"SELECT set_config('{TENANT_SETTING}', :tenant, true)")

_NAMING: Final = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Declares tables. A subgraph's own base names its database schema: `class Table(Base, schema="loyalty")`."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: DateTime(timezone=True), UUID: Uuid()}

    def __init_subclass__(cls, *, schema: str | None = None, **options: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        if schema is not None:
            cls.__abstract__ = True
            cls.metadata = MetaData(schema=schema, naming_convention=_NAMING)
        super().__init_subclass__(**options)


class TenantScoped:
    """A table whose rows belong to a tenant. The database fills `tenant_id` in from the transaction.

    It leads the primary key: keys are unique within a tenant, so that no clash tells about another one.
    """

    tenant_id: Mapped[UUID] = mapped_column(
        Uuid(), primary_key=True, server_default=text(CURRENT_TENANT), sort_order=-1
    )


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where the database is, and as whom to use it: `role` is put on at connection, for logins that may change roles."""

    url: str
    role: str | None = None

    def engine(self, *, pool_size: int = 5) -> AsyncEngine:
        """An engine for this address; `pool_size` 0 keeps no connection."""
        settings = {"application_name": "dovetail"} | ({"role": self.role} if self.role else {})
        pool: dict[str, Any] = (
            {"poolclass": NullPool}
            if pool_size == 0
            else {"pool_size": pool_size, "max_overflow": pool_size, "pool_pre_ping": True}
        )
        # What is written may be secret, and errors of the database end in logs.
        return create_async_engine(
            self.url, connect_args={"server_settings": settings}, hide_parameters=True, **pool
        )


class Database:
    """One subgraph's way to its rows: sessions in the application's role, each narrowed to one tenant.

    `events` are those that any process tells over the same database.

    Connections belong to an event loop. Given a function that makes engines, it has one for the loop that it is used
    in and another when that changes: a gateway moves a subgraph that stalled its loop to a fresh one. Each is closed
    with its loop.
    """

    __slots__ = ("_closing", "_engine", "_events", "_loop", "_make")

    def __init__(self, engine: AsyncEngine | Callable[[], AsyncEngine]) -> None:
        self._make = None if isinstance(engine, AsyncEngine) else engine
        self._engine = engine if isinstance(engine, AsyncEngine) else engine()
        self._events = Events(self._engine)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closing: AsyncGenerator[None, None] | None = None

    @property
    def engine(self) -> AsyncEngine:
        if self._make is not None and self._loop is not asyncio.get_running_loop():
            self._move(self._make)
        return self._engine

    @property
    def events(self) -> Events:
        if self._make is not None and self._loop is not asyncio.get_running_loop():
            self._move(self._make)
        return self._events

    @asynccontextmanager
    async def transaction(self, principal: Principal) -> AsyncIterator[AsyncSession]:
        """A session in a transaction that sees the principal's tenant, and without one no row at all.

        The setting ends with the transaction, so a pooled connection carries nothing to its next user.
        """
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            await narrow(session, principal.tenant)
            yield session

    async def close(self) -> None:
        """Close its connections; those of another loop have been closed with it."""
        if self._make is None or self._loop is asyncio.get_running_loop():
            await self._engine.dispose()

    def _move(self, make: Callable[[], AsyncEngine]) -> None:
        """To the running loop."""
        if self._loop is not None:
            self._engine = make()
            self._events = Events(self._engine)
        self._loop = asyncio.get_running_loop()
        # A loop that ends closes the asynchronous generators that were begun in it. This one begins without waiting.
        self._closing = _closed_at_the_end(self._engine)
        with suppress(StopIteration):
            self._closing.__anext__().send(None)


async def _closed_at_the_end(engine: AsyncEngine) -> AsyncGenerator[None, None]:
    try:
        yield
    finally:
        await engine.dispose()


def among(column: QueryableAttribute[_Value], values: Collection[_Value]) -> ColumnElement[bool]:
    """The condition that a column has one of some values, however many.

    They travel as one array. `column.in_(values)` makes a parameter of each, of which PostgreSQL takes 32767, and
    another statement for every number of them.
    """
    return column == any_(literal(list(values), ARRAY(column.type)))


async def narrow(session: AsyncSession, tenant: str | UUID | None) -> None:
    """Narrow the session's transaction to a tenant. What is not an id of a tenant narrows it to nothing."""
    await session.execute(_NARROW, {"tenant": _tenant_id(tenant)})


def _tenant_id(tenant: str | UUID | None) -> str:
    try:
        return "" if tenant is None else str(UUID(str(tenant)))
    except ValueError:
        return ""
