"""What a rule looks at: one module as its files, its manifest and its subgraph say it, and what the change touches."""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from foundation_subgraph.kit import Manifest, Subgraph


@dataclass(frozen=True, slots=True)
class PythonFile:
    """`path` is relative to the modules' folder's parent, as everywhere here. `tree` is None where it does not parse."""

    path: str
    text: str
    tree: ast.Module | None
    broken_at: int = 1

    @property
    def is_migration(self) -> bool:
        return "/migrations/" in self.path

    @property
    def is_test(self) -> bool:
        return "/tests/" in self.path


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a module cannot be imported, and where in its own files."""

    reason: str
    path: str
    line: int


@dataclass(frozen=True, slots=True)
class Change:
    """What is changed since a revision. `touched` are paths from the repository's root, with the first changed line.

    `modules` is the path of the modules' folder from there. Without `is_judged` the revision tells only what was
    registered then: somebody may work on several rooms at once.
    """

    since: str
    touched: Mapping[str, int]
    modules: str
    is_judged: bool


@dataclass(frozen=True, slots=True)
class RegisteredPermission:
    id: str
    description: str


@dataclass(frozen=True, slots=True)
class ModuleUnderCheck:
    """`path` is the module's folder, like `module_subgraphs/loyalty`; `files` are the paths of all files in it.

    `manifest` or `subgraph` is None where it cannot be read: the rules that need it say nothing then, since another does.
    `owners` gives the subgraph that owns an entity. `registered` are its permissions at the revision compared with.
    """

    id: str
    package: str
    path: str
    files: frozenset[str]
    python: tuple[PythonFile, ...]
    manifest_text: str
    manifest: Manifest | None
    manifest_fault: str
    subgraph: Subgraph | None
    failure: Failure | None
    owners: Mapping[str, str]
    change: Change | None
    registered: tuple[RegisteredPermission, ...]

    @property
    def manifest_path(self) -> str:
        return f"{self.path}/manifest.toml"

    def manifest_line(self, *words: str) -> int:
        """The first line of the manifest with one of some words; 1 where none has any."""
        for number, line in enumerate(self.manifest_text.splitlines(), start=1):
            if any(word in line for word in words):
                return number
        return 1

    def nodes(self) -> Iterator[tuple[PythonFile, ast.AST]]:
        """Every node of every file that parses; texts once: no docstrings, and no parts of f-strings."""
        for file in self.python:
            if file.tree is not None:
                nodes = list(ast.walk(file.tree))
                skipped = {id(part) for node in nodes for part in _said_elsewhere(node)}
                yield from ((file, node) for node in nodes if id(node) not in skipped)


def _said_elsewhere(node: ast.AST) -> list[ast.expr]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return [node.value]
    return node.values if isinstance(node, ast.JoinedStr) else []


@dataclass(frozen=True, slots=True)
class Breach:
    """A boundary that a module does not keep: where, what is wrong, how to mend it."""

    module: str
    rule: str
    path: str
    line: int
    message: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.message}. {self.remedy} [{self.rule}]"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a rule finds; the name of the rule and of the module are put to it by who asks the rules."""

    path: str
    line: int
    message: str
    remedy: str
