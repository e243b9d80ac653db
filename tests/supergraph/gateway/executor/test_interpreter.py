"""Fetches run in the plan's order, with the right bodies, and their answers become one response."""

import asyncio
import json

import pytest

from supergraph.gateway.executor import ExecutionRequest, execute, prepare
from supergraph.gateway.transport import SubgraphResponse
from supergraph.planner import (
    Condition,
    EachItem,
    Fetch,
    OperationKind,
    Parallel,
    QueryPlan,
    RenameKey,
    RenameType,
    RequiredField,
    RequiredFragment,
    Sequence,
    Step,
)

SDL = """
  type Query { users: [User!]! user(id: ID): User items: [Item] me: User }
  type Mutation { first: Int second: Int }
  type User { id: ID! name: String reviews: [Review!] points: Int }
  type Review { id: ID! body: String author: User product: Product }
  type Product { upc: ID! name: String size: Size }
  type Size { width: Int height: Int }
  interface Item { id: ID! owner: User }
  type Book implements Item { id: ID! owner: User pages: Int title: String }
  type Film implements Item { id: ID! owner: User minutes: Int title: String }
"""
ID = (RequiredField("id", "id"),)


def root(subgraph, document, **more):
    return Fetch(subgraph, OperationKind.QUERY, document, **more)


def entities(subgraph, path, selection, *requires, **more):
    document = (
        f"query($representations:[_Any!]!){{_entities(representations:$representations){{{selection}}}}}"
    )
    return Fetch(subgraph, OperationKind.QUERY, document, path=path, requires=requires, **more)


USERS = (Step("users"), EachItem())


async def test_one_fetch_answers_in_the_order_of_the_client(house):
    plan = root("accounts", "{users{__typename id name}}")
    answer = {"data": {"users": [{"__typename": "User", "id": "1", "name": "Ada"}]}}
    result = await house(SDL).ask("{ users { name id } }", plan, {"accounts": answer})
    assert json.dumps(result.data) == '{"users": [{"name": "Ada", "id": "1"}]}'
    assert result.errors == []


async def test_equal_representations_go_out_once_and_come_back_everywhere(house):
    them = house(SDL)
    plan = Sequence(
        (
            root("reviews", "{users{__typename id reviews{id author{__typename id}}}}"),
            entities(
                "accounts",
                (*USERS, Step("reviews"), EachItem(), Step("author")),
                "...on User{name}",
                RequiredFragment("User", ID),
            ),
        )
    )
    author = {"__typename": "User", "id": "7"}
    reviews = [{"id": "a", "author": author}, {"id": "b", "author": author}]
    answers = {
        "reviews": {"data": {"users": [{"__typename": "User", "id": "7", "reviews": reviews}] * 2}},
        "accounts": {"data": {"_entities": [{"name": "Ada"}]}},
    }
    result = await them.ask("{ users { reviews { author { name } } } }", plan, answers)
    assert them.requests[1][1]["variables"]["representations"] == [{"__typename": "User", "id": "7"}]
    assert result.data == {"users": [{"reviews": [{"author": {"name": "Ada"}}] * 2}] * 2}
    assert result.errors == []


async def test_no_entity_no_request(house):
    them = house(SDL)
    fetch = entities("points", (Step("me"),), "...on User{points}", RequiredFragment("User", ID))
    plan = Sequence((root("accounts", "{me{__typename id}}"), fetch))
    result = await them.ask("{ me { points } }", plan, {"accounts": {"data": {"me": None}}, "points": {}})
    assert result.data == {"me": None}
    assert [name for name, _ in them.requests] == ["accounts"]


async def test_a_path_with_types_reaches_only_objects_of_those_types(house):
    them = house(SDL)
    plan = Sequence(
        (
            root("catalog", "{items{__typename id}}"),
            entities(
                "books",
                (Step("items"), EachItem(frozenset({"Book"}))),
                "...on Book{pages}",
                RequiredFragment("Book", ID),
            ),
        )
    )
    items = [{"__typename": "Film", "id": "1"}, {"__typename": "Book", "id": "2"}, None]
    answers = {"catalog": {"data": {"items": items}}, "books": {"data": {"_entities": [{"pages": 3}]}}}
    result = await them.ask("{ items { id ... on Book { pages } } }", plan, answers)
    assert result.data == {"items": [{"id": "1"}, {"id": "2", "pages": 3}, None]}
    assert them.requests[1][1]["variables"]["representations"] == [{"__typename": "Book", "id": "2"}]


async def test_a_requirement_on_an_interface_is_one_on_all_its_types(house):
    them = house(SDL)
    fetch = entities(
        "shop", (Step("items"), EachItem()), "...on Item{owner{name}}", RequiredFragment("Item", ID)
    )
    plan = Sequence((root("catalog", "{items{__typename id}}"), fetch))
    items = [{"__typename": "Film", "id": "1"}, {"__typename": "Book", "id": "2"}]
    brought = [{"owner": {"name": "Ada"}}, {"owner": {"name": "Bob"}}]
    answers = {"catalog": {"data": {"items": items}}, "shop": {"data": {"_entities": brought}}}
    result = await them.ask("{ items { owner { name } } }", plan, answers)
    assert result.data == {"items": brought}


async def test_an_interface_object_is_asked_for_by_the_interfaces_name_and_keeps_its_own(house):
    them = house(SDL)
    fetch = entities(
        "shop",
        (Step("items"), EachItem()),
        "...on Item{__typename owner{name}}",
        RequiredFragment("Book", ID),
        RequiredFragment("Film", ID),
        input_rewrites=(RenameType((EachItem(frozenset({"Book"})),), "Item"),),
    )
    plan = Sequence((root("catalog", "{items{__typename id}}"), fetch))
    items = [{"__typename": "Film", "id": "1"}, {"__typename": "Book", "id": "2"}]
    brought = [{"__typename": "Item", "owner": {"name": "Ada"}}] * 2
    answers = {"catalog": {"data": {"items": items}}, "shop": {"data": {"_entities": brought}}}
    result = await them.ask("{ items { __typename owner { name } } }", plan, answers)
    assert [item["__typename"] for item in result.data["items"]] == ["Film", "Book"]
    representations = them.requests[1][1]["variables"]["representations"]
    assert [each["__typename"] for each in representations] == ["Film", "Item"]


async def test_the_true_type_replaces_the_interface_objects_name(house):
    fetch = entities(
        "catalog",
        (Step("items"), EachItem()),
        "...on Item{__typename ...on Book{pages}}",
        RequiredFragment("Item", ID),
    )
    plan = Sequence((root("shop", "{items{__typename id}}"), fetch))
    answers = {
        "shop": {"data": {"items": [{"__typename": "Item", "id": "1"}]}},
        "catalog": {"data": {"_entities": [{"__typename": "Book", "pages": 3}]}},
    }
    result = await house(SDL).ask("{ items { __typename ... on Book { pages } } }", plan, answers)
    assert result.data == {"items": [{"__typename": "Book", "pages": 3}]}


async def test_an_interface_object_whose_type_nobody_asked_for_answers_as_the_interface(house):
    plan = root("shop", "{items{__typename id}}")
    answers = {"shop": {"data": {"items": [{"__typename": "Item", "id": "1"}]}}}
    result = await house(SDL).ask("{ items { id } }", plan, answers)
    assert (result.data, result.errors) == ({"items": [{"id": "1"}]}, [])


async def test_keys_that_would_collide_come_under_other_names_and_are_put_back(house):
    plan = root(
        "catalog",
        "{items{__typename ...on Book{size:pages}...on Film{size__1:minutes}}}",
        output_rewrites=(RenameKey((Step("items"), EachItem(frozenset({"Film"})), Step("size__1")), "size"),),
    )
    items = [{"__typename": "Book", "size": 1}, {"__typename": "Film", "size__1": 2}]
    result = await house(SDL).ask(
        "{ items { ... on Book { size: pages } ... on Film { size: minutes } } }",
        plan,
        {"catalog": {"data": {"items": items}}},
    )
    assert result.data == {"items": [{"size": 1}, {"size": 2}]}


async def test_required_fields_may_be_nested_lists_and_null(house):
    them = house(SDL)
    size = RequiredField("size", "size", (RequiredField("width", "w"), RequiredField("height", "height")))
    required = RequiredField("reviews", "reviews", (RequiredField("product", "product", (size,)),))
    plan = Sequence(
        (
            root("a", "{me{__typename id reviews{product{size{w:width height}}}}}"),
            entities("b", (Step("me"),), "...on User{points}", RequiredFragment("User", (*ID, required))),
        )
    )
    reviews = [{"product": {"size": {"w": 1, "height": None}}}, {"product": None}]
    answers = {
        "a": {"data": {"me": {"__typename": "User", "id": "1", "reviews": reviews}}},
        "b": {"data": {"_entities": [{"points": 4}]}},
    }
    result = await them.ask("{ me { points } }", plan, answers)
    assert result.data == {"me": {"points": 4}}
    assert them.requests[1][1]["variables"]["representations"] == [
        {
            "__typename": "User",
            "id": "1",
            "reviews": [{"product": {"size": {"width": 1, "height": None}}}, {"product": None}],
        }
    ]


async def test_an_answer_is_merged_into_what_stands_there(house):
    plan = Sequence(
        (
            Parallel((root("a", "{me{__typename id}}"), root("b", "{me{name}}"))),
            entities("c", (Step("me"),), "...on User{reviews{id body}}", RequiredFragment("User", ID)),
            entities("d", (Step("me"),), "...on User{reviews{id author{id}}}", RequiredFragment("User", ID)),
        )
    )
    answers = {
        "a": {"data": {"me": {"__typename": "User", "id": "1"}}},
        "b": {"data": {"me": {"name": "Ada"}}},
        "c": {"data": {"_entities": [{"reviews": [{"id": "r", "body": "x"}]}]}},
        "d": {"data": {"_entities": [{"reviews": [{"id": "r", "author": {"id": "1"}}]}]}},
    }
    result = await house(SDL).ask("{ me { name reviews { body author { id } } } }", plan, answers)
    assert result.data == {"me": {"name": "Ada", "reviews": [{"body": "x", "author": {"id": "1"}}]}}


async def test_what_two_branches_share_is_not_extended_for_one_of_them_alone(house):
    """One answer fills the owners of a book and a film; `k` is another field behind each."""
    items = (Step("items"), EachItem())
    plan = Sequence(
        (
            root("a", "{items{__typename id owner{__typename id}}}"),
            entities(
                "b",
                (*items, Step("owner")),
                "...on User{reviews{id author{__typename id}}}",
                RequiredFragment("User", ID),
            ),
            *(
                entities(
                    subgraph,
                    (
                        Step("items"),
                        EachItem(frozenset({kind})),
                        Step("owner"),
                        Step("reviews"),
                        EachItem(),
                        Step("author"),
                    ),
                    "...on User{k:name}",
                    RequiredFragment("User", ID),
                )
                for subgraph, kind in (("c", "Book"), ("d", "Film"))
            ),
        )
    )
    owner = {"__typename": "User", "id": "1"}
    answers = {
        "a": {
            "data": {
                "items": [
                    {"__typename": "Book", "id": "1", "owner": owner},
                    {"__typename": "Film", "id": "2", "owner": owner},
                ]
            }
        },
        "b": {"data": {"_entities": [{"reviews": [{"id": "r", "author": owner}]}]}},
        "c": {"data": {"_entities": [{"k": "for the book"}]}},
        "d": {"data": {"_entities": [{"k": "for the film"}]}},
    }
    result = await house(SDL).ask(
        """{ items {
          ... on Book { owner { reviews { author { k: name } } } }
          ... on Film { owner { reviews { author { k: name } } } }
        } }""",
        plan,
        answers,
    )
    found = [item["owner"]["reviews"][0]["author"]["k"] for item in result.data["items"]]
    assert found == ["for the book", "for the film"]


@pytest.mark.parametrize("wanted", [True, False])
async def test_a_condition_of_the_plan_follows_the_variable(house, wanted):
    them = house(SDL)
    fetch = entities("points", (Step("me"),), "...on User{points}", RequiredFragment("User", ID))
    plan = Sequence((root("accounts", "{me{__typename id}}"), Condition("yes", fetch, None)))
    answers = {
        "accounts": {"data": {"me": {"__typename": "User", "id": "1"}}},
        "points": {"data": {"_entities": [{"points": 4}]}},
    }
    query = "query($yes: Boolean!) { me { id points @include(if: $yes) } }"
    result = await them.ask(query, plan, answers, variables={"yes": wanted})
    assert result.data == {"me": {"id": "1", "points": 4} if wanted else {"id": "1"}}
    assert len(them.requests) == (2 if wanted else 1)


async def test_only_the_variables_that_a_fetch_uses_go_out_and_only_if_given(house):
    them = house(SDL)
    plan = root("a", "query A($id:ID$x:Int){user(id:$id){id}}", operation_name="A", variables=("id", "x"))
    await them.ask(
        "query($id: ID) { user(id: $id) { id } }", plan, {"a": {"data": {}}}, variables={"id": "é"}
    )
    assert them.requests[0][1] == {
        "query": "query A($id:ID$x:Int){user(id:$id){id}}",
        "operationName": "A",
        "variables": {"id": "é"},
    }


async def test_mutations_run_one_after_the_other_and_are_not_idempotent(house):
    them = house(SDL)
    plan = Sequence(
        (
            Fetch("a", OperationKind.MUTATION, "mutation{first}"),
            Fetch("b", OperationKind.MUTATION, "mutation{second}"),
        )
    )
    answers = {"a": {"data": {"first": 1}}, "b": {"data": {"second": 2}}}
    result = await them.ask("mutation { second first }", plan, answers)
    assert list(result.data.items()) == [("second", 2), ("first", 1)]
    assert [request.subgraph for request in them.sent] == ["a", "b"]
    assert not any(request.idempotent for request in them.sent)


async def test_parallel_fetches_are_under_way_together(house):
    """Each subgraph answers only when both have been asked."""

    class Meeting:
        def __init__(self):
            self.barrier = asyncio.Barrier(2)

        async def send(self, request):
            async with asyncio.timeout(5):
                await self.barrier.wait()
            return SubgraphResponse(200, b'{"data":{"me":{"id":"1"},"users":[]}}')

        async def close(self):
            pass

    them = house(SDL)
    plan = Parallel((root("a", "{me{id}}"), root("b", "{users{id}}")))
    executable = prepare(QueryPlan(plan), them.operation("{ me { id } users { id } }"), them.schema)
    result = await execute(executable, ExecutionRequest(Meeting()))
    assert result.data == {"me": {"id": "1"}, "users": []}


async def test_one_executable_serves_many_requests_without_mixing_them(house):
    """The bytes of an answer may be shared by requests in flight; what each makes of them may not."""

    class Shared:
        async def send(self, request):
            await asyncio.sleep(0)
            if b"_entities" in request.body:
                name = json.loads(request.body)["variables"]["representations"][0]["id"]
                return SubgraphResponse(
                    200, json.dumps({"data": {"_entities": [{"name": f"n{name}"}]}}).encode()
                )
            at = json.loads(request.body)["variables"]["id"]
            return SubgraphResponse(200, b'{"data":{"user":{"__typename":"User","id":"%s"}}}' % at.encode())

        async def close(self):
            pass

    them = house(SDL)
    fetch = entities("b", (Step("user"),), "...on User{name}", RequiredFragment("User", ID))
    plan = Sequence((root("a", "query($id:ID){user(id:$id){__typename id}}", variables=("id",)), fetch))
    operation = them.operation("query($id: ID) { user(id: $id) { name } }")
    executable = prepare(QueryPlan(plan), operation, them.schema)
    results = await asyncio.gather(
        *(execute(executable, ExecutionRequest(Shared(), {"id": str(each)})) for each in range(50))
    )
    assert [result.data["user"]["name"] for result in results] == [f"n{each}" for each in range(50)]
