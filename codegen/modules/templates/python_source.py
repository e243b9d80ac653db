"""What files of Python have in common: the imports, in the groups and the order that ruff wants them in."""

import sys
from collections import defaultdict
from itertools import pairwise
from typing import Final

_OURS: Final = frozenset({"foundation_subgraph", "supergraph"})
_WIDTH: Final = 110


class Imports:
    """Gathers what a file imports while the rest of it is written."""

    def __init__(self, package: str) -> None:
        self._ours = _OURS | {package}
        self._names: dict[str, set[str]] = defaultdict(set)
        self._modules: set[str] = set()

    def take(self, module: str, *names: str) -> None:
        """`from module import names`."""
        self._names[module].update(names)

    def take_module(self, statement: str) -> None:
        """`import statement`, such as `sqlalchemy as sa`."""
        self._modules.add(statement)

    def render(self) -> str:
        groups: tuple[list[str], ...] = ([], [], [])
        for statement in sorted(self._modules):
            groups[self._group(statement)].append(f"import {statement}")
        for module, names in sorted(self._names.items()):
            if names:
                groups[self._group(module)].append(_from(module, sorted(names, key=_member_order)))
        return "\n\n".join("\n".join(group) for group in groups if group)

    def _group(self, module: str) -> int:
        top = module.split(" ", 1)[0].split(".", 1)[0]
        return 2 if top in self._ours else 0 if top in sys.stdlib_module_names else 1


def python_file(docstring: str | None, imports: Imports, *blocks: str) -> str:
    """A file: what it is for, what it imports, its definitions two lines apart."""
    head = "\n\n".join(part for part in (f'"""{docstring}"""' if docstring else "", imports.render()) if part)
    parts = [head, *(block.strip("\n") for block in blocks if block.strip("\n"))]
    text = parts[0]
    for before, part in pairwise(parts):
        text += ("\n\n\n" if _defines(part) or (before is not head and _defines(before)) else "\n\n") + part
    return f"{text}\n"


def indented(lines: list[str], depth: int) -> str:
    """Lines as the body of something; the first stands where the template has its place for it."""
    return ("\n" + "    " * depth).join(lines)


def _defines(block: str) -> bool:
    return block.startswith(("class ", "def ", "async def ", "@"))


def _from(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= _WIDTH:
        return line
    return f"from {module} import (\n" + "".join(f"    {name},\n" for name in names) + ")"


def _member_order(name: str) -> tuple[int, str]:
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    return kind, name
