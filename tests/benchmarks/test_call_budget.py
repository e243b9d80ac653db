"""How much work one request is, counted: what a feature adds to all requests shows here, however busy the machine.

Counted are the calls of Python functions, a coroutine's being resumed among them, from the server's call to the answer,
with the settings as they are by themselves and subgraphs that answer at once. The count is the same in every run. A budget
may be raised where a feature is worth it to everybody: then say so in the change. `F12` of the verification's list.
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import orjson
import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import GivenSupergraph, build_app, subgraph_clients
from supergraph.gateway.transport import SubgraphRequest, SubgraphResponse

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@key"])\n'
SDL = {
    "products": """
        type Query { product(id: ID!): Product }
        type Product @key(fields: "id") { id: ID! name: String }
    """,
    "stock": """
        type Product @key(fields: "id") { id: ID! available: Int }
    """,
}
ANSWERS = {
    "http://products/": b'{"data":{"product":{"id":"1","name":"Chair","__typename":"Product"}}}',
    "http://stock/": b'{"data":{"_entities":[{"available":3}]}}',
}
REQUESTS = 20
# What was counted when it was set, and three of a hundred more for another version of what we stand on.
BUDGETS = {
    "one fetch": ("query ($id: ID!) { product(id: $id) { name } }", {"name": "Chair"}, 145),
    "two fetches": (
        "query ($id: ID!) { product(id: $id) { name available } }",
        {"name": "Chair", "available": 3},
        191,
    ),
}


@dataclass
class AtOnce:
    """A subgraph at an address, without the wire."""

    url: str

    async def send(self, request: SubgraphRequest) -> SubgraphResponse:
        return SubgraphResponse(200, ANSWERS[self.url])

    async def close(self) -> None:
        pass


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(subgraph_clients, "http_client", lambda url, *_: AtOnce(url))
    composed = compose([SubgraphSource(name, f"http://{name}/", LINK + sdl) for name, sdl in SDL.items()])
    return build_app(GivenSupergraph(composed.supergraph_sdl))


async def ask(gateway, query: str) -> object:
    """As a server asks it."""
    body = orjson.dumps({"query": query, "variables": {"id": "1"}})
    sent: list[dict[str, object]] = []

    async def receive():
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message):
        sent.append(message)

    headers = [(b"host", b"here"), (b"content-type", b"application/json"), (b"accept", b"*/*")]
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"", "headers": headers}
    await gateway({**scope, "client": ("127.0.0.1", 4000)}, receive, send)
    return orjson.loads(sent[1]["body"])


@pytest.mark.parametrize("name", BUDGETS)
async def test_a_request_is_no_more_work_than_it_was(name, gateway):
    query, expected, budget = BUDGETS[name]
    # The first is parsed and planned; from then on all is known.
    assert await ask(gateway, query) == {"data": {"product": expected}}
    calls: Counter[str] = Counter()

    def count(frame: FrameType, event: str, _: object) -> None:
        if event == "call":
            code = frame.f_code
            calls[f"{Path(code.co_filename).name}: {code.co_name}"] += 1

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        for _ in range(REQUESTS):
            await ask(gateway, query)
    finally:
        sys.setprofile(before)
    per_request = sum(calls.values()) / REQUESTS
    told = "\n".join(f"{each} {count / REQUESTS:g}" for each, count in calls.most_common(25))
    assert per_request <= budget, (
        f"{per_request:g} calls a request, {budget} are allowed; most often:\n{told}"
    )
