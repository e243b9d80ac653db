"""The testing kit itself: what it hands to modules' tests is real."""

from sqlalchemy import text

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit.roles import APPLICATION_ROLE, FOUNDATION_ROLE
from foundation_subgraph.kit.testing import ThrowAwayDatabase, principal, throw_away_database


async def test_each_database_is_empty_and_its_own(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        await session.execute(text("INSERT INTO foundation.demo_seeds (subgraph) VALUES ('x')"))
    async with throw_away_database(foundation) as another, another.session() as session:
        assert (await session.execute(text("SELECT * FROM foundation.demo_seeds"))).all() == []


async def test_sessions_are_in_the_role_that_serves(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        assert (await session.execute(text("SELECT current_user"))).scalar() == FOUNDATION_ROLE
    async with database.session(role=APPLICATION_ROLE) as session:
        assert (await session.execute(text("SELECT current_user"))).scalar() == APPLICATION_ROLE


async def test_statements_are_counted_and_narrowing_is_not(database: ThrowAwayDatabase) -> None:
    with database.statements() as seen:
        await database.execute(foundation, "{ me { id } tenant { id } }", principal())
    assert len(seen) == 2
    async with database.session() as session:
        await session.execute(text("SELECT 1"))
    assert len(seen) == 2
