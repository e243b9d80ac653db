"""Equal queries in flight are executed once where that is wanted, and never for two who may see different things."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from supergraph.gateway import GatewaySettings, SubgraphSettings

SDL = """
  type Query { slow(n: Int): Int secret: Int @requiresScopes(scopes: [["s"]]) }
  type Mutation { award: Int }
"""
SLOW = "query ($n: Int) { slow(n: $n) }"


@dataclass
class Held:
    """A gateway whose subgraph answers when it is let; `waiting` is how many wait for what another one asked."""

    gateway: Any
    subgraph: Any
    gate: asyncio.Event
    asking: list[asyncio.Task[Any]] = field(default_factory=list)

    @property
    def waiting(self) -> int:
        shared = self.gateway.app.graphql._pipeline.shared
        return 0 if shared is None else sum(map(len, shared._waiting.values()))

    def ask(self, query: str = SLOW, variables: Any = None, **options: Any) -> asyncio.Task[Any]:
        task = asyncio.create_task(self.gateway.ask(query, variables, **options))
        self.asking.append(task)
        return task

    async def until(self, *, asked: int, waiting: int) -> None:
        async with asyncio.timeout(10):
            while (len(self.subgraph.asked), self.waiting) != (asked, waiting):  # noqa: ASYNC110 - it is asserted
                await asyncio.sleep(0.002)

    async def answers(self) -> list[Any]:
        self.gate.set()
        return [answer.data for answer in await asyncio.gather(*self.asking)]


@pytest.fixture
async def hold(open_gateway, graphql_subgraph) -> AsyncIterator[Callable[..., Any]]:
    async with AsyncExitStack() as stack:

        async def open_(**settings: Any) -> Held:
            gate = asyncio.Event()
            stack.callback(gate.set)

            async def slow(*_: Any, n: int | None = None) -> int:
                await gate.wait()
                return n or 0

            subgraph = graphql_subgraph(
                SDL, {"Query.slow": slow, "Query.secret": slow, "Mutation.award": slow}
            )
            # What subgraphs' clients share by themselves is not what is looked at here.
            each_by_itself = {"*": SubgraphSettings(share_equal_requests=False)}
            gateway = await open_gateway(
                {"a": subgraph},
                settings=GatewaySettings(
                    **{"share_equal_queries": True, **settings}, subgraphs=each_by_itself
                ),
            )
            return Held(gateway, subgraph, gate)

        yield open_


async def test_equal_queries_of_one_caller_are_executed_once(hold):
    held = await hold()
    for _ in range(4):
        held.ask(variables={"n": 7}, scopes="s")
    await held.until(asked=1, waiting=3)
    assert await held.answers() == [{"slow": 7}] * 4
    assert held.waiting == 0


async def test_what_was_answered_is_not_kept(hold):
    held = await hold()
    held.gate.set()
    await held.ask()
    await held.ask()
    assert len(held.subgraph.asked) == 2


async def test_two_identities_never_share(hold):
    held = await hold()
    token = held.gateway.token
    for bearer in (
        token("s"),
        token("s", sub="u2"),
        token("s", tenant="t2"),
        token("s", tenant=None),
        token("s other"),
    ):
        held.ask(headers={"authorization": f"Bearer {bearer}"})
    held.ask()  # nobody
    await held.until(asked=6, waiting=0)
    assert await held.answers() == [{"slow": 0}] * 6
    assert len(set(held.subgraph.principals)) == 6


async def test_who_is_denied_a_field_is_not_given_anothers(hold):
    held = await hold()
    held.ask("{ slow secret }", scopes="s")
    held.ask("{ slow secret }", scopes="")
    await held.until(asked=2, waiting=0)
    assert await held.answers() == [{"slow": 0, "secret": 0}, {"slow": 0, "secret": None}]


async def test_other_variables_another_text_or_name_are_other_queries(hold):
    held = await hold()
    named = "query A { slow } query B { slow }"
    for variables in ({"n": 1}, {"n": 2}, {"n": None}, {}):
        held.ask(variables=variables)
    held.ask("{ slow(n: 5) }")
    for name in "AB":
        held.asking.append(
            asyncio.create_task(held.gateway.send(json={"query": named, "operationName": name}))
        )
    await held.until(asked=7, waiting=0)
    assert [each["slow"] for each in await held.answers()] == [1, 2, 0, 0, 5, 0, 0]


async def test_a_mutation_is_carried_out_for_each_who_asks(hold):
    held = await hold()
    held.ask("mutation { award }")
    held.ask("mutation { award }")
    await held.until(asked=2, waiting=0)
    await held.answers()


async def test_if_whoever_executes_leaves_another_begins_anew(hold):
    held = await hold()
    held.asking.remove(first := held.ask())
    await held.until(asked=1, waiting=0)
    held.ask()
    held.ask()
    await held.until(asked=1, waiting=2)
    first.cancel()
    await held.until(asked=2, waiting=1)
    assert await held.answers() == [{"slow": 0}] * 2


async def test_if_one_that_waits_leaves_the_others_are_answered(hold):
    held = await hold()
    held.ask()
    await held.until(asked=1, waiting=0)
    held.asking.remove(second := held.ask())
    held.ask()
    await held.until(asked=1, waiting=2)
    second.cancel()
    assert await held.answers() == [{"slow": 0}] * 2
    assert len(held.subgraph.asked) == 1


async def test_headers_that_go_on_to_subgraphs_must_be_equal_too(hold):
    held = await hold(headers={"*": [{"propagate": {"named": "x-room"}}]})
    for room in ("1", "2", "2"):
        held.ask(headers={"x-room": room})
    await held.until(asked=2, waiting=1)
    await held.answers()


async def test_nothing_is_shared_where_subgraphs_headers_are_given_on(hold):
    held = await hold(response_headers={"*": [{"named": "x-room"}]})
    held.ask()
    held.ask()
    await held.until(asked=2, waiting=0)
    await held.answers()


async def test_it_is_off_unless_it_is_wanted(hold):
    held = await hold(share_equal_queries=False)
    held.ask()
    held.ask()
    await held.until(asked=2, waiting=0)
    await held.answers()
