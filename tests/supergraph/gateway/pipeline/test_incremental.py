"""`@defer` over real HTTP: the first part comes at once, what is deferred when it is ready, and all of it adds up."""

import asyncio
import json
from contextlib import asynccontextmanager

import pytest

ACCEPT = "multipart/mixed;deferSpec=20220824,application/json"

PEOPLE = """
type Query { me: User users: [User!]! nobody: User }
type Mutation { rename(name: String!): User }
type User @key(fields: "id") { id: ID! name: String! }
"""
POSTS = """
type Query { news: String }
type User @key(fields: "id") { id: ID! posts: [Post!]! rank: Int! }
type Post @key(fields: "pid") { pid: ID! title: String }
"""
LIKES = """
type Query { ping: String }
type Post @key(fields: "pid") { pid: ID! likes: Int! }
type User @key(fields: "id") { id: ID! rank: Int! @external score: Int @requires(fields: "rank") }
"""


def person(number):
    return {"__typename": "User", "id": str(number), "name": f"user {number}"}


class Gate:
    """Holds a resolver back until the test lets it go on."""

    def __init__(self, value):
        self.value = value
        self.opened = asyncio.Event()
        self.left = 0

    async def __call__(self, *_, **__):
        try:
            await self.opened.wait()
        except asyncio.CancelledError:
            self.left += 1
            raise
        if isinstance(self.value, Exception):
            raise self.value
        return self.value


@pytest.fixture
def subgraphs(graphql_subgraph):
    def build(*, rank=7, likes=lambda *_: 3, posts=None, news="today"):
        return {
            "people": graphql_subgraph(
                PEOPLE,
                {
                    "Query.me": lambda *_: person(1),
                    "Query.users": lambda *_: [person(1), person(2)],
                    "Query.nobody": lambda *_: None,
                    "Mutation.rename": lambda *_, name: {**person(1), "name": name},
                },
                {"User": lambda key: person(key["id"])},
            ),
            "posts": graphql_subgraph(
                POSTS,
                {
                    "Query.news": news if callable(news) else lambda *_: news,
                    "User.rank": rank if callable(rank) else lambda *_: rank,
                    "User.posts": posts or (lambda user, *_: [{"pid": user["id"] + "a", "title": "first"}]),
                },
                {"User": dict, "Post": dict},
            ),
            "likes": graphql_subgraph(
                LIKES,
                {
                    "Post.likes": likes,
                    "User.score": lambda user, *_: user["rank"] * 10 if user["rank"] is not None else None,
                },
                {"User": dict, "Post": dict},
            ),
        }

    return build


class Parts:
    """The parts of a multipart answer, one after the other, as they come."""

    def __init__(self, response):
        self.response = response
        self.buffer = b""

    async def text(self):
        while b"\r\n---" not in self.buffer:
            chunk = await asyncio.wait_for(self.response.content.readany(), 3)
            assert chunk, self.buffer
            self.buffer += chunk
        part, _, self.buffer = self.buffer.partition(b"\r\n---")
        return part

    async def next(self):
        part = await self.text()
        if not part:
            part = await self.text()  # nothing stands before the first boundary
        head, _, body = part.partition(b"\r\n\r\n")
        assert head == b"\r\ncontent-type: application/json"
        return json.loads(body)

    async def rest(self):
        found = [await self.next()]
        while found[-1]["hasNext"]:
            found.append(await self.next())
        assert self.buffer + await self.response.content.read() == b"--\r\n"
        return found


@asynccontextmanager
async def asked(gateway, query, variables=None, accept=ACCEPT, **headers):
    async with gateway.session.post(
        gateway.url + "/graphql",
        json={"query": query, "variables": variables},
        headers={"accept": accept, **headers},
    ) as response:
        assert response.status == 200
        yield response


async def all_parts(gateway, query, variables=None, **headers):
    async with asked(gateway, query, variables, **headers) as response:
        assert response.headers["content-type"] == 'multipart/mixed; boundary="-"; deferSpec=20220824'
        return await Parts(response).rest()


def merged(parts):
    """What the client holds in the end."""
    data = parts[0]["data"]
    for part in parts[1:]:
        for each in part.get("incremental", ()):
            target = data
            for step in each["path"]:
                target = target[step]
            merge(target, each["data"])
    return data


def merge(target, more):
    for key, value in more.items():
        if isinstance(value, dict) and isinstance(target.get(key), dict):
            merge(target[key], value)
        elif isinstance(value, list) and isinstance(target.get(key), list) and value:
            for ours, theirs in zip(target[key], value, strict=True):
                if isinstance(ours, dict):
                    merge(ours, theirs)
        else:
            target[key] = value


async def test_the_first_part_arrives_before_a_slow_subgraph_has_answered(open_gateway, subgraphs):
    rank = Gate(7)
    gateway = await open_gateway(subgraphs(rank=rank), over_http=True)
    async with asked(gateway, '{ me { name ... @defer(label: "slow") { rank } } }') as response:
        parts = Parts(response)
        assert await parts.next() == {"data": {"me": {"name": "user 1"}}, "hasNext": True}
        assert not rank.opened.is_set()
        rank.opened.set()
        assert await parts.rest() == [
            {"incremental": [{"label": "slow", "path": ["me"], "data": {"rank": 7}}], "hasNext": False}
        ]


async def test_each_object_of_a_list_has_its_own_increment(open_gateway, subgraphs):
    gateway = await open_gateway(subgraphs())
    parts = await all_parts(gateway, "{ users { id ... @defer { rank } } }")
    assert parts[0]["data"] == {"users": [{"id": "1"}, {"id": "2"}]}
    assert parts[1]["incremental"] == [
        {"path": ["users", 0], "data": {"rank": 7}},
        {"path": ["users", 1], "data": {"rank": 7}},
    ]


async def test_parts_arrive_as_each_is_ready_whatever_their_order(open_gateway, subgraphs):
    rank, news = Gate(7), Gate("today")
    gateway = await open_gateway(subgraphs(rank=rank, news=news))
    query = '{ me { id ... @defer(label: "rank") { rank } } ... @defer(label: "news") { news } }'
    async with asked(gateway, query) as response:
        parts = Parts(response)
        await parts.next()
        news.opened.set()
        second = await parts.next()
        assert second == {
            "incremental": [{"label": "news", "path": [], "data": {"news": "today"}}],
            "hasNext": True,
        }
        rank.opened.set()
        assert [each["incremental"][0]["label"] for each in await parts.rest()] == ["rank"]


async def test_a_part_within_a_part_comes_after_it(open_gateway, subgraphs):
    likes = Gate(3)
    gateway = await open_gateway(subgraphs(likes=likes))
    query = (
        '{ me { id ... @defer(label: "posts") { posts { title ... @defer(label: "likes") { likes } } } } }'
    )
    async with asked(gateway, query) as response:
        parts = Parts(response)
        await parts.next()
        second = await parts.next()
        assert second["incremental"] == [
            {"label": "posts", "path": ["me"], "data": {"posts": [{"title": "first"}]}}
        ]
        likes.opened.set()
        assert await parts.rest() == [
            {
                "incremental": [{"label": "likes", "path": ["me", "posts", 0], "data": {"likes": 3}}],
                "hasNext": False,
            }
        ]


QUERIES = [
    "{ me { name ... @defer { rank score posts { title likes } } } }",
    "{ users { ... @defer { name } ... @defer { rank } ... @defer { score } } }",
    "{ me { posts { pid } ... @defer { posts { title likes } } } }",
    "{ ... @defer { me { ... @defer { score } id } news } users { id } }",
    ('query Q { users { ...F @defer } } fragment F on User { posts { ...G @defer(label: "g") } rank } '
    "fragment G on Post { likes }"),
    'mutation { rename(name: "new") { name ... @defer { rank posts { likes } } } }',
    ("query Q($yes: Boolean! = true, $no: Boolean! = false) { me { id ... @defer(if: $yes) { rank } "
    "... @defer(if: $no) { score } ... @include(if: $no) @defer { posts { title } } } }"),
    '{ me { id ... @defer { __typename who: name } } ... @defer { __typename __type(name: "User") { name } } }',
    "{ nobody { ... @defer { rank } } users { id } }",
]  # fmt: skip


@pytest.mark.parametrize("query", QUERIES)
async def test_all_parts_together_are_the_answer_in_one_piece(open_gateway, subgraphs, query):
    gateway = await open_gateway(subgraphs())
    whole = await gateway.ask(query)
    assert "errors" not in whole.body
    async with asked(gateway, query) as response:
        if response.headers["content-type"].startswith("multipart"):
            parts = await Parts(response).rest()
        else:
            parts = [await response.json()]
    assert merged(parts) == whole.data


async def test_without_the_header_defer_changes_nothing(open_gateway, subgraphs):
    gateway = await open_gateway(subgraphs())
    answer = await gateway.ask("{ me { name ... @defer { rank } } }")
    assert answer.body == {"data": {"me": {"name": "user 1", "rank": 7}}}


async def test_with_the_header_and_nothing_deferred_the_answer_is_one_piece(open_gateway, subgraphs):
    gateway = await open_gateway(subgraphs())
    for query in ("{ me { name } }", "{ me { name ... @defer(if: false) { id } } }"):
        async with asked(gateway, query) as response:
            assert response.headers["content-type"].startswith("application/json")
    async with asked(gateway, "{ me { name } }", accept="multipart/mixed;deferSpec=20220824") as response:
        assert await Parts(response).rest() == [{"data": {"me": {"name": "user 1"}}, "hasNext": False}]


@pytest.mark.parametrize(("on", "count"), [(True, 2), (False, 0)])
async def test_a_variable_switches_a_deferral(open_gateway, subgraphs, on, count):
    gateway = await open_gateway(subgraphs())
    query = "query ($on: Boolean!) { me { name ... @defer(if: $on) { rank } } }"
    async with asked(gateway, query, {"on": on}) as response:
        if count:
            assert len(await Parts(response).rest()) == count
        else:
            assert await response.json() == {"data": {"me": {"name": "user 1", "rank": 7}}}


async def test_a_null_rises_no_further_than_its_part(open_gateway, subgraphs):
    gateway = await open_gateway(subgraphs(rank=Gate(RuntimeError("no rank today"))))
    gateway.subgraphs["posts"].resolvers["User.rank"].opened.set()
    parts = await all_parts(gateway, '{ me { name ... @defer(label: "r") { rank } } }')
    assert parts[0] == {"data": {"me": {"name": "user 1"}}, "hasNext": True}
    [part] = parts[1]["incremental"]
    assert (part["label"], part["path"], part["data"]) == ("r", ["me"], None)
    assert [(each["message"], each["path"]) for each in part["errors"]] == [("no rank today", ["me", "rank"])]


async def test_an_error_is_told_with_the_part_that_misses_its_value(open_gateway, subgraphs):
    def score(user, *_):
        raise RuntimeError("no score")

    given = subgraphs()
    given["likes"].schema.type_map["User"].fields["score"].resolve = score
    gateway = await open_gateway(given)
    query = '{ users { id ... @defer(label: "a") { rank } ... @defer(label: "b") { score } } }'
    parts = await all_parts(gateway, query)
    told = {
        (each["label"], *each["path"]): [error["path"] for error in each.get("errors", ())]
        for part in parts[1:]
        for each in part["incremental"]
    }
    assert "errors" not in parts[0]
    assert told == {
        ("a", "users", 0): [],
        ("a", "users", 1): [],
        ("b", "users", 0): [["users", 0, "score"]],
        ("b", "users", 1): [["users", 1, "score"]],
    }


async def test_an_object_that_is_not_there_has_no_increment(open_gateway, subgraphs):
    gateway = await open_gateway(subgraphs())
    assert await all_parts(gateway, "{ nobody { name ... @defer { rank } } }") == [
        {"data": {"nobody": None}, "hasNext": False}
    ]


async def test_a_client_that_leaves_frees_the_subgraphs(open_gateway, subgraphs):
    rank = Gate(7)
    gateway = await open_gateway(subgraphs(rank=rank))
    async with asked(gateway, "{ me { name ... @defer { rank } } }") as response:
        await Parts(response).next()
        response.close()
    async with asyncio.timeout(3):
        while not rank.left:  # noqa: ASYNC110 - what is waited for is what the test asserts
            await asyncio.sleep(0.005)


@pytest.mark.parametrize(
    "query",
    [
        'mutation { ... @defer { rename(name: "x") { id } } }',
        '{ me { ... @defer(label: "a") { id } ... @defer(label: "a") { name } } }',
        "query ($x: String) { me { ... @defer(label: $x) { id } } }",
    ],
)  # fmt: skip
async def test_what_the_specification_forbids_of_defer_is_refused(open_gateway, subgraphs, query):
    gateway = await open_gateway(subgraphs())
    answer = await gateway.ask(query)
    assert answer.codes == ["GRAPHQL_VALIDATION_FAILED"]


async def test_clients_see_that_defer_is_there(open_gateway, subgraphs):
    gateway = await open_gateway(subgraphs())
    answer = await gateway.ask("{ __schema { directives { name locations args { name } } } }", scopes="")
    [defer] = [each for each in answer.data["__schema"]["directives"] if each["name"] == "defer"]
    assert defer["locations"] == ["FRAGMENT_SPREAD", "INLINE_FRAGMENT"]
    assert {each["name"] for each in defer["args"]} == {"if", "label"}
