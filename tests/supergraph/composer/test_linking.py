"""Names are what their links say, whatever the document calls them."""

import pytest

from supergraph.composer import SubgraphSource, compose
from supergraph.spec import Code


def codes_of(sdl: str) -> set[Code]:
    return {error.code for error in compose([SubgraphSource("only", "", sdl)]).errors}


def linked(arguments: str, key: str, url: str = "https://specs.apollo.dev/federation/v2.9") -> str:
    return (
        f'extend schema @link(url: "{url}", {arguments})\n'
        f'type Query {{ me: User }}\ntype User @{key}(fields: "id") {{ id: ID! }}\n'
    )


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ('import: ["@key"]', "key"),
        ('import: [{name: "@key"}]', "key"),
        ('import: [{name: "@key", as: "@entity"}]', "entity"),
        ('as: "fed"', "fed__key"),
        ("import: null", "federation__key"),
        ('import: ["FieldSet", "@key"]', "key"),
    ],
)
def test_a_directive_is_known_by_the_name_its_link_gives(arguments: str, key: str):
    assert codes_of(linked(arguments, key)) == set()


@pytest.mark.parametrize(
    ("arguments", "key"),
    [
        ('import: ["@key"]', "federation__key"),
        ('import: [{name: "@key", as: "@entity"}]', "key"),
        ('as: "fed"', "federation__key"),
        ("import: []", "key"),
    ],
)
def test_no_other_name_is_known(arguments: str, key: str):
    assert codes_of(linked(arguments, key)) == {Code.INVALID_GRAPHQL}


@pytest.mark.parametrize(
    "arguments",
    [
        'import: ["key"]',
        'import: ["@nothing"]',
        "import: [1]",
        'import: [{as: "@k"}]',
        'import: [{name: "@key", to: "@k"}]',
        'import: [{name: "@key", as: "k"}]',
        'import: [{name: "@key", as: "@k("}]',
        'import: ["@key", {name: "@key", as: "@k"}]',
        'import: ["@key", {name: "@tag", as: "@key"}]',
        'as: "f__d"',
        'as: "fed_"',
        'as: "f d"',
    ],
)
def test_a_link_that_cannot_be_understood_is_refused(arguments: str):
    assert codes_of(linked(arguments, "key")) == {Code.INVALID_LINK_DIRECTIVE_USAGE}


@pytest.mark.parametrize(
    "url",
    [
        "https://specs.apollo.dev/federation",
        "https://a/",
        "federation/v2.0",
        "https://[/v1.0",
        "https://a/b/v1",
    ],
)
def test_an_address_names_a_specification_and_its_version(url: str):
    assert codes_of(linked('import: ["@key"]', "key", url)) == {Code.INVALID_LINK_IDENTIFIER}


def test_one_specification_is_linked_once():
    link = '@link(url: "https://house.example/x/v1.%d", as: "%s")'
    same = f"extend schema {link % (0, 'a')} {link % (1, 'b')}\ntype Query {{ a: Int }}"
    assert codes_of(same) == {Code.INVALID_LINK_DIRECTIVE_USAGE}


def test_a_specification_within_federation_means_the_same_linked_alone():
    sdl = (
        'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9")\n'
        '@link(url: "https://specs.apollo.dev/inaccessible/v0.2")\n'
        "type Query { shown: Int hidden: Int @inaccessible }"
    )
    composition = compose([SubgraphSource("only", "", sdl)])
    assert composition.api_schema_sdl is not None
    assert "hidden" not in composition.api_schema_sdl
