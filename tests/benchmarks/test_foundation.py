"""What the foundation's lists and its sign-in take of CPU in this process: `pytest --sweep -s` prints it."""

import json
import statistics
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from foundation_subgraph.graph import subgraph as foundation
from foundation_subgraph.kit import GraphQLRequest
from foundation_subgraph.kit.testing import principal, throw_away_database
from foundation_subgraph.sign_in import PasswordCost, Passwords
from tests.foundation_subgraph.kit.isolation.tenant_tables import SUBGRAPHS
from tests.foundation_subgraph.sign_in.door import open_door
from tests.foundation_subgraph.test_speed import LONG_LISTS, SCOPES, LongList, crowd, cursor_in_the_midst

pytestmark = pytest.mark.sweep

WARM, TIMED = 20, 100
MOST_MILLISECONDS = 10.0


async def cpu_of(what: str, ask: Callable[[], Awaitable[object]], times: int = TIMED) -> float:
    """The median of this process's CPU, all threads, in ms."""
    spent: list[float] = []
    for _ in range(WARM + times):
        begun = time.process_time()
        await ask()
        spent.append((time.process_time() - begun) * 1000)
    median = statistics.median(spent[WARM:])
    print(f"{what}: {median:.2f} ms")
    return median


@pytest.mark.parametrize("listed", LONG_LISTS, ids=lambda listed: listed.table)
async def test_a_page_of_fifty_takes_less_than_ten_milliseconds(listed: LongList) -> None:
    async with throw_away_database(*SUBGRAPHS) as database:
        await crowd(database, listed.table)
        app = listed.subgraph.asgi(database.databases[listed.subgraph.role])
        middle = json.dumps(await cursor_in_the_midst(database, listed))
        for place, arguments in (("first page", ""), ("in the midst", f"after: {middle}")):
            request = GraphQLRequest(
                listed.query(arguments, "id" if listed.table != "invitations" else "email")
            )
            ask = partial(app.execute, request, principal(*SCOPES))
            assert await cpu_of(f"{listed.field}, {place}", ask) < MOST_MILLISECONDS


async def test_a_sign_in_is_slow_by_its_hash_alone(tmp_path: Path) -> None:
    """The door of the tests has a cheap hash, so that the rest is left."""
    async with throw_away_database(foundation) as database, open_door(database, tmp_path) as door:
        rest = await cpu_of("sign-in without its hash", partial(door.enter, "owner@acme.example"))
    passwords = Passwords(PasswordCost())
    stored = await passwords.hash("a password of some length")
    verify = partial(passwords.verify, "a password of some length", stored)
    assert rest < await cpu_of("its hash", verify, 10)
