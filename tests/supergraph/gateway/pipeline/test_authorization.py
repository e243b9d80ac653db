"""What callers may see: rules on every kind of element, what becomes of what they may not, and who is not asked."""

import asyncio
import itertools
from uuid import UUID

import pytest
from graphql import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import GatewayStartError
from supergraph.gateway.access_rules import InvalidAccessRuleError, read_access_rules
from supergraph.gateway.pipeline.authorization import authorize, decide_by, relevant_access
from supergraph.planner import normalize
from supergraph.spec import Principal, client_schema, read_supergraph

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key" "@requires" "@external" "@authenticated" "@requiresScopes" "@policy"]
)
"""
SDL = """
type Query {
  open: String
  field: String @requiresScopes(scopes: [["s"]])
  needed: String! @requiresScopes(scopes: [["s"]])
  signedIn: String @authenticated
  policed: String @policy(policies: [["p"]])
  either: String @requiresScopes(scopes: [["a", "b"], ["c"]])
  both: String @authenticated @requiresScopes(scopes: [["s"]])
  guarded: Guarded
  guardedList: [Guarded!]
  money: Money
  color: Color
  thing: Thing
  things: [Thing!]!
  nothing: Thing
  none: [Thing]
  strict: Strict
  stricts: [Strict]
  results: [Result]
  nodes: [Node]
  typed: [Typed]
}
type Mutation { harmless: Int award: Int @requiresScopes(scopes: [["s"]]) }
type Guarded @requiresScopes(scopes: [["s"]]) { id: ID! name: String }
scalar Money @requiresScopes(scopes: [["s"]])
enum Color @requiresScopes(scopes: [["s"]]) { RED }
type Thing { id: ID! secret: String @requiresScopes(scopes: [["s"]]) items: [Thing!] }
type Strict { id: ID! secret: String! @requiresScopes(scopes: [["s"]]) }
type Plain { id: ID! }
union Result = Guarded | Plain
interface Node { id: ID! label: String }
type Free implements Node { id: ID! label: String }
type Labelled implements Node { id: ID! label: String @requiresScopes(scopes: [["s"]]) }
interface Typed { id: ID! }
type Loose implements Typed { id: ID! }
type Locked implements Typed @requiresScopes(scopes: [["s"]]) { id: ID! }
"""
THING = {"id": "1", "secret": "x", "items": [{"id": "2", "secret": "y"}]}
DATA = {
    "open": "open",
    "field": "f",
    "needed": "n",
    "signedIn": "i",
    "policed": "p",
    "either": "e",
    "both": "b",
    "guarded": {"id": "1", "name": "g"},
    "guardedList": [{"id": "1", "name": "g"}],
    "money": 1,
    "color": "RED",
    "thing": THING,
    "things": [THING, THING],
    "nothing": None,
    "none": [],
    "strict": {"id": "1", "secret": "x"},
    "stricts": [{"id": "1", "secret": "x"}, {"id": "2", "secret": "y"}],
    "results": [{"__typename": "Guarded", "id": "1", "name": "g"}, {"__typename": "Plain", "id": "2"}],
    "nodes": [
        {"__typename": "Free", "id": "1", "label": "l"},
        {"__typename": "Labelled", "id": "2", "label": "m"},
    ],
    "typed": [{"__typename": "Loose", "id": "1"}, {"__typename": "Locked", "id": "2"}],
}


@pytest.fixture
async def gateway(open_gateway, graphql_subgraph):
    resolvers = {f"Query.{name}": lambda *_, value=value: value for name, value in DATA.items()}
    resolvers |= {"Mutation.harmless": lambda *_: 1, "Mutation.award": lambda *_: 2}
    return await open_gateway({"a": graphql_subgraph(SDL, resolvers)}, policies={"p": denied_to_all})


def denied_to_all(_, questions):
    return [False] * len(questions)


def told(answer):
    """The errors without the ids of their denials, which are another one each time."""
    for error in answer.errors:
        assert UUID(error["extensions"].pop("denialId")).version == 4
    return answer.errors


def denial(*path, at):
    return {
        "message": "Unauthorized field or type",
        "path": list(path),
        "extensions": {"code": "UNAUTHORIZED_FIELD_OR_TYPE", "coordinate": at},
    }


# ---- who passes


@pytest.mark.parametrize(
    ("field", "scopes", "passes"),
    [
        ("field", None, False),
        ("field", "", False),
        ("field", "other", False),
        ("field", "s", True),
        ("field", "s other", True),
        ("signedIn", None, False),
        ("signedIn", "", True),
        ("policed", None, False),
        ("policed", "p s", False),
        ("either", "a", False),
        ("either", "b", False),
        ("either", "a b", True),
        ("either", "c", True),
        ("both", None, False),
        ("both", "", False),
        ("both", "s", True),
        ("money", "", False),
        ("money", "s", True),
        ("color", "", False),
        ("color", "s", True),
        ("guarded { id }", "", False),
        ("guarded { id }", "s", True),
    ],
)
async def test_a_rule_lets_through_whom_it_says(gateway, field, scopes, passes):
    name = field.split()[0]
    answer = await gateway.ask(f"{{ open {field} }}", scopes=scopes)
    assert answer.status == 200
    assert (answer.data[name] is not None) is passes
    assert answer.data["open"] == "open"
    assert told(answer) == ([] if passes else [denial(name, at=f"Query.{name}")])
    assert (name in gateway.asked["a"][0]) is passes


# ---- what becomes of what is denied

CASES = {
    "all that was asked": (
        "{ field guarded { id } }",
        None,
        [denial("field", at="Query.field"), denial("guarded", at="Query.guarded")],
    ),
    "an alias": ("{ open mine: field }", {"open": "open", "mine": None}, [denial("mine", at="Query.field")]),
    "a non-null root field": ("{ open needed }", None, [denial("needed", at="Query.needed")]),
    "a field of an object": (
        "{ thing { id s: secret } }",
        {"thing": {"id": "1", "s": None}},
        [denial("thing", "s", at="Thing.secret")],
    ),
    "all fields of an object": (
        "{ thing { secret } }",
        {"thing": {"secret": None}},
        [denial("thing", "secret", at="Thing.secret")],
    ),
    "a non-null field of an object": (
        "{ open strict { id secret } }",
        {"open": "open", "strict": None},
        [denial("strict", "secret", at="Strict.secret")],
    ),
    "a field below a list": (
        "{ things { id secret } }",
        {"things": [{"id": "1", "secret": None}] * 2},
        [denial("things", 0, "secret", at="Thing.secret"), denial("things", 1, "secret", at="Thing.secret")],
    ),
    "a field below two lists": (
        "{ things { items { secret } } }",
        {"things": [{"items": [{"secret": None}]}] * 2},
        [denial("things", index, "items", 0, "secret", at="Thing.secret") for index in (0, 1)],
    ),
    "a non-null field below a list": (
        "{ stricts { secret } }",
        {"stricts": [None, None]},
        [denial("stricts", index, "secret", at="Strict.secret") for index in (0, 1)],
    ),
    "a field of an object that is null": (
        "{ nothing { secret } }",
        {"nothing": None},
        [denial("nothing", at="Thing.secret")],
    ),
    "a field below an empty list": ("{ none { secret } }", {"none": []}, [denial("none", at="Thing.secret")]),
    "a type behind a list": (
        "{ open guardedList { id } }",
        {"open": "open", "guardedList": None},
        [denial("guardedList", at="Query.guardedList")],
    ),
    "a fragment on a denied type": (
        "{ results { __typename ... on Guarded { id } ... on Plain { id } } }",
        {"results": [None, {"__typename": "Plain", "id": "2"}]},
        [denial("results", 0, "id", at="Guarded.id")],
    ),
    "the only fragment": (
        "{ results { ... on Guarded { name } } }",
        {"results": [{"name": None}, {}]},
        [denial("results", 0, "name", at="Guarded.name")],
    ),
    "the typename of a union": (
        "{ results { __typename } }",
        {"results": [{"__typename": "Guarded"}, {"__typename": "Plain"}]},
        [],
    ),
    "the typename within a fragment on a denied type": (
        "{ results { ... on Guarded { __typename name } } }",
        {"results": [{"__typename": "Guarded", "name": None}, {}]},
        [denial("results", 0, "name", at="Guarded.name")],
    ),
    "a field of an interface that one type guards": (
        "{ nodes { id label } }",
        {"nodes": [{"id": "1", "label": None}, {"id": "2", "label": None}]},
        [denial("nodes", 0, "label", at="Node.label"), denial("nodes", 1, "label", at="Node.label")],
    ),
    "the same field by fragments": (
        "{ nodes { ... on Free { label } ... on Labelled { label } } }",
        {"nodes": [{"label": "l"}, {"label": None}]},
        [denial("nodes", 1, "label", at="Labelled.label")],
    ),
    "an interface with a guarded type": (
        "{ open typed { id } }",
        {"open": "open", "typed": None},
        [denial("typed", at="Query.typed")],
    ),
    "its typename": (
        "{ typed { __typename } }",
        {"typed": [{"__typename": "Loose"}, {"__typename": "Locked"}]},
        [],
    ),
    "its other types": (
        "{ typed { __typename ... on Loose { id } ... on Locked { n: id } } }",
        {"typed": [{"__typename": "Loose", "id": "1"}, None]},
        [denial("typed", 1, "n", at="Locked.id")],
    ),
    "named fragments within each other": (
        "{ ...A } fragment A on Query { thing { ...B } } fragment B on Thing { ... { secret } id }",
        {"thing": {"secret": None, "id": "1"}},
        [denial("thing", "secret", at="Thing.secret")],
    ),
    "the order of the client": (
        "{ field open }",
        {"field": None, "open": "open"},
        [denial("field", at="Query.field")],
    ),
    "introspection beside it": (
        "{ __typename field }",
        {"__typename": "Query", "field": None},
        [denial("field", at="Query.field")],
    ),
    "introspection of what is guarded": (
        '{ __type(name: "Guarded") { name } }',
        {"__type": {"name": "Guarded"}},
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
async def test_what_is_denied_becomes_null_with_an_error_at_its_place(gateway, name):
    query, data, errors = CASES[name]
    answer = await gateway.ask(query, scopes="")
    assert answer.status == 200
    assert answer.data == data
    if data is not None:
        assert list(answer.data) == list(data)
    assert told(answer) == errors
    allowed = await gateway.ask(query, scopes="s")
    assert allowed.errors == []


@pytest.mark.parametrize(
    "query", ["{ field }", "{ guarded { id } }", "{ needed signedIn }", "mutation { award }"]
)
async def test_a_subgraph_is_not_asked_for_what_is_denied(gateway, query):
    answer = await gateway.ask(query)
    assert answer.data is None
    assert gateway.asked == {}


async def test_a_denied_mutation_is_never_run_and_the_others_are(gateway):
    answer = await gateway.ask("mutation { award harmless }", scopes="")
    assert answer.data == {"award": None, "harmless": 1}
    assert told(answer) == [denial("award", at="Mutation.award")]
    assert "award" not in "".join(gateway.asked["a"])


@pytest.mark.parametrize(
    ("directive", "wanted", "data"),
    [
        ("@include", True, {"open": "open", "field": None}),
        ("@include", False, {"open": "open"}),
        ("@skip", False, {"open": "open", "field": None}),
        ("@skip", True, {"open": "open"}),
    ],
)
async def test_a_denial_counts_only_where_the_field_is_selected(gateway, directive, wanted, data):
    query = f"query($v: Boolean!) {{ open field {directive}(if: $v) }}"
    answer = await gateway.ask(query, {"v": wanted}, scopes="")
    assert answer.data == data
    assert len(answer.errors) == ("field" in data)


async def test_nothing_selected_and_nothing_denied_is_an_empty_object(gateway):
    answer = await gateway.ask("query($v: Boolean!) { field @include(if: $v) }", {"v": False}, scopes="")
    assert answer.body == {"data": {}}


async def test_variables_of_what_is_denied_go_nowhere(open_gateway, graphql_subgraph):
    sdl = 'type Query { a(x: Int): Int b(y: Int): Int @requiresScopes(scopes: [["s"]]) }'
    subgraph = graphql_subgraph(sdl, {"Query.a": lambda _, __, x: x, "Query.b": lambda _, __, y: y})
    gateway = await open_gateway({"a": subgraph})
    answer = await gateway.ask("query($x: Int, $y: Int) { a(x: $x) b(y: $y) }", {"x": 1, "y": 2}, scopes="")
    assert answer.data == {"a": 1, "b": None}
    assert "$y" not in gateway.asked["a"][0]


# ---- root types, keys, requirements


async def test_a_rule_on_the_root_type_takes_the_whole_operation(open_gateway, graphql_subgraph):
    sdl = "type Query { a: Int } type Mutation @authenticated { m: Int n: Int }"
    subgraph = graphql_subgraph(
        sdl, {"Query.a": lambda *_: 1, "Mutation.m": lambda *_: 1, "Mutation.n": lambda *_: 2}
    )
    gateway = await open_gateway({"a": subgraph})
    answer = await gateway.ask("mutation { m n __typename }")
    assert answer.data is None
    assert told(answer)[:2] == [denial("m", at="Mutation.m"), denial("n", at="Mutation.n")]
    assert gateway.asked == {}
    assert (await gateway.ask("mutation { m n }", scopes="")).data == {"m": 1, "n": 2}
    assert (await gateway.ask("{ a }")).data == {"a": 1}


async def test_a_guarded_key_serves_the_join_and_stays_hidden(open_gateway, graphql_subgraph):
    users = graphql_subgraph(
        'type Query { me: User } type User @key(fields: "id") { id: ID @requiresScopes(scopes: [["s"]]) name: String }',
        {"Query.me": lambda *_: {"id": "1", "name": "Ada"}},
        {"User": lambda key: {}},
    )
    points = graphql_subgraph(
        'type Query { x: Int } type User @key(fields: "id") { id: ID points: Int }',
        {},
        {"User": lambda key: {"points": 7}},
    )
    gateway = await open_gateway({"users": users, "points": points})
    answer = await gateway.ask("{ me { id name points } }", scopes="")
    assert answer.data == {"me": {"id": None, "name": "Ada", "points": 7}}
    assert told(answer) == [denial("me", "id", at="User.id")]


# ---- caches


async def test_callers_of_other_scopes_never_share_a_decision(gateway):
    query = "{ field either signedIn }"
    callers = [None, "", "s", "a", "b", "a b", "c", "s c", "s a b zzz"]

    def expected(scopes):
        held = set() if scopes is None else set(scopes.split())
        data = {
            "field": "f" if "s" in held else None,
            "either": "e" if {"a", "b"} <= held or "c" in held else None,
            "signedIn": "i" if scopes is not None else None,
        }
        return data if any(data.values()) else None

    rounds = list(itertools.islice(itertools.cycle(callers), 200))
    answers = await asyncio.gather(*(gateway.ask(query, scopes=scopes) for scopes in rounds))
    for scopes, answer in zip(rounds, answers, strict=True):
        assert answer.data == expected(scopes), scopes


# ---- reading the rules


def supergraph_of(sdl, link=LINK):
    composition = compose([SubgraphSource("a", "", link + sdl)])
    assert composition.ok, composition.diagnostics
    assert composition.supergraph_sdl is not None
    return composition.supergraph_sdl


def denials(sdl, query, principal=Principal()):  # noqa: B008 - frozen
    supergraph = read_supergraph(sdl)
    operation = normalize(client_schema(supergraph), parse(query))
    rules = read_access_rules(supergraph)
    access = relevant_access(operation, supergraph, rules)
    visible = authorize(operation, supergraph, rules, access, decide_by(access, principal))
    return [each.coordinate for each in visible.denials]


def test_renamed_imports_are_enforced():
    link = """extend schema @link(url: "https://specs.apollo.dev/federation/v2.9"
      import: [{name: "@authenticated", as: "@login"}, {name: "@requiresScopes", as: "@needs"}])"""
    sdl = supergraph_of('type Query { a: Int @login b: Int @needs(scopes: [["s"]]) c: Int }', link)
    assert denials(sdl, "{ a b c }") == ["Query.a", "Query.b"]


@pytest.mark.parametrize("renamed", ['as: "login"', 'import: [{name: "@authenticated", as: "@login"}]'])
def test_names_are_resolved_through_the_links_of_the_supergraph(renamed):
    sdl = supergraph_of("type Query { a: Int @authenticated b: Int }")
    link = 'url: "https://specs.apollo.dev/authenticated/v0.1"'
    assert link in sdl
    sdl = sdl.replace(link, f"{link}, {renamed}").replace("@authenticated", "@login", 1)
    sdl = sdl.replace("Int @authenticated", "Int @login").replace(
        "directive @authenticated", "directive @login"
    )
    sdl = sdl.replace('{name: "@login"', '{name: "@authenticated"')
    assert denials(sdl, "{ a b }") == ["Query.a"]


def test_a_directive_that_no_link_binds_is_refused_rather_than_ignored():
    sdl = supergraph_of("type Query { a: Int @authenticated }")
    unlinked = "\n".join(line for line in sdl.splitlines() if "specs.apollo.dev/authenticated" not in line)
    assert unlinked != sdl
    with pytest.raises(InvalidAccessRuleError, match=r"Query\.a.*@authenticated.*@link"):
        read_access_rules(read_supergraph(unlinked))


@pytest.mark.parametrize("scopes", ["[]", "[[]]"])
def test_a_rule_that_names_nothing_lets_nobody_through(scopes):
    sdl = supergraph_of('type Query { a: Int @requiresScopes(scopes: [["s"]]) }')
    sdl = sdl.replace('scopes: [["s"]]', f"scopes: {scopes}")
    assert denials(sdl, "{ a }", Principal("u", None, frozenset({"s"}))) == ["Query.a"]


async def test_rules_without_anybodys_identity_keep_the_gateway_from_starting(open_gateway, graphql_subgraph):
    guarded = graphql_subgraph("type Query { a: Int @authenticated }")
    with pytest.raises(GatewayStartError, match=r"Query\.a.*no identity"):
        await open_gateway({"a": guarded}, identity=False)
    free = graphql_subgraph("type Query { a: Int }", {"Query.a": lambda *_: 1})
    gateway = await open_gateway({"a": free}, identity=False)
    assert (await gateway.ask("{ a }")).data == {"a": 1}


# ---- properties

SUPERGRAPH = None


def guarded_graph():
    global SUPERGRAPH  # noqa: PLW0603 - composed once for all examples
    if SUPERGRAPH is None:
        supergraph = read_supergraph(supergraph_of(SDL))
        SUPERGRAPH = supergraph, client_schema(supergraph), read_access_rules(supergraph)
    return SUPERGRAPH


FIELDS = [
    "open",
    "field",
    "needed",
    "signedIn",
    "policed",
    "either",
    "both",
    "guarded { id name }",
    "thing { id secret items { secret } }",
    "results { __typename ... on Guarded { id } }",
    "nodes { id label ... on Free { l: label } }",
    "typed { __typename ... on Typed { id } ... on Loose { m: id } }",
]
scopes_held = st.frozensets(st.sampled_from(["s", "a", "b", "c", "p", "other"]))


@settings(max_examples=150, deadline=None)
@given(st.lists(st.sampled_from(FIELDS), min_size=1, unique=True), scopes_held, scopes_held, st.booleans())
def test_who_holds_more_sees_no_less_and_equal_decisions_see_the_same(fields, held, more, signed_in):
    supergraph, schema, rules = guarded_graph()
    operation = normalize(schema, parse("{ " + " ".join(fields) + " }"))
    access = relevant_access(operation, supergraph, rules)
    poor, rich = Principal("u" if signed_in else None, None, held), Principal("u", None, held | more)
    denied_poor, denied_rich = (
        authorize(operation, supergraph, rules, access, decide_by(access, each)).denials
        for each in (poor, rich)
    )
    assert set(denied_rich) <= set(denied_poor)
    if decide_by(access, poor) == decide_by(access, rich):
        assert denied_poor == denied_rich
