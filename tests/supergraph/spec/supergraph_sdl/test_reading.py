import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from supergraph.spec import (
    FieldJoin,
    FieldName,
    GraphName,
    Implements,
    InvalidSupergraphError,
    ObjectType,
    Supergraph,
    TypeName,
    UnionMember,
    UnionType,
    read_supergraph,
    read_type_reference,
)

A, B = GraphName("A"), GraphName("B")
HEAD = """
schema
  @link(url: "https://specs.apollo.dev/link/v1.0")
  @link(url: "https://specs.apollo.dev/join/v0.3", for: EXECUTION)
{ query: Query }
enum join__Graph { A @join__graph(name: "a", url: "http://a") B @join__graph(name: "b-b", url: "") }
"""
QUERY = "type Query @join__type(graph: A) { ok: Boolean }\n"


def composite(supergraph: Supergraph, name: str) -> ObjectType:
    found = supergraph.types[TypeName(name)]
    assert isinstance(found, ObjectType)
    return found


def joins(supergraph: Supergraph, type_name: str, field: str) -> tuple[FieldJoin, ...]:
    return composite(supergraph, type_name).fields[FieldName(field)].joins


def test_a_field_without_join_field_is_in_every_graph_of_its_type() -> None:
    read = read_supergraph(HEAD + "type Query @join__type(graph: A) @join__type(graph: B) { ok: Boolean }")
    assert joins(read, "Query", "ok") == (FieldJoin(A), FieldJoin(B))


def test_a_join_field_without_graph_means_no_graph_by_itself() -> None:
    read = read_supergraph(HEAD + "type Query @join__type(graph: A) { ok: Boolean @join__field }")
    assert joins(read, "Query", "ok") == ()


def test_several_keys_of_one_graph_are_one_join() -> None:
    keyed = 'type T @join__type(graph: A, key: "id") @join__type(graph: A, key: "{ a,  b }", resolvable: false) { id: ID }'
    [join] = composite(read_supergraph(HEAD + QUERY + keyed), "T").joins
    assert [(key.fields, key.resolvable) for key in join.keys] == [("id", True), ("a b", False)]


def test_a_join_type_that_says_the_merged_type_again_says_nothing() -> None:
    field = 'x: Int @join__field(graph: A, type: "Int") @join__field(graph: B, type: "Int!")'
    read = read_supergraph(HEAD + f"type Query @join__type(graph: A) @join__type(graph: B) {{ {field} }}")
    assert joins(read, "Query", "x") == (FieldJoin(A), FieldJoin(B, type=read_type_reference("Int!")))


def test_join_v02_documents_are_completed() -> None:
    read = read_supergraph(
        HEAD.replace("join/v0.3", "join/v0.2")
        + QUERY
        + "interface I @join__type(graph: A) { id: ID }"
        + "type T implements I @join__type(graph: A) @join__type(graph: B) { id: ID }"
        + "union U @join__type(graph: A) = T\n"
        + "enum E @join__type(graph: B) { X }"
    )
    assert composite(read, "T").implements == (Implements(A, TypeName("I")),)
    union = read.types[TypeName("U")]
    assert isinstance(union, UnionType)
    assert union.member_joins == (UnionMember(A, TypeName("T")),)


def test_renamed_link_and_join_are_understood() -> None:
    read = read_supergraph("""
        schema
          @core(url: "https://specs.apollo.dev/link/v1.0", as: "core")
          @core(url: "https://specs.apollo.dev/join/v0.3", as: "j", for: EXECUTION)
        { query: Query }
        directive @core(url: String!) repeatable on SCHEMA
        directive @j__type(graph: j__Graph!) on OBJECT
        enum j__Graph { A @j__graph(name: "a", url: "") }
        type Query @j__type(graph: A) { ok: Boolean }
    """)
    assert list(read.types) == ["Query"]
    assert dict(read.directives) == {}
    assert joins(read, "Query", "ok") == (FieldJoin(A),)


def test_context_arguments_are_read() -> None:
    context = '{context: "a__c", name: "unit", type: "String!", selection: "{ unit }"}'
    read = read_supergraph(
        HEAD
        + f"type Query @join__type(graph: A) {{ x: Int @join__field(graph: A, contextArguments: [{context}]) }}"
    )
    [argument] = joins(read, "Query", "x")[0].context_arguments
    assert (argument.context, argument.name, str(argument.type), argument.selection) == (
        "a__c",
        "unit",
        "String!",
        "{ unit }",
    )


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ("type Query {", "not valid GraphQL, line 1"),
        ("type Query { ok: Boolean }", "is not a supergraph"),
        ('schema @core(feature: "https://specs.apollo.dev/core/v0.1") { query: Query }', "federation 1"),
        (HEAD.replace("join/v0.3", "join/v0.1") + QUERY, "join v0.1"),
        (HEAD.replace("enum join__Graph", "enum Other") + QUERY, "no enum join__Graph"),
        (HEAD, "root type Query"),
        (HEAD + QUERY + QUERY, "defined twice"),
        (HEAD + QUERY + "extend type Query { x: Int }", "no extensions"),
        (HEAD + QUERY + "query { ok }", "has no query"),
        (HEAD + "type Query @join__type(graph: C) { ok: Boolean }", "names the graph C"),
        (HEAD + "type Query @join__type { ok: Boolean }", "lacks its argument `graph`"),
        (HEAD + 'type Query @join__type(graph: A, key: "}") { ok: Boolean }', "not a field set"),
        (
            HEAD + 'type Query @join__type(graph: A) { a: Int @join__field(graph: A, type: "?") }',
            "type reference",
        ),
        (HEAD + "type Query @join__type(graph: A) { a: Int a: Int }", "Query.a is defined twice"),
    ],
)
def test_what_is_no_supergraph_is_refused_in_one_clear_line(document: str, said: str) -> None:
    with pytest.raises(InvalidSupergraphError, match=said) as raised:
        read_supergraph(document)
    assert "\n" not in str(raised.value)


WHOLE = (
    HEAD
    + """
type Query implements I @join__type(graph: A, key: "id { x }") @join__implements(graph: A, interface: "I") {
  x(a: [Int!] = [1, 2]): U @join__field(graph: A, type: "[U!]!", requires: "f(a: 1)", override: "b") @tag(name: "t")
}
interface I @join__type(graph: A) { x(a: [Int!]): U }
union U @join__type(graph: A) @join__unionMember(graph: A, member: "Query") = Query
enum E @join__type(graph: B) { X @join__enumValue(graph: B) }
"""
)


@settings(max_examples=150, deadline=None)
@given(
    st.integers(0, len(WHOLE)),
    st.integers(0, 30),
    st.text(max_size=8) | st.sampled_from(["{", "[" * 200, '"', "@"]),
)
def test_a_damaged_document_is_read_or_refused_but_never_breaks_the_reader(
    at: int, gap: int, put: str
) -> None:
    said = ""
    try:
        read_supergraph(WHOLE[:at] + put + WHOLE[at + gap :])
    except InvalidSupergraphError as error:
        said = str(error)
    assert "\n" not in said


def test_lists_without_end_are_refused() -> None:
    endless = "[" * 5000 + "Int" + "]" * 5000
    document = f'type Query @join__type(graph: A) {{ x: Int @join__field(graph: A, type: "{endless}") }}'
    with pytest.raises(InvalidSupergraphError, match="lists within each other"):
        read_supergraph(HEAD + document)


def test_what_an_interface_object_requires_is_external_there_though_the_document_forgets_it():
    read = read_supergraph(
        HEAD
        + QUERY
        + 'interface I @join__type(graph: A, key: "id") @join__type(graph: B, key: "id", isInterfaceObject: true) {'
        '  id: ID! name: String greeting: String @join__field(graph: B, requires: "id name") }'
    )
    fields = read.types[TypeName("I")].fields
    assert fields[FieldName("name")].joins == (FieldJoin(A), FieldJoin(B, external=True))
    assert fields[FieldName("id")].joins == (FieldJoin(A), FieldJoin(B))
