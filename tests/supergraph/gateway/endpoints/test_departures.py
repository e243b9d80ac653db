"""A client that leaves frees the subgraphs that are asked for it; what it began to change is carried out."""

import asyncio

import aiohttp
import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import GatewaySettings, SubgraphSettings

LINK = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
"""


@pytest.fixture
async def gateway(open_gateway, fickle):
    composition = compose([SubgraphSource("points", fickle.url, LINK + fickle.SDL)])
    settings = GatewaySettings(subgraphs={"points": SubgraphSettings(seconds=20)})
    return await open_gateway({}, supergraph_sdl=composition.supergraph_sdl, settings=settings)


async def ask_and_leave(gateway, query, seconds):
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=seconds)) as session:
        with pytest.raises(TimeoutError):
            await session.post(f"{gateway.url}/graphql", json={"query": query})


async def until(condition):
    async with asyncio.timeout(3):
        while not condition():  # noqa: ASYNC110 - what is waited for is what a test asserts
            await asyncio.sleep(0.01)


async def test_the_connection_to_the_subgraph_is_closed(gateway, fickle):
    fickle.mood = "hangs"
    await ask_and_leave(gateway, "{ total }", 0.5)
    await until(lambda: fickle.hung_up == 1)


async def test_one_that_waits_on_is_answered_when_another_leaves(gateway, fickle):
    """They share one request to the subgraph. It was the other one's, so it is asked once more for who is left."""
    fickle.mood = "slow"
    staying = asyncio.create_task(gateway.ask("{ total }"))
    await ask_and_leave(gateway, "{ total }", 0.4)
    assert (await staying).body == {"data": {"total": 7}}
    assert fickle.heard == 2


async def test_a_mutation_that_has_begun_is_carried_out(gateway, fickle):
    fickle.mood = "slow"
    await ask_and_leave(gateway, "mutation { award }", 0.4)
    await until(lambda: fickle.done)
    assert "award" in fickle.done[0]


async def test_a_client_that_waits_long_is_answered(gateway, fickle):
    fickle.mood = "slow"
    assert (await gateway.ask("{ total }")).body == {"data": {"total": 7}}
    assert (await gateway.ask("{ __typename }")).status == 200
