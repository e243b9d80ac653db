"""POINTS.md, printed from points.py: `python -m supergraph.gateway.hooks.page > supergraph/gateway/hooks/POINTS.md`."""

import ast
import inspect
import sys
from collections.abc import Iterator
from typing import Final

from supergraph.gateway.hooks import points

_SECTION: Final = "# ---- "
_HEAD: Final = """\
# Hook points

<!-- Printed from points.py by `python -m supergraph.gateway.hooks.page`; change the docstrings there. -->

Every point where you plug into the gateway, in the order in which a request meets them. A hook is an object that has the
methods of one of these protocols, or of several; nothing is inherited, and the gateway's own features stand on the same
points. Values and exceptions are in `supergraph.gateway.hooks`.

```python
# mypackage/hooks.py
from supergraph.gateway.hooks import HeaderLines, HttpRequest


class Region:
    \"\"\"Tells clients which region answered.\"\"\"

    def headers(self, request: HttpRequest) -> HeaderLines:
        return ((b"x-region", b"eu-1"),)
```

Give it to `build_app(source, hooks=[Region()])`, or name it in gateway.yaml, where a class or function is called without
arguments:

```yaml
hooks: ["mypackage.hooks:Region"]
```

An object that has the methods of no point is an error at the start. `SupergraphSource`, `ModuleSets` (within
`tenant_graphs`), `KeySource` (within `identity`), and policies, which have names, are given to `build_app` by arguments of
their own.

Whatever a hook raises beside what its point names is a fault: the log gets it in full, the client "something went wrong".
"""


def print_points() -> str:
    """The page in Markdown: a section each, with the signatures as they stand in the source."""
    source = inspect.getsource(points)
    lines = source.splitlines()
    sections = {
        number: line.removeprefix(_SECTION)
        for number, line in enumerate(lines, start=1)
        if line.startswith(_SECTION)
    }
    parts: list[str] = [_HEAD]
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef):
            before = [number for number in sections if number < node.lineno]
            if before:
                parts.append(f"\n## {sections.pop(before[-1])}\n")
            parts.extend(_protocol(node))
    return "".join(parts)


def _protocol(node: ast.ClassDef) -> Iterator[str]:
    yield f"\n### {node.name}\n\n{_text(node)}\n"
    inherited = [base.id for base in node.bases if isinstance(base, ast.Name) and base.id != "Protocol"]
    if inherited:
        yield f"\nIt is {' and '.join(inherited)} in one.\n"
    for method in node.body:
        if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef):
            kind = "async def" if isinstance(method, ast.AsyncFunctionDef) else "def"
            returns = ast.unparse(method.returns) if method.returns else "None"
            signature = f"{kind} {method.name}({ast.unparse(method.args)}) -> {returns}"
            yield f"\n```python\n{signature}\n```\n\n{_text(method)}\n"


def _text(node: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return inspect.cleandoc(ast.get_docstring(node) or "")


if __name__ == "__main__":
    sys.stdout.write(print_points())
