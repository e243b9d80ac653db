from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from supergraph.gateway.executor import (
    Denial,
    Executable,
    ExecutionRequest,
    LiveSubscription,
    Subscription,
    prepare_subscription,
    subscribe,
)
from supergraph.gateway.transport import FailureReason, SubgraphFailure, SubgraphResponse
from supergraph.planner import (
    Fetch,
    OperationKind,
    QueryPlan,
    RequiredField,
    RequiredFragment,
    Step,
    Subscribe,
)
from supergraph.spec import Coordinate, SubgraphName, TypeName

SDL = """
type Query { a: Int }
type Subscription { changed(least: Int): Product }
type Product { id: ID! amount: Int name: String }
"""
QUERY = "subscription($least: Int) { changed(least: $least) { amount name } }"
PRIMARY = Fetch(
    SubgraphName("prices"),
    OperationKind.SUBSCRIPTION,
    "subscription($least: Int) { changed(least: $least) { __typename id amount } }",
    variables=("least",),
)
NAME = Fetch(
    SubgraphName("catalog"),
    OperationKind.QUERY,
    "query($representations: [_Any!]!) { _entities(representations: $representations) { ... on Product { name } } }",
    path=(Step("changed"),),
    requires=(
        RequiredFragment(
            TypeName("Product"), (RequiredField("__typename", "__typename"), RequiredField("id", "id"))
        ),
    ),
)
LOST = SubgraphFailure(SubgraphName("prices"), FailureReason.LOST, "gone")


class Subgraphs:
    """Events as they are told; the name of a product is its id, and of `x` there is none."""

    def __init__(self, *events: bytes | SubgraphFailure) -> None:
        self.events = events
        self.asked: list[Any] = []
        self.open = 0

    async def subscribe(self, request: Any) -> AsyncIterator[Any]:
        self.asked.append(request)
        self.open += 1
        try:
            for event in self.events:
                yield event if isinstance(event, SubgraphFailure) else SubgraphResponse(200, event)
        finally:
            self.open -= 1

    async def send(self, request: Any) -> Any:
        self.asked.append(request)
        if b'"x"' in request.body:
            return SubgraphFailure(SubgraphName("catalog"), FailureReason.REFUSED)
        return SubgraphResponse(200, b'{"data":{"_entities":[{"name":"n"}]}}')

    async def close(self) -> None: ...


def event(id_: str, amount: int) -> bytes:
    return b'{"data":{"changed":{"__typename":"Product","id":"%s","amount":%d}}}' % (id_.encode(), amount)


@pytest.fixture
def results_of(house):
    built = house(SDL)

    def results(subgraphs: Subgraphs, *, denials: tuple[Denial, ...] = ()):
        plan = QueryPlan(Subscribe(PRIMARY, NAME))
        prepared = prepare_subscription(plan, built.operation(QUERY), built.schema, denials)
        assert isinstance(prepared, Subscription)
        return subscribe(LiveSubscription(prepared, ExecutionRequest(subgraphs, {"least": 2**70})))

    return results


async def test_each_event_is_followed_by_its_fetches(results_of):
    subgraphs = Subgraphs(event("1", 1), event("2", 2))
    results = [each async for each in results_of(subgraphs)]
    assert [each.data for each in results] == [
        {"changed": {"amount": 1, "name": "n"}},
        {"changed": {"amount": 2, "name": "n"}},
    ]
    assert [each.subgraph for each in subgraphs.asked] == ["prices", "catalog", "catalog"]
    assert b'"least":%d' % 2**70 in subgraphs.asked[0].body
    assert not subgraphs.asked[0].idempotent


async def test_an_event_whose_follow_up_fails_is_partial_and_the_next_one_comes(results_of):
    first, second = [each async for each in results_of(Subgraphs(event("x", 1), event("2", 2)))]
    assert first.data == {"changed": {"amount": 1, "name": None}}
    assert [each["path"] for each in first.errors] == [["changed", "name"]]
    assert (second.data, second.errors) == ({"changed": {"amount": 2, "name": "n"}}, [])


async def test_a_failure_of_the_events_is_the_last_result(results_of):
    subgraphs = Subgraphs(event("1", 1), LOST, event("never", 3))
    _, last = [each async for each in results_of(subgraphs)]
    assert last.data == {"changed": None}
    assert last.errors[0]["path"] == ["changed"]
    assert last.failures == (LOST,)
    assert subgraphs.open == 0


@pytest.mark.parametrize(
    "body", [b"nonsense", b"[]", b'{"data":[]}', b'{"errors":[{"message":"no"}]}', b'{"data":{"changed":7}}']
)
async def test_an_event_that_is_none_is_told_and_the_next_one_comes(results_of, body):
    first, second = [each async for each in results_of(Subgraphs(body, event("2", 2)))]
    assert first.data == {"changed": None}
    assert first.errors
    assert second.errors == []


async def test_who_closes_it_frees_the_subgraph(results_of):
    subgraphs = Subgraphs(event("1", 1), event("2", 2))
    async with aclosing(results_of(subgraphs)) as results:
        await anext(results)
        assert subgraphs.open == 1
    assert subgraphs.open == 0


async def test_what_is_denied_is_null_in_every_event(results_of):
    denial = Denial(("changed", "amount"), Coordinate("Product.amount"))
    first, second = [
        each async for each in results_of(Subgraphs(event("1", 1), event("2", 2)), denials=(denial,))
    ]
    for result in (first, second):
        assert result.data == {"changed": {"amount": None, "name": "n"}}
        assert result.errors[0]["path"] == ["changed", "amount"]


def test_where_nothing_is_left_to_subscribe_to_it_is_an_executable(house):
    built = house(SDL)
    denials = (Denial(("changed",), Coordinate("Subscription.changed")),)
    prepared = prepare_subscription(QueryPlan(None), built.operation(QUERY), built.schema, denials)
    assert isinstance(prepared, Executable)
