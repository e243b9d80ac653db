from graphql import build_schema, lexicographic_sort_schema, parse, print_schema, validate

from supergraph.spec import api_document, client_schema, read_supergraph

HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.5", for: EXECUTION)
  @link(url: "https://specs.apollo.dev/tag/v0.3")
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY, import: [{name: "@inaccessible", as: "@hidden"}])
  @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)
  @link(url: "https://example.com/own/v1.0", import: ["@own", "Own"])
{ query: Query }
directive @hidden on FIELD_DEFINITION
directive @tag(name: String!) repeatable on FIELD_DEFINITION
directive @policy(policies: [[policy__Policy!]!]!) on FIELD_DEFINITION
directive @own on FIELD_DEFINITION
directive @live(every: Int = 5) on FIELD
scalar policy__Policy
enum Own { X }
enum join__Graph { A @join__graph(name: "a", url: "") }
"""


def document(body: str) -> str:
    return api_document(read_supergraph(HEAD + body))


def test_linked_specifications_and_join_are_not_shown() -> None:
    printed = document(
        'type Query @join__type(graph: A) { ok: Boolean @tag(name: "x") @own @policy(policies: []) }'
    )
    assert printed == "directive @live(every: Int = 5) on FIELD\n\ntype Query {\n  ok: Boolean\n}"


def test_what_is_inaccessible_is_gone_wherever_it_stands() -> None:
    printed = document("""
        type Query implements I @join__type(graph: A) {
          u(a: Int, b: Int @hidden): U
          secret: Secret @hidden
        }
        interface I @join__type(graph: A) @hidden { u(a: Int): U }
        union U @join__type(graph: A) = Secret | Open
        type Secret @join__type(graph: A) @hidden { x: Int }
        type Open @join__type(graph: A) { colour(filter: Filter): Colour }
        enum Colour @join__type(graph: A) { RED BLUE @hidden }
        input Filter @join__type(graph: A) { a: Int b: Int @hidden }
    """)
    expected = build_schema("""
        directive @live(every: Int = 5) on FIELD
        type Query { u(a: Int): U }
        union U = Open
        type Open { colour(filter: Filter): Colour }
        enum Colour { RED }
        input Filter { a: Int }
    """)
    assert printed == print_schema(lexicographic_sort_schema(expected))


def test_what_graphql_itself_says_of_elements_is_kept() -> None:
    printed = document('''
        """The root."""
        type Query @join__type(graph: A) {
          "A field."
          old(filter: Filter = {by: ID, ids: ["1"]}): Date @deprecated(reason: "use new")
          older: Int @deprecated
        }
        scalar Date @join__type(graph: A) @specifiedBy(url: "https://example.com/date")
        input Filter @join__type(graph: A) @oneOf { by: By ids: [ID!] }
        enum By @join__type(graph: A) { ID NAME @deprecated(reason: "no") }
    ''')
    for kept in (
        '"""The root."""',
        '"""A field."""',
        'old(filter: Filter = {by: ID, ids: [1]}): Date @deprecated(reason: "use new")',
        "older: Int @deprecated",
        'scalar Date @specifiedBy(url: "https://example.com/date")',
        "input Filter @oneOf",
        'NAME @deprecated(reason: "no")',
    ):
        assert kept.replace(" ", "") in printed.replace(" ", "")


def test_operations_validate_against_it() -> None:
    schema = client_schema(
        read_supergraph(HEAD + "type Query @join__type(graph: A) { ok: Boolean no: Boolean @hidden }")
    )
    assert validate(schema, parse("{ ok __schema { queryType { name } } }")) == []
    assert validate(schema, parse("{ no }"))


def test_the_document_is_in_natural_order() -> None:
    printed = document("""
        type Query implements I2 & I10 @join__type(graph: A) { f10: U f9(b: In, a10: Int, a9: Int): Int }
        interface I10 @join__type(graph: A) { f10: U }
        interface I2 @join__type(graph: A) { f10: U }
        union U @join__type(graph: A) = T10 | T9
        type T9 @join__type(graph: A) { b: E a: Int }
        type T10 @join__type(graph: A) { b: Int a: Int }
        enum E @join__type(graph: A) { V10 V9 }
        input In @join__type(graph: A) { b: Int a: Int = 1 }
    """)
    assert printed == print_schema(lexicographic_sort_schema(build_schema(printed)))
    assert printed.index("type T9") < printed.index("type T10")
