"""Whether tables are up to date, told without Alembic: that takes longer to load than most starts have use for it."""

import re
from typing import Final

from sqlalchemy import column, func, select, table
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation_subgraph.kit.subgraph import Subgraph

VERSION_TABLE: Final = "alembic_version"
_NUMBERED: Final = re.compile(r"(\d{4})_\w+\.py")


async def is_migrated(owner: AsyncEngine, subgraph: Subgraph) -> bool:
    """Whether a subgraph's tables are surely up to date. False where only Alembic can tell.

    Sure are migrations that are all numbered, as in `0001_customers.py`, with the last number as the database's
    revision.
    """
    if subgraph.migrations is None:
        return True
    names = [path.name for path in (subgraph.migrations / "versions").glob("*.py")]
    numbers = [match[1] for name in names if (match := _NUMBERED.fullmatch(name))]
    if not names or len(numbers) < len(names):
        return False
    versions = table(VERSION_TABLE, column("version_num"), schema=subgraph.name)
    async with owner.connect() as connection:
        known = func.to_regclass(f"{subgraph.name}.{VERSION_TABLE}")
        if await connection.scalar(select(known.is_(None))):
            return False
        revisions = (await connection.scalars(select(versions.c.version_num))).all()
    return revisions == [max(numbers)]
