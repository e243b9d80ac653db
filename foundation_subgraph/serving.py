"""The foundation and the modules, opened together: database, migrations, permissions, demo data, applications.

A composition root: what knows all subgraphs knows them by an import string, so that no arrow points up.
"""

import logging
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from fastapi import APIRouter
from sqlalchemy import text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.embedded_database import EmbeddedDatabase, EmbeddedDatabaseError, running_url
from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import BrokenSubgraph, Database, DatabaseAddress, Subgraph, SubgraphApp
from foundation_subgraph.kit.installing import UnknownImportError, find_installed
from foundation_subgraph.kit.migrated import is_migrated
from foundation_subgraph.kit.roles import (
    APPLICATION_ROLE,
    OWNER_ROLE,
    SIGN_IN_ROLE,
    UnfitRoleError,
    allow_role,
    check_application_role,
    create_roles,
)
from foundation_subgraph.permissions.service import register_permissions
from foundation_subgraph.seeding import DemoLogin, demo_logins, seed_people, seed_subgraphs
from foundation_subgraph.sign_in import (
    PasswordCost,
    Passwords,
    SignIn,
    TokenIssuer,
    UnusableKeyError,
    build_sign_in_router,
    load_or_create_key,
    write_public_key,
)
from supergraph.spec import HouseError, PrincipalSigner, PrincipalVerifier

DATABASE: Final = "dovetail"
PRINCIPAL_KEY: Final = Path("keys/principal.pem")
PRINCIPAL_PUBLIC_KEY: Final = Path("keys/principal.pub")
"""In the data folder: what the gateway signs principals with, and what subgraphs elsewhere check them with."""

_PARAMETERS: Final = frozenset(
    {"host", "port", "user", "password", "database", "ssl", "target_session_attrs"}
)
"""What may stand behind the question mark of a DATABASE_URL, beside libpq's `sslmode`."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class HouseSettings:
    """Where things are. Without `database_url` a PostgreSQL of our own runs over `<data_folder>/database`.

    `database_url` logs in as the owner of the tables or as one who may become it; `application_url` and
    `sign_in_url` may give the two lesser roles logins of their own, else the login puts these roles on.
    `demo` writes the demo tenants, whose people have a password that everybody knows.
    """

    data_folder: Path = Path(".dovetail")
    database_url: str | None = None
    application_url: str | None = None
    sign_in_url: str | None = None
    installed: str = "module_subgraphs:installed"
    demo: bool = False
    issuer: str = "dovetail"
    audience: str = "dovetail"
    token_lifetime: int = 900
    password_cost: PasswordCost = field(default_factory=PasswordCost)


@dataclass(frozen=True, slots=True)
class ServedSubgraph:
    """One subgraph, ready: its document for the composer, its application for the gateway.

    `origins` says where the document's elements stand in Python, by schema coordinate.
    """

    name: str
    sdl: str
    app: SubgraphApp
    origins: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class House:
    """All that is open. `broken` could not be read or migrated; everything else serves without them.

    `sign_in` holds the routes under `/sign-in`. `signer` is for a gateway that calls subgraphs in other processes.
    """

    subgraphs: tuple[ServedSubgraph, ...]
    broken: tuple[BrokenSubgraph, ...]
    sign_in: APIRouter
    issuer: TokenIssuer
    signer: PrincipalSigner
    permissions: frozenset[str]
    logins: tuple[DemoLogin, ...]
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DatabaseAddresses:
    """The same database, for each of the three roles."""

    owner: DatabaseAddress
    application: DatabaseAddress
    sign_in: DatabaseAddress


@asynccontextmanager
async def open_house(settings: HouseSettings) -> AsyncIterator[House]:
    """Open everything, and close it at the end of the block, however it ends. Raises HouseError.

    What is open is called in this process: a caller puts the principal into the ASGI scope.
    """
    async with AsyncExitStack() as stack:
        try:
            house = await _open(settings, stack)
        except (EmbeddedDatabaseError, UnfitRoleError, UnknownImportError, UnusableKeyError) as error:
            raise HouseError(str(error)) from error
        except (OSError, SQLAlchemyError) as error:
            where = (
                "the embedded database" if settings.database_url is None else _shown(settings.database_url)
            )
            raise HouseError(f"The database cannot be used ({where}): {_first_line(error)}") from error
        yield house


def open_development_house(
    data_folder: Path, *, database_url: str | None, installed: str, demo: bool
) -> AbstractAsyncContextManager[House]:
    """Open the house for `dovetail dev`, which knows this function by its import string alone."""
    return open_house(
        HouseSettings(data_folder=data_folder, database_url=database_url, installed=installed, demo=demo)
    )


@asynccontextmanager
async def open_subgraph(
    name: str, settings: HouseSettings, verifier: PrincipalVerifier
) -> AsyncIterator[ServedSubgraph]:
    """Open one subgraph alone, over a database that a house has prepared: it migrates nothing and seeds nothing.

    Without `database_url` or `application_url` it uses the embedded database of a house that is open over
    `data_folder`. Raises HouseError.
    """
    async with AsyncExitStack() as stack:
        try:
            found = find_installed(settings.installed)
            known: dict[str, Subgraph] = {one.name: one for one in (*found.subgraphs, foundation)}
            if name not in known:
                reasons = [one.reason for one in found.broken if one.name == name]
                raise HouseError(
                    f"The subgraph {name} cannot be served: {reasons[0]}"
                    if reasons
                    else f'There is no subgraph "{name}"; installed are {", ".join(sorted(known))}'
                )
            application = Database(_application_address(settings).engine(pool_size=10))
            stack.push_async_callback(application.close)
            await check_application_role(application.engine)
        except (UnfitRoleError, UnknownImportError) as error:
            raise HouseError(str(error)) from error
        except (OSError, SQLAlchemyError) as error:
            raise HouseError(f"The database cannot be used: {_first_line(error)}") from error
        yield ServedSubgraph(name, known[name].sdl(), known[name].asgi(application, verifier))


async def find_addresses(
    settings: HouseSettings, stack: AsyncExitStack, notices: list[str]
) -> DatabaseAddresses:
    """Where the database is; the embedded one is started, and stopped with the stack."""
    if settings.database_url is not None:
        addresses = _external(settings, settings.database_url)
        await _prepare_external(
            addresses.owner,
            own_logins=settings.application_url is not None and settings.sign_in_url is not None,
        )
        return addresses
    embedded = EmbeddedDatabase(settings.data_folder / "database")
    # Started in this thread: a Ctrl-C must not leave a thread behind that is still starting a server.
    embedded.start()
    stack.callback(embedded.stop)
    notices += embedded.notices
    await _prepare_embedded(embedded)
    return DatabaseAddresses(
        *(
            DatabaseAddress(embedded.url(role, DATABASE))
            for role in (OWNER_ROLE, APPLICATION_ROLE, SIGN_IN_ROLE)
        )
    )


async def _open(settings: HouseSettings, stack: AsyncExitStack) -> House:
    found = find_installed(settings.installed)
    key = load_or_create_key(settings.data_folder / "keys" / "sign_in.pem")
    principal_key = load_or_create_key(settings.data_folder / PRINCIPAL_KEY)
    write_public_key(principal_key, settings.data_folder / PRINCIPAL_PUBLIC_KEY)
    notices: list[str] = []
    addresses = await find_addresses(settings, stack, notices)
    owner, application, sign_in_engine = (
        addresses.owner.engine(pool_size=1),
        Database(addresses.application.engine(pool_size=10)),
        addresses.sign_in.engine(pool_size=3),
    )
    for engine in (owner, application.engine, sign_in_engine):
        stack.push_async_callback(engine.dispose)
    ready, broken = await _prepare(owner, (foundation, *found.subgraphs))
    # Now that there are tables that it could own.
    await check_application_role(application.engine)
    issuer = TokenIssuer(key, settings.issuer, settings.audience, settings.token_lifetime)
    passwords = Passwords(settings.password_cost)
    if settings.demo:
        tenants = await seed_people(owner, sign_in_engine, passwords)
        notices += await seed_subgraphs(application, ready, tenants)
    return House(
        subgraphs=tuple(
            ServedSubgraph(one.name, one.sdl(), one.asgi(application), one.origins()) for one in ready
        ),
        broken=(*found.broken, *broken),
        sign_in=build_sign_in_router(SignIn(sign_in_engine, passwords, issuer)),
        issuer=issuer,
        signer=PrincipalSigner(principal_key.private),
        permissions=frozenset(permission.id for one in ready for permission in one.permissions),
        logins=demo_logins() if settings.demo else (),
        notices=tuple(notices),
    )


async def _prepare(
    owner: AsyncEngine, subgraphs: Sequence[Subgraph]
) -> tuple[list[Subgraph], list[BrokenSubgraph]]:
    """Migrate each subgraph and register its permissions. One that fails is set aside with its reason."""
    ready: list[Subgraph] = []
    broken: list[BrokenSubgraph] = []
    for one in subgraphs:
        if any(one.name == other.name for other in ready):
            broken.append(BrokenSubgraph(one.name, "another subgraph has this name"))
            continue
        try:
            await _prepare_tables(owner, one)
        except (Exception, SystemExit) as error:
            if one is foundation:  # nothing stands without it
                raise HouseError(
                    f"The foundation's tables cannot be prepared: {_first_line(error)}"
                ) from error
            _log.exception("the subgraph %s is set aside", one.name)
            broken.append(BrokenSubgraph(one.name, _first_line(error)))
        else:
            ready.append(one)
    return ready, broken


async def _prepare_tables(owner: AsyncEngine, one: Subgraph) -> None:
    if not await is_migrated(owner, one):
        from foundation_subgraph.kit.migrations import upgrade  # noqa: PLC0415 - loads Alembic, seldom needed

        await upgrade(owner, one)
    async with AsyncSession(owner) as session, session.begin():
        await register_permissions(session, one.name, one.permissions)


def _application_address(settings: HouseSettings) -> DatabaseAddress:
    if settings.application_url is not None:
        return DatabaseAddress(_for_asyncpg(settings.application_url))
    if settings.database_url is not None:
        return DatabaseAddress(_for_asyncpg(settings.database_url), APPLICATION_ROLE)
    url = running_url(settings.data_folder / "database", APPLICATION_ROLE, DATABASE)
    if url is None:
        raise HouseError(
            f"No database is running over {settings.data_folder}: start `dovetail dev` first, or give DATABASE_URL"
        )
    return DatabaseAddress(url)


async def _prepare_embedded(embedded: EmbeddedDatabase) -> None:
    engine = DatabaseAddress(embedded.url()).engine(pool_size=0)
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await create_roles(connection)
        names = (await connection.execute(text("SELECT datname FROM pg_database"))).scalars()
        if DATABASE not in set(names):
            await connection.execute(text(f"CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}"))
    await engine.dispose()


def _external(settings: HouseSettings, url: str) -> DatabaseAddresses:
    owner = DatabaseAddress(_for_asyncpg(url))
    return DatabaseAddresses(
        owner,
        DatabaseAddress(_for_asyncpg(settings.application_url))
        if settings.application_url
        else DatabaseAddress(owner.url, APPLICATION_ROLE),
        DatabaseAddress(_for_asyncpg(settings.sign_in_url))
        if settings.sign_in_url
        else DatabaseAddress(owner.url, SIGN_IN_ROLE),
    )


async def _prepare_external(owner: DatabaseAddress, *, own_logins: bool) -> None:
    """Make the lesser roles where they are missing, and let the login put them on where it has to."""
    engine = owner.engine(pool_size=0)
    async with engine.begin() as connection:
        await create_roles(connection)
        if not own_logins:
            for role in (APPLICATION_ROLE, SIGN_IN_ROLE):
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


def _shown(url: str) -> str:
    try:
        return make_url(url).render_as_string(hide_password=True)
    except ArgumentError:
        return "DATABASE_URL"


def _first_line(error: BaseException) -> str:
    cause = error.__cause__ if isinstance(error, SQLAlchemyError) and error.__cause__ else error
    words = str(cause).strip() or type(cause).__name__
    return words.splitlines()[0]
