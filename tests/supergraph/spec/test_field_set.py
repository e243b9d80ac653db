"""Field sets: read, printed, compared."""

import pytest

from supergraph.spec import (
    FieldSetSyntaxError,
    fields_selected,
    normalized_field_set,
    print_field_set,
    read_field_set,
)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("id", "id"),
        (" id   organization{id} ", "id organization { id }"),
        ("{ id }", "id"),
        ('price(currency: "EUR", net: true)', 'price(currency: "EUR", net: true)'),
        ("media { ... on Book { title } }", "media { ... on Book { title } }"),
    ],
)
def test_a_field_set_prints_on_one_line(text: str, printed: str):
    assert print_field_set(read_field_set(text)) == printed


def test_order_does_not_matter_to_the_normal_form():
    one, other = read_field_set("sku org { id name }"), read_field_set("org { name id } sku")
    assert normalized_field_set(one) == normalized_field_set(other)


def test_every_field_is_named_outer_before_inner():
    assert [each.name for each in fields_selected(read_field_set("a { b ... on T { c } } d"))] == list("abcd")


@pytest.mark.parametrize(
    "text", ["", "{", "id }", "id { }", "id } { sku", "a" * 30_000 + " b", "a {" * 60 + "}" * 60]
)
def test_what_is_no_selection_is_refused(text: str):
    with pytest.raises(FieldSetSyntaxError):
        read_field_set(text)
