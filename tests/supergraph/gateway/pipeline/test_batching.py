"""Several operations in one request, and that limits hold for the whole of them (C6)."""

import pytest

from supergraph.gateway import GatewaySettings

HELLO = {"query": "{ hello }"}


@pytest.fixture
def made() -> list[str]:
    """What mutations have made, in their order."""
    return []


@pytest.fixture
def open_with(open_gateway, graphql_subgraph, made):
    sdl = """
      type Query { hello: String many: [Query!] }
      type Mutation { make(name: String!): String }
      type Subscription { ticks: Int }
    """

    async def make(_, __, name):
        made.append(name)
        return name

    resolvers = {"Query.hello": lambda *_: "Hello", "Mutation.make": make}
    subgraphs = {"a": graphql_subgraph(sdl, resolvers)}

    def open_(batching=None, **sections):
        if batching is None:
            batching = {"enabled": True, "operations": 5}
        http = {"batching": batching}
        return open_gateway(subgraphs, settings=GatewaySettings(http=http, **sections))

    return open_


async def test_by_default_a_list_is_refused(open_with):
    gateway = await open_with(batching={})
    answer = await gateway.send(json=[HELLO])
    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])
    assert gateway.subgraphs["a"].asked == []


async def test_answers_come_in_the_order_of_the_operations(open_with):
    gateway = await open_with()
    answer = await gateway.send(json=[HELLO, {"query": "{ again: hello }"}, {"query": "{ __typename }"}])
    assert answer.status == 200
    assert answer.body == [
        {"data": {"hello": "Hello"}},
        {"data": {"again": "Hello"}},
        {"data": {"__typename": "Query"}},
    ]


async def test_what_is_wrong_with_one_of_them_stands_in_its_place(open_with):
    gateway = await open_with()
    answer = await gateway.send(
        json=[HELLO, {"query": "{ nope }"}, 7, {"query": "subscription { ticks }"}, {"documentId": "unknown"}]
    )
    assert answer.status == 200
    codes = [each["errors"][0]["extensions"]["code"] if "errors" in each else None for each in answer.body]
    assert codes == [
        None,
        "GRAPHQL_VALIDATION_FAILED",
        "BAD_REQUEST",
        "OPERATION_NOT_SUPPORTED",
        "PERSISTED_QUERY_NOT_FOUND",
    ]


@pytest.mark.parametrize("batch", [[], [HELLO] * 6])
async def test_a_batch_has_at_least_one_operation_and_at_most_as_many_as_are_allowed(open_with, batch):
    gateway = await open_with()
    answer = await gateway.send(json=batch)
    assert (answer.status, answer.codes) == (400, ["BAD_REQUEST"])


@pytest.mark.parametrize(
    ("limits", "query"),
    [
        ({"aliases": 9}, "{ a: hello b: hello c: hello }"),
        ({"root_fields": 9}, "{ a: hello b: hello c: hello }"),
        ({"tokens": 30}, "{ a: hello b: hello c: hello }"),
    ],
)
async def test_limits_count_for_the_whole_batch(open_with, limits, query):
    gateway = await open_with(limits=limits)
    assert (await gateway.ask(query)).status == 200
    assert len((await gateway.send(json=[{"query": query}] * 2)).body) == 2
    asked = len(gateway.subgraphs["a"].asked)
    refused = await gateway.send(json=[{"query": query}] * 4)
    assert refused.codes == ["OPERATION_LIMIT_EXCEEDED"]
    assert len(gateway.subgraphs["a"].asked) == asked, "nothing was asked on behalf of a refused batch"


async def test_costs_count_for_the_whole_batch(open_with):
    query = "{ many { many { hello } } }"
    gateway = await open_with(limits={"cost": 250, "list_size": 10})
    assert (await gateway.ask(query)).errors == []
    refused = await gateway.send(json=[{"query": query}] * 4)
    assert refused.codes == ["COST_ESTIMATED_TOO_EXPENSIVE"]


async def test_aliases_through_hashes_count_for_the_whole_batch(open_with):
    """C6: aliases through persisted ids too."""
    import hashlib

    query = "{ a: hello b: hello c: hello }"
    given = {"documentId": "sha256:" + hashlib.sha256(query.encode()).hexdigest()}
    gateway = await open_with(limits={"aliases": 9})
    assert len((await gateway.send(json=[{**given, "query": query}, given])).body) == 2
    assert (await gateway.send(json=[given] * 4)).codes == ["OPERATION_LIMIT_EXCEEDED"]


async def test_mutations_of_a_batch_come_one_after_the_other(open_with, made):
    gateway = await open_with()
    await gateway.send(json=[{"query": f'mutation {{ make(name: "{n}") }}'} for n in range(5)])
    assert made == ["0", "1", "2", "3", "4"]


async def test_a_batch_is_answered_in_one_piece(open_with):
    gateway = await open_with()
    answer = await gateway.send(json=[HELLO], headers={"accept": "text/event-stream"})
    assert answer.status == 406
