def line(document: str | None, start: str) -> str:
    return next(line.strip() for line in (document or "").splitlines() if line.strip().startswith(start))


def test_tags_of_all_subgraphs_are_kept_once(composed) -> None:
    document = composed(
        a='type Query { x: Int @shareable @tag(name: "one") @tag(name: "both") }',
        b='type Query { x: Int @shareable @tag(name: "both") @tag(name: "two") }',
    ).supergraph_sdl
    assert line(document, "x: Int") == 'x: Int @tag(name: "one") @tag(name: "both") @tag(name: "two")'


def test_one_subgraph_is_enough_to_hide(api) -> None:
    assert "x" not in api(
        a="type Query { x: Int @shareable @inaccessible ok: Int }", b="type Query { x: Int @shareable }"
    )


def test_the_commonest_deprecation_is_used(composed) -> None:
    composition = composed(
        a='type Query { x: Int @shareable @deprecated(reason: "one") }',
        b='type Query { x: Int @shareable @deprecated(reason: "two") }',
        c='type Query { x: Int @shareable @deprecated(reason: "two") }',
    )
    assert line(composition.supergraph_sdl, "x: Int") == 'x: Int @deprecated(reason: "two")'
    assert "INCONSISTENT_NON_REPEATABLE_DIRECTIVE_ARGUMENTS" in {str(each.code) for each in composition.hints}


def test_the_highest_cost_is_used(composed) -> None:
    composition = composed(
        a="type Query { x: Int @shareable @cost(weight: 3) }",
        b="type Query { x: Int @shareable @cost(weight: 20) }",
    )
    assert line(composition.supergraph_sdl, "x: Int") == "x: Int @cost(weight: 20)"
    assert {str(each.code) for each in composition.hints} == {"MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS"}


def test_directives_that_nobody_composes_do_not_reach_the_supergraph(composed) -> None:
    document = composed(a="directive @own on FIELD_DEFINITION type Query { x: Int @own }").supergraph_sdl
    assert "@own" not in (document or "")


def test_a_cache_tag_is_told_to_its_subgraphs_only(composed) -> None:
    field = 'type Query { x: Int @shareable @cacheTag(format: "x") }'
    assert line(composed(a=field, b=field).supergraph_sdl, "x: Int") == (
        'x: Int @join__directive(graphs: [A, B], name: "federation__cacheTag", args: {format: "x"})'
    )
