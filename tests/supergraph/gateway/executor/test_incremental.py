"""An answer in parts, error by error: each is told once, with the part that shows the null it explains."""

from dataclasses import dataclass, field
from typing import Any

from graphql import parse

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.executor import (
    ExecutionRequest,
    execute_incrementally,
    prepare,
    read_execution_schema,
)
from supergraph.planner import build_query_graph, normalize, plan_operation
from supergraph.spec import client_schema, read_supergraph
from tests.supergraph.gateway.executor.conftest import ToldSubgraphs

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external", "@requires"]) '


@dataclass
class Parts:
    """What a client is given: by part, its data and its errors (message and path)."""

    first: tuple[Any, list[tuple[str, list[str | int] | None]]]
    later: dict[tuple[str | int | None, ...], tuple[Any, list[tuple[str, list[str | int] | None]]]] = field(
        default_factory=dict
    )


def said(errors):
    return [(each["message"], each.get("path")) for each in errors]


async def in_parts(query: str, subgraphs: dict[str, str], answers: dict[str, Any]) -> Parts:
    """The parts of an answer; those that are deferred by label and path."""
    composition = compose([SubgraphSource(name, "", LINK + sdl) for name, sdl in subgraphs.items()])
    assert composition.ok, list(composition.diagnostics)
    supergraph = read_supergraph(composition.supergraph_sdl)
    api = client_schema(supergraph)
    operation = normalize(api, parse(query))
    plan = plan_operation(build_query_graph(supergraph), operation)
    executable = prepare(plan, operation, read_execution_schema(supergraph, api))
    told = ToldSubgraphs(
        {name: list(given) if isinstance(given, list) else [given] for name, given in answers.items()}
    )
    found: Parts | None = None
    async for each in execute_incrementally(executable, ExecutionRequest(told), executable.defer({})):
        if found is None:
            found = Parts((each.result.data, said(each.result.errors)))
            continue
        for one in each.results:
            assert (one.label, *one.path) not in found.later
            found.later[one.label, *one.path] = (one.data, said(one.errors))
    assert found is not None
    return found


def error(message: str, *path: str | int) -> dict[str, Any]:
    return {"message": message, "path": list(path)} if path else {"message": message}


USERS = """type Query { me: User users: [User] }
type User @key(fields: "id") { id: ID! name: String! nick: String friend: User friends: [User] crew: [User!] }"""
ONE = {"one": USERS}
TWO = {
    "one": USERS,
    "two": """type Query { news: String }
    type User @key(fields: "id") { id: ID! rank: Int! level: Int post: Post posts: [Post] }
    type Post { title: String! likes: Int }""",
}
USER = {"__typename": "User", "id": "1"}


async def test_an_error_that_takes_the_object_above_is_told_with_the_part_that_lost_it():
    """One fetch brings the deferred field along; the null rises in the subgraph, past what is deferred."""
    parts = await in_parts(
        '{ users { friends { nick ... @defer(label: "d") { name } } } }',
        ONE,
        {
            "one": {
                "data": {"users": [{"friends": [None, {"nick": "n", "name": "two"}]}]},
                "errors": [error("no name", "users", 0, "friends", 0, "name")],
            }
        },
    )
    assert parts.first == (
        {"users": [{"friends": [None, {"nick": "n"}]}]},
        [("no name", ["users", 0, "friends", 0, "name"])],
    )
    assert parts.later == {("d", "users", 0, "friends", 1): ({"name": "two"}, [])}


async def test_a_null_that_rose_to_the_root_is_told_at_once():
    parts = await in_parts(
        "{ me { nick ... @defer { name } } }",
        ONE,
        {"one": {"data": None, "errors": [error("no name", "me", "name")]}},
    )
    assert parts.first == ({"me": None}, [("no name", ["me", "name"])])
    assert parts.later == {}


async def test_a_list_lost_for_one_of_its_items_is_told_once():
    parts = await in_parts(
        "{ me { crew { nick ... @defer { name } } } }",
        ONE,
        {
            "one": {
                "data": {"me": {"crew": None}},
                "errors": [
                    error("no name", "me", "crew", 3, "name"),
                    error("no name", "me", "crew", 5, "name"),
                ],
            }
        },
    )
    assert parts.first == (
        {"me": {"crew": None}},
        [("no name", ["me", "crew", 3, "name"]), ("no name", ["me", "crew", 5, "name"])],
    )
    assert parts.later == {}


async def test_an_error_below_an_object_that_is_there_is_the_deferred_parts():
    parts = await in_parts(
        '{ me { nick ... @defer(label: "d") { friend { name } } } }',
        ONE,
        {
            "one": {
                "data": {"me": {"nick": "n", "friend": None}},
                "errors": [error("no name", "me", "friend", "name")],
            }
        },
    )
    assert parts.first == ({"me": {"nick": "n"}}, [])
    assert parts.later == {("d", "me"): ({"friend": None}, [("no name", ["me", "friend", "name"])])}


async def test_of_nested_parts_the_one_that_shows_the_null_tells_it():
    query = """{ me { nick ... @defer(label: "outer") {
        friends { nick ... @defer(label: "inner") { friend { id ... @defer(label: "innermost") { name } } } } } } }"""
    two = {"nick": "b", "friend": {"id": "3", "name": "c"}}
    lost = {
        "data": {"me": {"nick": "a", "friends": [{"nick": "b", "friend": None}, two]}},
        "errors": [error("no name", "me", "friends", 0, "friend", "name")],
    }
    parts = await in_parts(query, ONE, {"one": lost})
    assert parts.first == ({"me": {"nick": "a"}}, [])
    assert parts.later == {
        ("outer", "me"): ({"friends": [{"nick": "b"}, {"nick": "b"}]}, []),
        ("inner", "me", "friends", 0): (
            {"friend": None},
            [("no name", ["me", "friends", 0, "friend", "name"])],
        ),
        ("inner", "me", "friends", 1): ({"friend": {"id": "3"}}, []),
        ("innermost", "me", "friends", 1, "friend"): ({"name": "c"}, []),
    }


async def test_what_two_parts_ask_for_is_told_with_the_first_of_them():
    answer = {
        "data": {"me": {"nick": "n", "friend": None}},
        "errors": [error("no name", "me", "friend", "name")],
    }
    parts = await in_parts(
        '{ me { friend { nick } ... @defer(label: "d") { nick friend { name } } } }', ONE, {"one": answer}
    )
    assert parts.first == ({"me": {"friend": None}}, [("no name", ["me", "friend", "name"])])
    assert parts.later == {("d", "me"): ({"nick": "n", "friend": None}, [])}

    parts = await in_parts(
        '{ me { nick ... @defer(label: "d") { friend { nick } } ... @defer(label: "e") { friend { name } } } }',
        ONE,
        {"one": answer},
    )
    assert parts.first == ({"me": {"nick": "n"}}, [])
    assert parts.later == {
        ("d", "me"): ({"friend": None}, [("no name", ["me", "friend", "name"])]),
        ("e", "me"): ({"friend": None}, []),
    }


async def test_an_error_without_a_path_is_told_with_the_part_that_its_fetch_is_made_for():
    parts = await in_parts(
        "{ me { nick ... @defer { name } } }",
        ONE,
        {"one": {"data": {"me": None}, "errors": [error("no place")]}},
    )
    assert parts.first == ({"me": None}, [("no place", None)])
    assert parts.later == {}


def entities(*found: Any, errors: Any = ()) -> dict[str, Any]:
    return {"data": {"_entities": list(found)}, "errors": list(errors)}


async def test_an_entity_lost_for_a_deferred_field_is_told_with_both_parts_that_miss_it():
    """One fetch for the entity serves both parts, and the subgraph's null takes the whole entity."""
    parts = await in_parts(
        '{ me { level ... @defer(label: "d") { rank } } }',
        TWO,
        {
            "one": {"data": {"me": USER}},
            "two": entities(None, errors=[error("no rank", "_entities", 0, "rank")]),
        },
    )
    assert parts.first == ({"me": {"level": None}}, [("no rank", ["me", "level"])])
    assert parts.later == {("d", "me"): (None, [("no rank", ["me", "rank"])])}


async def test_an_object_below_an_entity_is_told_with_the_part_that_lost_it():
    parts = await in_parts(
        '{ users { posts { likes ... @defer(label: "d") { title } } } }',
        TWO,
        {
            "one": {"data": {"users": [USER, USER]}},
            "two": entities(
                {"posts": [{"likes": 1, "title": "t"}, None]},
                errors=[error("no title", "_entities", 0, "posts", 1, "title")],
            ),
        },
    )
    posts = {"posts": [{"likes": 1}, None]}
    assert parts.first == (
        {"users": [posts, posts]},
        [("no title", ["users", each, "posts", 1, "title"]) for each in (0, 1)],
    )
    assert parts.later == {("d", "users", each, "posts", 0): ({"title": "t"}, []) for each in (0, 1)}


async def test_a_deferred_fetch_tells_its_errors_with_its_part():
    parts = await in_parts(
        '{ me { nick ... @defer(label: "d") { post { title } level } } }',
        TWO,
        {
            "one": {"data": {"me": USER | {"nick": "n"}}},
            "two": entities(
                {"post": None, "level": None},
                errors=[
                    error("no title", "_entities", 0, "post", "title"),
                    error("no level", "_entities", 0, "level"),
                    error("no place"),
                ],
            ),
        },
    )
    assert parts.first == ({"me": {"nick": "n"}}, [])
    assert parts.later == {
        ("d", "me"): (
            {"post": None, "level": None},
            [("no title", ["me", "post", "title"]), ("no level", ["me", "level"]), ("no place", ["me"])],
        )
    }


THREE = TWO | {
    "three": """type Query { ping: String }
    type User @key(fields: "id") { id: ID! level: Int @external score: Int @requires(fields: "level") }"""
}


async def test_what_only_the_plan_asked_for_is_told_with_the_part_it_was_asked_for():
    parts = await in_parts(
        '{ me { nick ... @defer(label: "d") { score } } }',
        THREE,
        {
            "one": {"data": {"me": USER | {"nick": "n"}}},
            "two": entities({"level": None}, errors=[error("no level", "_entities", 0, "level")]),
            "three": entities({"score": 5}),
        },
    )
    assert parts.first == ({"me": {"nick": "n"}}, [])
    assert parts.later == {("d", "me"): ({"score": 5}, [("no level", ["me"])])}


async def test_a_fragment_of_another_type_gives_no_part_its_errors():
    """`name` is asked of cats at once and of dogs later; the error is a dog's."""
    parts = await in_parts(
        '{ pets { ... on Cat { name } ... on Dog @defer(label: "d") { name } } }',
        {
            "one": """type Query { pets: [Pet] } interface Pet { id: ID }
            type Cat implements Pet { id: ID name: String } type Dog implements Pet { id: ID name: String }"""
        },
        {
            "one": {
                "data": {"pets": [{"__typename": "Dog", "name": None}, {"__typename": "Cat", "name": "c"}]},
                "errors": [error("no name", "pets", 0, "name")],
            }
        },
    )
    assert parts.first == ({"pets": [{}, {"name": "c"}]}, [])
    assert parts.later == {("d", "pets", 0): ({"name": None}, [("no name", ["pets", 0, "name"])])}


async def test_a_path_that_leads_nowhere_is_still_told():
    parts = await in_parts(
        "{ me { nick ... @defer { friends { nick } } } }",
        ONE,
        {
            "one": {
                "data": {"me": {"nick": "n", "friends": [{"nick": "f"}]}},
                "errors": [error("odd", "me", "friends", 7, "nick"), error("odder", "elsewhere", 0)],
            }
        },
    )
    assert parts.first == ({"me": {"nick": "n"}}, [("odder", None)])
    assert parts.later == {
        (None, "me"): ({"friends": [{"nick": "f"}]}, [("odd", ["me", "friends", 7, "nick"])])
    }
