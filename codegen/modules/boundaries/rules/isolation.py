import ast
import re
from collections.abc import Iterator
from typing import Final

from codegen.modules.boundaries.calls import argument, called_name, called_on, text_of
from codegen.modules.boundaries.model import Fault, ModuleUnderCheck, PythonFile

_CREATES: Final = re.compile(r"\bCREATE\s+(UNLOGGED\s+)?TABLE\b", re.IGNORECASE)
_LAYS_OPEN: Final = re.compile(
    r"\b(DISABLE\s+ROW\s+LEVEL|NO\s+FORCE\s+ROW\s+LEVEL|(DROP|ALTER|CREATE)\s+POLICY|GRANT\b|BYPASSRLS|SECURITY\s+DEFINER)",
    re.IGNORECASE,
)
_REMEDY: Final = "Make it with create_tenant_table of foundation_subgraph.kit.migrations."


def tables_keep_tenants_apart(module: ModuleUnderCheck) -> Iterator[Fault]:
    """Every table is made by create_tenant_table, so that row-level security stands from its first moment, and stays."""
    made: set[str] = set()
    for file, node in module.nodes():
        if file.is_migration and isinstance(node, ast.Call):
            if called_name(node) == "create_tenant_table" and (name := text_of(argument(node, 0, "name"))):
                made.add(name)
            if called_name(node) == "rename_table" and (name := text_of(argument(node, 1, "new_table_name"))):
                made.add(name)
    for file, node in module.nodes():
        if not file.is_test:
            yield from _open(file, node)
    if module.subgraph is not None and module.subgraph.tables is not None:
        for table in module.subgraph.tables.tables.values():
            if table.name not in made:
                path, line = _declared(module, table.name)
                yield Fault(path, line, f"no migration makes the table {table.name} isolated", _REMEDY)


def _open(file: PythonFile, node: ast.AST) -> Iterator[Fault]:
    line = getattr(node, "lineno", 1)
    if isinstance(node, ast.Call) and called_name(node) == "create_table" and called_on(node) == "op":
        name = text_of(argument(node, 0, "table_name")) or "a table"
        yield Fault(file.path, line, f"{name} is made without row-level security", _REMEDY)
    text = text_of(node)
    if text is not None and _CREATES.search(text):
        yield Fault(file.path, line, "a table is made in SQL, without row-level security", _REMEDY)
    if text is not None and file.is_migration and (found := _LAYS_OPEN.search(text)):
        yield Fault(
            file.path,
            line,
            f"{' '.join(found[0].split()).upper()} changes how tenants are kept apart",
            "Leave it out: create_tenant_table sets policy and rights, and no module changes them.",
        )


def _declared(module: ModuleUnderCheck, table: str) -> tuple[str, int]:
    """Where a table's name stands in the code."""
    for file, node in module.nodes():
        if (
            not file.is_test
            and not file.is_migration
            and isinstance(node, ast.Assign)
            and text_of(node.value) == table
        ):
            return file.path, node.lineno
    return f"{module.path}/tables.py", 1
