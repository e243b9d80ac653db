"""A module's part of the graph: its queries, its references, and the subgraph that they make."""

from codegen.modules.blueprint import Blueprint
from codegen.modules.templates.python_source import Imports, python_file

_KIT = "foundation_subgraph.kit"


def graph_door(wanted: Blueprint) -> str:
    imports = Imports(wanted.package)
    imports.take("pathlib", "Path")
    imports.take(_KIT, "Subgraph")
    imports.take(f"{wanted.module}.graph.mutations", "Mutation")
    imports.take(f"{wanted.module}.graph.queries", "Query")
    loaders = [f"load_{wanted.plural}", *(f"load_{each.snake}_stubs" for each in wanted.extends)]
    imports.take(f"{wanted.module}.graph.references", *loaders)
    imports.take(f"{wanted.module}.permissions", "MANIFEST")
    imports.take(f"{wanted.module}.tables", wanted.table_base)
    head = python_file(f"{wanted.title} in the graph.", imports)
    return f"""{head}
subgraph = Subgraph(
    MANIFEST.id,
    title=MANIFEST.title,
    owner=MANIFEST.owner,
    query=Query,
    mutation=Mutation,
    references=[{", ".join(loaders)}],
    permissions=MANIFEST.permissions,
    tables={wanted.table_base}.metadata,
    migrations=Path(__file__).parents[1] / "migrations",
)
"""


def queries(wanted: Blueprint) -> str:
    imports = Imports(wanted.package)
    imports.take_module("strawberry")
    imports.take(_KIT, "Connection", "Info", "Window", "field", "find_page", "read_id", "requires")
    imports.take(f"{wanted.module}.graph.types", wanted.entity)
    imports.take(f"{wanted.module}.permissions", wanted.read)
    imports.take(f"{wanted.module}.service", "ORDER", f"all_{wanted.plural}", f"find_{wanted.plural}")
    by = "when they were added" if wanted.order[0] == "created_at" else wanted.order[0].replace("_", " ")
    said = wanted.said_plural.capitalize()
    return python_file(
        None,
        imports,
        f"""
@strawberry.type
class Query:
    @field(requires({wanted.read}), description="{said} by {by}.")
    async def {wanted.plural}(self, info: Info, window: Window) -> Connection[{wanted.entity}] | None:
        async with info.context.transaction() as session:
            return await find_page(session, all_{wanted.plural}(), ORDER, window, {wanted.entity}.of)

    @field(requires({wanted.read}), description="One {wanted.said}, null where there is none.")
    async def {wanted.one}(self, info: Info, id: strawberry.ID) -> {wanted.entity} | None:  # noqa: A002 - its name in the graph
        wanted = read_id(id)
        async with info.context.transaction() as session:
            row = (await find_{wanted.plural}(session, [wanted])).get(wanted)
        return None if row is None else {wanted.entity}.of(row)
""",
    )


def references(wanted: Blueprint) -> str:
    imports = Imports(wanted.package)
    imports.take("collections.abc", "Sequence")
    imports.take("dataclasses", "dataclass")
    imports.take("uuid", "UUID")
    imports.take(_KIT, "RequestContext", "batched")
    imports.take(f"{wanted.module}.graph.types", wanted.entity, *(each.name for each in wanted.extends))
    imports.take(f"{wanted.module}.service", f"find_{wanted.plural}")
    if wanted.extends:
        imports.take_module("strawberry")
    stubs = [
        f"""
@batched({each.name}, Reference)
async def load_{each.snake}_stubs(_context: RequestContext, references: Sequence[Reference]) -> list[{each.name}]:
    return [{each.name}(id=strawberry.ID(str(reference.id))) for reference in references]
"""
        for each in wanted.extends
    ]
    told = (
        f" What {wanted.id} knows of others' entities is loaded by the fields that are asked for."
        if stubs
        else ""
    )
    return python_file(
        f"Representation to entity, in batches.{told}",
        imports,
        """
@dataclass(frozen=True, slots=True)
class Reference:
    id: UUID
""",
        f"""
@batched({wanted.entity}, Reference)
async def load_{wanted.plural}(
    context: RequestContext, references: Sequence[Reference]
) -> list[{wanted.entity} | None]:
    async with context.transaction() as session:
        found = await find_{wanted.plural}(session, [reference.id for reference in references])
    return [{wanted.entity}.of(row) if (row := found.get(reference.id)) else None for reference in references]
""",
        *stubs,
    )
