import pytest

OWNER = """
    type Query {{ t: T }}
    type T @key(fields: "id") {{ id: ID! secret: Secret {} }}
    type Secret {} {{ size: Int {} }}
"""
ASKING = """
    type T @key(fields: "id") {{
      id: ID! secret: Secret @external cost: Int @requires(fields: "secret {{ size }}") {}
    }}
    type Secret {{ size: Int @external }}
"""
A, AB = '@requiresScopes(scopes: [["a"]])', '@requiresScopes(scopes: [["a", "b"]])'


@pytest.mark.parametrize("guarded", [(A, "", ""), ("", A, ""), ("", "", A), ("", "", "@authenticated")])
def test_a_computed_field_requires_what_it_is_computed_from(codes, guarded) -> None:
    assert codes(a=ASKING.format(""), b=OWNER.format(*guarded)) == {"MISSING_TRANSITIVE_AUTH_REQUIREMENTS"}


@pytest.mark.parametrize("guard", [A, AB])
def test_a_stronger_requirement_implies_a_weaker(codes, guard) -> None:
    assert codes(a=ASKING.format(guard), b=OWNER.format(A, A, A)) == set()


def test_one_alternative_that_is_weaker_is_too_weak(codes) -> None:
    weaker = '@requiresScopes(scopes: [["a"], ["c"]])'
    assert codes(a=ASKING.format(weaker), b=OWNER.format("", "", A)) == {
        "MISSING_TRANSITIVE_AUTH_REQUIREMENTS"
    }


def test_a_rule_on_the_type_counts_for_its_fields(codes) -> None:
    asking = ASKING.replace("type T ", f"type T {A} ").format("")
    assert codes(a=asking, b=OWNER.format("", "", A)) == set()


def test_what_a_context_hands_over_is_guarded_too(codes) -> None:
    document = """
        type Query {{ shop: Shop }}
        type Shop @key(fields: "id") @context(name: "shop") {{ id: ID! unit: String! {} price: Price! }}
        type Price @key(fields: "id") {{ id: ID! amount(unit: String @fromContext(field: "$shop {{ unit }}")): Int {} }}
    """
    assert codes(a=document.format(A, "")) == {"MISSING_TRANSITIVE_AUTH_REQUIREMENTS"}
    assert codes(a=document.format(A, A)) == set()
