"""Registering modules, over a session in the owner's role."""

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from foundation_subgraph.kit import SubgraphError
from foundation_subgraph.modules.tables import ModuleRow


async def register_module(session: AsyncSession, module: str, *, title: str, owner: str) -> None:
    """Register a module, or its title anew. Of two owners who register one id at the same time, one wins.

    Raises SubgraphError where the id belongs to another owner.
    """
    # Who comes second waits here for the first one's transaction to end.
    await session.execute(
        insert(ModuleRow).values(id=module, title=title, owner=owner).on_conflict_do_nothing()
    )
    known = (await session.scalars(select(ModuleRow).where(ModuleRow.id == module))).one()
    if known.owner not in {"", owner}:
        raise SubgraphError(
            f'the module id {module} belongs to "{known.owner}", so "{owner}" cannot register it: choose another id'
        )
    await session.execute(update(ModuleRow).where(ModuleRow.id == module).values(title=title, owner=owner))
