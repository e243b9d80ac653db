"""The documents that a client will send, read from a folder and checked against the API schema."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoUnusedFragmentsRule,
    OperationDefinitionNode,
    OperationType,
    Source,
    build_schema,
    concat_ast,
    parse,
    print_ast,
    specified_rules,
    validate,
)
from graphql.language import DefinitionNode, Node

_SUFFIXES = (".graphql", ".gql")

# A fragment may wait in the folder for the operation that will spread it.
_RULES = tuple(rule for rule in specified_rules if rule is not NoUnusedFragmentsRule)


class ClientProblemError(Exception):
    """A client that cannot be generated. `complaints` are one line each: where, what, and what to do."""

    def __init__(self, *complaints: str) -> None:
        super().__init__("\n".join(complaints))
        self.complaints = complaints


@dataclass(frozen=True, slots=True)
class Operation:
    """`place` is `file:line:column` inside the folder."""

    name: str
    place: str


@dataclass(frozen=True, slots=True)
class Operations:
    """Valid operations in the order of their files' names, and all files as one document."""

    operations: tuple[Operation, ...]
    document: str

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(operation.name for operation in self.operations)


def read_api_schema(file: Path) -> GraphQLSchema:
    """Raises ClientProblemError."""
    try:
        return build_schema(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ClientProblemError(
            f"{file}: no API schema here; write it with `dovetail schema export`, or name one with --schema"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise ClientProblemError(f"{file}: cannot be read: {_first_line(error)}") from error
    except (GraphQLError, TypeError) as error:
        raise ClientProblemError(f"{file}: no valid schema: {_first_line(error)}") from error


def read_operations(folder: Path, schema: GraphQLSchema) -> Operations:
    """Every `.graphql` and `.gql` file in the folder and below it. Raises ClientProblemError with all that is wrong."""
    if not folder.is_dir():
        raise ClientProblemError(f"{folder}: there is no such folder; put the client's operations into one")
    files = sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file())
    documents = [_parse(file, folder) for file in files]
    if syntax_errors := [each for each in documents if isinstance(each, str)]:
        raise ClientProblemError(*syntax_errors)
    parsed = [each for each in documents if isinstance(each, DocumentNode)]
    definitions = [each for document in parsed for each in document.definitions]
    operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
    if not operations:
        raise ClientProblemError(
            f"{folder}: no operation in any .graphql or .gql file; write one, such as `query Me {{ me {{ id }} }}`"
        )
    if complaints := tuple(_unsuitable(definitions)):
        raise ClientProblemError(*complaints)
    whole = concat_ast(parsed)
    if found := validate(schema, whole, _RULES, max_errors=50):
        raise ClientProblemError(*(_complaint(error) for error in found))
    named = tuple(Operation(each.name.value, _place(each)) for each in operations if each.name is not None)
    return Operations(named, print_ast(whole) + "\n")


def _parse(file: Path, folder: Path) -> DocumentNode | str:
    """The document, or what is wrong with it. A file without any definition is an empty document."""
    name = file.relative_to(folder).as_posix()
    try:
        text = file.read_text(encoding="utf-8")
        if not any(line.strip() and not line.lstrip().startswith("#") for line in text.splitlines()):
            return DocumentNode(definitions=())
        return parse(Source(text, name))
    except GraphQLSyntaxError as error:
        return _complaint(error)
    except (OSError, UnicodeDecodeError) as error:
        return f"{name}: cannot be read: {_first_line(error)}"


def _unsuitable(definitions: Iterable[DefinitionNode]) -> Iterator[str]:
    """What GraphQL may allow in one document, and a client that holds them all cannot."""
    seen: dict[tuple[str, str], Node] = {}
    for definition in definitions:
        match definition:
            case OperationDefinitionNode(name=None):
                yield f"{_place(definition)}: the operation has no name; a client's method is called by it"
            case OperationDefinitionNode(operation=OperationType.SUBSCRIPTION):
                yield f"{_place(definition)}: clients have no subscriptions yet; take the operation out of this folder"
            case OperationDefinitionNode(name=name) | FragmentDefinitionNode(name=name) if name is not None:
                is_operation = isinstance(definition, OperationDefinitionNode)
                kind = "operation" if is_operation else "fragment"
                key = (kind, bare_name(name.value) if is_operation else name.value)
                if key in seen:
                    yield (
                        f"{_place(definition)}: the {kind} {name.value} is already in {_place(seen[key])}; "
                        "rename one of them"
                    )
                seen.setdefault(key, definition)
            case _:
                yield f"{_place(definition)}: operations and fragments only; a schema has no place here"


def bare_name(name: str) -> str:
    """What is left of a name in any case: clients name methods and files in snake case, where `me` and `Me` meet."""
    return name.replace("_", "").lower()


def _complaint(error: GraphQLError) -> str:
    place = ""
    if error.source is not None and error.locations:
        place = f"{error.source.name}:{error.locations[0].line}:{error.locations[0].column}: "
    return f"{place}{_first_line(error.message)}"


def _place(node: Node) -> str:
    location = node.loc
    if location is None:
        return "?"
    return f"{location.source.name}:{location.start_token.line}:{location.start_token.column}"


def _first_line(error: Exception | str) -> str:
    return str(error).split("\n", 1)[0]
