"""What can be done with tasks, what is said about them, and who hears of it."""

import asyncio
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from foundation_subgraph.kit import DemoTenant, GraphQLRequest, Refusal
from foundation_subgraph.kit.testing import ACME, SOMEBODY, ThrowAwayDatabase, principal
from module_subgraphs.tasks import subgraph
from module_subgraphs.tasks.service import (
    TASK_CHANGED,
    Subject,
    SubjectKind,
    TaskStatus,
    TaskValues,
    UnreachableStatusError,
    add_task,
    assign_task,
    change_task,
    comment_on_task,
    find_tasks,
    move_task,
    remove_task,
    subject_of,
    write_demo_data,
)

VALUES = TaskValues(
    "Call back",
    details="About the saw",
    due_at=datetime(2031, 3, 1, 9, tzinfo=UTC),
    assignee_id=SOMEBODY,
    subject=Subject(SubjectKind.CUSTOMER, UUID(int=7)),
)
CLERK = principal("tasks:read", "tasks:write", "tasks:comment")
HOUR = timedelta(hours=1)


async def add(database: ThrowAwayDatabase, *values: TaskValues) -> list[UUID]:
    async with database.session() as session:
        return [(await add_task(session, each, created_by=SOMEBODY)).id for each in values]


async def move(database: ThrowAwayDatabase, task: UUID, to: TaskStatus) -> None:
    async with database.session() as session:
        await move_task(session, task, to)


async def test_a_task_is_added_as_it_was_said_and_a_change_gives_all_values(
    database: ThrowAwayDatabase,
) -> None:
    [id_] = await add(database, VALUES)
    async with database.session() as session:
        row = (await find_tasks(session, [id_, uuid4()]))[id_]
        assert (row.title, row.details, row.due_at) == (VALUES.title, VALUES.details, VALUES.due_at)
        assert (row.assignee_id, row.created_by, row.status) == (SOMEBODY, SOMEBODY, "open")
        assert subject_of(row) == VALUES.subject
        row = await change_task(session, id_, TaskValues("Other"))
        assert (row.title, row.details, row.due_at, row.assignee_id) == ("Other", None, None, None)
        assert subject_of(row) is None


@pytest.mark.parametrize(
    "values",
    [
        replace(VALUES, title="  "),
        replace(VALUES, title="x" * 201),
        replace(VALUES, details="x" * 10_001),
        replace(VALUES, due_at=datetime(2031, 3, 1, 9)),  # noqa: DTZ001 - no offset is what is refused
    ],
)
async def test_what_is_no_task_is_refused(database: ThrowAwayDatabase, values: TaskValues) -> None:
    with pytest.raises(Refusal) as refused:
        await add(database, values)
    assert refused.value.code == "BAD_USER_INPUT"


async def test_what_is_not_there_can_be_neither_changed_nor_spoken_of(database: ThrowAwayDatabase) -> None:
    async with database.session() as session:
        for attempt in (
            change_task(session, uuid4(), VALUES),
            assign_task(session, uuid4(), None),
            move_task(session, uuid4(), TaskStatus.DONE),
            remove_task(session, uuid4()),
            comment_on_task(session, uuid4(), "x", written_by=SOMEBODY),
        ):
            with pytest.raises(Refusal, match="no such"):
                await attempt


@pytest.mark.parametrize("before", list(TaskStatus))
@pytest.mark.parametrize("wanted", list(TaskStatus))
async def test_a_status_follows_only_where_it_may(
    database: ThrowAwayDatabase, before: TaskStatus, wanted: TaskStatus
) -> None:
    [id_] = await add(database, VALUES)
    if before is not TaskStatus.OPEN:
        await move(database, id_, before)
    if wanted in before.next:
        await move(database, id_, wanted)
    else:
        with pytest.raises(UnreachableStatusError):
            await move(database, id_, wanted)
    async with database.session() as session:
        row = (await find_tasks(session, [id_]))[id_]
    status = TaskStatus(row.status)
    assert status is (wanted if wanted in before.next else before)
    assert (row.closed_at is not None) is status.is_closed


async def test_of_two_who_finish_a_task_one_is_told_that_it_is_done(database: ThrowAwayDatabase) -> None:
    [id_] = await add(database, VALUES)
    ended = await asyncio.gather(
        *(move(database, id_, TaskStatus.DONE) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, UnreachableStatusError) for each in ended) == 2


MOVE = """mutation ($id: ID!, $to: TaskStatus!) {
  moveTask(id: $id, to: $to) {
    __typename
    ... on Task { status nextStatuses }
    ... on TaskStatusUnreachable { code current reachable }
  }
}"""


async def test_through_the_graph_an_unreachable_status_says_what_can_be_reached(
    database: ThrowAwayDatabase,
) -> None:
    [id_] = await add(database, VALUES)
    sent = {"id": str(id_), "to": "DONE"}
    done = await database.execute(subgraph, MOVE, CLERK, sent)
    assert done["data"]["moveTask"] == {"__typename": "Task", "status": "DONE", "nextStatuses": ["OPEN"]}
    again = await database.execute(subgraph, MOVE, CLERK, sent)
    assert again == {
        "data": {
            "moveTask": {
                "__typename": "TaskStatusUnreachable",
                "code": "STATUS_UNREACHABLE",
                "current": "DONE",
                "reachable": ["OPEN"],
            }
        }
    }


ADD = """mutation ($task: TaskInput!) {
  addTask(task: $task) {
    ... on Task { title subject { __typename ... on Customer { id } ... on Item { id } ... on Lead { id } } createdBy { id } }
    ... on InvalidInput { code }
  }
}"""


@pytest.mark.parametrize(("kind", "type_"), [("CUSTOMER", "Customer"), ("ITEM", "Item"), ("LEAD", "Lead")])
async def test_a_task_is_about_an_entity_of_others(
    database: ThrowAwayDatabase, kind: str, type_: str
) -> None:
    about = str(uuid4())
    sent = {"task": {"title": "Look", "subject": {"kind": kind, "id": about}}}
    answer = await database.execute(subgraph, ADD, CLERK, sent)
    assert answer["data"]["addTask"] == {
        "title": "Look",
        "subject": {"__typename": type_, "id": about},
        "createdBy": {"id": str(SOMEBODY)},
    }
    sent = {"task": {"title": "Look", "subject": {"kind": kind, "id": "1"}}}
    assert (await database.execute(subgraph, ADD, CLERK, sent))["data"]["addTask"] == {
        "code": "BAD_USER_INPUT"
    }


async def titles(database: ThrowAwayDatabase, arguments: str) -> list[str]:
    answer = await database.execute(subgraph, f"{{ tasks({arguments}) {{ nodes {{ title }} }} }}", CLERK)
    return [node["title"] for node in answer["data"]["tasks"]["nodes"]]


async def test_tasks_are_found_by_status_assignee_subject_and_what_is_overdue(
    database: ThrowAwayDatabase,
) -> None:
    now = datetime.now(UTC)
    assert VALUES.subject is not None
    _, _, late, finished = await add(
        database,
        TaskValues("whenever"),
        TaskValues("in time", due_at=now + HOUR, assignee_id=SOMEBODY),
        TaskValues("late", due_at=now - HOUR, subject=VALUES.subject),
        TaskValues("finished late", due_at=now - HOUR),
    )
    await move(database, finished, TaskStatus.DONE)
    assert await titles(database, "overdue: true") == ["late"]
    assert await titles(database, "status: DONE") == ["finished late"]
    assert await titles(database, f'assigneeId: "{SOMEBODY}"') == ["in time"]
    assert await titles(database, f'subjectId: "{VALUES.subject.id}"') == ["late"]
    query = "query ($id: ID!) { task(id: $id) { isOverdue } }"
    assert (await database.execute(subgraph, query, CLERK, {"id": str(late)}))["data"]["task"]["isOverdue"]


PAGE = "query ($after: String) { tasks(first: 3, after: $after) { nodes { id } pageInfo { hasNextPage endCursor } } }"


async def test_pages_follow_each_other_without_gap_or_repeat(database: ThrowAwayDatabase) -> None:
    """All seven are of one transaction, so of one moment: the id decides."""
    added = {str(id_) for id_ in await add(database, *(replace(VALUES, title=str(n)) for n in range(7)))}
    seen: list[str] = []
    after, has_more = None, True
    for size in (3, 3, 1):
        assert has_more
        page = (await database.execute(subgraph, PAGE, CLERK, {"after": after}))["data"]["tasks"]
        assert len(page["nodes"]) == size
        seen += [node["id"] for node in page["nodes"]]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert not has_more
    assert (len(seen), set(seen)) == (7, added)


COMMENT = """mutation ($task: ID!, $text: String!) {
  commentOnTask(taskId: $task, text: $text) {
    __typename
    ... on TaskComment { text author { id } task { title } }
    ... on Problem { code }
  }
}"""


async def test_a_comment_is_by_who_asks_and_goes_with_its_task(database: ThrowAwayDatabase) -> None:
    [id_] = await add(database, VALUES)
    task = {"task": str(id_)}
    answer = await database.execute(subgraph, COMMENT, CLERK, {**task, "text": " Nobody there "})
    assert answer["data"]["commentOnTask"] == {
        "__typename": "TaskComment",
        "text": "Nobody there",
        "author": {"id": str(SOMEBODY)},
        "task": {"title": VALUES.title},
    }
    empty = await database.execute(subgraph, COMMENT, CLERK, {**task, "text": " "})
    assert empty["data"]["commentOnTask"] == {"__typename": "InvalidInput", "code": "BAD_USER_INPUT"}
    listed = "query ($task: ID!) { taskComments(taskId: $task) { nodes { text } } }"
    answer = await database.execute(subgraph, listed, CLERK, task)
    assert answer == {"data": {"taskComments": {"nodes": [{"text": "Nobody there"}]}}}
    async with database.session() as session:
        await remove_task(session, id_)
    assert await database.execute(subgraph, listed, CLERK, task) == {"data": {"taskComments": {"nodes": []}}}


CHANGED = "subscription ($id: ID) { taskChanged(id: $id) { kind taskId task { title } } }"


async def test_who_listens_to_a_task_hears_all_that_happens_to_it_and_no_more(
    database: ThrowAwayDatabase,
) -> None:
    id_, other = await add(database, VALUES, TaskValues("Other"))
    heard: list[dict[str, Any]] = []

    async def hear() -> None:
        app = subgraph.asgi(database.application)
        async with aclosing(
            app.subscribe(GraphQLRequest(CHANGED, variables={"id": str(id_)}), CLERK)
        ) as answers:
            async for answer in answers:
                heard.append(answer["data"]["taskChanged"])
                if len(heard) == 5:
                    return

    async with asyncio.timeout(20):
        listening = asyncio.create_task(hear())
        while TASK_CHANGED.name not in database.application.events.topics:  # noqa: ASYNC110 - set by the database
            await asyncio.sleep(0.002)
        await move(database, other, TaskStatus.DONE)
        await move(database, id_, TaskStatus.DONE)
        async with database.session() as session:
            await assign_task(session, id_, None)
        async with database.session() as session:
            await change_task(session, id_, replace(VALUES, title="Called"))
        async with database.session() as session:
            await comment_on_task(session, id_, "x", written_by=SOMEBODY)
        async with database.session() as session:
            await remove_task(session, id_)
        await listening
    assert [each["kind"] for each in heard] == ["MOVED", "ASSIGNED", "EDITED", "COMMENTED", "REMOVED"]
    assert {each["taskId"] for each in heard} == {str(id_)}
    assert heard[-1]["task"] is None


async def test_demo_tasks_are_about_demo_customers_and_items(database: ThrowAwayDatabase) -> None:
    acme = DemoTenant(ACME, "acme", {"owner": SOMEBODY})
    async with database.session() as session:
        await write_demo_data(session, acme)
    query = "{ tasks(overdue: true) { nodes { subject { ... on Customer { id } } } } }"
    [late] = (await database.execute(subgraph, query, CLERK))["data"]["tasks"]["nodes"]
    assert late == {"subject": {"id": str(acme.demo_id("Customer", 1))}}
