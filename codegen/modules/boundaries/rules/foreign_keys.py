import ast
import re
from collections.abc import Iterator
from typing import Final

from codegen.modules.boundaries.calls import argument, called_name, text_of, texts_in
from codegen.modules.boundaries.model import Fault, ModuleUnderCheck

_REFERENCES: Final = re.compile(r"\bREFERENCES\s+\"?(?P<schema>\w+)\"?\s*\.", re.IGNORECASE)
_REMEDY: Final = (
    "Keep the other's id in a plain column: its owner says whether there is such a row, not the database."
)


def foreign_keys_stay_inside(module: ModuleUnderCheck) -> Iterator[Fault]:
    """No foreign key leaves the module's schema, in its tables or in its migrations."""
    for file, node in module.nodes():
        if file.is_test:
            continue
        for schema in _schemas(node):
            if schema != module.id:
                line = getattr(node, "lineno", 1)
                yield Fault(
                    file.path, line, f"a foreign key of {module.id} refers to the schema {schema}", _REMEDY
                )


def _schemas(node: ast.AST) -> Iterator[str]:
    """The schemas that a foreign key, as it is written, refers to."""
    match called_name(node), node:
        case "ForeignKey", ast.Call() as call:
            yield from _of_targets(texts_in(argument(call, 0, "column")))
        case "ForeignKeyConstraint", ast.Call() as call:
            yield from _of_targets(texts_in(argument(call, 1, "refcolumns")))
        case "create_foreign_key", ast.Call() as call:
            yield text_of(argument(call, 99, "referent_schema")) or "public"
        case _ if (text := text_of(node)) is not None:
            for found in _REFERENCES.finditer(text):
                yield found["schema"]
        case _:
            pass


def _of_targets(targets: list[str]) -> Iterator[str]:
    for target in targets:
        # Without a schema it is the one of the search path, where no module has tables.
        yield target.split(".")[0] if target.count(".") == 2 else "public"
