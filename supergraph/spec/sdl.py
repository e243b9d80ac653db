"""Reads a type system document into plain definitions with their places. Spec: Type System.

A reader of our own, because composing is mostly reading: it takes one pass of a regular expression and builds only what
composition asks for, which is several times faster than a general syntax tree. Places are offsets into the text.
"""

import re
from collections.abc import Callable
from typing import Final, TypeVar

from graphql.language.block_string import dedent_block_string_lines

from supergraph.spec.type_reference import TypeReference, read_type_reference
from supergraph.spec.type_system import (
    DIRECTIVE_LOCATIONS,
    DefinedKind,
    Definition,
    DirectiveDefinitionSyntax,
    DirectiveSyntax,
    EnumValueSyntax,
    ExecutableSyntax,
    FieldSyntax,
    InputSyntax,
    NameSyntax,
    SchemaSyntax,
    SdlSyntaxError,
    TypeSyntax,
)
from supergraph.spec.values import (
    ListValue,
    NameValue,
    NumberValue,
    ObjectValue,
    StringValue,
    Value,
)

T = TypeVar("T")

DEEPEST_NESTING: Final = 100
"""Lists and objects within one value, and lists within one type; beyond it a document is refused, not recursed into."""

_IGNORED: Final = r"[\ufeff\t\n\r ,]*+(?:#[^\n\r]*+[\ufeff\t\n\r ,]*+)*+"
_TOKENS: Final = (
    r"[A-Z_a-z][0-9A-Z_a-z]*+",
    r"[!$&()/:=@\[\]{|}]",
    r"\"\"\"(?:[^\"\\]|\\(?:\"\"\")?|\"(?!\"\"))*+\"\"\"",
    r"\"(?!\"\")(?:[^\"\\\n\r]|\\.)*+\"",
    r"\"\"(?!\")",
    r"-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[Ee][+-]?[0-9]++)?(?![0-9A-Z_a-z.])",
    r"\.\.\.",
    r"\Z",
)
_TOKEN: Final = re.compile("|".join(_TOKENS))
# What is no token is taken to the end at once: searched for the next token, a hostile text costs its length squared.
_NEXT: Final = re.compile(f"{_IGNORED}({_TOKEN.pattern}|(?s:.+))")
_ESCAPE: Final = re.compile(r'\\(?:u\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4})|(["\\/bfnrt])|(.?))', re.DOTALL)
_ESCAPED: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "/": "/"}
_NAME_START: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")
_NUMBER_START: Final = frozenset("-0123456789")


def read_sdl(text: str) -> list[Definition]:
    """All definitions, in the document's order. Raises SdlSyntaxError where the text is not a document."""
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SdlSyntaxError("half of a surrogate pair", error.start) from None
    return _Reader(text).document()


def read_value(text: str) -> Value:
    """Read one constant value, such as `print_value` prints. Raises SdlSyntaxError on anything else."""
    reader = _Reader(text)
    value = reader.value(0)
    reader.expect("")
    return value


class _Reader:
    """A cursor over the tokens. Not shared, not reused."""

    __slots__ = ("index", "starts", "tokens")

    def __init__(self, text: str) -> None:
        tokens: list[str] = []
        starts: list[int] = []
        for found in _NEXT.finditer(text):
            tokens.append(found[1])
            starts.append(found.start(1))
        if len(tokens) > 1 and not _TOKEN.fullmatch(tokens[-2]):
            raise SdlSyntaxError(_lexical_problem(text, starts[-2]), starts[-2])
        self.tokens, self.starts, self.index = tokens, starts, 0

    def error(self, wanted: str) -> SdlSyntaxError:
        found = _shown(self.tokens[self.index])
        return SdlSyntaxError(f"expected {wanted}, found {found}", self.starts[self.index])

    def expect(self, word: str) -> None:
        if self.tokens[self.index] != word:
            raise self.error(f"`{word}`")
        self.index += 1

    def skip(self, word: str) -> bool:
        if self.tokens[self.index] == word:
            self.index += 1
            return True
        return False

    def name(self) -> str:
        word = self.tokens[self.index]
        if word[:1] not in _NAME_START:
            raise self.error("a name")
        self.index += 1
        return word

    def name_with_place(self) -> NameSyntax:
        at = self.starts[self.index]
        return NameSyntax(self.name(), at)

    def block(self, opening: str, item: Callable[[], T], closing: str) -> tuple[T, ...]:
        """Items between brackets, at least one; nothing at all where the opening bracket is not there."""
        if self.tokens[self.index] != opening:
            return ()
        self.index += 1
        found = [item()]
        while self.tokens[self.index] != closing:
            found.append(item())
        self.index += 1
        return tuple(found)

    def separated(self, separator: str) -> tuple[NameSyntax, ...]:
        """Names between separators, of which one may stand before the first."""
        self.skip(separator)
        found = [self.name_with_place()]
        while self.skip(separator):
            found.append(self.name_with_place())
        return tuple(found)

    def document(self) -> list[Definition]:
        definitions = []
        while self.tokens[self.index]:
            definitions.append(self.definition())
        if not definitions:
            raise self.error("a definition")
        return definitions

    def definition(self) -> Definition:
        description = self.description()
        at = self.starts[self.index]
        word = self.tokens[self.index]
        extends = word == "extend" and description is None
        if extends:
            self.index += 1
            word = self.tokens[self.index]
        if word == "schema":
            return self.schema(extends=extends, description=description, at=at)
        if word in _KINDS:
            return self.type_definition(_KINDS[word], extends=extends, description=description, at=at)
        if not extends and word == "directive":
            return self.directive_definition(description, at)
        if not extends and word in {"query", "mutation", "subscription", "fragment", "{"}:
            return self.executable(at)
        raise self.error("a definition")

    def executable(self, at: int) -> ExecutableSyntax:
        """Skip to the end of the selection."""
        keyword = self.tokens[self.index]
        while self.tokens[self.index] not in {"{", ""}:
            self.index += 1
        depth = 0
        while True:
            word = self.tokens[self.index]
            if not word:
                raise self.error("`}`")
            self.index += 1
            depth += (word == "{") - (word == "}")
            if depth == 0:
                return ExecutableSyntax(keyword, at)

    def schema(self, *, extends: bool, description: str | None, at: int) -> SchemaSyntax:
        self.index += 1
        directives = self.directives()
        if not extends and self.tokens[self.index] != "{":
            raise self.error("`{`")
        roots = self.block("{", self.root, "}")
        if extends and not roots and not directives:
            raise self.error("a directive or `{`")
        return SchemaSyntax(extends, roots, directives, description, at)

    def root(self) -> tuple[str, NameSyntax]:
        if self.tokens[self.index] not in {"query", "mutation", "subscription"}:
            raise self.error("query, mutation or subscription")
        operation = self.name()
        self.expect(":")
        return operation, self.name_with_place()

    def type_definition(
        self, kind: DefinedKind, *, extends: bool, description: str | None, at: int
    ) -> TypeSyntax:
        self.index += 1
        name = self.name()
        interfaces: tuple[NameSyntax, ...] = ()
        if kind in {DefinedKind.OBJECT, DefinedKind.INTERFACE} and self.skip("implements"):
            interfaces = self.separated("&")
            # Before 2018 interfaces were separated by blanks; graphql-js reads that no more, and neither do we.
        directives = self.directives()
        fields: tuple[FieldSyntax, ...] = ()
        inputs: tuple[InputSyntax, ...] = ()
        members: tuple[NameSyntax, ...] = ()
        values: tuple[EnumValueSyntax, ...] = ()
        match kind:
            case DefinedKind.OBJECT | DefinedKind.INTERFACE:
                fields = self.block("{", self.field, "}")
            case DefinedKind.INPUT_OBJECT:
                inputs = self.block("{", self.input, "}")
            case DefinedKind.ENUM:
                values = self.block("{", self.enum_value, "}")
            case DefinedKind.UNION:
                members = self.separated("|") if self.skip("=") else ()
            case DefinedKind.SCALAR:
                pass
        if extends and not (interfaces or directives or fields or inputs or members or values):
            raise self.error("something to extend the type with")
        return TypeSyntax(
            kind, name, extends, interfaces, fields, inputs, members, values, directives, description, at
        )

    def directive_definition(self, description: str | None, at: int) -> DirectiveDefinitionSyntax:
        self.index += 1
        self.expect("@")
        name = self.name()
        arguments = self.block("(", self.input, ")")
        repeatable = self.skip("repeatable")
        self.expect("on")
        locations = self.separated("|")
        for location in locations:
            if location.name not in DIRECTIVE_LOCATIONS:
                raise SdlSyntaxError(f"{location.name} is not a directive location", location.at)
        return DirectiveDefinitionSyntax(name, arguments, repeatable, locations, description, at)

    def description(self) -> str | None:
        word = self.tokens[self.index]
        if word[:1] != '"':
            return None
        text = self.string(word)
        self.index += 1
        return text

    def directives(self) -> tuple[DirectiveSyntax, ...]:
        if self.tokens[self.index] != "@":
            return ()
        found = []
        while self.tokens[self.index] == "@":
            at = self.starts[self.index]
            self.index += 1
            found.append(DirectiveSyntax(self.name(), self.block("(", self.argument, ")"), at))
        return tuple(found)

    def argument(self) -> tuple[str, Value]:
        name = self.name()
        self.expect(":")
        return name, self.value(0)

    def field(self) -> FieldSyntax:
        description = self.description()
        at = self.starts[self.index]
        name = self.name()
        arguments = self.block("(", self.input, ")")
        self.expect(":")
        return FieldSyntax(name, self.type_reference(), arguments, self.directives(), description, at)

    def input(self) -> InputSyntax:
        description = self.description()
        at = self.starts[self.index]
        name = self.name()
        self.expect(":")
        type_ = self.type_reference()
        default = self.value(0) if self.skip("=") else None
        return InputSyntax(name, type_, default, self.directives(), description, at)

    def enum_value(self) -> EnumValueSyntax:
        description = self.description()
        at = self.starts[self.index]
        name = self.name()
        if name in {"true", "false", "null"}:
            raise SdlSyntaxError(f"`{name}` cannot be an enum value", at)
        return EnumValueSyntax(name, self.directives(), description, at)

    def type_reference(self) -> TypeReference:
        opened = 0
        while self.skip("["):
            opened += 1
            if opened > DEEPEST_NESTING:
                raise self.error(f"at most {DEEPEST_NESTING} lists within each other")
        text = "[" * opened + self.name()
        if self.skip("!"):
            text += "!"
        for _ in range(opened):
            self.expect("]")
            text += "]"
            if self.skip("!"):
                text += "!"
        return read_type_reference(text)

    def value(self, depth: int) -> Value:
        word = self.tokens[self.index]
        first = word[:1]
        if depth > DEEPEST_NESTING:
            raise self.error(f"at most {DEEPEST_NESTING} lists and objects within each other")
        if first == '"':
            text = self.string(word)
            self.index += 1
            return StringValue(text)
        if first in _NAME_START and first:
            self.index += 1
            return NameValue(word)
        if first in _NUMBER_START and first:
            self.index += 1
            return NumberValue(word)
        if word == "[":
            self.index += 1
            values = []
            while not self.skip("]"):
                values.append(self.value(depth + 1))
            return ListValue(tuple(values))
        if word == "{":
            self.index += 1
            fields = []
            while not self.skip("}"):
                name = self.name()
                self.expect(":")
                fields.append((name, self.value(depth + 1)))
            return ObjectValue(tuple(fields))
        if word == "$":
            raise SdlSyntaxError("a variable cannot stand in a type system document", self.starts[self.index])
        raise self.error("a value")

    def string(self, word: str) -> str:
        if word.startswith('"""'):
            raw = word[3:-3].replace('\\"""', '"""')
            return "\n".join(dedent_block_string_lines(re.split(r"\r\n|[\n\r]", raw)))
        if "\\" not in word:
            return word[1:-1]

        def unescape(found: re.Match[str]) -> str:
            braced, four, short, _ = found.groups()
            if short:
                return _ESCAPED[short]
            code = int(braced or four or "110000", 16)
            if code > 0x10FFFF:
                raise SdlSyntaxError(f"{found[0]!r} is not an escape sequence", self.starts[self.index])
            return chr(code)

        text = _ESCAPE.sub(unescape, word[1:-1])
        # A pair of \uD83D\uDE00 stands for one character; a lone half is an error.
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            raise SdlSyntaxError("half of a surrogate pair", self.starts[self.index]) from None


_KINDS: Final = {kind.value: kind for kind in DefinedKind}


def _shown(word: str) -> str:
    if not word:
        return "the end of the document"
    return f"`{word[:30]}…`" if len(word) > 31 else f"`{word}`"


def _lexical_problem(text: str, at: int) -> str:
    if text[at] == '"':
        return "a string that does not end"
    if text[at] in _NUMBER_START:
        return "a number that cannot be read"
    return f"unexpected character {text[at]!r}"
