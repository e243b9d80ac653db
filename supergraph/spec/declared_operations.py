"""The operations that a module may ask the gateway: the files of a folder, each operation by the hash of its text."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Final

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSyntaxError,
    OperationDefinitionNode,
    OperationType,
    Source,
    parse,
    print_ast,
)
from graphql.language import DefinitionNode, Node, Visitor, visit

_SUFFIX: Final = ".graphql"
_MOST_TOKENS: Final = 50_000


class DeclaredOperationError(ValueError):
    """Operations that cannot be declared. The message is one line: where, what, how to mend it."""


@dataclass(frozen=True, slots=True)
class DeclaredOperations:
    """`texts` are the operations by id, the SHA-256 of the text in hexadecimal; `names` the ids by name.

    A text is one operation with the fragments that it needs, printed in one way, however it was written.
    """

    texts: Mapping[str, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)

    def id_of(self, document: str, operation_name: str | None) -> str | None:
        """The id of an operation of a document; None where it is not a declared one, to the last field."""
        found = _id_of(document, operation_name)
        return found if found in self.texts else None


def read_declared_operations(folder: Path) -> DeclaredOperations:
    """Every `.graphql` file of a folder. Raises DeclaredOperationError."""
    try:
        files = sorted(folder.rglob(f"*{_SUFFIX}")) if folder.is_dir() else []
        definitions = [each for file in files for each in _parse(file, folder).definitions]
    except (OSError, UnicodeDecodeError) as error:
        raise DeclaredOperationError(f"{folder}: cannot be read: {error}") from error
    except GraphQLSyntaxError as error:
        raise DeclaredOperationError(
            f"{folder}: {error.source and error.source.name}: {error.message}"
        ) from error
    texts: dict[str, str] = {}
    names: dict[str, str] = {}
    for operation in definitions:
        if isinstance(operation, FragmentDefinitionNode):
            continue
        if not isinstance(operation, OperationDefinitionNode) or operation.name is None:
            raise DeclaredOperationError(
                f"{folder}: operations have a name, and nothing but operations and fragments is declared"
            )
        name = operation.name.value
        if operation.operation is OperationType.SUBSCRIPTION:
            raise DeclaredOperationError(
                f"{folder}: {name} is a subscription; a module asks queries and mutations"
            )
        if name in names:
            raise DeclaredOperationError(f"{folder}: the operation {name} is there twice; rename one of them")
        text = _text(operation, definitions)
        names[name] = _hash(text)
        texts[names[name]] = text
    if not texts:
        raise DeclaredOperationError(
            f"{folder}: there is no operation in any {_SUFFIX} file; write one, or declare no folder"
        )
    return DeclaredOperations(texts, names)


def _parse(file: Path, folder: Path) -> DocumentNode:
    source = Source(file.read_text(encoding="utf-8"), file.relative_to(folder).as_posix())
    return parse(source, no_location=True, max_tokens=_MOST_TOKENS)


# A client sends the same few texts again and again.
@lru_cache(maxsize=256)
def _id_of(document: str, operation_name: str | None) -> str | None:
    try:
        definitions = parse(document, no_location=True, max_tokens=_MOST_TOKENS).definitions
    except GraphQLSyntaxError:
        return None
    operations = [
        each
        for each in definitions
        if isinstance(each, OperationDefinitionNode)
        and (operation_name is None or (each.name is not None and each.name.value == operation_name))
    ]
    return _hash(_text(operations[0], definitions)) if len(operations) == 1 else None


def _text(operation: OperationDefinitionNode, definitions: Iterable[DefinitionNode]) -> str:
    fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
    needed: dict[str, FragmentDefinitionNode] = {}
    waiting = list(_spread(operation))
    while waiting:
        name = waiting.pop()
        if name in fragments and name not in needed:
            needed[name] = fragments[name]
            waiting += _spread(fragments[name])
    return (
        "\n\n".join(print_ast(each) for each in (operation, *(needed[name] for name in sorted(needed))))
        + "\n"
    )


def _spread(node: Node) -> Iterator[str]:
    found: list[str] = []

    class Spreads(Visitor):
        def enter_fragment_spread(self, spread: FragmentSpreadNode, *_: object) -> None:
            found.append(spread.name.value)

    visit(node, Spreads())
    return iter(found)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
