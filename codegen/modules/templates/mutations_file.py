"""A module's mutations, whose results say what may come of them beside success."""

from codegen.modules.blueprint import Blueprint
from codegen.modules.field_kinds import Field
from codegen.modules.templates.graph_types_file import shown_type
from codegen.modules.templates.python_source import Imports, indented, python_file
from codegen.modules.words import with_article


def mutations(wanted: Blueprint) -> str:
    one, entity = wanted.one, wanted.entity
    rule = f"requires({wanted.write}), problems=PROBLEMS"
    a_one = with_article(wanted.said)
    return python_file(
        None,
        _imports(wanted),
        _results(wanted),
        _input(wanted),
        f"""
@strawberry.type
class Mutation:
    @mutation({rule}, description="Add {a_one}.")
    async def add_{one}(self, info: Info, {one}: {entity}Input) -> Add{entity}Result | None:
        async with info.context.transaction() as session:
            return {entity}.of(await add_{one}(session, {one}.values()))

    @mutation(
        {rule},
        description="Give {a_one} other values: what is left out is taken away.",
    )
    async def change_{one}(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - its name in the graph
        {one}: {entity}Input,
    ) -> Change{entity}Result | None:
        async with info.context.transaction() as session:
            return {entity}.of(await change_{one}(session, read_id(id), {one}.values()))

    @mutation({rule}, description="Remove {a_one}.")
    async def remove_{one}(self, info: Info, id: strawberry.ID) -> Remove{entity}Result | None:  # noqa: A002 - its name in the graph
        async with info.context.transaction() as session:
            await remove_{one}(session, read_id(id))
        return Removed{entity}(id=id)
""",
    )


def _imports(wanted: Blueprint) -> Imports:
    imports = Imports(wanted.package)
    imports.take_module("strawberry")
    imports.take("collections.abc", "Mapping")
    imports.take("typing", "Annotated", "Final")
    imports.take("foundation_subgraph.kit", "Info", "InvalidInput", "NotFound", "Problem")
    imports.take("foundation_subgraph.kit", "mutation", "read_id", "requires")
    imports.take(f"{wanted.module}.graph.types", wanted.entity, f"Removed{wanted.entity}")
    imports.take(f"{wanted.module}.permissions", wanted.write)
    imports.take(f"{wanted.module}.service", f"{wanted.entity}Values")
    imports.take(
        f"{wanted.module}.service", *(f"{verb}_{wanted.one}" for verb in ("add", "change", "remove"))
    )
    for field in wanted.fields:
        for module, name in field.kind.imports:
            if name != "UUID":
                imports.take(module, name)
        if field.is_enum:
            imports.take(f"{wanted.module}.service", wanted.enum(field))
    return imports


def _results(wanted: Blueprint) -> str:
    entity = wanted.entity
    results = (
        ("Add", f"{entity} | InvalidInput"),
        ("Change", f"{entity} | NotFound | InvalidInput"),
        ("Remove", f"Removed{entity} | NotFound | InvalidInput"),
    )
    lines = [
        f'{verb}{entity}Result = Annotated[{members}, strawberry.union("{verb}{entity}Result")]'
        for verb, members in results
    ]
    return "\n".join(
        [*lines, "", f'PROBLEMS: Final[Mapping[str, type[Problem]]] = {{"{wanted.not_found}": NotFound}}']
    )


def _input(wanted: Blueprint) -> str:
    declared = [f"{field.name}: {_asked(wanted, field)}" for field in wanted.fields]
    declared += [f"{each.column}: strawberry.ID" for each in wanted.sent]
    given = [f"{field.name}={_read(field)}," for field in wanted.fields]
    given += [f"{each.column}=read_id(self.{each.column})," for each in wanted.sent]
    return f"""
@strawberry.input(description="All that is said of {with_article(wanted.said)}.")
class {wanted.entity}Input:
    {indented(declared, 1)}

    def values(self) -> {wanted.entity}Values:
        return {wanted.entity}Values(
            {indented(given, 3)}
        )
"""


def _asked(wanted: Blueprint, field: Field) -> str:
    shown = shown_type(wanted, field)
    return shown if field.is_required else f"{shown} | None = None"


def _read(field: Field) -> str:
    given = f"self.{field.name}"
    if field.kind.word != "id":
        return given
    return f"read_id({given})" if field.is_required else f"None if {given} is None else read_id({given})"
