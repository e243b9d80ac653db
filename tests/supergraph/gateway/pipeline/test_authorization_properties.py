"""What holds whatever the rules are. VERIFICATION.md B7, B13."""

from functools import cache

import pytest
from graphql import parse
from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway.access_rules import InvalidAccessRuleError, read_access_rules
from supergraph.gateway.operation import Decision
from supergraph.gateway.pipeline.authorization import authorize, decide_by, relevant_access
from supergraph.planner import FieldSelection, normalize
from supergraph.spec import ANONYMOUS, Principal, client_schema, read_supergraph

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@shareable" "@authenticated" "@requiresScopes" "@policy"]
)
"""
PLACES = ("field", "object", "inner", "scalar", "enum", "member", "implementer", "implemented", "root")
SDL = """
type Query {root} {{
  open: Int f: Int {field} o: Guarded s: Money e: Color u: Either n: Node d: Named deep: Deep!
}}
type Guarded {object} {{ id: ID inner: Int {inner} again: Guarded }}
type Deep {{ f: Int {field} o: Guarded s: [Money] }}
scalar Money {scalar}
enum Color {enum} {{ RED }}
union Either = Member | Free
type Member {member} {{ id: ID inner: Int {inner} }}
type Free {{ id: ID }}
interface Node {{ id: ID }}
type NodeA implements Node {implementer} {{ id: ID }}
type NodeB implements Node {{ id: ID }}
interface Named {{ label: Int }}
type NamedA implements Named {{ label: Int {implemented} }}
type NamedB implements Named {{ label: Int }}
"""
QUERY = """
{
  open f a: f s e
  o { id inner again { i: inner } }
  u { __typename ... on Member { id inner } ... on Free { x: id } }
  n { __typename ... on NodeA { id } ... on NodeB { y: id } } m: n { id }
  d { label } c: d { ... on NamedA { z: label } ... on NamedB { w: label } }
  deep { f s o { inner } ... { g: f } }
}
"""
SCOPES = ("a", "b", "c")
names = st.lists(
    st.lists(st.sampled_from(SCOPES), min_size=1, max_size=2, unique=True).map(tuple),
    min_size=1,
    max_size=2,
).map(tuple)
rules = st.one_of(
    st.just(("authenticated", ())),
    names.map(lambda each: ("requiresScopes", each)),
    names.map(lambda each: ("policy", each)),
)
rule_sets = st.dictionaries(st.sampled_from(PLACES), rules, max_size=4)
held = st.frozensets(st.sampled_from(SCOPES))


def written(rule):
    directive, alternatives = rule
    if directive == "authenticated":
        return "@authenticated"
    argument = "scopes" if directive == "requiresScopes" else "policies"
    lists = ", ".join("[" + ", ".join(f'"{name}"' for name in each) + "]" for each in alternatives)
    return f"@{directive}({argument}: [{lists}])"


def passes(rule, principal, policies):
    directive, alternatives = rule
    if directive == "authenticated":
        return principal.is_authenticated
    mine = principal.scopes if directive == "requiresScopes" else policies
    return any(set(each) <= mine for each in alternatives)


@cache
def graph(sdl):
    composition = compose([SubgraphSource("a", "", LINK + sdl)])
    assert composition.supergraph_sdl is not None, composition.diagnostics
    supergraph = read_supergraph(composition.supergraph_sdl)
    return supergraph, client_schema(supergraph), read_access_rules(supergraph)


def sdl_of(rule_set):
    return SDL.format(**{place: written(rule_set[place]) if place in rule_set else "" for place in PLACES})


def seen(rule_set, principal, policies):
    """The paths of all that is left of the operation."""
    supergraph, schema, access_rules = graph(sdl_of(rule_set))
    operation = normalize(schema, parse(QUERY))
    access = relevant_access(operation, supergraph, access_rules)
    granted = frozenset(number for number, asked in enumerate(access.policies) if asked.policy in policies)
    decision = decide_by(access, principal, granted)
    visible = authorize(operation, supergraph, access_rules, access, decision)
    return set() if visible.operation is None else set(leaves(visible.operation.selections, ()))


def leaves(selections, path):
    for each in selections:
        if isinstance(each, FieldSelection):
            below = (*path, each.response_key)
            if each.selections:
                yield from leaves(each.selections, below)
            elif each.name != "__typename":
                yield below
        else:
            yield from leaves(each.selections, (*path, f"on {each.type_condition}"))


def caller(signed_in, scopes):
    return Principal("u", None, scopes) if signed_in else Principal(None, None, scopes)


@settings(max_examples=60, deadline=None)
@given(rule_sets, held, held, held, held, st.booleans())
def test_whoever_holds_more_sees_no_less(rule_set, scopes, more, policies, further, signed_in):
    before = seen(rule_set, caller(signed_in, scopes), policies)
    after = seen(rule_set, caller(True, scopes | more), policies | further)
    assert before <= after


@settings(max_examples=60, deadline=None)
@given(rule_sets, st.sampled_from(PLACES), rules, held, held, st.booleans())
def test_a_further_directive_never_shows_more(rule_set, place, rule, scopes, policies, signed_in):
    fewer = {each: rule_set[each] for each in rule_set if each != place}
    principal = caller(signed_in, scopes)
    assert seen({**fewer, place: rule}, principal, policies) <= seen(fewer, principal, policies)


@settings(max_examples=40, deadline=None)
@given(rules, held, held, st.booleans(), st.sampled_from(PLACES))
def test_a_rule_shows_what_it_guards_to_whom_it_says_and_nobody_else(
    rule, scopes, policies, signed_in, place
):
    principal = caller(signed_in, scopes)
    everything = seen({}, principal, policies)
    assert (seen({place: rule}, principal, policies) == everything) is passes(rule, principal, policies)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.none() | rules, min_size=2, max_size=3), held, held, st.booleans())
def test_merged_rules_are_never_weaker_than_any_subgraphs(stated, scopes, policies, signed_in):
    composition = compose(
        [
            SubgraphSource(
                f"s{number}",
                "",
                LINK + f"type Query {{ f: Int @shareable {written(rule) if rule else ''} }}",
            )
            for number, rule in enumerate(stated)
        ]
    )
    assert composition.supergraph_sdl is not None, composition.diagnostics
    supergraph = read_supergraph(composition.supergraph_sdl)
    access_rules = read_access_rules(supergraph)
    operation = normalize(client_schema(supergraph), parse("{ f }"))
    access = relevant_access(operation, supergraph, access_rules)
    principal = caller(signed_in, scopes)
    granted = frozenset(number for number, asked in enumerate(access.policies) if asked.policy in policies)
    visible = authorize(operation, supergraph, access_rules, access, decide_by(access, principal, granted))
    wanted = all(rule is None or passes(rule, principal, policies) for rule in stated)
    assert (not visible.denials) is wanted


# ---- the fail-closed corpus: each row is enforced or an error, never dropped (AUTHORIZATION.md, 4)

DEFINITION = "directive @{} on FIELD_DEFINITION | OBJECT | INTERFACE | SCALAR | ENUM"
V29 = "https://specs.apollo.dev/federation/v2.9"
CORPUS = {
    "imported under another name, definition printed": (
        f'extend schema @link(url: "{V29}", import: [{{name: "@authenticated", as: "@login"}}]) '
        + DEFINITION.format("login"),
        "@login",
    ),
    "imported under another name": (
        f'extend schema @link(url: "{V29}", import: [{{name: "@authenticated", as: "@login"}}])',
        "@login",
    ),
    "by its namespace": (f'extend schema @link(url: "{V29}")', "@federation__authenticated"),
    "by its namespace, definition printed": (
        f'extend schema @link(url: "{V29}") ' + DEFINITION.format("federation__authenticated"),
        "@federation__authenticated",
    ),
    "by a namespace of another name": (
        f'extend schema @link(url: "{V29}", as: "fed")',
        "@fed__authenticated",
    ),
    "not imported and not defined": (f'extend schema @link(url: "{V29}")', "@authenticated"),
    "not imported and defined": (
        f'extend schema @link(url: "{V29}") ' + DEFINITION.format("authenticated"),
        "@authenticated",
    ),
    "without any link, defined": (DEFINITION.format("authenticated"), "@authenticated"),
    "from a version that does not have it": (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@authenticated"])',
        "@authenticated",
    ),
}


@pytest.mark.parametrize("row", CORPUS)
def test_no_way_of_writing_a_directive_is_dropped(row):
    head, directive = CORPUS[row]
    composition = compose(
        [SubgraphSource("a", "", f"{head}\ntype Query {{ t: String {directive} open: Int }}")]
    )
    if not composition.ok:
        assert any("authenticated" in each.message for each in composition.diagnostics), row
        return
    assert composition.supergraph_sdl is not None
    try:
        supergraph = read_supergraph(composition.supergraph_sdl)
        access_rules = read_access_rules(supergraph)
    except InvalidAccessRuleError:
        return
    operation = normalize(client_schema(supergraph), parse("{ t open }"))
    access = relevant_access(operation, supergraph, access_rules)
    for principal, denied in ((ANONYMOUS, ["Query.t"]), (Principal("u"), [])):
        visible = authorize(operation, supergraph, access_rules, access, decide_by(access, principal))
        assert [each.coordinate for each in visible.denials] == denied, row


def test_who_shares_a_decision_shares_what_is_seen():
    assert decide_by(relevant_access_of("{ open }"), Principal("u")) == Decision()


def relevant_access_of(query):
    supergraph, schema, access_rules = graph(sdl_of({"field": ("authenticated", ())}))
    return relevant_access(normalize(schema, parse(query)), supergraph, access_rules)
