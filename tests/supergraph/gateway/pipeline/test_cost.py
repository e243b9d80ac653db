"""What operations are estimated to cost. The first figures are those of the public documentation of demand control."""

import time

import pytest
from graphql import parse, validate

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.cost_rules import read_cost_rules
from supergraph.gateway.errors import Refusal
from supergraph.gateway.pipeline.cost import check_cost
from supergraph.gateway.pipeline.cost_estimation import estimate_cost
from supergraph.gateway.pipeline.limits import Limits
from supergraph.gateway.settings import LimitName
from supergraph.planner import normalize
from supergraph.spec import RequestCode, client_schema, read_supergraph

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@cost", "@listSize"]
)
"""
BOOKS = """
type Query {
  book(id: ID): Book
  bestsellers: [Book] @listSize(assumedSize: 5)
  newest(first: Int, last: Int = 3, after: Int): [Book] @listSize(slicingArguments: ["first", "last"])
  top(limit: Int): [Book] @listSize(slicingArguments: ["limit"])
  any(limit: Int): [Book] @listSize(slicingArguments: ["limit"], assumedSize: 7, requireOneSlicingArgument: false)
  cursor(first: Int): Cursor @listSize(slicingArguments: ["first"], sizedFields: ["page"])
  shelves: [[Book]]
  find(by: Filter, all: [Filter], tag: Tag, price: Int @cost(weight: 4)): Book
  media: Media
  media_: [Medium]
}
type Mutation { buy(id: ID): Book rename(id: ID): String }
type Subscription { sold: Book }
type Cursor { page: [Book] next: String }
type Book { title: String author: Author publisher: Publisher pages: [Int] dear: String @cost(weight: 6) }
type Author { name: String books: [Book] }
type Publisher { name: String address: Address @cost(weight: 5) }
type Address @cost(weight: 3) { zip: Int }
input Filter { name: String by: Filter secret: Int @cost(weight: 8) }
enum Tag @cost(weight: 2) { NEW OLD }
interface Medium { id: ID cover: Address sequel: Medium }
type Film implements Medium @cost(weight: 20) { id: ID cover: Address sequel: Film cast: [Author] }
type Song implements Medium { id: ID cover: Address sequel: Song singer: Author }
union Media = Film | Song
"""


@pytest.fixture(scope="module")
def shop():
    composition = compose([SubgraphSource("books", "", LINK + BOOKS)])
    assert composition.ok, composition.diagnostics
    supergraph = read_supergraph(composition.supergraph_sdl)
    return supergraph, client_schema(supergraph), read_cost_rules(supergraph)


@pytest.fixture
def estimate(shop):
    supergraph, api, rules = shop

    def of(query, list_size=10):
        document = parse(query)
        assert validate(api, document) == []
        return estimate_cost(normalize(api, document), supergraph, rules, list_size)

    return of


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ book(id: 1) { title author { name } publisher { name } } }", 3),
        ("mutation { rename(id: 1) }", 10),
        ("mutation { buy(id: 1) { title } }", 11),
        ("subscription { sold { title } }", 1),
        ("{ bestsellers { title } }", 5),
        ("{ bestsellers { author { name } } }", 10),
        ("{ bestsellers { author { books { title } } } }", 5 * (1 + 1 + 10)),
        ("{ book { publisher { address { zip } } } }", 1 + 1 + 5),
        ("{ book { dear pages } }", 1 + 6),
        ("{ shelves { title } }", 100),
        ("{ __typename __schema { types { fields { name } } } }", 0),
        ("{ a: book { title } b: book { title } }", 2),
        ("{ book { ...B ...B } } fragment B on Book { author { name } }", 2),
    ],
)
def test_objects_cost_one_scalars_nothing_mutations_ten_and_lists_what_they_hold(estimate, query, cost):
    assert estimate(query).constant == cost


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ top(limit: 3) { title } }", 3),
        ("{ top(limit: 0) { title } }", 0),
        ("{ top(limit: 3) { author { books { title } } } }", 3 * (1 + 1 + 10)),
        ("{ newest(first: 7) { title } }", 7),
        ("{ newest { title } }", 3),
        ("{ any { title } }", 7),
        ("{ any(limit: 2) { title } }", 2),
        ("{ any(limit: -2) { title } }", 7),
        ("{ any(limit: null) { title } }", 7),
        ("{ cursor(first: 4) { page { title } next } }", 1 + 4),
    ],
)
def test_a_list_is_as_long_as_its_slicing_argument_says(estimate, query, cost):
    assert estimate(query).constant == cost


def test_where_nothing_says_how_long_a_list_is_the_default_does(estimate):
    assert estimate("{ book { author { books { title } } } }", list_size=2).constant == 1 + 1 + 2


@pytest.mark.parametrize(
    ("query", "variables", "cost"),
    [
        ("query ($n: Int) { top(limit: $n) { author { name } } }", {"n": 6}, 12),
        ("query ($n: Int) { any(limit: $n) { title } }", {}, 7),
        ("query ($n: Int) { newest(last: $n) { title } }", {"n": 9}, 9),
        ("query ($n: Int) { newest(last: $n) { title } }", {}, 3),
        ("query ($n: Int) { cursor(first: $n) { page { author { name } } } }", {"n": 50}, 101),
        (
            "query ($n: Int, $m: Int) { top(limit: $n) { title } any(limit: $m) { title } }",
            {"n": 5, "m": 6},
            11,
        ),
        ("query ($s: Boolean!) { book { author @include(if: $s) { name } } }", {"s": True}, 2),
        ("query ($s: Boolean!) { book { author @include(if: $s) { name } } }", {"s": False}, 1),
        ("query ($s: Boolean!) { book { author @skip(if: $s) { name } } }", {"s": True}, 1),
        (
            "query ($n: Int!, $s: Boolean!) { top(limit: $n) @include(if: $s) { title } }",
            {"n": 9, "s": True},
            9,
        ),
    ],
)
def test_what_variables_decide_is_computed_for_each_request(estimate, query, variables, cost):
    found = estimate(query)
    assert found.constant is None
    assert found.cost(variables) == (cost, ())


@pytest.mark.parametrize(
    ("arguments", "cost"),
    [
        ("price: 3", 4),
        ("tag: NEW", 2),
        ("by: {}", 1),
        ('by: {name: "a"}', 1),
        ("by: {secret: 1}", 9),
        ("by: {by: {secret: 1}}", 10),
        ("all: [{}, {secret: 1}]", 10),
        ("all: {}", 1),
        ("by: null", 0),
    ],
)
def test_arguments_and_input_fields_cost_what_they_weigh(estimate, arguments, cost):
    assert estimate(f"{{ find({arguments}) {{ title }} }}").constant == 1 + cost


def test_given_values_are_weighed_wherever_they_stand(estimate):
    by_variable = estimate("query ($f: Filter, $s: Int) { find(by: $f, all: [{secret: $s}]) { title } }")
    assert by_variable.cost({"f": {"by": {"secret": 1}}, "s": 1})[0] == 1 + 10 + 9
    assert by_variable.cost({})[0] == 1 + 0 + 1 + 0


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ media { ... on Film { cast { name } } ... on Song { singer { name } } } }", 20 + 10),
        ("{ media { ... on Song { singer { name books { author { name } } } } } }", 1 + 1 + 20),
        ("{ media { __typename } }", 20),
        ("{ media_ { cover { zip } } }", 10 * (20 + 3)),
        ("{ media_ { id ... on Film { cover { zip } } ... on Medium { cover { zip } } } }", 10 * (20 + 3)),
    ],
)
def test_of_types_that_a_value_may_have_the_dearest_counts(estimate, query, cost):
    assert estimate(query).constant == cost


def test_what_stands_twice_in_one_value_is_counted_once_whatever_type_it_was_asked_of(estimate):
    query = "{ media_ { sequel { id } ... on Film { sequel { cast { name } sequel { id } } } } }"
    assert estimate(query).constant == 10 * (20 + 20 + 10 + 20)


def slicing(estimate, query, variables=None, **limits):
    checked = check_cost(estimate(query), variables or {}, Limits(cost=100, **limits))
    return [problem.message for problem in checked.problems] if isinstance(checked, Refusal) else []


@pytest.mark.parametrize(
    ("query", "variables", "told"),
    [
        (
            "{ top { title } }",
            {},
            "the argument `limit`, so that it can be told how many items it gives; none is given",
        ),
        ("{ newest(first: 1, last: 2) { title } }", {}, "exactly one of the arguments `first`, `last`"),
        ("query ($n: Int) { top(limit: $n) { title } }", {}, "none is given"),
        ("query ($n: Int) { newest(first: $n, last: 2) { title } }", {"n": 1}, "2 are given"),
    ],
)
def test_where_exactly_one_slicing_argument_is_required_no_other_number_will_do(
    estimate, query, variables, told
):
    [message] = slicing(estimate, query, variables)
    assert message.startswith("Query.")
    assert told in message


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("{ newest { title } }", {}),
        ("query ($n: Int) { newest(first: $n, last: 2) { title } }", {}),
        ("query ($s: Boolean!) { top @include(if: $s) { title } }", {"s": False}),
        ("{ bestsellers { title } }", {}),
        ("{ any { title } }", {}),
    ],
)
def test_a_slicing_argument_may_be_left_out_where_a_default_or_nobody_asks_for_it(estimate, query, variables):
    assert slicing(estimate, query, variables) == []


def test_slicing_arguments_that_are_missing_refuse_nothing_where_cost_only_reports(estimate):
    limits = Limits(cost=100, report_only=frozenset({LimitName.COST}))
    assert check_cost(estimate("{ top { title } }"), {}, limits) == 10
    assert limits.reports.counts == {"cost": 1}


def test_too_dear_an_operation_is_told_what_it_costs_and_how_to_mend_it(estimate):
    found = estimate("query ($n: Int) { top(limit: $n) { title } }")
    assert check_cost(found, {"n": 100}, Limits(cost=100)) == 100
    refusal = check_cost(found, {"n": 101}, Limits(cost=100))
    [problem] = refusal.problems
    assert problem.code is RequestCode.COST_ESTIMATED_TOO_EXPENSIVE
    assert problem.message.startswith(
        "The operation's estimated cost is 101; at most 100 is allowed. Ask for fewer"
    )
    assert check_cost(found, {"n": 101}, Limits(cost=None)) == 101


def test_a_number_that_no_list_can_have_is_still_an_estimate(estimate):
    deep = "query ($n: Int) { " + "top(limit: $n) { author { books { author { books { title } } } } }" + " }"
    assert check_cost(estimate(deep), {"n": 2**31 - 1}, Limits(cost=50_000)).problems


@pytest.mark.parametrize("levels", [8, 30])
def test_types_within_types_are_told_apart_in_linear_time(shop, levels):
    """VERIFICATION C3: each level doubles the ways, and neither the estimate nor its making may."""
    sdl = (
        'type Query { node(n: Int): Node nodes(n: Int): [Node] @listSize(slicingArguments: ["n"]) }'
        'interface Node { next(n: Int): [Node] @listSize(slicingArguments: ["n"]) }'
        'type A implements Node { next(n: Int): [Node] @listSize(slicingArguments: ["n"]) a: Int }'
        'type B implements Node @cost(weight: 2) { next(n: Int): [Node] @listSize(slicingArguments: ["n"]) b: Int }'
    )
    composition = compose([SubgraphSource("s", "", LINK + sdl)])
    assert composition.ok, composition.diagnostics
    supergraph = read_supergraph(composition.supergraph_sdl)
    api, rules = client_schema(supergraph), read_cost_rules(supergraph)
    query = "a"
    for _ in range(levels):
        query = "__typename ... on A { next(n: $n) { %s } } ... on B { next(n: $n) { __typename } }" % (
            "... on A { a } ... on B { b }" if query == "a" else query
        )
    operation = normalize(api, parse(f"query ($n: Int) {{ nodes(n: $n) {{ {query} }} }}"))
    began = time.process_time()
    found = estimate_cost(operation, supergraph, rules, 10)
    assert found.cost({"n": 1})[0] > levels
    assert len(found.steps) < 20 * levels
    assert time.process_time() - began < 1
