"""What people read: the likely cause and a mend that can be typed as it stands."""

from supergraph.composer import Composition, Diagnostic, SubgraphSource, compose
from supergraph.spec import Code

LINK = (
    'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@override", '
    '"@interfaceObject", "@requires", "@external", "@requiresScopes"])\n'
)
USERS = 'type Query { me: User }\ntype User @key(fields: "id") { id: ID! name: String }'


def composed(known_permissions: set[str] | None = None, **documents: str) -> Composition:
    sources = [SubgraphSource(name, "", LINK + sdl) for name, sdl in documents.items()]
    return compose(sources, known_permissions=known_permissions)


def only(composition: Composition, code: Code) -> Diagnostic:
    (found,) = (each for each in composition.diagnostics if each.code is code)
    return found


# ---- The owner forgot @key


def test_an_owner_that_forgot_the_key_is_told_which_one():
    error = only(composed(users=USERS, profiles="type User { bio: String }"), Code.SATISFIABILITY_ERROR)
    assert 'subgraph "profiles" has it, but User has no @key there' in error.message
    assert error.mend == 'Add @key(fields: "id") and the field id to User in subgraph "profiles".'


def test_a_stub_that_forgot_the_key_is_not_told_to_share_the_key_field():
    posts = "type Query { post: Post }\ntype Post { author: User }\ntype User { id: ID! }"
    error = only(composed(users=USERS, posts=posts), Code.INVALID_FIELD_SHARING)
    assert error.mend == 'Add @key(fields: "id") to User in subgraph "posts".'


def test_a_key_that_is_not_resolvable_is_told_as_the_cause():
    profiles = 'type User @key(fields: "id", resolvable: false) { id: ID! bio: String }'
    error = only(composed(users=USERS, profiles=profiles), Code.SATISFIABILITY_ERROR)
    assert "only a key with resolvable: false" in error.message
    assert error.mend == 'Remove `resolvable: false` from @key(fields: "id") of User in subgraph "profiles".'


def test_where_nobody_has_a_key_both_are_told_to_have_one():
    composition = composed(
        a="type Query { box: Box }\ntype Box { id: ID! @shareable }",
        b="type Box { id: ID! @shareable size: Int }",
    )
    assert only(composition, Code.SATISFIABILITY_ERROR).mend == (
        'Give Box @key(fields: "id") in subgraph "b" and in subgraph "a".'
    )


def test_a_key_that_cannot_be_given_names_the_missing_field_and_a_key_that_would_do():
    stock = 'type User @key(fields: "id mail") { id: ID! mail: String! bio: String }'
    composition = composed(users=USERS, stock=stock)
    error = next(each for each in composition.errors if each.at == "User.bio")
    assert 'must be given the key "id mail", and "mail" of it cannot be had before' in error.message
    assert error.mend == (
        'Let subgraph "users" give "mail" of User, or add @key(fields: "id") to User in subgraph "stock".'
    )


def test_each_subgraph_on_the_way_says_why_it_cannot_go_on():
    composition = composed(
        a=USERS,
        b='type User @key(fields: "id") { id: ID! nick: String }',
        c='type User @key(fields: "id") { id: ID! bio: String @external long: Int @requires(fields: "bio") }',
        d="type User { bio: String }",
    )
    messages = {each.at: each.message for each in composition.errors}
    assert messages["User.bio"] == (
        "User.bio: the query { me { bio } } cannot be answered: "
        'subgraph "a" does not have it; '
        'subgraph "b", reached by the key "id", does not have it; '
        'subgraph "c" has it as @external only, to be resolved elsewhere; '
        'subgraph "d" has it, but User has no @key there, so that nobody can ask for it'
    )
    assert (
        'subgraph "c" computes it from "bio" (@requires), which it cannot be given' in messages["User.long"]
    )


# ---- A key printed in snake_case, or misspelt


def test_a_key_in_snake_case_is_written_out_right():
    sdl = 'type Query { one: Int }\ntype T @key(fields: "team_id org_unit { unit_id }") { teamId: ID orgUnit: U }\n'
    errors = composed(a=sdl + "type U { unitId: ID }").errors
    assert {error.code for error in errors} == {Code.KEY_INVALID_FIELDS}
    assert any('names "team_id"' in error.message for error in errors)
    assert any('in GraphQL it is "teamId"' in error.message for error in errors)
    assert {error.mend for error in errors} == {'Write @key(fields: "teamId orgUnit { unitId }").'}


def test_a_misspelt_key_field_is_answered_with_the_nearest():
    error = only(
        composed(a='type Query { one: Int }\ntype T @key(fields: "uuidd") { uuid: ID }'),
        Code.KEY_INVALID_FIELDS,
    )
    assert 'did you mean "uuid"?' in error.message
    assert error.mend == 'Write @key(fields: "uuid").'


# ---- A field that two define


def test_a_field_that_two_define_names_who_does_not_share_it():
    profiles = 'type User @key(fields: "id") { id: ID! name: String @shareable }'
    error = only(composed(users=USERS, profiles=profiles), Code.INVALID_FIELD_SHARING)
    assert error.message == (
        'User.name: subgraphs "profiles" and "users" resolve it, but it is not @shareable in subgraph "users"'
    )
    assert 'mark it @shareable in subgraph "users"' in error.mend


def test_a_field_that_an_interface_object_gives_says_so():
    a = (
        'type Query { node: Node }\ninterface Node @key(fields: "id") { id: ID! }\n'
        'type T implements Node @key(fields: "id") { id: ID! size: Int }'
    )
    b = 'type Node @interfaceObject @key(fields: "id") { id: ID! size: Int }'
    error = only(composed(a=a, b=b), Code.INVALID_FIELD_SHARING)
    assert '(in "b" through the @interfaceObject Node)' in error.message


# ---- An override of a subgraph that does not exist


def test_a_misspelt_override_is_the_mend_of_the_field_that_two_now_resolve():
    moved = 'type User @key(fields: "id") { id: ID! name: String @override(from: "usres") }'
    composition = composed(users=USERS, profiles=moved)
    assert only(composition, Code.INVALID_FIELD_SHARING).mend == (
        'Write @override(from: "users") in subgraph "profiles".'
    )
    hint = only(composition, Code.FROM_SUBGRAPH_DOES_NOT_EXIST)
    assert 'did you mean "users"?' in hint.message
    assert hint.mend == 'Write @override(from: "users").'


# ---- A misspelt permission


def test_a_misspelt_permission_is_answered_with_the_nearest():
    sdl = 'type Query { one: Int @requiresScopes(scopes: [["users:raed"]]) }'
    error = only(composed({"users:read", "users:write"}, a=sdl), Code.UNKNOWN_PERMISSION)
    assert 'Query.one: @requiresScopes asks for the permission "users:raed"' in error.message
    assert 'did you mean "users:read"?' in error.message
    assert error.mend == 'Write "users:read", or declare "users:raed" in the subgraph that owns it.'


# ---- Imports


def test_an_import_from_a_later_version_names_that_version():
    sdl = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.3", import: ["@policy"])\n'
        "type Query { one: Int }"
    )
    error = only(compose([SubgraphSource("a", "", sdl)]), Code.INVALID_LINK_DIRECTIVE_USAGE)
    assert error.mend == "Link federation v2.6 or later."


def test_a_misspelt_import_is_answered_with_the_nearest():
    sdl = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@sharable"])\n'
        "type Query { one: Int }"
    )
    error = only(compose([SubgraphSource("a", "", sdl)]), Code.INVALID_LINK_DIRECTIVE_USAGE)
    assert error.mend == 'Import "@shareable".'
