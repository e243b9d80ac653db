ENTITY = 'type T @key(fields: "id") { id: ID! }'


def test_an_object_has_the_fields_of_all(api) -> None:
    printed = api(
        a='type Query { t: T } type T @key(fields: "id") { id: ID! a: Int }',
        b='type T @key(fields: "id") { id: ID! b: Int }',
    )
    assert "type T {\n  a: Int\n  b: Int\n  id: ID!\n}" in printed


def test_an_entity_that_is_none_elsewhere_is_hinted_at(hints) -> None:
    assert hints(
        a=f"type Query {{ t: T }} {ENTITY}", b="type Query { u: T } type T { id: ID! @shareable }"
    ) == {"INCONSISTENT_ENTITY"}


def test_a_value_type_that_differs_is_hinted_at(hints) -> None:
    assert hints(
        a="type Query { ok: Int } type V @shareable { a: Int }",
        b="type Query { v: V } type V @shareable { a: Int b: Int }",
    ) == {"INCONSISTENT_OBJECT_VALUE_TYPE_FIELD"}


def test_every_subgraph_has_the_query_root(composed) -> None:
    document = composed(a=f"type Query {{ t: T }} {ENTITY}", b=ENTITY).supergraph_sdl
    assert "type Query\n  @join__type(graph: A)\n  @join__type(graph: B)" in document
