"""Places in code, where a document was printed from some."""

from supergraph.composer import Diagnostic, SubgraphSource, compose

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@external"])\n'
ORIGINS = {
    "Query": "shop.Query",
    "Query.one": "shop.Query.one",
    "User": "shop.User",
    "User.name": "shop.User.name",
}


def error_of(sdl: str) -> Diagnostic:
    return compose([SubgraphSource("shop", "", LINK + sdl, ORIGINS)]).errors[0]


def origin_of(sdl: str) -> str:
    return error_of(sdl).locations[0].origin


def test_a_directive_belongs_to_the_element_that_it_stands_on():
    assert (
        origin_of('type Query { one: Int }\ntype User @key(fields: "no") { id: ID name: Int }') == "shop.User"
    )
    assert (
        origin_of('type Query { one: User }\ntype User { id: ID name: Int @key(fields: "id") }')
        == "shop.User.name"
    )


def test_an_argument_belongs_to_its_field():
    assert origin_of("type Query { one(a: Nope): Int }") == "shop.Query.one"


def test_a_field_that_is_not_known_is_at_least_one_of_its_type():
    assert origin_of("type Query { one: Int other: Nope }") == "shop.Query"


def test_what_belongs_to_no_type_has_no_origin():
    assert origin_of("type Query { one: Int }\ndirective @d(a: Nope) on FIELD") == ""


def test_a_document_without_origins_is_told_as_before():
    sdl = LINK + "type Query { one: Nope }"
    error = compose([SubgraphSource("shop", "", sdl)]).errors[0]
    assert [str(each) for each in error.locations] == ["shop:2:14"]


def test_both_places_are_told():
    assert str(error_of("type Query { one: Nope }").locations[0]) == "shop:2:14 (shop.Query.one)"
