"""Events between processes, over a real PostgreSQL."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager
from uuid import UUID

import pytest
import strawberry
from sqlalchemy import text

from foundation_subgraph.kit import (
    Access,
    Database,
    Event,
    EventsLostError,
    GraphQLRequest,
    Info,
    Permission,
    Subgraph,
    Topic,
    requires,
    subscription,
)
from foundation_subgraph.kit.testing import ACME, GLOBEX, ThrowAwayDatabase, database_fixture, principal

LOW = Topic("stock:low")
HIGH = Topic("stock:high")
WATCH = Permission("stock:watch", "Watch the stock", Access.READ)


@strawberry.type
class Query:
    now: int = 0


@strawberry.type
class Subscription:
    @subscription(requires(WATCH))
    async def low(self, info: Info) -> AsyncGenerator[int | None, None]:
        async for event in info.context.hear(LOW):
            item = event["item"]
            yield item if isinstance(item, int) else None


SUBGRAPH = Subgraph("stock", title="Stock", query=Query, subscription=Subscription, permissions=[WATCH])
database = database_fixture(SUBGRAPH)


@asynccontextmanager
async def heard(database: Database, topic: Topic, tenant: UUID | None = ACME) -> AsyncIterator[list[Event]]:
    """What is heard meanwhile; it is listened to from the first line of the block on."""
    events: list[Event] = []
    hearing = database.events.hear(topic, None if tenant is None else str(tenant))

    async def hear() -> None:
        async for event in hearing:
            events.append(event)

    task = asyncio.create_task(hear())
    await until(lambda: topic.name in database.events.topics or task.done())
    try:
        yield events
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await hearing.aclose()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - other connections' doings set no event here
            await asyncio.sleep(0.002)


async def test_an_event_reaches_another_process_when_its_transaction_commits(
    database: ThrowAwayDatabase,
) -> None:
    other = Database(database.application.engine.execution_options())
    async with heard(other, LOW) as events:
        async with database.session() as session:
            await LOW.publish(session, {"item": 7})
            await asyncio.sleep(0.05)
            assert events == []
        await until(lambda: events)
    assert events == [{"item": 7}]


async def test_an_event_of_a_transaction_that_rolls_back_was_never_told(database: ThrowAwayDatabase) -> None:
    async with heard(database.application, LOW) as events:
        async with database.session() as session:
            await LOW.publish(session, {"item": 1})
            await session.rollback()
        async with database.session() as session:
            await LOW.publish(session, {"item": 2})
        await until(lambda: events)
    assert events == [{"item": 2}]


async def test_a_tenant_hears_its_own_events_alone(database: ThrowAwayDatabase) -> None:
    async with (
        heard(database.application, LOW, GLOBEX) as globex,
        heard(database.application, LOW, ACME) as acme,
        heard(database.application, LOW, None) as nobody,
    ):
        async with database.session(ACME) as session:
            await LOW.publish(session, {"item": 1})
        async with database.session(GLOBEX) as session:
            await LOW.publish(session, {"item": 2})
        await until(lambda: acme and globex)
    assert (acme, globex, nobody) == ([{"item": 1}], [{"item": 2}], [])


async def test_an_event_told_without_a_tenant_reaches_nobody(database: ThrowAwayDatabase) -> None:
    async with heard(database.application, LOW, None) as nobody, heard(database.application, LOW) as acme:
        async with database.session(None) as session:
            await LOW.publish(session, {"item": 1})
        async with database.session() as session:
            await LOW.publish(session, {"item": 2})
        await until(lambda: acme)
    assert (acme, nobody) == ([{"item": 2}], [])


async def test_topics_are_apart(database: ThrowAwayDatabase) -> None:
    async with heard(database.application, LOW) as low, heard(database.application, HIGH) as high:
        async with database.session() as session:
            await HIGH.publish(session, {"item": 1})
            await LOW.publish(session, {"item": 2})
        await until(lambda: low and high)
    assert (low, high) == ([{"item": 2}], [{"item": 1}])


async def test_all_listeners_share_one_connection_which_the_last_gives_back(
    database: ThrowAwayDatabase,
) -> None:
    pool = database.application.engine.pool
    async with (
        heard(database.application, LOW),
        heard(database.application, LOW),
        heard(database.application, HIGH),
    ):
        assert pool.checkedout() == 1  # type: ignore[attr-defined]
        assert database.application.events.topics == {"stock:low", "stock:high"}
    assert pool.checkedout() == 0  # type: ignore[attr-defined]
    assert database.application.events.topics == frozenset()


async def test_a_lost_connection_ends_those_who_listen_and_the_next_listener_gets_another(
    database: ThrowAwayDatabase,
) -> None:
    hearing = database.application.events.hear(LOW, str(ACME))
    first = asyncio.create_task(anext(hearing))
    await until(lambda: database.application.events.topics)
    async with database.application.engine.connect() as another:
        await another.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE query LIKE 'LISTEN%' AND datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    with pytest.raises(EventsLostError, match="subscribe again"):
        await first
    async with heard(database.application, LOW) as events:
        async with database.session() as session:
            await LOW.publish(session, {"item": 3})
        await until(lambda: events)
    assert events == [{"item": 3}]


async def test_who_takes_events_too_slowly_is_told_and_nobody_else_waits(database: ThrowAwayDatabase) -> None:
    slow = database.application.events.hear(LOW, str(ACME))
    taken = asyncio.create_task(anext(slow))
    await until(lambda: database.application.events.topics)
    async with heard(database.application, LOW) as events:
        for together in (range(800), range(800, 1_600)):
            async with database.session() as session:
                for number in together:
                    await LOW.publish(session, {"item": number})
            await until(lambda end=together.stop: len(events) == end)
        assert await taken == {"item": 0}
        with pytest.raises(EventsLostError, match="faster"):
            async for _ in slow:
                pass


async def test_an_event_too_large_for_the_database_is_refused_where_it_is_told(
    database: ThrowAwayDatabase,
) -> None:
    async with database.session() as session:
        with pytest.raises(ValueError, match="stock:low has 8011 bytes; at most 7000"):
            await LOW.publish(session, {"item": "x" * 8_000})


@pytest.mark.parametrize("name", ["", "low", "Stock:low", 'stock:"; DROP', "stock:" + "x" * 60])
def test_a_topic_is_named_by_its_subgraph(name: str) -> None:
    with pytest.raises(ValueError, match="inventory:low_stock"):
        Topic(name)


async def test_a_subscription_answers_each_event(database: ThrowAwayDatabase) -> None:
    answers = SUBGRAPH.asgi(database.application).subscribe(
        GraphQLRequest("subscription { low }"), principal("stock:watch")
    )
    first = asyncio.create_task(anext(answers))
    await until(lambda: database.application.events.topics)
    async with database.session() as session:
        await LOW.publish(session, {"item": 1})
        await LOW.publish(session, {"item": 2})
    assert await first == {"data": {"low": 1}}
    assert await anext(answers) == {"data": {"low": 2}}
    await answers.aclose()
    assert database.application.events.topics == frozenset()


async def test_who_may_not_watch_is_denied_before_anything_is_listened_to(
    database: ThrowAwayDatabase,
) -> None:
    answers = SUBGRAPH.asgi(database.application).subscribe(
        GraphQLRequest("subscription { low }"), principal()
    )
    [answer] = [answer async for answer in answers]
    assert answer["errors"][0]["extensions"] == {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
    assert database.application.events.topics == frozenset()
