"""One subgraph's tables and what it registers: done at every start, and by `dovetail database upgrade`."""

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from foundation_subgraph.kit import Subgraph
from foundation_subgraph.kit.migrated import is_migrated
from foundation_subgraph.modules.installed import declared_permissions
from foundation_subgraph.modules.service import register_module
from foundation_subgraph.permissions.register import register_permissions


async def prepare(owner: AsyncEngine, one: Subgraph) -> None:
    """Bring the tables of a subgraph up to date, and register it and its permissions.

    Each of the two happens wholly or not at all. It raises whatever a migration raises.
    """
    if not await is_migrated(owner, one):
        from foundation_subgraph.kit.migrations import upgrade  # noqa: PLC0415 - loads Alembic, seldom needed

        await upgrade(owner, one)
    async with AsyncSession(owner) as session, session.begin():
        await register_module(session, one.name, title=one.title, owner=one.owner)
        await register_permissions(session, one.name, await declared_permissions(session, one))


def first_line(error: BaseException) -> str:
    """What went wrong, for a line of output: of the database's errors, what the database said."""
    cause = error.__cause__ if isinstance(error, SQLAlchemyError) and error.__cause__ else error
    words = str(cause).strip() or type(cause).__name__
    return words.splitlines()[0]
