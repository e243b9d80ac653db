"""What sessions and engines give their users."""

import asyncio
import logging
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from foundation_subgraph.kit import among
from foundation_subgraph.kit.database import Database
from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal
from foundation_subgraph.permissions.tables import RoleRow
from foundation_subgraph.users.tables import UserRow


async def test_one_of_many_is_asked_with_one_parameter_however_many(database: ThrowAwayDatabase) -> None:
    with database.statements() as seen:
        async with database.session() as session:
            for count in (0, 1, 40_000):
                ids = [uuid4() for _ in range(count)]
                assert (await session.scalars(select(UserRow).where(among(UserRow.id, ids)))).all() == []
            await session.scalars(select(RoleRow).where(among(RoleRow.name, ["owner", "'; --"])))
    assert len(set(seen[:3])) == 1


async def test_what_was_to_be_written_is_not_told_by_the_error(
    database: ThrowAwayDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(DBAPIError) as failed:
        async with database.session() as session:
            await session.execute(
                text("INSERT INTO foundation.users (id, name) VALUES (gen_random_uuid(), :secret)"),
                {"secret": "hunter2"},
            )
    with caplog.at_level(logging.ERROR):
        logging.getLogger("test").error("failed", exc_info=failed.value)
    assert "hunter2" not in caplog.text


async def test_a_database_follows_the_loop_that_it_is_used_in(database: ThrowAwayDatabase) -> None:
    """A gateway gives a subgraph that stalled a thread, and so a loop, of its own anew."""
    made: list[AsyncEngine] = []

    def make() -> AsyncEngine:
        made.append(database.addresses["dovetail_app"].engine(pool_size=1))
        return made[-1]

    moving = Database(make)

    async def backend() -> int:
        async with moving.transaction(principal()) as session:
            return (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()

    here = await backend()
    assert await backend() == here
    there = await asyncio.to_thread(asyncio.run, backend())
    assert there != here
    assert len(made) == 2
    # The connection of the other loop was closed with it.
    async with database.owner.connect() as connection:
        for _ in range(100):
            open_ = await connection.execute(
                text("SELECT 1 FROM pg_stat_activity WHERE pid = :pid"), {"pid": there}
            )
            if open_.first() is None:
                break
            await asyncio.sleep(0.02)
        else:
            raise AssertionError("the connection is still open")
    assert isinstance(await backend(), int)
    await moving.close()
