"""D2b: names that mean something to a machine are only names: the client's aliases and variables, a subgraph's keys."""

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from supergraph.gateway import GatewaySettings, LimitSettings

NAMES = [
    "__proto__",
    "__class__",
    "__dict__",
    "__init__",
    "__typename",
    "__schema",
    "constructor",
    "_entities",
    "_e0",
    "_1_name",
    "class",
    "n" * 10_000,
]
USERS = """
type Query { me: User all: [Named] }
interface Named { id: ID! name: String }
type User implements Named @key(fields: "id") { id: ID! name: String }
type Group implements Named @key(fields: "id") { id: ID! name: String }
"""
POINTS = """
type Query { none: Int }
type User @key(fields: "id") { id: ID! points(of: Int): Int best: Best }
type Group @key(fields: "id") { id: ID! points(of: Int): Int }
type Best { day: String points: Int }
"""
ADA, OPS = {"__typename": "User", "id": "1", "name": "Ada"}, {"__typename": "Group", "id": "2", "name": "Ops"}


@dataclass
class Talkative:
    """A subgraph whose answers hold more than was asked, in every object, under every hostile name."""

    app: Any
    asked: list[str] = field(init=False)

    def __post_init__(self) -> None:
        self.sdl, self.asked = self.app.sdl, self.app.asked

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        messages: list[Any] = []

        async def keep(message: Any) -> None:
            messages.append(message)

        await self.app(scope, receive, keep)
        start, body = messages
        answer = json.loads(body["body"])
        more = json.dumps({**answer, "data": self.tainted(answer["data"])}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(more)).encode())]
        await send({**start, "headers": headers})
        await send({**body, "body": more})

    def tainted(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self.tainted(each) for each in value]
        if not isinstance(value, dict):
            return value
        taint = {name: {"taint": name} for name in NAMES if name != "__typename"}
        return {**taint, "password": "taint", **{key: self.tainted(each) for key, each in value.items()}}


@pytest.fixture
async def open_shop(open_gateway, graphql_subgraph):
    async def open_(around=lambda subgraph: subgraph):
        users = graphql_subgraph(
            USERS,
            {"Query.me": lambda *_: ADA, "Query.all": lambda *_: [ADA, OPS, ADA]},
            {"User": lambda key: ADA, "Group": lambda key: OPS},
        )
        points = graphql_subgraph(
            POINTS,
            {
                "User.points": lambda _, __, of=1: 10 * of,
                "Group.points": lambda _, __, of=1: 100 * of,
                "User.best": lambda *_: {"day": "Monday", "points": 7},
            },
            {"User": lambda key: {}, "Group": lambda key: {}},
        )
        limits = LimitSettings(aliases=100)
        subgraphs = {"users": around(users), "points": around(points)}
        return await open_gateway(subgraphs, settings=GatewaySettings(limits=limits))

    return open_


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:20])
async def test_a_hostile_alias_is_answered_like_any_other(open_shop, name):
    gateway = await open_shop()
    query = f"{{ {name}: me {{ id {name}: points best {{ {name}: day points }} }} all {{ {name}: name }} }}"
    answer = await gateway.ask(query)
    assert answer.body == {
        "data": {
            name: {"id": "1", name: 10, "best": {name: "Monday", "points": 7}},
            "all": [{name: "Ada"}, {name: "Ops"}, {name: "Ada"}],
        }
    }


@pytest.mark.parametrize("name", NAMES, ids=lambda name: name[:20])
async def test_a_hostile_alias_may_mean_another_field_of_another_type(open_shop, name):
    gateway = await open_shop()
    answer = await gateway.ask(
        f"{{ all {{ ... on User {{ {name}: points(of: 2) }} ... on Group {{ {name}: points(of: 3) }} kind: __typename }} }}"
    )
    user, group = {name: 20, "kind": "User"}, {name: 300, "kind": "Group"}
    assert answer.body == {"data": {"all": [user, group, user]}}


@pytest.mark.parametrize(
    "name", ["representations", "representations0", "_context1", *NAMES], ids=lambda name: name[:20]
)
async def test_a_variable_may_have_any_name(open_shop, name):
    gateway = await open_shop()
    answer = await gateway.ask(
        f"query(${name}: Int) {{ me {{ points(of: ${name}) }} all {{ ... on Group {{ points(of: ${name}) }} }} }}",
        {name: 4},
    )
    assert answer.body == {"data": {"me": {"points": 40}, "all": [{}, {"points": 400}, {}]}}


async def test_what_a_subgraph_adds_to_its_answers_reaches_nobody(open_shop):
    gateway = await open_shop(Talkative)
    answer = await gateway.ask(
        "{ me { id points best { day } } all { name ... on User { best { points } } } }"
    )
    ada = {"name": "Ada", "best": {"points": 7}}
    assert answer.body == {
        "data": {
            "me": {"id": "1", "points": 10, "best": {"day": "Monday"}},
            "all": [ada, {"name": "Ops"}, ada],
        }
    }


async def test_a_denied_path_is_told_in_the_clients_words(open_gateway, graphql_subgraph):
    users = graphql_subgraph(
        "type Query { me: User } type User { id: ID! name: String @authenticated }",
        {"Query.me": lambda *_: ADA},
    )
    gateway = await open_gateway({"users": users})
    answer = await gateway.ask("{ me { __typename: name id } }")
    assert answer.data == {"me": {"__typename": None, "id": "1"}}
    assert answer.paths == [["me", "__typename"]]
