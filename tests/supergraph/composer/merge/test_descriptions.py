def test_the_commonest_description_is_used(api, hints) -> None:
    subgraphs = {
        "a": '"one" type Query { a: Int }',
        "b": '"two" type Query { b: Int }',
        "c": '"two" type Query { c: Int }',
        "d": "type Query { d: Int }",
    }
    assert '"""two"""\ntype Query' in api(**subgraphs)
    assert hints(**subgraphs) == {"INCONSISTENT_DESCRIPTION"}
