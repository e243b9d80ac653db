"""F2: a module in the gateway's process fails in every way there is; it is named, and the others stay."""
# ruff: noqa: ASYNC251 - what modules should not do is what is tested here

import asyncio
import itertools
import os
import statistics
import time

import pytest

from supergraph.gateway import GatewaySettings, SubgraphSettings
from supergraph.gateway.settings import BreakerSettings, HealthSettings, InProcessSettings
from supergraph.gateway.transport.memory_bound import used_bytes

STALL_SECONDS = 0.4
SETTINGS = GatewaySettings(
    subgraphs={
        "*": SubgraphSettings(own_thread=True),
        "module": SubgraphSettings(breaker=BreakerSettings(calls=100, open_seconds=0.6), seconds=5),
    },
    in_process=InProcessSettings(stall_seconds=STALL_SECONDS),
)


class Misbehaviour:
    """What the module's field does, as long as a test wants it to."""

    def __init__(self):
        self.now = None

    def __call__(self, *_):
        return 1 if self.now is None else self.now()


def sleep():
    time.sleep(1.0)
    return 1


async def sleep_in_a_coroutine():
    time.sleep(1.0)
    return 1


def loop():
    while True:
        pass


def endless_list():
    return itertools.chain.from_iterable([index] for index in itertools.count())


def leave():
    raise SystemExit(2)


def interrupt():
    raise KeyboardInterrupt


def fail():
    raise RuntimeError("secret words")


@pytest.fixture
async def open_house(open_gateway, graphql_subgraph):
    misbehaviour = Misbehaviour()

    async def open_(settings=SETTINGS, **options):
        subgraphs = {
            "foundation": graphql_subgraph("type Query { me: String }", {"Query.me": lambda *_: "Ada"}),
            "module": graphql_subgraph(
                "type Query { points: Int many: [Int] }",
                {"Query.points": misbehaviour, "Query.many": misbehaviour},
            ),
        }
        return await open_gateway(subgraphs, settings=settings, **options), misbehaviour

    return open_


async def ask_both(gateway, query):
    """The answer to the query; while it is awaited, the foundation's field is there every time. How soon, as a rule."""
    asking = asyncio.create_task(gateway.ask(query))
    taken = []
    while not asking.done():
        began = time.monotonic()
        assert (await gateway.ask("{ me }")).body == {"data": {"me": "Ada"}}
        taken.append(time.monotonic() - began)
    return asking.result(), statistics.median(taken)


async def state_of_module(gateway):
    return (await gateway.send("GET", "/health")).body["subgraphs"]["module"]


@pytest.mark.parametrize(
    ("misbehave", "query"),
    [
        (sleep, "{ me points }"),
        (sleep_in_a_coroutine, "{ me points }"),
        (loop, "{ me points }"),
        (endless_list, "{ me many }"),
    ],
)
async def test_a_module_that_stalls_is_interrupted_named_and_taken_back(open_house, misbehave, query):
    gateway, misbehaviour = await open_house()
    misbehaviour.now = misbehave
    answer, typical = await ask_both(gateway, query)
    field = query.split()[2]
    assert answer.data == {"me": "Ada", field: None}
    assert (answer.codes, answer.paths) == (["SUBGRAPH_STALLED"], [[field]])
    assert typical < STALL_SECONDS / 2  # the slowest of them tells of the machine
    state = await state_of_module(gateway)
    assert (state["state"], state["interruptions"]) == ("open", 1)
    assert state["lastFailure"]["code"] == "SUBGRAPH_STALLED"
    # It is left alone for a while, then one request finds out that it is well again.
    assert (await gateway.ask("{ points }")).codes == ["SUBGRAPH_SUSPENDED"]
    misbehaviour.now = None
    await asyncio.sleep(0.65)
    assert (await gateway.ask("{ points }")).body == {"data": {"points": 1}}
    assert (await state_of_module(gateway))["state"] == "closed"


@pytest.mark.parametrize("misbehave", [leave, interrupt])
async def test_a_module_that_wants_to_end_the_process_ends_its_own_request(open_house, misbehave):
    gateway, misbehaviour = await open_house()
    misbehaviour.now = misbehave
    answer, _ = await ask_both(gateway, "{ me points }")
    assert answer.data == {"me": "Ada", "points": None}
    assert answer.codes == ["SUBGRAPH_CRASHED"]
    assert (await state_of_module(gateway))["lastFailure"]["code"] == "SUBGRAPH_CRASHED"
    misbehaviour.now = None
    assert (await gateway.ask("{ points }")).body == {"data": {"points": 1}}


@pytest.mark.parametrize("misbehave", [leave, fail])
async def test_what_a_module_leaves_in_the_background_is_named(open_house, misbehave):
    async def fail_later():
        misbehave()

    async def leave_a_task():
        asyncio.get_running_loop().create_task(fail_later())
        return 1

    gateway, misbehaviour = await open_house()
    misbehaviour.now = leave_a_task
    assert (await gateway.ask("{ me points }")).body == {"data": {"me": "Ada", "points": 1}}
    misbehaviour.now = None
    async with asyncio.timeout(3):
        while "lastFailure" not in (state := await state_of_module(gateway)):
            assert (await gateway.ask("{ me points }")).body == {"data": {"me": "Ada", "points": 1}}
    assert state["lastFailure"]["code"] == "SUBGRAPH_CRASHED"
    assert "secret words" not in str(state)


async def test_a_module_that_could_not_be_loaded_is_named(open_house):
    reason = "ModuleNotFoundError: No module named 'secret_sauce'"
    gateway, _ = await open_house(broken={"billing": reason})
    health = (await gateway.send("GET", "/health")).body
    assert health["status"] == "degraded"
    assert health["subgraphs"]["billing"] == {"state": "broken", "reason": "ModuleNotFoundError"}
    told = SETTINGS.model_copy(update={"health": HealthSettings(details="reasons")})
    gateway, _ = await open_house(told, broken={"billing": reason})
    health = (await gateway.send("GET", "/health")).body
    assert health["subgraphs"]["billing"]["reason"] == reason
    silent = SETTINGS.model_copy(update={"health": HealthSettings(details="status")})
    gateway, _ = await open_house(silent, broken={"billing": reason})
    assert (await gateway.send("GET", "/health")).body == {"status": "degraded"}


async def test_a_module_that_grows_is_interrupted_and_what_it_had_is_freed(open_house):
    """Real memory: a list without end, made by a coroutine that is kind enough to pause."""
    grown = []

    async def grow():
        kept = []
        while len(kept) < 1_000:  # a test that fails must not take the machine with it
            kept.append(bytearray(os.urandom(1)) * 2_000_000)
            grown.append(1)
            await asyncio.sleep(0.005)

    bound = used_bytes() + 60_000_000
    settings = SETTINGS.model_copy(
        update={"in_process": InProcessSettings(stall_seconds=0.8, memory_bytes=bound)}
    )
    gateway, misbehaviour = await open_house(settings)
    misbehaviour.now = grow
    answer, _ = await ask_both(gateway, "{ me points }")
    assert (answer.data, answer.codes) == ({"me": "Ada", "points": None}, ["SUBGRAPH_STALLED"])
    assert len(grown) < 500
    async with asyncio.timeout(3):
        while used_bytes() > bound:  # noqa: ASYNC110 - the machine is asked, which tells nobody
            await asyncio.sleep(0.01)
