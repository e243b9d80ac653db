"""Who may do what with tasks, and that no other tenant may: asked of the subgraph itself."""

from typing import Any
from uuid import UUID

import pytest

from foundation_subgraph.kit.testing import GLOBEX, ThrowAwayDatabase, principal
from module_subgraphs.tasks import subgraph
from supergraph.spec import ANONYMOUS

DENIED = {"code": "UNAUTHORIZED_FIELD_OR_TYPE"}
ALL = [permission.id for permission in subgraph.permissions]
NOBODY = "00000000-0000-4000-8000-000000000009"
ADD = 'mutation { addTask(task: { title: "Sweep" }) { ... on Task { id title } } }'


def denials(answer: dict[str, Any]) -> list[Any]:
    return [error["path"] for error in answer.get("errors", ()) if error["extensions"] == DENIED]


@pytest.mark.parametrize(
    ("query", "needed"),
    [
        ("{ tasks { nodes { id } } }", "tasks:read"),
        (f'{{ task(id: "{NOBODY}") {{ id }} }}', "tasks:read"),
        (f'{{ taskComments(taskId: "{NOBODY}") {{ nodes {{ id }} }} }}', "tasks:read"),
        ('mutation { addTask(task: { title: "Sweep" }) { __typename } }', "tasks:write"),
        (
            f'mutation {{ changeTask(id: "{NOBODY}", task: {{ title: "Sweep" }}) {{ __typename }} }}',
            "tasks:write",
        ),
        (f'mutation {{ assignTask(id: "{NOBODY}") {{ __typename }} }}', "tasks:write"),
        (f'mutation {{ moveTask(id: "{NOBODY}", to: DONE) {{ __typename }} }}', "tasks:write"),
        (f'mutation {{ removeTask(id: "{NOBODY}") {{ __typename }} }}', "tasks:write"),
        (f'mutation {{ commentOnTask(taskId: "{NOBODY}", text: "x") {{ __typename }} }}', "tasks:comment"),
    ],
)
async def test_each_field_asks_for_its_permission(
    database: ThrowAwayDatabase, query: str, needed: str
) -> None:
    assert denials(await database.execute(subgraph, query, principal(*(set(ALL) - {needed}))))
    assert denials(await database.execute(subgraph, query, ANONYMOUS))
    assert "errors" not in await database.execute(subgraph, query, principal(needed))


async def test_who_may_write_but_not_read_adds_without_seeing(database: ThrowAwayDatabase) -> None:
    answer = await database.execute(subgraph, ADD, principal("tasks:write"))
    assert answer["data"]["addTask"]["id"]
    assert answer["data"]["addTask"]["title"] is None
    assert denials(answer) == [["addTask", "title"]]


async def test_a_denied_field_asks_the_database_nothing(database: ThrowAwayDatabase) -> None:
    with database.statements() as seen:
        await database.execute(subgraph, "{ tasks { nodes { id } } }", principal())
        await database.execute(subgraph, ADD, principal("tasks:read", "tasks:comment"))
    assert seen == []


@pytest.mark.parametrize("tenant", [GLOBEX, None])
async def test_tasks_of_another_tenant_are_neither_seen_nor_changed(
    database: ThrowAwayDatabase, tenant: UUID | None
) -> None:
    added = await database.execute(subgraph, ADD, principal(*ALL))
    task = {"id": added["data"]["addTask"]["id"]}
    elsewhere = principal(*ALL, tenant=tenant)
    query = """query ($id: ID!) {
      tasks { nodes { id } } task(id: $id) { id } taskComments(taskId: $id) { nodes { id } }
    }"""
    answer = await database.execute(subgraph, query, elsewhere, task)
    assert answer == {"data": {"tasks": {"nodes": []}, "task": None, "taskComments": {"nodes": []}}}
    answer = await database.entities(
        subgraph, [{"__typename": "Task", **task}], "... on Task { title }", elsewhere
    )
    assert answer == {"data": {"_entities": [None]}}
    change = """mutation ($id: ID!) {
      move: moveTask(id: $id, to: DONE) { __typename }
      assign: assignTask(id: $id) { __typename }
      comment: commentOnTask(taskId: $id, text: "x") { __typename }
      remove: removeTask(id: $id) { __typename }
    }"""
    answer = await database.execute(subgraph, change, elsewhere, task)
    found = {"__typename": "NotFound"}
    assert answer == {"data": dict.fromkeys(("move", "assign", "comment", "remove"), found)}
    seen = await database.execute(
        subgraph, "query ($id: ID!) { task(id: $id) { status } }", principal(*ALL), task
    )
    assert seen == {"data": {"task": {"status": "OPEN"}}}


async def test_without_a_tenant_nothing_is_added(database: ThrowAwayDatabase) -> None:
    answer = await database.execute(subgraph, ADD, principal(*ALL, tenant=None))
    assert answer["data"] == {"addTask": None}
    assert answer["errors"]
