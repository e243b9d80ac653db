"""What sessions and engines give their users."""

import logging
from uuid import uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from foundation_subgraph.kit import among
from foundation_subgraph.kit.testing import ThrowAwayDatabase
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
