def rule(document: str | None, start: str) -> str:
    line = next(line.strip() for line in (document or "").splitlines() if line.strip().startswith(start))
    return line[line.index("@requiresScopes") :]


def test_requirements_of_all_subgraphs_hold_together(composed) -> None:
    document = composed(
        a='type Query { x: Int @shareable @requiresScopes(scopes: [["a", "b"], ["admin"]]) }',
        b='type Query { x: Int @shareable @requiresScopes(scopes: [["a"]]) }',
    ).supergraph_sdl
    assert rule(document, "x: Int") == '@requiresScopes(scopes: [["a", "admin"], ["a", "b"]])'


def test_the_weaker_of_two_requirements_never_wins(composed) -> None:
    document = composed(
        a='type Query { x: Int @shareable @requiresScopes(scopes: [["a1", "a2"]]) }',
        b='type Query { x: Int @shareable @requiresScopes(scopes: [["a1"]]) }',
    ).supergraph_sdl
    assert rule(document, "x: Int") == '@requiresScopes(scopes: [["a1", "a2"]])'


def test_an_interface_requires_what_its_implementations_require(composed) -> None:
    document = composed(
        a="""
            type Query { i: I }
            interface I { n: Int }
            type T implements I { n: Int @requiresScopes(scopes: [["x"]]) }
            type V implements I { n: Int @requiresScopes(scopes: [["y"], ["z"]]) }
        """
    ).supergraph_sdl
    interface = (document or "").split("interface I")[1]
    assert rule(interface, "n: Int") == '@requiresScopes(scopes: [["x", "y"], ["x", "z"]])'


def test_a_rule_on_a_field_of_an_interface_object_guards_the_implementations(composed) -> None:
    document = composed(
        a="""
            type Query { i: I }
            interface I @key(fields: "id") { id: ID! }
            type T implements I @key(fields: "id") { id: ID! }
        """,
        b='type I @key(fields: "id") @interfaceObject { id: ID! n: Int @requiresScopes(scopes: [["n"]]) }',
    ).supergraph_sdl
    assert rule((document or "").split("type T")[1], "n: Int") == '@requiresScopes(scopes: [["n"]])'


def test_different_directives_on_one_element_are_all_kept(composed) -> None:
    document = composed(
        a="type Query { x: Int @shareable @authenticated }",
        b='type Query { x: Int @shareable @policy(policies: [["p"]]) }',
    ).supergraph_sdl
    line = next(line for line in (document or "").splitlines() if line.strip().startswith("x: Int"))
    assert "@authenticated" in line
    assert '@policy(policies: [["p"]])' in line


def test_requirements_that_combine_without_bounds_are_an_error(codes) -> None:
    rule = '@requiresScopes(scopes: [["a{0}"], ["b{0}"]])'
    subgraphs = {
        f"s{number}": "type Query { x: Int @shareable " + rule.format(number) + " }" for number in range(20)
    }
    assert codes(**subgraphs) == {"DIRECTIVE_COMPOSITION_ERROR"}
    types = " ".join(
        f"type T{number} implements I {{ x: Int {rule.format(number)} }}" for number in range(20)
    )
    assert codes(a=f"type Query {{ i: I }} interface I {{ x: Int }} {types}") == {
        "DIRECTIVE_COMPOSITION_ERROR"
    }
