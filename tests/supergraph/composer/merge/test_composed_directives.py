import pytest

HEAD = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@composeDirective", "@shareable", "@key"]) '


def owning(
    name: str, *, url: str = "https://example.com/own/v1.0", imported: str = '"@own"', rest: str = ""
) -> str:
    return (
        f'{HEAD} @link(url: "{url}", import: [{imported}]) @composeDirective(name: "{name}")\n'
        f"directive {name} on FIELD_DEFINITION\n{rest}"
    )


def test_a_composed_directive_reaches_the_supergraph(composed) -> None:
    document = composed(a=owning("@own", rest="type Query { x: Int @own }")).supergraph_sdl
    assert '@link(url: "https://example.com/own/v1.0", import: ["@own"])' in document
    assert "directive @own on FIELD_DEFINITION" in document
    assert "x: Int @own" in document


def test_the_newest_minor_version_is_linked(composed) -> None:
    document = composed(
        a=owning("@own", rest="type Query { x: Int @own }"),
        b=owning("@own", url="https://example.com/own/v1.3", rest="type Query { y: Int @own }"),
    ).supergraph_sdl
    assert "https://example.com/own/v1.3" in document
    assert "https://example.com/own/v1.0" not in document


@pytest.mark.parametrize(
    "document",
    [
        HEAD + '@composeDirective(name: "own") type Query { x: Int }',
        HEAD + '@composeDirective(name: "@missing") type Query { x: Int }',
        HEAD + '@composeDirective(name: "@loose") directive @loose on OBJECT type Query { x: Int }',
        HEAD + '@composeDirective(name: "@key") type Query { x: Int }',
    ],
)
def test_what_cannot_be_composed_is_refused(codes, document) -> None:
    assert codes(a=document) == {"DIRECTIVE_COMPOSITION_ERROR"}


def test_different_major_versions_cannot_be_composed(codes) -> None:
    assert codes(
        a=owning("@own", rest="type Query { x: Int @own }"),
        b=owning("@own", url="https://example.com/own/v2.0", rest="type Query { y: Int @own }"),
    ) == {"DIRECTIVE_COMPOSITION_ERROR"}


def test_one_name_for_two_directives_is_refused(codes) -> None:
    assert codes(
        a=owning("@own", rest="type Query { x: Int @own }"),
        b=owning("@own", url="https://example.com/other/v1.0", rest="type Query { y: Int @own }"),
    ) == {"DIRECTIVE_COMPOSITION_ERROR"}


def test_a_subgraph_that_does_not_compose_loses_its_own(composed) -> None:
    composition = composed(
        a=owning("@own", rest="type Query { x: Int @own }"),
        b=HEAD
        + '@link(url: "https://example.com/own/v1.0", import: ["@own"]) directive @own on FIELD_DEFINITION '
        + "type Query { y: Int @own }",
    )
    assert "y: Int @own" not in (composition.supergraph_sdl or "")
    assert {str(each.code) for each in composition.hints} == {"DIRECTIVE_COMPOSITION_WARN"}


def test_composing_what_is_composed_anyway_is_hinted_at(hints) -> None:
    document = (
        HEAD.replace('"@key"', '"@tag"')
        + '@composeDirective(name: "@tag") type Query { x: Int @tag(name: "t") }'
    )
    assert hints(a=document) == {"DIRECTIVE_COMPOSITION_INFO"}


def test_an_argument_of_a_composed_directive_cannot_be_hidden(codes) -> None:
    document = owning("@own", rest="type Query { x: Int @own }").replace('"@key"', '"@inaccessible"')
    document = document.replace("directive @own on", "directive @own(a: Int @inaccessible) on")
    assert codes(a=document) == {"DISALLOWED_INACCESSIBLE"}
