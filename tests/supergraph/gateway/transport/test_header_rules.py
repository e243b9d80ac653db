"""Which headers subgraphs see, and which of theirs clients do: by rule, and through a whole gateway."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from pydantic import ValidationError

from supergraph.gateway import GatewaySettings, GatewayStartError
from supergraph.gateway.hooks import HeaderLines
from supergraph.gateway.settings import SubgraphSettings
from supergraph.gateway.transport.header_rules import InvalidHeaderRuleError, SentHeaders, passable
from supergraph.spec import PRINCIPAL_HEADER, SubgraphName

Open = Callable[..., Awaitable[Any]]

SHOP = "type Query { shop: String } type Mutation { buy: String } type Subscription { sales: String }"
LOYALTY = "type Query { points: Int }"


def lines(*headers: tuple[str, str]) -> HeaderLines:
    return tuple((name.encode(), value.encode()) for name, value in headers)


def sent(rules: Any, *client: tuple[str, str], subgraph: str = "shop") -> dict[str, list[str]]:
    settings = GatewaySettings(headers=rules if isinstance(rules, dict) else {"*": rules})
    found: dict[str, list[str]] = {}
    for name, value in SentHeaders(settings.headers).lines(SubgraphName(subgraph), passable(lines(*client))):
        found.setdefault(name.decode(), []).append(value.decode())
    return found


# ---- rules


def test_a_header_is_passed_on_by_its_name_with_all_its_values() -> None:
    client = (("x-a", "1"), ("x-b", "2"), ("x-a", "3"))
    assert sent([{"propagate": {"named": "X-A"}}], *client) == {"x-a": ["1", "3"]}


def test_a_header_may_have_another_name_and_a_default() -> None:
    rules = [{"propagate": {"named": "x-a", "rename": "x-z", "default": "none"}}]
    assert sent(rules, ("x-a", "1")) == {"x-z": ["1"]}
    assert sent(rules) == {"x-z": ["none"]}


def test_a_pattern_means_the_whole_name() -> None:
    client = (("x-a", "1"), ("x-ab", "2"), ("ax-a", "3"))
    assert sent([{"propagate": {"matching": "X-."}}], *client) == {"x-a": ["1"]}


@pytest.mark.parametrize(
    "name",
    [
        "authorization",
        "cookie",
        "connection",
        "keep-alive",
        "te",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
        "content-type",
        "accept-encoding",
        "traceparent",
        "user-agent",
        PRINCIPAL_HEADER,
        PRINCIPAL_HEADER.replace("-", "_"),  # the same one to a subgraph behind CGI or WSGI
        "transfer_encoding",
        "x_api_key",
        "x" * 129,
    ],
)
def test_a_pattern_never_catches(name: str) -> None:
    assert sent([{"propagate": {"matching": ".*"}}], (name, "1"), ("x-a", "1")) == {"x-a": ["1"]}


def test_what_the_client_calls_a_matter_of_its_connection_stays_there() -> None:
    client = (("connection", "close, X-Hop"), ("x-hop", "1"), ("x-a", "1"))
    assert sent([{"propagate": {"matching": ".*"}}, {"propagate": {"named": "x-hop"}}], *client) == {
        "x-a": ["1"]
    }


def test_secrets_are_passed_on_where_they_are_named() -> None:
    rules = [{"propagate": {"named": "authorization"}}]
    assert sent(rules, ("authorization", "Bearer x")) == {"authorization": ["Bearer x"]}


def test_the_gateways_own_headers_may_be_passed_on_by_another_name() -> None:
    assert sent(
        [{"propagate": {"named": "host", "rename": "x-forwarded-host"}}], ("host", "shop.example")
    ) == {"x-forwarded-host": ["shop.example"]}


def test_rules_hold_in_their_order_those_for_all_first() -> None:
    rules = {
        "*": [{"propagate": {"matching": "x-.*"}}, {"remove": {"named": "x-b"}}],
        "shop": [{"insert": {"name": "x-a", "value": "ours"}}, {"remove": {"matching": "x-c.*"}}],
    }
    client = (("x-a", "1"), ("x-b", "2"), ("x-cd", "3"), ("x-d", "4"))
    assert sent(rules, *client) == {"x-a": ["ours"], "x-d": ["4"]}
    assert sent(rules, *client, subgraph="other") == {"x-a": ["1"], "x-cd": ["3"], "x-d": ["4"]}
    assert sent({"shop": rules["shop"]}, *client, subgraph="other") == {}


def test_a_secret_may_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    rules = [{"insert": {"name": "x-key", "value": {"env": "SHOP_KEY"}}}]
    monkeypatch.setenv("SHOP_KEY", "s3cret")
    assert sent(rules) == {"x-key": ["s3cret"]}
    monkeypatch.setenv("SHOP_KEY", "two\nlines")
    with pytest.raises(InvalidHeaderRuleError, match="x-key is not printable ASCII"):
        sent(rules)
    monkeypatch.delenv("SHOP_KEY")
    with pytest.raises(InvalidHeaderRuleError, match="SHOP_KEY is not set"):
        sent(rules)


def test_a_value_that_two_sides_may_read_in_two_ways_is_not_passed_on() -> None:
    assert sent([{"propagate": {"matching": ".*"}}], ("x-a", "naïve"), ("x-b", "plain")) == {"x-b": ["plain"]}


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ({"propagate": {"named": "content-length"}}, "between the client and the gateway"),
        ({"propagate": {"named": PRINCIPAL_HEADER}}, "between the client and the gateway"),
        ({"propagate": {"named": "host"}}, "the gateway's own"),
        ({"propagate": {"named": "x-a", "rename": PRINCIPAL_HEADER}}, "the gateway's own"),
        ({"insert": {"name": "host", "value": "a"}}, "the gateway's own"),
        ({"insert": {"name": "x-a", "value": "a\r\nx-b: c"}}, "printable ASCII, on one line"),
        ({"insert": {"name": "x a", "value": "a"}}, "not a header's name"),
        ({"propagate": {"matching": "("}}, "not a regular expression"),
        ({"propagate": {"matching": "(a+)+b"}}, "repeats a group"),
        ({"propagate": {"matching": r"[)(](a|aa){2,}"}}, "repeats a group"),
        ({"remove": {"matching": "(?:x-.)*"}}, "repeats a group"),
        ({"propagate": {"named": PRINCIPAL_HEADER.replace("-", "_")}}, "between the client and the gateway"),
        ({"propagate": {"named": "a", "matching": "b"}}, "either `named` or `matching`"),
        ({"propagate": {"matching": "b", "rename": "c"}}, "go with `named`"),
        ({"remove": {}}, "either `named` or `matching`"),
        ({}, "a rule is one of"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_refused(rule: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        GatewaySettings(headers={"*": [rule]})


def test_a_pattern_may_have_groups_that_are_not_repeated() -> None:
    for pattern in (r"x-(a|b)", r"(x-)?a[)*]*", r"x-\)?a\)*", r"x-[\])*]*a"):
        assert sent([{"propagate": {"matching": pattern}}], ("x-a", "1")) == {"x-a": ["1"]}


# ---- a whole gateway

PASS_ON = {"*": [{"propagate": {"named": "x-a"}}]}


@pytest.mark.parametrize("over_http", [True, False], ids=["http", "in-process"])
async def test_each_subgraph_is_sent_what_its_rules_say(
    open_gateway: Open, heard: type[Any], over_http: bool
) -> None:
    shop, loyalty = (
        heard(SHOP, {"Query.shop": lambda *_: "s"}),
        heard(LOYALTY, {"Query.points": lambda *_: 1}),
    )
    rules = {**PASS_ON, "loyalty": [{"insert": {"name": "x-b", "value": "b"}}]}
    gateway = await open_gateway(
        {"shop": shop, "loyalty": loyalty}, settings=GatewaySettings(headers=rules), over_http=over_http
    )
    answer = await gateway.ask(
        "{ shop points }", headers={"X-A": "1", "x-c": "no", PRINCIPAL_HEADER: "forged"}
    )
    assert answer.data == {"shop": "s", "points": 1}
    assert (shop.heard[0].get("x-a"), shop.heard[0].get("x-b")) == ("1", None)
    assert (loyalty.heard[0].get("x-a"), loyalty.heard[0].get("x-b")) == ("1", "b")
    for each in (shop, loyalty):
        assert "x-c" not in each.heard[0]
        assert each.heard[0].get(PRINCIPAL_HEADER) != "forged"


async def test_without_rules_nothing_of_the_client_goes_on(open_gateway: Open, heard: type[Any]) -> None:
    shop = heard(SHOP, {"Query.shop": lambda *_: "s"})
    gateway = await open_gateway({"shop": shop}, over_http=True)
    await gateway.ask(
        "{ shop }", headers={"x-a": "1", "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}, scopes=""
    )
    assert set(shop.heard[0]) == {
        "host", "content-type", "accept", "accept-encoding", "user-agent", "content-length", PRINCIPAL_HEADER
    }  # fmt: skip


@pytest.mark.parametrize("over_http", [True, False], ids=["http", "in-process"])
async def test_requests_that_differ_in_a_header_do_not_share_an_answer(
    open_gateway: Open, heard: type[Any], over_http: bool
) -> None:
    """E5: what is shared is keyed by all that the answer may depend on."""
    held = asyncio.Event()

    async def slow(*_: Any) -> str:
        await held.wait()
        return "s"

    shop = heard(SHOP, {"Query.shop": slow})
    gateway = await open_gateway(
        {"shop": shop}, settings=GatewaySettings(headers=PASS_ON), over_http=over_http
    )
    values = ["1", "1", "2", None]
    asking = [
        asyncio.create_task(gateway.ask("{ shop }", headers={} if value is None else {"x-a": value}))
        for value in values
    ]
    async with asyncio.timeout(3):
        while len(shop.heard) < 3:  # noqa: ASYNC110 - what is waited for is what the test asserts
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    held.set()
    assert [(await each).data for each in asking] == [{"shop": "s"}] * 4
    assert sorted(str(each.get("x-a")) for each in shop.heard) == ["1", "2", "None"]


@pytest.mark.parametrize("subscriptions", ["sse", "websocket"])
async def test_subscriptions_are_opened_with_the_headers(
    open_gateway: Open, heard: type[Any], channel: Any, subscriptions: str
) -> None:
    shop = heard(SHOP, {"Subscription.sales": channel.listen})
    settings = GatewaySettings(
        headers=PASS_ON, subgraphs={"*": SubgraphSettings(subscriptions=subscriptions)}
    )
    gateway = await open_gateway({"shop": shop}, settings=settings, over_http=True)
    headers = {"accept": "text/event-stream", "x-a": "1"}
    async with gateway.session.post(
        gateway.url + "/graphql", json={"query": "subscription { sales }"}, headers=headers
    ) as response:
        await channel.publish("sold", None)
        assert b'"sales":"sold"' in await response.read()
    assert shop.heard[0]["x-a"] == "1"
    if subscriptions == "websocket":  # said twice, since some servers see only the payload
        assert shop.inits[0]["x-a"] == "1"


RETURN = {"shop": [{"named": "x-shop", "rename": "x-from-shop"}, {"named": "set-cookie"}]}


@pytest.mark.parametrize("over_http", [True, False], ids=["http", "in-process"])
async def test_headers_of_answers_come_back_where_a_rule_names_them(
    open_gateway: Open, heard: type[Any], over_http: bool
) -> None:
    resolvers = {"Query.shop": lambda *_: "s", "Mutation.buy": lambda *_: "b"}
    shop = heard(SHOP, resolvers)
    shop.back = [(b"X-Shop", b"open"), (b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-other", b"no")]
    gateway = await open_gateway(
        {"shop": shop}, settings=GatewaySettings(response_headers=RETURN), over_http=over_http
    )
    answer = await gateway.ask("{ shop }")
    assert answer.headers["x-from-shop"] == "open"
    assert not {"x-shop", "x-other"} & set(answer.headers)
    # An answer to a query may be shared by several clients; a mutation's is its own.
    assert "set-cookie" not in answer.headers
    answer = await gateway.ask("mutation { buy }")
    assert answer.headers.getall("set-cookie") == ["a=1", "b=2"]


@pytest.mark.parametrize(
    ("of_several", "expected"), [("first", ["1"]), ("last", ["2"]), ("append", ["1", "2"])]
)
async def test_of_several_answers_the_rule_says_which(
    open_gateway: Open, heard: type[Any], of_several: str, expected: list[str]
) -> None:
    held = asyncio.Event()

    async def slow(*_: Any) -> int:
        await held.wait()
        return 1

    def quick(*_: Any) -> str:
        asyncio.get_running_loop().call_later(0.05, held.set)
        return "s"

    shop, loyalty = heard(SHOP, {"Query.shop": quick}), heard(LOYALTY, {"Query.points": slow})
    shop.back, loyalty.back = [(b"x-a", b"1")], [(b"x-a", b"2")]
    rules = {"*": [{"named": "x-a", "of_several": of_several}]}
    gateway = await open_gateway(
        {"shop": shop, "loyalty": loyalty}, settings=GatewaySettings(response_headers=rules)
    )
    answer = await gateway.ask("{ shop points }")
    assert answer.headers.getall("x-a") == expected


async def test_a_rule_that_cannot_be_kept_stops_the_start(
    open_gateway: Open, heard: type[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOWHERE", raising=False)
    settings = GatewaySettings(headers={"*": [{"insert": {"name": "x-a", "value": {"env": "NOWHERE"}}}]})
    with pytest.raises(
        GatewayStartError, match="headers: the value of x-a: the environment variable NOWHERE"
    ):
        await open_gateway({"shop": heard(SHOP)}, settings=settings)


@pytest.mark.parametrize(
    "rules",
    [
        {"headers": {"shpo": [{"remove": {"named": "x-a"}}]}},
        {"response_headers": {"shpo": [{"named": "x-a"}]}},
    ],
)
async def test_rules_for_a_subgraph_that_is_not_there_stop_the_start(
    open_gateway: Open, heard: type[Any], rules: Any
) -> None:
    with pytest.raises(GatewayStartError, match="headers of shpo: no subgraph is called so"):
        await open_gateway({"shop": heard(SHOP)}, settings=GatewaySettings(**rules))
