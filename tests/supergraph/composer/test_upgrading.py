"""Federation 1 documents mean in federation 2 what they meant before."""

from supergraph.composer import Composition, SubgraphSource, compose
from supergraph.spec import Code, FieldName, TypeName

USERS = 'type Query { me: User }\ntype User @key(fields: "id") { id: ID! name: String }\n'


def composed(**documents: str) -> Composition:
    return compose([SubgraphSource(name, "", sdl) for name, sdl in documents.items()])


def test_an_external_key_of_an_extension_is_resolved_there():
    composition = composed(
        users=USERS, loyalty='extend type User @key(fields: "id") { id: ID! @external points: Int }'
    )
    assert composition.supergraph is not None
    identity = composition.supergraph.composite(TypeName("User")).fields[FieldName("id")]
    assert [join.external for join in identity.joins] == [False, False]


def test_value_types_are_shared_without_being_told():
    place = "type Place { lat: Float }\n"
    assert composed(
        a=f"type Query {{ here: Place }}\n{place}", b=f"type Query {{ there: Place }}\n{place}"
    ).ok


def test_a_federation_2_document_still_has_to_say_that_it_shares():
    linked = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.0")\n'
    place = "type Place { lat: Float }\n"
    composition = composed(
        a=f"type Query {{ here: Place }}\n{place}", b=f"{linked}type Query {{ there: Place }}\n{place}"
    )
    assert [error.code for error in composition.errors] == [Code.INVALID_FIELD_SHARING]


def test_external_fields_that_nobody_uses_are_dropped():
    composition = composed(
        users=USERS,
        loyalty='extend type User @key(fields: "id") { id: ID! @external name: String @external points: Int }',
    )
    assert composition.supergraph is not None
    name = composition.supergraph.composite(TypeName("User")).fields[FieldName("name")]
    assert [join.graph for join in name.joins] == ["USERS"]


def test_a_provided_field_that_is_not_external_is_ignored():
    assert composed(users='type Query { me: User @provides(fields: "name") }\n' + USERS.partition("\n")[2]).ok


def test_a_key_may_be_a_list_of_names():
    assert composed(users=USERS.replace('"id"', '["id"]')).ok


def test_a_home_made_inaccessible_hides_as_federation_2_does():
    composition = composed(
        users="directive @inaccessible on FIELD_DEFINITION\ntype Query { shown: Int hidden: Int @inaccessible }"
    )
    assert composition.api_schema_sdl is not None
    assert "hidden" not in composition.api_schema_sdl


def test_an_extension_without_base_is_refused():
    errors = composed(users="type Query { a: Int }\nextend type User { name: String }").errors
    assert [error.code for error in errors] == [Code.EXTENSION_WITH_NO_BASE]


def test_a_federation_1_document_may_have_a_shareable_of_its_own():
    place = "type Place @shareable { lat: Float }\nextend type Place { long: Float }\n"
    own = f"directive @shareable on OBJECT | FIELD_DEFINITION\ntype Query {{ here: Place }}\n{place}"
    assert composed(a=own, b=own.replace("here", "there")).ok


def test_a_type_that_a_union_names_is_not_dropped_in_silence():
    errors = composed(
        a="type Query { any: Any }\nunion Any = User | Place\ntype User { id: ID }\n"
        "extend type Place { lat: Int @external }",
        b="type Query { place: Place }\ntype Place { lat: Int }",
    ).errors
    assert [(error.code, error.at) for error in errors] == [(Code.TYPE_WITH_ONLY_UNUSED_EXTERNAL, "Place")]
