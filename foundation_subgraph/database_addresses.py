"""Where the database of a house is, for each of its roles: one of our own, or the one that was named."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from typing import Final

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError

from foundation_subgraph.embedded_database import EmbeddedDatabase, running_url
from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.kit import DatabaseAddress
from foundation_subgraph.kit.roles import LESSER_ROLES, OWNER_ROLE, allow_role, create_roles
from supergraph.spec import HouseError

DATABASE: Final = "dovetail"

_PARAMETERS: Final = frozenset(
    {"host", "port", "user", "password", "database", "ssl", "target_session_attrs"}
)
"""What may stand behind the question mark of a DATABASE_URL, beside libpq's `sslmode`."""


DatabaseAddresses = Mapping[str, DatabaseAddress]
"""The same database, by role."""


async def find_addresses(
    settings: HouseSettings, stack: AsyncExitStack, notices: list[str]
) -> DatabaseAddresses:
    """Where the database is; the embedded one is started, and stopped with the stack. Raises HouseError."""
    if settings.database_url is not None:
        owner = DatabaseAddress(_for_asyncpg(settings.database_url))
        await _prepare_external(owner, [role for role in LESSER_ROLES if role not in settings.logins])
        return {OWNER_ROLE: owner} | {
            role: _external(settings, settings.database_url, role) for role in LESSER_ROLES
        }
    embedded = EmbeddedDatabase(settings.data_folder / "database")
    # Started in this thread: a Ctrl-C must not leave a thread behind that is still starting a server.
    embedded.start()
    stack.callback(embedded.stop)
    notices += embedded.notices
    await _prepare_embedded(embedded)
    return {role: DatabaseAddress(embedded.url(role, DATABASE)) for role in (OWNER_ROLE, *LESSER_ROLES)}


async def prepare_address(settings: HouseSettings) -> DatabaseAddress:
    """The owner's, once the other roles are there: for a database that no house has opened yet. Raises HouseError."""
    owner = find_address(settings, OWNER_ROLE)
    if settings.database_url is not None:
        await _prepare_external(owner, [role for role in LESSER_ROLES if role not in settings.logins])
    return owner


def find_address(settings: HouseSettings, role: str) -> DatabaseAddress:
    """Where a database is that a house has prepared already. Raises HouseError."""
    if role in settings.logins:
        return DatabaseAddress(_for_asyncpg(settings.logins[role]))
    if settings.database_url is not None:
        if role == OWNER_ROLE:
            return DatabaseAddress(_for_asyncpg(settings.database_url))
        return _external(settings, settings.database_url, role)
    url = running_url(settings.data_folder / "database", role, DATABASE)
    if url is None:
        raise HouseError(
            f"No database is running over {settings.data_folder}: start `dovetail dev` first, or give DATABASE_URL"
        )
    return DatabaseAddress(url)


def _external(settings: HouseSettings, url: str, role: str) -> DatabaseAddress:
    own = settings.logins.get(role)
    return DatabaseAddress(_for_asyncpg(url), role) if own is None else DatabaseAddress(_for_asyncpg(own))


async def _prepare_embedded(embedded: EmbeddedDatabase) -> None:
    engine = DatabaseAddress(embedded.url()).engine(pool_size=0)
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await create_roles(connection)
        names = (await connection.execute(text("SELECT datname FROM pg_database"))).scalars()
        if DATABASE not in set(names):
            await connection.execute(text(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}"))
    await engine.dispose()


async def _prepare_external(owner: DatabaseAddress, put_on: Sequence[str]) -> None:
    """Make the lesser roles where they are missing, and let the login put on those that it has to."""
    engine = owner.engine(pool_size=0)
    async with engine.begin() as connection:
        await create_roles(connection)
        for role in put_on:
            await allow_role(connection, role)
    await engine.dispose()


def _for_asyncpg(url: str) -> str:
    """A connection URL as everybody writes it, for SQLAlchemy with asyncpg."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise HouseError(
            "DATABASE_URL is not a URL: write it like postgresql://user:password@host:5432/database"
        ) from None
    if parsed.get_backend_name() not in {"postgres", "postgresql"}:
        raise HouseError(f"DATABASE_URL names {parsed.get_backend_name()}, and only PostgreSQL will do")
    query = dict(parsed.query)
    if "sslmode" in query:  # libpq's word for what asyncpg calls ssl
        query["ssl"] = query.pop("sslmode")
    if unknown := sorted(set(query) - _PARAMETERS):
        raise HouseError(f"DATABASE_URL has parameters that cannot be followed here: {', '.join(unknown)}")
    if (parsed.port or 0) > 65535:
        raise HouseError(f"DATABASE_URL names the port {parsed.port}, and there are 65535")
    return parsed.set(drivername="postgresql+asyncpg", query=query).render_as_string(hide_password=False)
