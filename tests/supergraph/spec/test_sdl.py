"""Reading type system documents."""

import pytest
from graphql import GraphQLSyntaxError, parse
from hypothesis import given
from hypothesis import strategies as st

from supergraph.spec import (
    ExecutableSyntax,
    ListValue,
    NameValue,
    NumberValue,
    ObjectValue,
    SdlSyntaxError,
    StringValue,
    TypeSyntax,
    read_sdl,
)


def only_type(text: str) -> TypeSyntax:
    (definition,) = read_sdl(text)
    assert isinstance(definition, TypeSyntax)
    return definition


def test_a_type_is_read_with_its_places():
    user = only_type(
        '"A person"\ntype User implements Node & Named @key(fields: "id") {\n  id: ID! # the key\n}'
    )
    assert (user.name, user.description, user.at) == ("User", "A person", 11)
    assert [each.name for each in user.interfaces] == ["Node", "Named"]
    assert user.directives[0].arguments == (("fields", StringValue("id")),)
    assert (str(user.fields[0].type), user.fields[0].at) == ("ID!", 68)


def test_values_keep_their_kind():
    (argument,) = only_type("type Q { f(x: I = {a: [1, -2.5e3], b: RED, c: null}): Int }").fields[0].arguments
    assert argument.default == ObjectValue(
        (
            ("a", ListValue((NumberValue("1"), NumberValue("-2.5e3")))),
            ("b", NameValue("RED")),
            ("c", NameValue("null")),
        )
    )


def test_block_strings_lose_their_indentation():
    assert only_type('"""\n    One\n      Two\n"""\ntype Q { a: Int }').description == "One\n  Two"


def test_escapes_are_resolved():
    field = only_type(r'type Q { a: Int @d(x: "\u{1F600} \uD83D\uDE00 \t\"") }').fields[0]
    assert field.directives[0].arguments[0][1] == StringValue('\U0001f600 \U0001f600 \t"')


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("", 0),
        ("type Q { a: Int", 15),
        ('type Q { a: Int @d(x: "open) }', 22),
        ("type Q { a(x: Int = 01): Int }", 20),
        ("type Q € { a: Int }", 7),
        ("enum E { true }", 9),
        ("type Q { a: [Int }", 17),
        ("directive @d on NOWHERE", 16),
        ("type Q {}", 8),
        ('type Q { a: Int @d(x: "\\uD83D") }', 22),
        ("extend type Q", 13),
    ],
)
def test_what_is_no_document_says_where(text: str, at: int):
    with pytest.raises(SdlSyntaxError) as caught:
        read_sdl(text)
    assert caught.value.at == at


def test_deep_nesting_is_refused_and_not_followed():
    for text in (
        "type Q { a: Int @d(x: " + "[" * 100_000 + ") }",
        "type Q { a: " + "[" * 100_000 + "Int }",
        "type Q { a: Int @d(x: " + "{a:" * 100_000 + ") }",
    ):
        with pytest.raises(SdlSyntaxError):
            read_sdl(text)


WORDS = [
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    ":",
    "!",
    "@",
    "=",
    "|",
    "&",
    "1",
    "-1.5",
    '"x"',
    '"""y"""',
    "A",
    "Int",
    "type",
    "enum",
    "union",
    "input",
    "extend",
    "implements",
    "directive",
    "on",
    "OBJECT",
    "schema",
    "query",
]


@given(st.lists(st.sampled_from([*WORDS, "#c\n"]), max_size=24))
def test_the_same_documents_are_refused_as_by_graphql_core(words: list[str]):
    text = " ".join(words)
    try:
        parse(text)
        parses = True
    except GraphQLSyntaxError:
        parses = False
    try:
        definitions = read_sdl(text)
    except SdlSyntaxError:
        assert not parses
    else:
        # Executable definitions are skipped rather than read, so they may hold nonsense.
        assert parses or any(isinstance(each, ExecutableSyntax) for each in definitions)
