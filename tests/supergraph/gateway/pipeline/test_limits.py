"""Limits at the door: what they let through, what they refuse before any subgraph is asked, and to whom they apply."""

import json
import time
from pathlib import Path

import pytest
from graphql import DocumentNode, OperationDefinitionNode, get_introspection_query
from structlog.testing import capture_logs

from supergraph.gateway import GatewaySettings
from supergraph.gateway.cost_rules import read_cost_rules
from supergraph.gateway.operation import Excess, OperationSize
from supergraph.gateway.pipeline.cost import exceeded_cost
from supergraph.gateway.pipeline.cost_estimation import estimate_cost
from supergraph.gateway.pipeline.limits import Limits, enforce, exceeded, read_limits
from supergraph.gateway.pipeline.operation_size import measure_document
from supergraph.gateway.pipeline.parsing import parse_document
from supergraph.gateway.settings import (
    InvalidSettingsError,
    LimitName,
    LimitProfile,
    LimitSettings,
    read_settings,
)
from supergraph.planner import normalize
from supergraph.spec import ANONYMOUS, Principal, client_schema, read_supergraph

SDL = """
type Query {
  node(in: In): Node
  list(first: Int, last: Int): [Node] @federation__listSize(slicingArguments: ["first", "last"])
  echo(text: String, deep: Deep): String
}
type Mutation { touch: Int }
type Node { id: ID name: String next: Node all: [Node] }
input In { a: Int in: In ins: [In] }
scalar Deep
"""
RESOLVERS = {
    "Query.node": lambda *_, **__: {"id": "1", "name": "n"},
    "Query.list": lambda *_, **__: [{"id": "1"}],
    "Query.echo": lambda *_, **__: "e",
    "Mutation.touch": lambda *_: 1,
}


@pytest.fixture
def open_with(open_gateway, graphql_subgraph):
    async def open_(**limits):
        return await open_gateway(
            {"a": graphql_subgraph(SDL, RESOLVERS)}, settings=GatewaySettings(limits=LimitSettings(**limits))
        )

    return open_


NESTED = {"in": {"in": {"in": {"a": 1}}}}
EXCESSIVE = [
    ("tokens", 10, "{ node { id name next { id name } } }", None),
    ("depth", 3, "{ node { next { next { id } } } }", None),
    ("aliases", 2, "{ a: node { id } b: node { c: id } }", None),
    ("root_fields", 2, "{ a: node { id } b: node { id } c: node { id } }", None),
    ("selections", 3, "{ node { ...F ...F } } fragment F on Node { id }", None),
    ("repeats", 2, "{ node { id id id } }", None),
    (
        "directives",
        2,
        "{ node { id @skip(if: false) name @skip(if: false) next @skip(if: false) { id } } }",
        None,
    ),
    ("directives_at_one_place", 1, "{ node { id @skip(if: false) @include(if: true) } }", None),
    ("variable_depth", 3, "query ($in: In) { node(in: $in) { id } }", {"in": NESTED}),
    ("variable_values", 3, "query ($in: In) { node(in: $in) { id } }", {"in": NESTED}),
    ("cost", 19, "{ list(first: 10) { next { id } } }", None),
    ("cost", 19, "query ($n: Int) { list(first: $n) { next { id } } }", {"n": 10}),
]


@pytest.mark.parametrize(("name", "limit", "query", "variables"), EXCESSIVE)
async def test_what_is_too_large_is_refused_before_any_subgraph_is_asked(
    open_with, name, limit, query, variables
):
    gateway = await open_with(**{name: limit})
    answer = await gateway.ask(query, variables, headers={"accept": "application/graphql-response+json"})
    code = "COST_ESTIMATED_TOO_EXPENSIVE" if name == "cost" else "OPERATION_LIMIT_EXCEEDED"
    assert (answer.status, answer.codes) == (400, [code])
    assert str(limit) in answer.errors[0]["message"]
    assert answer.data is None
    assert gateway.asked == {}


@pytest.mark.parametrize(("name", "limit", "query", "variables"), EXCESSIVE)
async def test_a_limit_that_only_reports_lets_through_and_says_so_each_time(
    open_with, name, limit, query, variables
):
    gateway = await open_with(**{name: limit}, report_only={name})
    with capture_logs() as lines:
        for _ in range(2):
            assert (await gateway.ask(query, variables)).errors == []
    told = [line for line in lines if line["event"] == "a limit that only reports was exceeded"]
    assert [line["limit"] for line in told] == [name, name]
    assert told[0]["found"] > told[0]["allowed"] == limit
    assert gateway.asked["a"]


@pytest.mark.parametrize(("name", "limit", "query", "variables"), EXCESSIVE)
async def test_a_limit_may_be_switched_off(open_with, name, limit, query, variables):
    gateway = await open_with(**{name: None})
    assert (await gateway.ask(query, variables)).errors == []


def test_what_is_not_refused_is_counted_by_the_limits_name():
    limits = read_limits(LimitSettings(depth=1, aliases=1, report_only={LimitName.DEPTH})).everybody
    deep = exceeded(OperationSize(depth=2), limits)
    assert enforce(deep, limits) is None
    assert enforce(deep, limits) is None
    assert limits.reports.counts == {"depth": 2}
    refusal = enforce(exceeded(OperationSize(depth=2, aliases=2), limits), limits)
    assert [each.extensions for each in refusal.problems] == [{"limit": "aliases", "found": 2, "allowed": 1}]


@pytest.mark.parametrize(
    "name", [each for each in LimitName if each.value in OperationSize.__dataclass_fields__]
)
def test_a_limit_lets_through_what_it_says_and_not_one_more(name):
    limits = Limits(**{name: 7})
    assert exceeded(OperationSize(**{name: 7}), limits) == []
    assert exceeded(OperationSize(**{name: 8}), limits) == [Excess(name, 8, 7)]


# ---- other limits for some: VERIFICATION C2


def test_the_first_profile_whose_scope_a_caller_holds_is_theirs():
    policy = read_limits(
        LimitSettings(
            depth=5,
            aliases=9,
            profiles=(
                LimitProfile(scope="internal", depth=40),
                LimitProfile(scope="wild", depth=None, cost=1),
            ),
        )
    )
    assert policy.of(ANONYMOUS) is policy.everybody
    internal = policy.of(Principal("u", "t", frozenset({"wild", "internal"})))
    assert (internal.depth, internal.aliases, internal.profile) == (40, 9, "internal")
    wild = policy.of(Principal("u", "t", frozenset({"wild"})))
    assert (wild.depth, wild.aliases, wild.cost) == (None, 9, 1)
    assert wild.reports is policy.everybody.reports


DEEP = "{ node { next { next { id } } } }"


@pytest.mark.parametrize("first", ["internal", "x"])
async def test_one_callers_limits_never_become_anothers_by_what_is_kept(open_with, first):
    gateway = await open_with(depth=3, tokens=8, profiles=[{"scope": "internal", "depth": 9, "tokens": 99}])
    for scopes in (first, "internal", "x", None, "internal", "x"):
        answer = await gateway.ask(DEEP, scopes=scopes)
        assert answer.codes == ([] if scopes == "internal" else ["OPERATION_LIMIT_EXCEEDED"])


# ---- the defaults


async def test_what_people_and_tools_ask_passes_the_defaults(open_with):
    gateway = await open_with()
    for query in (get_introspection_query(descriptions=True, input_value_deprecation=True), DEEP):
        answer = await gateway.ask(query, scopes="x")
        assert answer.errors == []


ROOT = Path(__file__).parents[4]
EXAMPLES = [
    ("schema/sdl/supergraph.graphql", "module_subgraphs/**/*.graphql"),
    ("schema/sdl/supergraph.graphql", "tests/house/operations/*.graphql"),
    ("../shared/bench/subgraphs/supergraph.graphql", "../shared/bench/operations/*.graphql"),
]


@pytest.mark.parametrize(("supergraph", "operations"), EXAMPLES)
def test_the_example_operations_pass_the_defaults(supergraph, operations):
    if not (ROOT / supergraph).exists():
        pytest.skip("the shared cases are not beside the project (../shared)")
    limits = read_limits(LimitSettings()).everybody
    model = read_supergraph((ROOT / supergraph).read_text())
    api, rules = client_schema(model), read_cost_rules(model)
    found = sorted(ROOT.glob(operations))
    assert found
    for path in found:
        document = parse_document(path.read_text(), limits)
        assert isinstance(document, DocumentNode), path
        assert exceeded(measure_document(document).largest, limits) == [], path
        for operation in document.definitions:
            if isinstance(operation, OperationDefinitionNode):
                name = operation.name.value if operation.name else None
                estimate = estimate_cost(normalize(api, document, name), model, rules, limits.list_size)
                assert exceeded_cost(estimate, limits) == [], path


def test_limits_are_set_by_file_and_environment(tmp_path):
    file = tmp_path / "gateway.yaml"
    file.write_text(
        "limits:\n  depth: 12\n  root_fields: null\n  report_only: [cost]\n"
        "  profiles:\n    - {scope: internal, depth: 40, cost: null}\n"
        "rate_limits:\n  client: off\n  tenants: {t1: {per_second: 5, burst: 9}}\n"
        "  trusted_proxies: [10.0.0.0/8]\n  redis: {env: RATES}\n"
    )
    settings = read_settings(
        file,
        {
            "DOVETAIL_GATEWAY__LIMITS__ALIASES": "7",
            "DOVETAIL_GATEWAY__LIMITS__REPEATS": "off",
            "DOVETAIL_GATEWAY__RATE_LIMITS__TENANT__PER_SECOND": "3",
            "DOVETAIL_GATEWAY__RATE_LIMITS__TENANT__BURST": "4",
        },
    )
    policy = read_limits(settings.limits)
    assert (policy.everybody.depth, policy.everybody.root_fields) == (12, None)
    assert (policy.everybody.aliases, policy.everybody.repeats) == (7, None)
    assert [(each.profile, each.depth, each.cost) for each in policy.profiles] == [("internal", 40, None)]
    assert policy.everybody.report_only == {LimitName.COST}
    rates = settings.rate_limits
    assert (rates.client, rates.tenant.per_second, rates.tenants["t1"].burst) == (None, 3, 9)
    with pytest.raises(InvalidSettingsError, match=r"did you mean limits\.depth"):
        read_settings(None, {"DOVETAIL_GATEWAY__LIMITS__DEPHT": "1"})


# ---- hostile documents: VERIFICATION C3


def bomb(levels, ways=2):
    """Each fragment spreads the next one several times, at places of their own: 2^n fields, or more."""

    def spreads(n):
        return " ".join(f"w{way}: next {{ ...F{n} }}" for way in range(ways))

    fragments = [f"fragment F{n} on Node {{ {spreads(n + 1)} }}" for n in range(levels)]
    return "{ node { ...F0 } } " + " ".join(fragments) + f" fragment F{levels} on Node {{ id }}"


def heap(levels):
    """The same at one place, where all that is spread is one."""
    fragments = [f"fragment F{n} on Node {{ next {{ ...F{n + 1} ...F{n + 1} }} }}" for n in range(levels)]
    return "{ node { ...F0 } } " + " ".join(fragments) + f" fragment F{levels} on Node {{ id }}"


UNLIMITED = {each.value: None for each in LimitName}


@pytest.mark.parametrize(
    "query",
    [
        bomb(18),
        bomb(18, ways=3),
        bomb(90),
        heap(18),
        heap(120),
        "{ node { ...F } } fragment F on Node { id ...G } fragment G on Node { ...F }",
        "{ node { ...F } } fragment F on Node { next { ...F } }",
        "{ " + "node { next { " * 400,
        "{ node " + "{ next " * 450 + "}" * 450 + " }",
        "{ echo(deep: " + "[" * 900 + "]" * 900 + ") }",
        "query ($v: " + "[" * 900 + "Int" + "]" * 900 + ") { node { id } }",
        "{ node { " + "id " * 1900 + "} }",
        "{ node { id } } fragment F on Node { " + "id " * 1900 + "}",
        "{ node { " + "... { id name } " * 280 + "} }",
        "{ node { " + ("next { " + "next { id } " * 12 + "} ") * 28 + "} }",
        "{ node { " + "next { " * 20 + "id " * 25 + "}" * 20 + "} }",
        "{ node { id " + "@skip(if: false) " * 300 + "} }",
        "{ " + " ".join(f"a{n}: node {{ id }}" for n in range(300)) + " }",
        "query " + "($v: In = " + "{in: " * 300 + "{}" + "}" * 300 + ") { node(in: $v) { id } }",
        "{ __schema { types " + "{ fields { type " * 6 + "{ name }" + "} }" * 6 + " } }",
    ],
    ids=lambda query: query[:24],
)
async def test_a_hostile_document_costs_little_and_crashes_nothing(open_with, query):
    gateway = await open_with()
    began = time.process_time()
    answer = await gateway.ask(query, scopes="x")
    assert answer.status in {200, 400, 413}
    assert answer.errors
    assert gateway.asked == {}
    assert time.process_time() - began < 1.5


@pytest.mark.parametrize(
    "query",
    [
        bomb(60),
        bomb(18, ways=3),
        "{ " + "node { next { " * 4_000,
        "{ echo(deep: " + "[" * 9_000 + "]" * 9_000 + ") }",
    ],
    ids=lambda query: query[:24],
)
async def test_without_limits_there_is_still_an_end(open_with, query):
    """What is switched off are the limits of good manners; normalization and planning have bounds of their own."""
    gateway = await open_with(**UNLIMITED)
    began = time.process_time()
    answer = await gateway.ask(query)
    assert answer.errors
    assert not {"INTERNAL_SERVER_ERROR"} & set(answer.codes)
    assert gateway.asked == {}
    assert time.process_time() - began < 5


async def test_what_is_spread_in_one_place_is_asked_once_however_often_it_is_spread(open_with):
    gateway = await open_with(**UNLIMITED)
    began = time.process_time()
    answer = await gateway.ask(heap(60))
    assert answer.body == {"data": {"node": {"next": None}}}
    assert time.process_time() - began < 1.5


async def test_deep_variables_crash_nothing(open_with):
    gateway = await open_with(variable_depth=None)
    text = json.dumps({"query": "query ($in: In) { node(in: $in) { id } }", "variables": {"in": None}})
    deep = '{"in": ' * 900 + "{}" + "}" * 900
    answer = await gateway.send(data=text.replace("null", deep), headers={"content-type": "application/json"})
    assert answer.status in {200, 400}
    assert "INTERNAL_SERVER_ERROR" not in answer.codes


# ---- bytes


async def test_headers_beyond_the_limit_are_refused_with_status_431(open_with):
    gateway = await open_with(header_bytes=2_000)
    answer = await gateway.ask("{ node { id } }", headers={"x-long": "x" * 2_000})
    assert answer.status == 431
    assert gateway.asked == {}


async def test_a_query_string_beyond_the_limit_is_refused_with_status_414(open_with):
    gateway = await open_with(header_bytes=2_000)
    answer = await gateway.send("GET", "/graphql?query=" + "x" * 2_000)
    assert answer.status == 414


# ---- cost


async def test_the_estimated_cost_is_told_only_where_a_setting_asks_for_it(open_with):
    asked = "query ($n: Int) { list(first: $n) { id } }", {"n": 3}
    assert "extensions" not in (await (await open_with()).ask(*asked)).body
    told = await (await open_with(cost_in_extensions=True, cost=100)).ask(*asked)
    assert told.body["extensions"]["cost"] == {"estimated": 3, "max": 100}


async def test_a_missing_slicing_argument_is_refused_before_any_subgraph_is_asked(open_with):
    gateway = await open_with()
    answer = await gateway.ask("{ list { id } }")
    assert answer.codes == ["COST_SLICING_ARGUMENT_REQUIRED"]
    assert answer.errors[0]["extensions"]["coordinate"] == "Query.list"
    assert gateway.asked == {}


async def test_a_mutation_that_is_too_dear_changes_nothing(open_with):
    gateway = await open_with(cost=9)
    assert (await gateway.ask("mutation { touch }")).codes == ["COST_ESTIMATED_TOO_EXPENSIVE"]
    assert gateway.asked == {}
