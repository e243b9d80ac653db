"""`@policy`: who is asked, for what, how often, and that whatever goes wrong denies. VERIFICATION.md B2, B6, B8."""

import asyncio

import pytest
from structlog.testing import capture_logs

from supergraph.gateway import GatewaySettings, GatewayStartError
from supergraph.spec import Principal

SDL = """
type Query {
  open: String
  document(id: ID!, kind: Kind = DRAFT, filter: Filter): String @policy(policies: [["reader"]])
  either: String @policy(policies: [["a", "b"], ["c"]])
  both: String @policy(policies: [["a"]]) @requiresScopes(scopes: [["s"]])
  account(id: ID): Account
  things: [Thing]
  nodes: [Node]
}
enum Kind { DRAFT FINAL }
input Filter { words: [String!] most: Int = 5 }
type Account @policy(policies: [["member"]]) { id: ID name: String owner: Account }
union Thing = Account | Free
type Free { id: ID }
interface Node { id: ID label: String }
type Labelled implements Node { id: ID label: String @policy(policies: [["reader"]]) }
type Plain implements Node { id: ID label: String }
"""
ACCOUNT = {"__typename": "Account", "id": "1", "name": "n", "owner": {"id": "2"}}
RESOLVERS = {
    "Query.open": lambda *_: "o",
    "Query.document": lambda *_, **arguments: arguments["id"],
    "Query.either": lambda *_: "e",
    "Query.both": lambda *_: "b",
    "Query.account": lambda *_, **__: ACCOUNT,
    "Query.things": lambda *_: [ACCOUNT, {"__typename": "Free", "id": "3"}],
    "Query.nodes": lambda *_: [{"__typename": "Labelled", "id": "1", "label": "l"}],
}


class Board:
    """A policy function that keeps what it was asked. `answer` is called for each question."""

    def __init__(self, answer=lambda question: True):
        self.answer = answer
        self.calls = []

    def __call__(self, principal, questions):
        self.calls.append((principal, questions))
        return [self.answer(each) for each in questions]

    @property
    def asked(self):
        return [
            (each.policy, each.guarded, each.selected, each.arguments)
            for _, questions in self.calls
            for each in questions
        ]


NAMES = ("reader", "a", "b", "c", "member")


@pytest.fixture
def opened(open_gateway, graphql_subgraph):
    async def open_(policy, sdl=SDL, resolvers=RESOLVERS, **settings):
        policies = policy if isinstance(policy, dict) else dict.fromkeys(NAMES, policy)
        return await open_gateway(
            {"a": graphql_subgraph(sdl, resolvers)},
            policies=policies,
            settings=GatewaySettings.model_validate({"authorization": settings}),
        )

    return open_


# ---- what is asked


async def test_a_policy_is_asked_with_coerced_arguments_and_the_principal(opened):
    board = Board()
    gateway = await opened(board)
    query = 'query($id: ID!, $most: Int) { document(id: $id, filter: {words: "w", most: $most}) }'
    answer = await gateway.ask(query, {"id": 7}, scopes="s")
    assert answer.body == {"data": {"document": "7"}}
    ((principal, questions),) = board.calls
    assert principal == Principal("u1", "t1", frozenset({"s"}))
    assert [each.arguments for each in questions] == [
        {"id": "7", "kind": "DRAFT", "filter": {"words": ["w"], "most": 5}}
    ]
    assert (questions[0].guarded, questions[0].selected) == ("Query.document", "Query.document")


async def test_all_of_an_operation_is_asked_at_once(opened):
    board = Board()
    gateway = await opened(board)
    await gateway.ask(
        '{ document(id: "1") again: document(id: "1") other: document(id: "2") either }', scopes=""
    )
    assert len(board.calls) == 1
    assert [(policy, arguments.get("id")) for policy, _, _, arguments in board.asked] == [
        ("reader", "1"),
        ("reader", "2"),
        ("a", None),
        ("b", None),
        ("c", None),
    ]


async def test_functions_of_their_own_are_asked_once_each(opened):
    first, second = Board(), Board()
    gateway = await opened({**dict.fromkeys(NAMES, first), "c": second})
    await gateway.ask("{ either both }", scopes="s")
    assert [[each.policy for each in questions] for _, questions in first.calls] == [["a", "b", "a"]]
    assert [[each.policy for each in questions] for _, questions in second.calls] == [["c"]]


async def test_one_field_with_two_arguments_gets_two_decisions(opened):
    gateway = await opened(Board(lambda question: question.arguments["id"] == "mine"))
    query = 'query($x: ID!) { a: document(id: $x) b: document(id: "mine") }'
    for given, found in (("theirs", None), ("mine", "mine"), ("theirs", None)):
        answer = await gateway.ask(query, {"x": given}, scopes="")
        assert answer.data == {"a": found, "b": "mine"}
        assert answer.paths == ([] if found else [["a"]])


async def test_a_policy_of_a_type_is_asked_by_the_field_that_leads_there(opened):
    board = Board(lambda question: question.selected != "Account.owner")
    gateway = await opened(board)
    answer = await gateway.ask('{ account(id: "5") { name owner { id } } }', scopes="")
    assert answer.data == {"account": {"name": "n", "owner": None}}
    assert board.asked == [
        ("member", "Account", "Query.account", {"id": "5"}),
        ("member", "Account", "Account.owner", {}),
    ]


async def test_a_policy_behind_a_fragment_denies_that_type_alone(opened):
    gateway = await opened(Board(lambda _: False))
    answer = await gateway.ask("{ things { ... on Account { id } ... on Free { free: id } } }", scopes="")
    assert answer.data == {"things": [{"id": None}, {"free": "3"}]}
    assert answer.paths == [["things", 0, "id"]]


async def test_a_policy_of_an_implementing_type_guards_the_interface(opened):
    board = Board(lambda _: False)
    gateway = await opened(board)
    answer = await gateway.ask("{ nodes { label } }", scopes="")
    assert answer.data == {"nodes": [{"label": None}]}
    assert board.asked == [("reader", "Labelled.label", "Node.label", {})]
    assert answer.errors[0]["extensions"]["coordinate"] == "Node.label"


@pytest.mark.parametrize(
    ("held", "passes"), [("", False), ("a", False), ("a b", True), ("c", True), ("b c", True)]
)
async def test_alternatives_of_policies(opened, held, passes):
    gateway = await opened(Board(lambda question: question.policy in held.split()))
    answer = await gateway.ask("{ open either }", scopes="")
    assert answer.data == {"open": "o", "either": "e" if passes else None}


async def test_a_policy_and_a_scope_are_both_wanted(opened):
    gateway = await opened(Board(lambda question: question.policy == "a"))
    assert (await gateway.ask("{ open both }", scopes="s")).data == {"open": "o", "both": "b"}
    assert (await gateway.ask("{ open both }", scopes="")).data == {"open": "o", "both": None}
    gateway = await opened(Board(lambda _: False))
    assert (await gateway.ask("{ open both }", scopes="s")).data == {"open": "o", "both": None}


async def test_nobody_is_asked_where_no_policy_is_met(opened):
    board = Board()
    gateway = await opened(board)
    await gateway.ask("{ open }", scopes="")
    assert board.calls == []


async def test_each_operation_asks_anew(opened):
    granted = [True]
    board = Board(lambda _: granted[0])
    gateway = await opened(board)
    query = '{ open document(id: "1") }'
    assert (await gateway.ask(query, scopes="")).data["document"] == "1"
    granted[0] = False
    assert (await gateway.ask(query, scopes="")).data["document"] is None
    granted[0] = True
    assert (await gateway.ask(query, scopes="")).data["document"] == "1"
    assert len(board.calls) == 3


# ---- what goes wrong


async def slow(*_):
    await asyncio.sleep(60)


async def cancelled(*_):
    raise asyncio.CancelledError


async def raising(*_):
    raise RuntimeError("no database")


async def yes(_, questions):
    return [True] * len(questions)


def fault(error):
    def decide(*_):
        raise error

    return decide


@pytest.mark.parametrize(
    "policy",
    [
        fault(ValueError("broken")),
        fault(SystemExit(1)),
        raising,
        cancelled,
        slow,
        lambda *_: None,
        lambda *_: [],
        lambda *_: [True, True],
        lambda *_: True,
        lambda *_: {0: True},
        lambda *_: [None],
        lambda *_: ["true"],
        lambda *_: [1],
    ],
)
async def test_whatever_goes_wrong_denies_and_is_logged(opened, policy):
    gateway = await opened(policy, policy_seconds=0.05)
    with capture_logs() as logs:
        answer = await gateway.ask('{ open document(id: "1") }', scopes="")
    assert answer.data == {"open": "o", "document": None}
    assert answer.codes == ["UNAUTHORIZED_FIELD_OR_TYPE"]
    assert any(each.get("policies") == ["reader"] for each in logs)
    assert (await gateway.ask("{ open }", scopes="")).data == {"open": "o"}


async def test_a_slow_policy_denies_nothing_but_its_own(opened):
    gateway = await opened({**dict.fromkeys(NAMES, yes), "reader": slow}, policy_seconds=0.05)
    answer = await gateway.ask('{ either document(id: "1") }', scopes="")
    assert answer.data == {"either": "e", "document": None}


async def test_an_argument_that_cannot_be_coerced_is_denied_or_refused(opened):
    board = Board()
    gateway = await opened(board)
    query = 'query($id: ID = "1") { open document(id: $id) }'
    answer = await gateway.ask(query, {"id": None}, scopes="")
    assert answer.data is None or answer.data["document"] is None
    assert board.calls == []


# ---- who may be missing


async def test_a_policy_without_a_function_keeps_the_gateway_from_starting(opened):
    with pytest.raises(GatewayStartError) as caught:
        await opened({"reader": yes, "a": yes, "b": yes})
    message = str(caught.value)
    assert '"c" (at Query.either)' in message
    assert '"member" (at Account)' in message
    assert "reader" not in message
    assert "\n" not in message


async def test_or_denies_it_where_that_is_set(opened):
    gateway = await opened({"a": yes, "b": yes}, unknown_policies="deny")
    answer = await gateway.ask('{ either document(id: "1") }', scopes="")
    assert answer.data == {"either": "e", "document": None}


POLICY_MODULE = """
async def decide(principal, questions):
    return [each.arguments.get("id") == "1" for each in questions]
number = 7
"""


async def test_policies_come_from_the_settings_by_import_strings(opened, tmp_path, monkeypatch):
    (tmp_path / "company_policies.py").write_text(POLICY_MODULE)
    monkeypatch.syspath_prepend(str(tmp_path))
    named = dict.fromkeys(NAMES, "company_policies:decide")
    gateway = await opened({}, policies=named)
    answer = await gateway.ask('{ document(id: "1") other: document(id: "2") }', scopes="")
    assert answer.data == {"document": "1", "other": None}
    for place, said in (
        ("company_policies", "package.module:name"),
        ("company_policies:absent", "absent"),
        ("no_such_module:decide", "no_such_module"),
        ("company_policies:number", "not a function"),
    ):
        with pytest.raises(GatewayStartError, match=f"reader.*{said}"):
            await opened({}, policies={**named, "reader": place})


# ---- subscriptions

TICKS = """
type Query { x: Int }
type Subscription { ticks(room: ID): Tick }
type Tick { n: Int secret: Int @policy(policies: [["a"]]) }
"""


async def test_policies_are_asked_at_each_event_and_a_change_ends_the_stream(opened, channel):
    board = Board()
    resolvers = {"Subscription.ticks": channel.listen}
    gateway = await opened({"a": board}, TICKS, resolvers)
    query = "subscription { ticks(room: 3) { n secret } }"
    async with gateway.session.post(
        gateway.url + "/graphql",
        json={"query": query},
        headers={"accept": "text/event-stream", "authorization": f"Bearer {gateway.token()}"},
    ) as response:
        await channel.publish({"n": 1, "secret": 10})
        seen = await until(response, b'"secret":10')
        board.answer = lambda _: False
        await channel.publish({"n": 2, "secret": 20})
        seen += await response.content.read()
    assert b"20" not in seen
    assert b"does not hold any more" in seen
    assert seen.rstrip().endswith(b"event: complete\ndata:")
    await channel.until(0)
    # At its beginning, and at each of the two events.
    assert len(board.calls) == 3


async def test_a_policy_that_comes_to_hold_changes_nothing_of_a_stream_under_way(opened, channel):
    board = Board(lambda _: False)
    gateway = await opened({"a": board}, TICKS, {"Subscription.ticks": channel.listen})
    async with gateway.session.post(
        gateway.url + "/graphql",
        json={"query": "subscription { ticks { n secret } }"},
        headers={"accept": "text/event-stream", "authorization": f"Bearer {gateway.token()}"},
    ) as response:
        await channel.publish({"n": 1, "secret": 10})
        await until(response, b'"n":1')
        board.answer = lambda _: True
        await channel.publish({"n": 2, "secret": 20}, None)
        seen = await response.content.read()
    assert b'"n":2' in seen
    assert b'"secret":null' in seen


async def test_a_rehearsal_ends_no_stream(opened, channel):
    board = Board()
    gateway = await opened({"a": board}, TICKS, {"Subscription.ticks": channel.listen}, mode="dry_run")
    async with gateway.session.post(
        gateway.url + "/graphql",
        json={"query": "subscription { ticks { n secret } }"},
        headers={"accept": "text/event-stream", "authorization": f"Bearer {gateway.token()}"},
    ) as response:
        await channel.publish({"n": 1, "secret": 10})
        await until(response, b'"n":1')
        board.answer = lambda _: False
        await channel.publish({"n": 2, "secret": 20}, None)
        assert b'"secret":20' in await response.content.read()


async def until(response, words):
    seen = b""
    async with asyncio.timeout(3):
        while words not in seen:
            seen += await response.content.readany()
    return seen
