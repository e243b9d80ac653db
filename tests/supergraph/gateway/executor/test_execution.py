"""The compiled plan answers as the interpreter does, or leaves it to the interpreter; and nobody is asked twice."""

import asyncio
import json
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field

import pytest
from graphql import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.gateway.executor import Denial, ExecutionRequest, execution, prepare
from supergraph.gateway.executor.executable import Executable
from supergraph.gateway.executor.interpreter import interpret
from supergraph.gateway.transport import FailureReason, SubgraphFailure, SubgraphRequest, SubgraphResponse
from supergraph.planner import (
    BatchFetch,
    Condition,
    EachItem,
    EntityGroup,
    Fetch,
    NormalizedOperation,
    OperationKind,
    Parallel,
    QueryPlan,
    RequiredField,
    RequiredFragment,
    Sequence,
    Step,
    normalize,
)
from supergraph.spec import Coordinate, SubgraphName, TypeName

SDL = """
  type Query { users: [User!] top: [Product] me: User! }
  type User { id: ID! name: String score: Float reviews: [Review!]! mood: Mood }
  type Review { id: ID! body: String! stars: Int author: User product: Product }
  type Product { upc: String! name: String price: Int grams: JSON eta: Int! tags: [[String!]] }
  enum Mood { GOOD BAD }
  scalar JSON
"""
QUERY = """query Shop($less: Boolean!) {
  me { name kind: __typename }
  users {
    name id
    reviews { body product { eta code: upc name tags @skip(if: $less) price } author { mood id score @include(if: $less) } }
  }
  top { name upc grams eta }
}"""


def requires(type_name: str, *names: str, **renamed: str) -> tuple[RequiredFragment, ...]:
    fields = [RequiredField(name, renamed.get(name, name)) for name in ("__typename", *names)]
    return (RequiredFragment(TypeName(type_name), tuple(fields)),)


USERS = (Step("users"), EachItem())
REVIEWS = (*USERS, Step("reviews"), EachItem())
TOP = (Step("top"), EachItem())


def batch(subgraph: str, *groups: tuple[tuple[Step | EachItem, ...], tuple[RequiredFragment, ...], str]):
    head = ", ".join(f"$r{number}: [_Any!]!" for number in range(len(groups)))
    body = " ".join(
        f"e{number}: _entities(representations: $r{number}) {{ ... on {required[0].type_condition} {{ {asked} }} }}"
        for number, (_, required, asked) in enumerate(groups)
    )
    return BatchFetch(
        SubgraphName(subgraph),
        f"query Shop({head}, $less: Boolean!) {{ {body} }}",
        tuple(
            EntityGroup(f"e{number}", f"r{number}", path, required)
            for number, (path, required, _) in enumerate(groups)
        ),
        "Shop",
        ("less",),
    )


def root(subgraph: str, asked: str) -> Fetch:
    return Fetch(SubgraphName(subgraph), OperationKind.QUERY, f"{{ {asked} }}")


def plan() -> QueryPlan:
    mood = batch("moods", ((*REVIEWS, Step("author")), requires("User", "id"), "mood"))
    score = batch("scores", ((*REVIEWS, Step("author")), requires("User", "id"), "score"))
    product = (*REVIEWS, Step("product"))
    return QueryPlan(
        Sequence(
            (
                Parallel(
                    (
                        root("accounts", "users { id __typename name } me { __typename name }"),
                        root("products", "top { upc __typename price grams name }"),
                    )
                ),
                batch(
                    "reviews",
                    (
                        USERS,
                        requires("User", "id"),
                        "reviews { body product { __typename code: upc } author { __typename id } }",
                    ),
                ),
                Parallel(
                    (
                        Sequence(
                            (
                                batch(
                                    "products",
                                    (
                                        product,
                                        requires("Product", "upc", upc="code"),
                                        "name price grams tags @skip(if: $less)",
                                    ),
                                ),
                                batch(
                                    "depot",
                                    (
                                        product,
                                        requires("Product", "upc", "price", "grams", upc="code"),
                                        "eta",
                                    ),
                                    (TOP, requires("Product", "upc", "grams", "price"), "eta"),
                                ),
                            )
                        ),
                        mood,
                        Condition("less", score, None),
                    )
                ),
            )
        )
    )


PRODUCT = {"name": "Pen", "price": 3, "grams": {"net": 1.5}, "tags": [["a"], None]}
REVIEW = {
    "body": "100 %(0)b \0 fine, %s %%",
    "product": {"__typename": "Product", "code": "p1"},
    "author": {"__typename": "User", "id": "u1"},
}


def entity(variable: str, representation: dict[str, object]) -> dict[str, object]:
    """What a subgraph knows of an entity, all fields at once: who asks for less must not be given more."""
    match representation["__typename"]:
        case "User":
            reviews = [{**REVIEW, "author": {"__typename": "User", "id": representation["id"]}}, REVIEW]
            return {"reviews": reviews, "mood": "GOOD", "score": 2.5}
        case _:
            return {**PRODUCT, "eta": 7 if variable == "r0" else 8}


def answer_of(subgraph: str, body: dict[str, object]) -> dict[str, object]:
    variables = body.get("variables")
    if not isinstance(variables, dict):
        user = {"__typename": "User", "name": "Ada"}
        users = [{**user, "id": each} for each in ("u1", "u2", "u1")]
        top = [{"__typename": "Product", "upc": upc, **PRODUCT} for upc in ("p1", "p2", "p1")]
        return {"data": {"users": users, "me": user} if subgraph == "accounts" else {"top": [*top, None]}}
    data = {
        f"e{name[1:]}": [entity(name, each) for each in value]
        for name, value in variables.items()
        if isinstance(value, list)
    }
    return {"data": data}


WRONG = [None, 1, 2**70, 1.0, True, "x", "BAD", [], {}, [None], [[1]], {"__typename": "Other"}, "Product"]


@dataclass
class Subgraphs:
    """Answers as they should be, but for the changes: for a subgraph, a walk into its answer and what happens there."""

    changes: dict[str, tuple[list[int], object]] = field(default_factory=dict)
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    async def send(self, request: SubgraphRequest) -> SubgraphResponse | SubgraphFailure:
        self.asked.append((request.subgraph, request.body))
        await asyncio.sleep(0)
        answer = deepcopy(answer_of(request.subgraph, json.loads(request.body)))
        if request.subgraph in self.changes:
            walk, what = self.changes[request.subgraph]
            if isinstance(what, SubgraphFailure | SubgraphResponse):
                return what
            change(answer, walk, what)
        return SubgraphResponse(200, json.dumps(answer).encode())

    def subscribe(self, request):
        raise NotImplementedError

    async def close(self) -> None:
        pass


def change(value: object, walk: list[int], what: object) -> None:
    """Go down where the numbers say, and there put `what`; `nothing` takes away what is there."""
    for position, number in enumerate(walk):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = keys[number % len(keys)]
        below = value[key]
        if position == len(walk) - 1 or not isinstance(below, dict | list) or not below:
            if what == "nothing":
                del value[key]
            else:
                value[key] = deepcopy(what)
            return
        value = below


def executable(house, denials: tuple[Denial, ...] = ()) -> Executable:
    operation = normalize(house.api, parse(QUERY))
    assert isinstance(operation, NormalizedOperation)
    return prepare(plan(), operation, house.schema, denials)


async def both(program: Executable, changes, variables):
    results = []
    for run in (execution.execute, interpret):
        subgraphs = Subgraphs(changes)
        results.append((await run(program, ExecutionRequest(subgraphs, variables)), subgraphs.asked))
    return results


FAILURES = st.sampled_from(
    [
        SubgraphFailure(SubgraphName("x"), FailureReason.TIMED_OUT),
        SubgraphResponse(200, b"no JSON"),
        SubgraphResponse(500, b""),
        SubgraphResponse(200, b"[]"),
        SubgraphResponse(200, b'{"data":null,"errors":[{"message":"no"}]}'),
        SubgraphResponse(200, b'{"data":{},"errors":[]}'),
        SubgraphResponse(200, b'{"data":{},"errors":"no"}'),
        SubgraphResponse(200, b'{"data":{},"extensions":1}'),
    ]
)
CHANGES = st.dictionaries(
    st.sampled_from(["accounts", "products", "reviews", "depot", "moods", "scores"]),
    st.tuples(
        st.lists(st.integers(0, 7), min_size=1, max_size=9), st.sampled_from([*WRONG, "nothing"]) | FAILURES
    ),
    max_size=3,
)
DENIED = Denial(("users", "name"), Coordinate("User.name"))


@pytest.mark.parametrize("denials", [(), (DENIED,)], ids=["all", "some"])
def test_it_answers_as_the_interpreter_and_asks_what_the_interpreter_asks(house, denials):
    program = executable(house(SDL), denials)

    @settings(max_examples=400, deadline=None, derandomize=True, database=None)
    @given(changes=CHANGES, less=st.booleans())
    def agree(changes, less):
        asyncio.run(assert_agreement(program, changes, {"less": less}))

    agree()


async def assert_agreement(program: Executable, changes, variables) -> None:
    (quick, asked), (slow, should_ask) = await both(program, changes, variables)
    assert json.dumps(quick.data) == json.dumps(slow.data)
    assert quick.errors == slow.errors
    assert Counter(quick.failures) == Counter(slow.failures)  # for the log, in the order in which they came
    assert Counter(asked) == Counter(should_ask)


@pytest.mark.parametrize("less", [True, False])
async def test_where_nothing_goes_wrong_the_interpreter_has_nothing_to_do(house, monkeypatch, less):
    program = executable(house(SDL))
    (quick, _), (slow, _) = await both(program, {}, {"less": less})
    assert json.dumps(quick.data) == json.dumps(slow.data)
    assert slow.errors == []
    monkeypatch.setattr(execution, "interpret", None)
    assert (await execution.execute(program, ExecutionRequest(Subgraphs(), {"less": less}))).data == slow.data


async def test_a_surprise_in_one_branch_does_not_ask_the_others_again(house):
    changes = {"moods": ([0], SubgraphFailure(SubgraphName("moods"), FailureReason.LOST))}
    (quick, asked), (_, should_ask) = await both(executable(house(SDL)), changes, {"less": True})
    assert len(quick.failures) == 1
    assert len(asked) == len(set(asked)) == len(should_ask) == 7


def test_what_a_client_names_is_never_code(house):
    """Keys of all kinds that GraphQL allows, Python's own words among them, pass as they are."""
    keys = ["class", "value", "out", "None", "__import__", "raise", "n0", "tables"]
    api = house("type Query { a: Int }")
    asked = " ".join(f"{key}: a" for key in keys)
    operation = normalize(api.api, parse(f"{{ {asked} }}"))
    assert isinstance(operation, NormalizedOperation)
    program = prepare(QueryPlan(root("s", asked)), operation, api.schema)

    class Client(Subgraphs):
        async def send(self, request):
            return SubgraphResponse(200, json.dumps({"data": dict.fromkeys(keys, 1)}).encode())

    result = asyncio.run(execution.execute(program, ExecutionRequest(Client())))
    assert result.data == dict.fromkeys(keys, 1)
    assert program.projection({}).plan is not None


async def test_thousands_of_entities_find_their_places(house, monkeypatch):
    users = [{"__typename": "User", "name": f"{number}%", "id": f"u{number}"} for number in range(2_000)]
    answer = SubgraphResponse(200, json.dumps({"data": {"users": users, "me": users[0]}}).encode())
    program = executable(house(SDL))
    (quick, _), (slow, _) = await both(program, {"accounts": ([0], answer)}, {"less": False})
    assert slow.errors == []
    assert json.dumps(quick.data) == json.dumps(slow.data)
    assert quick.data["users"][1_999]["reviews"][0]["author"] == {"mood": "GOOD", "id": "u1999"}


async def test_an_integer_of_any_size_passes_the_quick_way_digit_by_digit(house, monkeypatch):
    monkeypatch.setattr(execution, "interpret", None)
    grams = {"net": 2**70, "gross": [10**40]}
    top = {"__typename": "Product", "upc": "p1", **PRODUCT, "grams": grams}
    answer = SubgraphResponse(200, json.dumps({"data": {"top": [top]}}).encode())
    changes = {"products": ([0], answer), "reviews": ([0], no_reviews())}
    result = await execution.execute(
        executable(house(SDL)), ExecutionRequest(Subgraphs(changes), {"less": False})
    )
    assert result.data["top"] == [{"name": "Pen", "upc": "p1", "grams": grams, "eta": 8}]


def no_reviews() -> SubgraphResponse:
    return SubgraphResponse(200, json.dumps({"data": {"e0": [{"reviews": []}] * 2}}).encode())


async def test_what_nobody_asked_of_a_subgraph_is_not_believed(house):
    """Fields that others are asked for, and the name that the client gave to a type's name."""
    users = [{"__typename": "User", "name": "Ada", "id": "u1", "reviews": None, "mood": "BAD"}]
    me = {"__typename": "User", "name": "Ada", "kind": "Admin"}
    answer = SubgraphResponse(200, json.dumps({"data": {"users": users, "me": me, "top": []}}).encode())
    (quick, _), (slow, _) = await both(executable(house(SDL)), {"accounts": ([0], answer)}, {"less": True})
    assert json.dumps(quick.data) == json.dumps(slow.data)
    assert quick.data["me"] == {"name": "Ada", "kind": "User"}
    assert [each["author"]["mood"] for each in quick.data["users"][0]["reviews"]] == ["GOOD", "GOOD"]
