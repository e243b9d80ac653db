"""F1: one subgraph fails in every way there is; the others' fields stay, its own are null and say why."""

import asyncio
import time

import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import GatewaySettings, LimitSettings, SubgraphSettings
from supergraph.gateway.settings import BreakerSettings

USERS = """
type Query { me: User }
type User @key(fields: "id") { id: ID! name: String }
"""
LINK = """
extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key"])
"""
OPEN_SECONDS = 0.7
BREAKER = BreakerSettings(calls=3, failure_rate=0.5, window_seconds=30, open_seconds=OPEN_SECONDS)


@pytest.fixture
async def open_shop(open_gateway, graphql_subgraph, fickle):
    """Users, who are always there, and their points, which come from the fickle one."""

    async def open_(*, breaker=BREAKER, seconds=0.3, retry_share=0.1, **limits):
        users = graphql_subgraph(
            USERS,
            {"Query.me": lambda *_: {"id": "1", "name": "Ada"}},
            {"User": lambda key: {"id": key["id"], "name": "Ada"}},
        )
        composition = compose(
            [
                SubgraphSource("users", "", LINK + USERS),
                SubgraphSource("points", fickle.url, LINK + fickle.SDL),
            ]
        )
        settings = GatewaySettings(
            subgraphs={
                "points": SubgraphSettings(
                    seconds=seconds, retries=1, retry_share=retry_share, breaker=breaker
                )
            },
            limits=LimitSettings(**limits),
        )
        return await open_gateway(
            {"users": users}, over_http=True, supergraph_sdl=composition.supergraph_sdl, settings=settings
        )

    return open_


async def state_of_points(gateway):
    return (await gateway.send("GET", "/health")).body["subgraphs"]["points"]


@pytest.mark.parametrize(
    ("mood", "code"),
    [
        ("killed", "SUBGRAPH_UNREACHABLE"),
        ("hangs", "SUBGRAPH_TIMED_OUT"),
        ("slow drip", "SUBGRAPH_TIMED_OUT"),
        ("500", "SUBGRAPH_BAD_STATUS"),
        ("503", "SUBGRAPH_BAD_STATUS"),
        ("malformed", "SUBGRAPH_ANSWER_NOT_JSON"),
        ("cut off", "SUBGRAPH_CONNECTION_LOST"),
    ],
)
async def test_a_failing_subgraph_is_suspended_probed_and_taken_back(open_shop, fickle, mood, code):
    gateway = await open_shop()
    whole = {"me": {"name": "Ada", "points": 7}}
    assert (await gateway.ask("{ me { name points } }")).body == {"data": whole}

    fickle.mood = mood
    if mood == "killed":
        await fickle.kill()
    codes = []
    for _ in range(5):
        answer = await gateway.ask("{ me { name points } }")
        assert (answer.status, answer.data) == (200, {"me": {"name": "Ada", "points": None}})
        assert answer.paths == [["me", "points"]]
        codes += answer.codes
        assert (await gateway.ask("{ me { name } }")).body == {"data": {"me": {"name": "Ada"}}}
    assert codes[0] == code
    assert codes[-1] == "SUBGRAPH_SUSPENDED"
    assert set(codes) == {code, "SUBGRAPH_SUSPENDED"}

    # While it is suspended, nobody waits and it is left alone.
    heard = fickle.heard
    began = time.monotonic()
    refused = await gateway.ask("{ me { name points } }")
    assert time.monotonic() - began < 0.2
    assert refused.errors[0]["extensions"] == {"code": "SUBGRAPH_SUSPENDED", "retryAfter": 1}
    assert fickle.heard == heard
    state = await state_of_points(gateway)
    assert state["state"] == "open"
    assert fickle.url not in str(state)

    # A probe that fails leaves it suspended; one that is answered takes it back.
    await asyncio.sleep(OPEN_SECONDS + 0.02)
    assert (await gateway.ask("{ me { points } }")).codes == [code]
    assert (await gateway.ask("{ me { points } }")).codes == ["SUBGRAPH_SUSPENDED"]
    fickle.mood = "good"
    if mood == "killed":
        await fickle.start()
    await asyncio.sleep(OPEN_SECONDS + 0.02)
    assert (await gateway.ask("{ me { name points } }")).body == {"data": whole}
    assert (await state_of_points(gateway))["state"] == "closed"


@pytest.mark.parametrize(
    ("mood", "code"),
    [("wrong types", "SUBGRAPH_VALUE_INVALID"), ("no GraphQL", "SUBGRAPH_ANSWER_MALFORMED")],
)
async def test_wrong_values_are_errors_at_their_fields_and_nothing_else(open_shop, fickle, mood, code):
    """It answers, and in time: what is wrong is told at each field, and it goes on being asked."""
    gateway = await open_shop()
    fickle.mood = mood
    for _ in range(8):
        answer = await gateway.ask("{ me { name points } }")
        assert (answer.data, answer.codes) == ({"me": {"name": "Ada", "points": None}}, [code])
    assert (await state_of_points(gateway))["state"] == "closed"


async def test_a_query_is_asked_again_where_that_may_help_and_a_mutation_is_not(open_shop, fickle):
    gateway = await open_shop(breaker=None)
    fickle.mood = "503"
    assert (await gateway.ask("{ total }")).codes == ["SUBGRAPH_BAD_STATUS"]
    assert fickle.heard == 2
    assert (await gateway.ask("mutation { award }")).codes == ["SUBGRAPH_BAD_STATUS"]
    assert fickle.heard == 3


@pytest.mark.parametrize(("share", "retried"), [(0, 10), (1, 14)])
async def test_how_many_are_asked_again_is_a_share_of_all_beside_the_first_ten(
    open_shop, fickle, share, retried
):
    gateway = await open_shop(breaker=None, seconds=20, retry_share=share)
    fickle.mood = "503"
    for _ in range(14):
        assert (await gateway.ask("{ total }")).codes == ["SUBGRAPH_BAD_STATUS"]
    assert fickle.heard == 14 + retried


async def test_a_subgraph_that_was_away_for_a_moment_is_not_missed(open_shop, fickle):
    gateway = await open_shop()
    fickle.mood = "503 once"
    assert (await gateway.ask("{ total }")).body == {"data": {"total": 7}}
    assert fickle.heard == 2


async def test_what_is_not_there_when_the_operations_time_is_over_is_null_and_the_rest_stays(
    open_shop, fickle
):
    gateway = await open_shop(seconds=30, operation_seconds=0.3)
    fickle.mood = "hangs"
    began = time.monotonic()
    answer = await gateway.ask("{ me { name points } total }")
    assert time.monotonic() - began < 2
    assert answer.data == {"me": {"name": "Ada", "points": None}, "total": None}
    assert set(answer.codes) == {"OPERATION_TIMED_OUT"}
    for _ in range(50):
        if fickle.hung_up:
            break
        await asyncio.sleep(0.01)
    assert fickle.hung_up  # its connections are not kept busy with what nobody waits for


async def test_a_crowd_at_a_slow_subgraph_leaves_the_others_alone(open_gateway, graphql_subgraph):
    """Bounded in flight, bounded in wait: the rest hears at once that it is busy."""

    async def slow(*_, n):
        await asyncio.sleep(0.3)
        return 1

    slow_one = graphql_subgraph("type Query { slow(n: Int): Int }", {"Query.slow": slow})
    quick_one = graphql_subgraph("type Query { quick: Int }", {"Query.quick": lambda *_: 2})
    settings = GatewaySettings(subgraphs={"slow": SubgraphSettings(connections=2, waiting=3)})
    gateway = await open_gateway({"slow": slow_one, "quick": quick_one}, settings=settings, over_http=True)
    asking = [asyncio.create_task(gateway.ask(f"{{ quick slow(n: {number}) }}")) for number in range(10)]
    answers = await asyncio.gather(*asking)
    assert all(answer.data["quick"] == 2 for answer in answers)
    busy = [answer for answer in answers if answer.codes == ["SUBGRAPH_BUSY"]]
    assert len(busy) == 5
    assert busy[0].errors[0]["extensions"]["retryAfter"] == 1
    assert sum(answer.data["slow"] == 1 for answer in answers) == 5
