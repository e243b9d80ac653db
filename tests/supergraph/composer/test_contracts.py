from supergraph.composer import SubgraphSource, compose

LINK = 'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@tag"])\n'
SHOP = """
    type Query { product: Product staff: Staff @tag(name: "internal") media(by: By = A): [Media] }
    type Product @key(fields: "id") { id: ID! cost(raw: Boolean @tag(name: "internal")): Int @tag(name: "internal") name(raw: Boolean @tag(name: "internal")): String }
    type Staff @tag(name: "internal") { name: String }
    union Media = Product
    enum By { A B @tag(name: "internal") }
"""


def api(document: str = SHOP, **tags: list[str]) -> str:
    composition = compose([SubgraphSource("shop", "", LINK + document)], **tags)
    assert composition.errors == ()
    return composition.api_schema_sdl or ""


def test_what_bears_an_excluded_tag_is_hidden() -> None:
    printed = api(exclude_tags=["internal"])
    assert "Staff" not in printed
    assert "cost" not in printed
    assert "name: String" in printed
    assert "enum By {\n  A\n}" in printed


def test_without_tags_nothing_is_hidden() -> None:
    assert "Staff" in api()


def test_only_what_bears_an_included_tag_is_shown() -> None:
    printed = api(
        """
        type Query { product: Product @tag(name: "public") other: Other }
        type Product { id: ID! @tag(name: "public") cost: Int }
        type Other { x: Int }
        """,
        include_tags=["public"],
    )
    assert printed == "type Product {\n  id: ID!\n}\n\ntype Query {\n  product: Product\n}"


def test_a_tag_on_a_type_counts_for_its_fields_and_exclusion_wins() -> None:
    printed = api(
        """
        type Query @tag(name: "public") { product: Int staff: Int @tag(name: "internal") }
        """,
        include_tags=["public"],
        exclude_tags=["internal"],
    )
    assert printed == "type Query {\n  product: Int\n}"


def test_a_union_of_which_nothing_is_left_is_hidden() -> None:
    document = """
        type Query { ok: Int media: Media @tag(name: "internal") }
        union Media = Film
        type Film @tag(name: "internal") { name: String }
    """
    assert "Media" not in api(document, exclude_tags=["internal"])


def test_a_contract_that_makes_no_sense_is_refused() -> None:
    document = 'type Query { film: Film } type Film @tag(name: "internal") { name: String }'
    composition = compose([SubgraphSource("shop", "", LINK + document)], exclude_tags=["internal"])
    assert [each.code for each in composition.errors] == ["REFERENCED_INACCESSIBLE"]
    assert composition.errors[0].locations
