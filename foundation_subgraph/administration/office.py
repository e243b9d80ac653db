"""Where administration is done: the house's database, and who does it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.audit.service import record
from foundation_subgraph.database_addresses import find_address
from foundation_subgraph.house_settings import HouseSettings
from foundation_subgraph.kit import Access, narrow
from foundation_subgraph.kit.roles import (
    FOUNDATION_ROLE,
    OWNER_ROLE,
    SIGN_IN_ROLE,
    UnfitRoleError,
    check_application_role,
)
from foundation_subgraph.permissions.service import list_permissions
from foundation_subgraph.preparing import first_line
from foundation_subgraph.tenants.service import enter_tenant, find_platform
from foundation_subgraph.tenants.tables import TenantRow
from supergraph.spec import HouseError

_NOT_PREPARED: Final = frozenset({"42P01", "42703", "3F000", "42704", "22023", "42501", "28000"})
"""What PostgreSQL says where tables, columns, schemas or roles are missing."""


class Office:
    """Administers a house over its database, in the role of the foundation's own requests: bound by the same policies.

    `actor` is who the audit log says it was. `session` narrows nothing; `tenant_session` to one tenant.
    """

    def __init__(self, settings: HouseSettings, actor: str) -> None:
        self.settings: Final = settings
        self.actor: Final = actor
        self.engine: Final[AsyncEngine] = find_address(settings, FOUNDATION_ROLE).engine(pool_size=0)

    @asynccontextmanager
    async def session(self) -> AsyncIterator[AsyncSession]:
        """A transaction, committed at the end of the block."""
        async with AsyncSession(self.engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def tenant_session(self, slug: str) -> AsyncIterator[tuple[AsyncSession, TenantRow]]:
        """A transaction that sees one tenant. Raises Refusal where there is none of that name."""
        async with self.session() as session:
            yield session, await enter_tenant(session, slug)

    @asynccontextmanager
    async def owner_session(self) -> AsyncIterator[AsyncSession]:
        """A transaction in the role that owns the tables: for what no request may do."""
        engine = find_address(self.settings, OWNER_ROLE).engine(pool_size=0)
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session

    @asynccontextmanager
    async def sign_in_session(self) -> AsyncIterator[AsyncSession]:
        """A transaction in the role of the sign-in: for what concerns a person in all their tenants."""
        engine = find_address(self.settings, SIGN_IN_ROLE).engine(pool_size=0)
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            yield session


@asynccontextmanager
async def open_office(settings: HouseSettings, actor: str) -> AsyncIterator[Office]:
    """Raises HouseError where the database cannot be used, in words that say how to go on."""
    async with telling_of_databases():
        office = Office(settings, actor)
        await check_application_role(office.engine)
        yield office


@asynccontextmanager
async def telling_of_databases() -> AsyncIterator[None]:
    """Whatever goes wrong with the database within is a HouseError of one line."""
    try:
        yield
    except UnfitRoleError as error:
        raise HouseError(str(error)) from error
    except BrokenPipeError:  # whoever read our output has gone
        raise
    except (OSError, SQLAlchemyError) as error:
        hint = ""
        if isinstance(error, DBAPIError) and getattr(error.orig, "sqlstate", None) in _NOT_PREPARED:
            hint = "; `dovetail database status` tells whether its tables are up to date"
        raise HouseError(f"The database cannot be used: {first_line(error)}{hint}") from error


async def grantable(session: AsyncSession, tenant: TenantRow) -> frozenset[str]:
    """What the owner of the database may give in a tenant: everything, but running the platform only in its own."""
    return frozenset(
        permission.id
        for permission in await list_permissions(session)
        if tenant.is_platform or permission.access is not Access.OPERATE
    )


async def record_operation(
    office: Office, session: AsyncSession, action: str, tenant: TenantRow, details: dict[str, object]
) -> None:
    """Into the tenant's own log, which the session is narrowed to, and into the platform's if there is one."""
    await record(session, office.actor, action, tenant.id, details)
    platform = await find_platform(session)
    if platform is not None and platform.id != tenant.id:
        await narrow(session, platform.id)
        await record(session, office.actor, action, tenant.id, {**details, "slug": tenant.slug})
