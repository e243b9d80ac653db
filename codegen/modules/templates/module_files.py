"""The files at the head of a module: its door, its manifest, its permissions and its README."""

from codegen.modules.blueprint import Blueprint
from codegen.modules.field_kinds import Field
from codegen.modules.templates.python_source import Imports, python_file
from codegen.modules.words import camel


def door(wanted: Blueprint) -> str:
    imports = Imports(wanted.package)
    imports.take(f"{wanted.module}.graph", "subgraph")
    extends = " and ".join(f"{each.name}(id)" for each in wanted.extends)
    owned = f"Owns {wanted.entity}(id); {f'extends {extends}' if extends else 'refers to nothing'}."
    return python_file(f"{wanted.title}: {wanted.said_plural}. {owned}", imports).rstrip("\n") + (
        '\n\n__all__ = ["subgraph"]\n'
    )


def manifest(wanted: Blueprint) -> str:
    return f"""\
id = "{wanted.id}"
title = "{wanted.title}"
version = 1
owner = "{wanted.owner}"
owns = {_names([wanted.entity])}
extends = {_names([each.name for each in wanted.extends])}
depends_on = {_names(wanted.depends_on)}

[permissions]
"{wanted.id}:read" = {{ description = "See {wanted.said_plural}", access = "read" }}
"{wanted.id}:write" = {{ description = "Add, change and remove {wanted.said_plural}", access = "write" }}
"""


def permissions(wanted: Blueprint) -> str:
    imports = Imports(wanted.package)
    imports.take("pathlib", "Path")
    imports.take("typing", "Final")
    imports.take("foundation_subgraph.kit", "MANIFEST_FILE", "Manifest")
    head = python_file("The permissions of the manifest, by the names that the code knows them by.", imports)
    return f"""{head}
MANIFEST: Final = Manifest.read(Path(__file__).with_name(MANIFEST_FILE))

{wanted.read}: Final = MANIFEST.permission("{wanted.id}:read")
{wanted.write}: Final = MANIFEST.permission("{wanted.id}:write")
"""


def readme(wanted: Blueprint) -> str:
    shown = [camel(field.name) for field in wanted.fields] + [each.snake for each in wanted.extends]
    fields = ", ".join(f"`{name}`" for name in (*map(camel, shown), "createdAt"))
    extended = "".join(
        f"| `{each.name}` (of {each.owner if each.owner != 'foundation' else 'the foundation'}, extended) | `id` "
        f"| `{camel(wanted.plural)}`, the latest ten |\n"
        for each in wanted.extends
    )
    many, one, type_ = camel(wanted.plural), camel(wanted.one), wanted.entity
    by = "by " + camel(wanted.order[0]) if wanted.order[0] != "created_at" else "by when they were added"
    known = _who_knows(wanted)
    return f"""\
# {wanted.id}

{wanted.said_plural.capitalize()} of a tenant. Owned by {wanted.owner}.

| entity | key | fields |
|---|---|---|
| `{type_}` (owned) | `id` | {fields} |
{extended}
Queries `{many}(first, after, last, before)` {by}, `{one}(id)`; mutations `add{type_}({one})`, `change{type_}(id, {one})`,
`remove{type_}(id)`, which answer with the result or with a `Problem`.{known}

| permission | lets one |
|---|---|
| `{wanted.id}:read` | see {wanted.said_plural}; the `id` alone asks for nothing, because others may refer to it |
| `{wanted.id}:write` | add, change and remove {wanted.said_plural} |

{_enums(wanted)}Tables: `{wanted.id}.{wanted.plural}`. Operations for clients: [operations/](operations).
"""


def _who_knows(wanted: Blueprint) -> str:
    if not wanted.sent:
        return ""
    names = " or ".join(f"`{each.name}`" for each in wanted.sent)
    return f"\nWhether there is such a {names} is for its owner to know: {wanted.id} keeps an id."


def _enums(wanted: Blueprint) -> str:
    enums = [_enum(wanted, field) for field in wanted.fields if field.is_enum]
    return "".join(f"{line}\n" for line in enums) + ("\n" if enums else "")


def _enum(wanted: Blueprint, field: Field) -> str:
    return f"`{wanted.enum(field)}` is one of {', '.join(f'`{value}`' for value in field.values)}."


def _names(names: list[str] | tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{name}"' for name in names) + "]"
