"""Several spots of one subgraph in one request mean what their fetches side by side would mean."""

from supergraph.gateway.transport import FailureReason, SubgraphFailure
from supergraph.planner import (
    BatchFetch,
    EachItem,
    EntityGroup,
    Fetch,
    OperationKind,
    RequiredField,
    RequiredFragment,
    Sequence,
    Step,
)

SDL = """
  type Query { users: [User!] top: [Product] ping: Int }
  type Mutation { rename: Payload }
  type Payload { user: User query: Query }
  type User { id: ID! name: String points: Int }
  type Product { upc: ID! stock: Int }
"""
BATCH = BatchFetch(
    subgraph="b",
    document="query($u:[_Any!]!$p:[_Any!]!$x:Int){_u:_entities(representations:$u){...on User{name points}}"
    " _p:_entities(representations:$p){...on Product{stock}}}",
    groups=(
        EntityGroup(
            "_u",
            "u",
            (Step("users"), EachItem()),
            (RequiredFragment("User", (RequiredField("id", "id"),)),),
        ),
        EntityGroup(
            "_p",
            "p",
            (Step("top"), EachItem()),
            (RequiredFragment("Product", (RequiredField("upc", "upc"),)),),
        ),
    ),
    variables=("x",),
)
ROOT = Fetch("a", OperationKind.QUERY, "{users{__typename id} top{__typename upc}}")
PLAN = Sequence((ROOT, BATCH))
QUERY = "{ users { name points } top { stock } }"
USER, PRODUCT = {"__typename": "User", "id": "1"}, {"__typename": "Product", "upc": "p"}
BOTH = {"data": {"users": [USER, USER], "top": [PRODUCT, None]}}


def told(result):
    return [(error["message"], error.get("path")) for error in result.errors]


async def test_each_spot_sends_its_own_representations_and_gets_its_own_answers(house):
    them = house(SDL)
    brought = {"data": {"_u": [{"name": "Ada", "points": 1}], "_p": [{"stock": 3}]}}
    result = await them.ask(QUERY, PLAN, {"a": BOTH, "b": brought}, variables={"x": 5})
    assert result.data == {"users": [{"name": "Ada", "points": 1}] * 2, "top": [{"stock": 3}, None]}
    assert result.errors == []
    assert them.requests[1][1]["variables"] == {"x": 5, "u": [USER], "p": [PRODUCT]}


async def test_a_spot_without_entities_sends_an_empty_list(house):
    them = house(SDL)
    roots = {"data": {"users": None, "top": [PRODUCT]}}
    result = await them.ask(QUERY, PLAN, {"a": roots, "b": {"data": {"_u": [], "_p": [{"stock": 3}]}}})
    assert result.data == {"users": None, "top": [{"stock": 3}]}
    assert them.requests[1][1]["variables"] == {"u": [], "p": [PRODUCT]}


async def test_no_entities_at_any_spot_no_request(house):
    them = house(SDL)
    result = await them.ask(QUERY, PLAN, {"a": {"data": {"users": [], "top": None}}, "b": {}})
    assert (result.data, result.errors) == ({"users": [], "top": None}, [])
    assert [name for name, _ in them.requests] == ["a"]


async def test_an_error_belongs_to_the_spot_that_its_path_names(house):
    error = {"message": "no", "path": ["_u", 0, "points"]}
    brought = {"data": {"_u": [{"name": "Ada", "points": None}], "_p": [{"stock": 3}]}, "errors": [error]}
    result = await house(SDL).ask(QUERY, PLAN, {"a": BOTH, "b": brought})
    assert result.data["top"] == [{"stock": 3}, None]
    assert told(result) == [("no", ["users", 0, "points"]), ("no", ["users", 1, "points"])]


async def test_one_spots_malformed_answer_leaves_the_other(house):
    brought = {"data": {"_u": "what?", "_p": [{"stock": 3}]}}
    result = await house(SDL).ask(QUERY, PLAN, {"a": BOTH, "b": brought})
    assert result.data == {"users": [{"name": None, "points": None}] * 2, "top": [{"stock": 3}, None]}
    assert {tuple(error["path"]) for error in result.errors} == {
        ("users", index, key) for index in (0, 1) for key in ("name", "points")
    }


async def test_a_failure_is_one_failure_and_told_at_every_field(house):
    failure = SubgraphFailure("b", FailureReason.TIMED_OUT)
    result = await house(SDL).ask(QUERY, PLAN, {"a": BOTH, "b": failure})
    assert result.data == {"users": [{"name": None, "points": None}] * 2, "top": [{"stock": None}, None]}
    assert len(result.errors) == 5
    assert result.failures == (failure,)


async def test_an_error_that_took_all_data_explains_all_spots(house):
    brought = {"data": None, "errors": [{"message": "no", "path": ["_u"]}]}
    result = await house(SDL).ask(QUERY, PLAN, {"a": BOTH, "b": brought})
    assert {message for message, _ in told(result)} == {"no"}
    assert ("no", ["top", 0, "stock"]) in told(result)


async def test_a_query_within_a_payload_is_asked_of_the_root_and_grafted_where_it_stands(house):
    them = house(SDL)
    plan = Sequence(
        (
            Fetch("a", OperationKind.MUTATION, "mutation{rename{user{id} query{__typename}}}"),
            Fetch("b", OperationKind.QUERY, "{ping}", path=(Step("rename"), Step("query"))),
        )
    )
    answers = {
        "a": {"data": {"rename": {"user": {"id": "1"}, "query": {"__typename": "Query"}}}},
        "b": {"data": {"ping": None}, "errors": [{"message": "no", "path": ["ping"]}]},
    }
    query = "mutation { rename { query { ping __typename } user { id } } }"
    result = await them.ask(query, plan, answers)
    assert result.data == {"rename": {"query": {"ping": None, "__typename": "Query"}, "user": {"id": "1"}}}
    assert told(result) == [("no", ["rename", "query", "ping"])]
    assert [request.idempotent for request in them.sent] == [False, True]
    result = await them.ask(query, plan, answers | {"a": {"data": {"rename": None}}})
    assert (result.data, len(them.requests)) == ({"rename": None}, 1)
