"""With `hide_denied`, what a caller may not see does not exist: in introspection, in errors, in suggestions. B11."""

import pytest
from graphql import build_client_schema, get_introspection_query, parse, validate, validate_schema

from supergraph.composer import SubgraphSource, compose
from supergraph.gateway import GatewaySettings
from supergraph.gateway.access_rules import read_access_rules
from supergraph.gateway.operation import Decision
from supergraph.gateway.pipeline.authorization import authorize, relevant_access
from supergraph.gateway.pipeline.caller_view import visible_schema
from supergraph.planner import normalize
from supergraph.spec import client_schema, read_supergraph

LINK = """
extend schema @link(
  url: "https://specs.apollo.dev/federation/v2.9"
  import: ["@key" "@authenticated" "@requiresScopes" "@policy"]
)
"""
SDL = """
type Query {
  open: String
  salary(of: ID, grade: Grade, range: Range): Int @requiresScopes(scopes: [["pay"]])
  person: Person
  vault: Vault
  results: [Result]
  node: Node
  titled: Titled
  money: Money
  badge(of: Color): Color
  policed: String @policy(policies: [["p"]])
}
type Mutation { raise: Int @requiresScopes(scopes: [["pay"]]) }
type Person { id: ID name: String notes: String @authenticated secrets: Secrets }
type Secrets { a: Int @requiresScopes(scopes: [["pay"]]) b: Int @requiresScopes(scopes: [["pay"]]) }
type Vault @requiresScopes(scopes: [["pay"]]) { code: String }
union Result = Vault | Person
interface Node { id: ID }
type Locked implements Node @requiresScopes(scopes: [["pay"]]) { id: ID }
type Loose implements Node { id: ID }
interface Titled { id: ID title: String }
type Book implements Titled { id: ID title: String @requiresScopes(scopes: [["pay"]]) }
type Film implements Titled { id: ID title: String }
scalar Money @requiresScopes(scopes: [["pay"]])
enum Color @requiresScopes(scopes: [["pay"]]) { RED }
enum Grade { HIGH }
input Range { low: Int high: Int }
"""
RESOLVERS = {
    "Query.open": lambda *_: "o",
    "Query.salary": lambda *_, **__: 9,
    "Query.person": lambda *_: {"id": "1", "name": "n", "notes": "x"},
    "Query.policed": lambda *_: "p",
    "Query.badge": lambda *_, **__: "RED",
    "Query.results": lambda *_: [{"__typename": "Vault", "code": "c"}, {"__typename": "Person", "id": "1"}],
}


@pytest.fixture
def opened(open_gateway, graphql_subgraph):
    async def open_(sdl=SDL, resolvers=RESOLVERS, *, hide=True, suggestions=True):
        return await open_gateway(
            {"a": graphql_subgraph(sdl, resolvers)},
            policies={"p": lambda _, questions: [False] * len(questions)},
            settings=GatewaySettings.model_validate(
                {
                    "authorization": {"hide_denied": hide},
                    "introspection": {"callers": "everybody", "suggestions": suggestions},
                    "limits": {"depth": 30},
                }
            ),
        )

    return open_


async def introspected(gateway, scopes):
    answer = await gateway.ask(get_introspection_query(), scopes=scopes)
    assert answer.errors == []
    return build_client_schema(answer.data)


async def test_introspection_shows_what_the_caller_may_see(opened):
    gateway = await opened()
    nothing = await introspected(gateway, None)
    assert validate_schema(nothing) == []
    assert set(nothing.query_type.fields) == {"open", "person", "results", "titled", "policed"}
    assert set(nothing.type_map["Person"].fields) == {"id", "name"}
    assert nothing.mutation_type is None
    assert set(nothing.type_map["Titled"].fields) == {"id"}
    assert [each.name for each in nothing.type_map["Result"].types] == ["Person"]
    hidden = {"Vault", "Money", "Color", "Grade", "Range", "Node", "Locked", "Loose", "Secrets", "Mutation"}
    assert hidden.isdisjoint(nothing.type_map)
    signed_in = await introspected(gateway, "")
    assert set(signed_in.type_map["Person"].fields) == {"id", "name", "notes"}
    everything = await introspected(gateway, "pay")
    assert set(everything.query_type.fields) == set(SDL_FIELDS)
    assert hidden <= set(everything.type_map)


SDL_FIELDS = (
    "open salary person vault results node titled money badge policed".split()  # noqa: SIM905 - reads as a list
)


async def test_what_is_hidden_validates_for_those_who_see_it_alone(opened):
    gateway = await opened()
    schema = await introspected(gateway, None)
    for query in ("{ salary }", "{ person { notes } }", "{ vault { code } }", "mutation { raise }"):
        assert validate(schema, parse(query))
        refused = await gateway.ask(query)
        assert refused.codes[0] == "GRAPHQL_VALIDATION_FAILED"
        allowed = await gateway.ask(query, scopes="pay")
        assert allowed.status == 200
        assert allowed.errors == []


WITHOUT = """
type Query { open: String person: Person results: [Result] titled: Titled policed: String @policy(policies: [["p"]]) }
type Person { id: ID name: String }
union Result = Person
interface Titled { id: ID }
type Book implements Titled { id: ID }
type Film implements Titled { id: ID title: String }
"""
"""What is left for somebody who is not signed in, as a graph of its own."""

ASKED = [
    "{ salary }",
    "{ salary(of: 1, grade: HIGH) }",
    "{ salarx }",
    "{ person { notes } }",
    "{ person { note } }",
    "{ vault { code } }",
    "{ results { ... on Vault { code } } }",
    "{ results { ... on Vaul { code } } }",
    "query($g: Grade) { open @include(if: $g) }",
    "query($r: Range) { open }",
    "fragment F on Secrets { a } { open ...F }",
    "{ titled { title } }",
    "{ node { id } }",
    "{ money badge(of: RED) }",
    "mutation { raise }",
    '{ __type(name: "Vault") { name } }',
    '{ __type(name: "Color") { enumValues { name } } }',
    '{ __type(name: "Range") { inputFields { name } } }',
    '{ __type(name: "Result") { possibleTypes { name } } }',
    '{ __type(name: "Query") { fields { name args { name } } } }',
    "{ __schema { mutationType { name } types { name } } }",
    get_introspection_query(),
]


@pytest.mark.parametrize("suggestions", [True, False])
async def test_what_is_hidden_is_answered_as_what_does_not_exist(opened, suggestions):
    hiding = await opened(suggestions=suggestions)
    lacking = await opened(WITHOUT, {}, suggestions=suggestions)
    for query in ASKED:
        hidden, unknown = await hiding.ask(query), await lacking.ask(query)
        assert (hidden.status, hidden.body) == (unknown.status, unknown.body), query


@pytest.mark.parametrize(
    ("query", "hidden"),
    [
        ("{ salarx }", "salary"),
        ("{ vaul { code } }", "vault"),
        ("{ person { note } }", "notes"),
        ("{ results { ... on Vaul { code } } }", "Vault"),
        ("query($g: Grad) { open }", "Grade"),
        ("mutation { raisee }", "raise"),
    ],
)
async def test_nothing_hidden_is_suggested(opened, query, hidden):
    gateway = await opened()
    assert f"'{hidden}'" in str((await gateway.ask(query, scopes="pay")).body)
    assert f"'{hidden}'" not in str((await gateway.ask(query)).body)


async def test_views_do_not_mix(opened):
    gateway = await opened()
    for _ in range(3):
        assert (await gateway.ask("{ salary }", scopes="pay")).data == {"salary": 9}
        assert (await gateway.ask("{ salary }", scopes="")).codes == ["GRAPHQL_VALIDATION_FAILED"]
        assert (await gateway.ask("{ open }", scopes="pay other")).data == {"open": "o"}


async def test_policies_are_decided_by_arguments_and_so_stay_visible(opened):
    gateway = await opened()
    answer = await gateway.ask("{ open policed }")
    assert answer.data == {"open": "o", "policed": None}
    assert answer.codes == ["UNAUTHORIZED_FIELD_OR_TYPE"]


async def test_an_object_of_a_hidden_type_among_others_is_null_and_not_named(opened):
    gateway = await opened()
    answer = await gateway.ask("{ results { __typename ... on Person { id } } }")
    assert answer.data == {"results": [None, {"__typename": "Person", "id": "1"}]}
    assert "Vault" not in str(answer.body)


async def test_an_enum_that_is_hidden_as_output_is_still_an_input(opened):
    sdl = """type Query { a(of: Color): Int b: Color }
      enum Color @authenticated { RED }"""
    gateway = await opened(sdl, {"Query.a": lambda *_, of: 1, "Query.b": lambda *_: "RED"})
    schema = await introspected(gateway, None)
    assert set(schema.query_type.fields) == {"a"}
    assert "Color" in schema.type_map
    assert (await gateway.ask("{ a(of: RED) }")).data == {"a": 1}


async def test_a_hidden_query_root_has_nothing_to_ask_for(opened):
    gateway = await opened("type Query @authenticated { a: Int }", {"Query.a": lambda *_: 1})
    answer = await gateway.ask("{ a }")
    assert answer.errors[0]["message"] == (await gateway.ask("{ b }")).errors[0]["message"].replace(
        "'b'", "'a'"
    )
    assert (await gateway.ask("{ a }", scopes="")).data == {"a": 1}


async def test_by_default_nothing_is_hidden(opened):
    gateway = await opened(hide=False)
    schema = await introspected(gateway, None)
    assert set(schema.query_type.fields) == set(SDL_FIELDS)
    answer = await gateway.ask("{ open salary }")
    assert answer.data == {"open": "o", "salary": None}


QUERIES = [
    "{ open salary(of: 1, grade: HIGH) }",
    "{ person { id notes secrets { a } } }",
    "{ results { ... on Person { id } } }",
    "{ results { ... on Vault { code } } }",
    "{ node { id } }",
    "{ node { ... on Loose { id } } }",
    "{ titled { id } }",
    "{ titled { title } }",
    "{ titled { ... on Film { title } } }",
    "{ money badge(of: RED) }",
    "mutation { raise }",
]


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize(
    "rights", [Decision(), Decision(authenticated=True), Decision(True, frozenset({"pay"}))]
)
def test_what_validates_is_never_denied(query, rights):
    """The other half of B11: whatever stays in the schema, the rules let through."""
    composition = compose([SubgraphSource("a", "", LINK + SDL)])
    assert composition.supergraph_sdl is not None
    supergraph = read_supergraph(composition.supergraph_sdl)
    rules, api = read_access_rules(supergraph), client_schema(supergraph)
    seen = visible_schema(supergraph, api, rules, rights)
    if validate(seen, parse(query)):
        return
    operation = normalize(seen, parse(query))
    access = relevant_access(operation, supergraph, rules)
    held = Decision(rights.authenticated, rights.scopes & access.scopes)
    assert dict(authorize(operation, supergraph, rules, access, held).denials) == {}
