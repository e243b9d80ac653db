"""An interface of many types, each with its next object in one of several subgraphs, many levels deep: one answer."""

import pytest

from supergraph.gateway import GatewaySettings, LimitSettings

TYPES, SUBGRAPHS, LEVELS = 20, 5, 6


def sdl(number):
    """The subgraph of a number: it knows all types, and of every fifth what comes next."""
    if number == 0:
        types = (f"id: ID! next: I own{each}: Int" for each in range(TYPES))
        head = "type Query { nodes: [I] } interface I { id: ID! next: I }"
    else:
        moved = 'next: I @federation__override(from: "g0")'
        types = (f"id: ID! {moved if each % SUBGRAPHS == number else ''}" for each in range(TYPES))
        head = "interface I { id: ID! }"
    return head + "".join(
        f' type T{each} implements I @key(fields: "id") {{ {fields} }}' for each, fields in enumerate(types)
    )


def of_number(number):
    return {"__typename": f"T{number % TYPES}", "id": str(number)}


def next_number(number):
    return number * 7 + 3


def answer(number, levels):
    found = {"id": str(number)}
    if number % TYPES == 3:
        found["own3"] = number
    if levels:
        found["next"] = answer(next_number(number), levels - 1)
    return found


@pytest.fixture
async def gateway(open_gateway, graphql_subgraph):
    def resolved(number):
        def next_of(source, *_):
            assert int(source["id"]) % SUBGRAPHS == number, "another subgraph has this"
            return of_number(next_number(int(source["id"])))

        resolvers = {f"T{each}.next": next_of for each in range(TYPES) if number in (0, each % SUBGRAPHS)}
        if number == 0:
            resolvers |= {f"T{each}.own{each}": lambda source, *_: int(source["id"]) for each in range(TYPES)}
            resolvers["Query.nodes"] = lambda *_: [of_number(each) for each in range(40)]
        return resolvers

    entities = {f"T{each}": lambda key: key for each in range(TYPES)}
    subgraphs = {
        f"g{number}": graphql_subgraph(
            sdl(number)
            + ("" if number == 0 else " type Query { none: Int }".replace("none", f"none{number}")),
            resolved(number),
            entities,
        )
        for number in range(SUBGRAPHS)
    }
    limits = LimitSettings(depth=50, cost=10_000_000)
    return await open_gateway(subgraphs, settings=GatewaySettings(limits=limits))


async def test_objects_of_many_types_are_followed_through_many_subgraphs(gateway):
    query = "{ id ... on T3 { own3 } }"
    for _ in range(LEVELS):
        query = "{ id ... on T3 { own3 } next " + query + " }"
    got = await gateway.ask(f"{{ nodes {query} }}")
    assert got.body == {"data": {"nodes": [answer(each, LEVELS) for each in range(40)]}}
    # A request a level and subgraph, and perhaps one more to begin with: not types to the power of levels.
    assert sum(map(len, gateway.asked.values())) <= (LEVELS + 1) * SUBGRAPHS
