"""The chain of clients before a subgraph is the one of its settings."""

import asyncio

import pytest

from supergraph.gateway import GatewaySettings, SubgraphSettings


@pytest.mark.parametrize(("shares", "requests"), [(True, 1), (False, 2)])
async def test_equal_requests_in_flight_are_shared_unless_the_settings_say_otherwise(
    open_gateway, graphql_subgraph, shares, requests
):
    asked, enough = [], asyncio.Event()

    async def resolve(*_):
        asked.append(1)
        if len(asked) == requests:
            enough.set()
        await enough.wait()
        # Whoever else is on the way has its turn before the first answer is there.
        for _ in range(100):
            await asyncio.sleep(0.001)
        return "A"

    subgraph = graphql_subgraph("type Query { a: String }", {"Query.a": resolve})
    settings = GatewaySettings(subgraphs={"a": SubgraphSettings(share_equal_requests=shares)})
    gateway = await open_gateway({"a": subgraph}, settings=settings)
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*(gateway.ask("{ a }") for _ in range(2)))
    assert [each.data for each in answers] == [{"a": "A"}] * 2
    assert len(asked) == requests
