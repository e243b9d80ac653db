import ast
from collections.abc import Iterator
from typing import Final

from codegen.modules.boundaries.calls import called_name, text_of
from codegen.modules.boundaries.model import Fault, ModuleUnderCheck, PythonFile

_ROOMS: Final = ("codegen", "schema", "foundation_subgraph", "supergraph")
_KIT: Final = "foundation_subgraph.kit"
_KIT_DOORS: Final = frozenset({_KIT, f"{_KIT}.migrations", f"{_KIT}.testing"})
_WORDS: Final = "supergraph.spec"


def imports_stay_inside(module: ModuleUnderCheck) -> Iterator[Fault]:
    """A module imports itself, the kit by its doors, the words of supergraph.spec, and libraries."""
    for file, node in module.nodes():
        for name, line in _imported(file, node):
            if (remedy := _remedy(name, module)) is not None:
                yield Fault(file.path, line, f"{module.id} imports {name}", remedy)


def _imported(file: PythonFile, node: ast.AST) -> Iterator[tuple[str, int]]:
    match node:
        case ast.Import(names=names):
            for alias in names:
                yield alias.name, node.lineno
        case ast.ImportFrom(module=source, names=names, level=level):
            base = _absolute(file, source, level)
            door = base in {_KIT, "foundation_subgraph", "supergraph", _WORDS} or "." not in base
            for alias in names if door else names[:1]:
                # `from foundation_subgraph import users` imports a module, `from ...kit import field` a name of a door.
                is_module = door and alias.name.islower() and base not in {_KIT, _WORDS}
                yield (f"{base}.{alias.name}" if is_module else base), node.lineno
        case ast.Call() if called_name(node) in {"import_module", "__import__"} and node.args:
            if (name := text_of(node.args[0])) is not None:
                yield name, node.lineno
        case _:
            pass


def _absolute(file: PythonFile, source: str | None, level: int) -> str:
    if level == 0:
        return source or ""
    package = file.path.removesuffix(".py").split("/")[:-level]
    return ".".join([*package, *((source or "").split(".") if source else ())])


def _remedy(name: str, module: ModuleUnderCheck) -> str | None:
    """How else to have what is imported; None where it may be imported."""
    own = f"{module.package}.{module.id}"
    if name == own or name.startswith(f"{own}."):
        return None
    top = name.split(".", 1)[0]
    if top == module.package.split(".", 1)[0]:
        return "Modules meet in the graph: refer to the other's entity by a stub with its key."
    if top not in _ROOMS or name in _KIT_DOORS or name == _WORDS:
        return None
    if name.startswith("foundation_subgraph"):
        return f"Import from {_KIT} (in migrations {_KIT}.migrations, in tests {_KIT}.testing) what its door offers."
    return f"A module stands on {_KIT} and {_WORDS} alone."
