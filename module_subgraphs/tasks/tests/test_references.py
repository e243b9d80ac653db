"""Representations become tasks, and users what they have to do: all of a kind in one query."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from foundation_subgraph.kit.testing import SOMEBODY, ThrowAwayDatabase, principal
from module_subgraphs.tasks import subgraph
from module_subgraphs.tasks.service import TaskStatus, TaskValues, add_task, comment_on_task, move_task

READER = principal("tasks:read")


async def add(database: ThrowAwayDatabase, *values: TaskValues) -> list[UUID]:
    async with database.session() as session:
        return [(await add_task(session, each, created_by=SOMEBODY)).id for each in values]


async def test_entities_come_in_the_order_of_their_representations(database: ThrowAwayDatabase) -> None:
    first, second = map(str, await add(database, TaskValues("First"), TaskValues("Second")))
    sent = [{"__typename": "Task", "id": id_} for id_ in (second, str(uuid4()), first, second)]
    answer = await database.entities(subgraph, sent, "... on Task { title }", READER)
    assert answer == {
        "data": {"_entities": [{"title": "Second"}, None, {"title": "First"}, {"title": "Second"}]}
    }


async def test_a_thousand_representations_are_one_statement(database: ThrowAwayDatabase) -> None:
    sent = [{"__typename": "Task", "id": str(uuid4())} for _ in range(1000)]
    with database.statements() as seen:
        answer = await database.entities(subgraph, sent, "... on Task { title }", READER)
    assert len(seen) == 1
    assert len(answer["data"]["_entities"]) == 1000


async def test_users_are_told_what_is_due_first_in_one_statement(database: ThrowAwayDatabase) -> None:
    now, other = datetime.now(UTC), uuid4()
    *_, done = await add(
        database,
        TaskValues("whenever", assignee_id=SOMEBODY),
        TaskValues("later", assignee_id=SOMEBODY, due_at=now + timedelta(days=2)),
        TaskValues("soon", assignee_id=SOMEBODY, due_at=now + timedelta(days=1)),
        *(TaskValues(f"theirs {number}", assignee_id=other) for number in range(11)),
        TaskValues("done", assignee_id=SOMEBODY),
    )
    async with database.session() as session:
        await move_task(session, done, TaskStatus.DONE)
    sent = [{"__typename": "User", "id": str(id_)} for id_ in (SOMEBODY, other, uuid4())]
    with database.statements() as seen:
        answer = await database.entities(subgraph, sent, "... on User { tasks { title } }", READER)
    assert len(seen) == 1
    mine, theirs, nobodys = (one["tasks"] for one in answer["data"]["_entities"])
    assert [task["title"] for task in mine] == ["soon", "later", "whenever"]
    assert (len(theirs), nobodys) == (10, [])


async def test_the_latest_comments_of_many_tasks_are_one_statement(database: ThrowAwayDatabase) -> None:
    tasks = await add(database, TaskValues("much said"), TaskValues("nothing said"))
    async with database.session() as session:
        for number in range(12):
            await comment_on_task(session, tasks[0], f"{number}", written_by=SOMEBODY)
    sent = [{"__typename": "Task", "id": str(id_)} for id_ in tasks]
    with database.statements() as seen:
        answer = await database.entities(subgraph, sent, "... on Task { comments { text } }", READER)
    assert len(seen) == 2  # the tasks, and the comments on all of them
    found = [[each["text"] for each in one["comments"]] for one in answer["data"]["_entities"]]
    assert found == [[str(number) for number in range(11, 1, -1)], []]
