from supergraph.spec import Link

HEAD = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [{}]) '


def test_a_specification_is_linked_when_it_is_used(composed) -> None:
    supergraph = composed(a='type Query { x: Int @tag(name: "t") y: Int @inaccessible }').supergraph
    assert supergraph is not None
    assert supergraph.links == (
        Link("https://specs.apollo.dev/tag/v0.3"),
        Link("https://specs.apollo.dev/inaccessible/v0.2", purpose="SECURITY"),
    )


def test_a_directive_keeps_the_name_that_subgraphs_give_it(composed) -> None:
    renamed = HEAD.format('{name: "@tag", as: "@label"}') + 'type Query { x: Int @label(name: "t") }'
    document = composed(a=renamed).supergraph_sdl
    assert (
        '@link(url: "https://specs.apollo.dev/tag/v0.3", import: [{name: "@tag", as: "@label"}])' in document
    )
    assert 'x: Int @label(name: "t")' in document


def test_two_names_for_one_directive_are_refused(codes) -> None:
    assert codes(
        a=HEAD.format('"@tag"') + 'type Query { x: Int @tag(name: "t") }',
        b=HEAD.format('{name: "@tag", as: "@label"}') + 'type Query { y: Int @label(name: "t") }',
    ) == {"LINK_IMPORT_NAME_MISMATCH"}
