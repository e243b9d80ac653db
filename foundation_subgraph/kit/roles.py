"""The roles of the database: one owns, two serve, one signs people in. None is a superuser, none passes RLS."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

OWNER_ROLE: Final = "dovetail_owner"
"""Owns schemas and tables, runs migrations."""

APPLICATION_ROLE: Final = "dovetail_app"
"""What modules serve requests in: sees the rows of one tenant, and nothing of the foundation."""

FOUNDATION_ROLE: Final = "dovetail_foundation"
"""What the foundation serves requests in: sees the people, roles and rights of one tenant, and nothing of a module."""

SIGN_IN_ROLE: Final = "dovetail_sign_in"
"""Looks accounts up before a tenant is known; sees the foundation's tables of people, and nothing of any module."""

LESSER_ROLES: Final = (APPLICATION_ROLE, FOUNDATION_ROLE, SIGN_IN_ROLE)
_BOUND: Final = "LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION"
_LOCK: Final = text("SELECT pg_advisory_xact_lock(hashtextextended('dovetail.roles', 0))")
_FITNESS: Final = text(
    """
    WITH roles AS (
        SELECT oid, rolname, rolsuper, rolbypassrls, EXISTS (
            SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            WHERE c.relowner = r.oid AND c.relkind IN ('r', 'p')
            AND n.nspname NOT IN ('pg_catalog', 'information_schema')
        ) AS owns FROM pg_roles r
    )
    SELECT rolname, rolsuper, rolbypassrls, owns, (
        SELECT array_agg(other.rolname::text ORDER BY other.rolname) FROM roles other
        WHERE other.oid <> own.oid AND pg_has_role(own.oid, other.oid, 'MEMBER')
        AND (other.rolsuper OR other.rolbypassrls OR other.owns OR other.rolname = ANY(:reserved))
    ) FROM roles own WHERE rolname = current_user
    """
)


class UnfitRoleError(Exception):
    """A database role that would undo the isolation of tenants. The message says which, why and what to do."""


async def create_roles(connection: AsyncConnection) -> None:
    """Make the roles that do not exist yet. The connection's login must be allowed to make roles."""
    await connection.execute(_LOCK)
    known = set((await connection.execute(text("SELECT rolname FROM pg_roles"))).scalars())
    for role in (OWNER_ROLE, *LESSER_ROLES):
        if role not in known:
            await connection.execute(text(f"CREATE ROLE {role} {_BOUND}"))


async def allow_role(connection: AsyncConnection, role: str) -> None:
    """Let the connection's login put a role on, where it may not yet. A superuser may anyway."""
    may = await connection.scalar(text("SELECT pg_has_role(current_user, :role, 'SET')"), {"role": role})
    if not may:
        await connection.execute(text(f"GRANT {role} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE"))


async def check_application_role(engine: AsyncEngine) -> None:
    """Refuse an engine whose role the policies would not bind. Raises UnfitRoleError."""
    async with engine.connect() as connection:
        role, superuser, bypass, owned, others = (
            await connection.execute(_FITNESS, {"reserved": [SIGN_IN_ROLE, FOUNDATION_ROLE]})
        ).one()
    faults = [
        fault
        for fault, holds in (
            ("is a superuser", superuser),
            ("bypasses row-level security", bypass),
            ("owns tables", owned),
            (f"may act as {', '.join(others or ())}", others),
        )
        if holds
    ]
    if faults:
        raise UnfitRoleError(
            f'the database role "{role}" {" and ".join(faults)}, so tenants would not be kept apart: '
            f"serve with a role that has none of these, such as {APPLICATION_ROLE}"
        )
