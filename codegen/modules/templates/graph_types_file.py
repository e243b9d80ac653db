"""A module's types in the graph: the entity it owns, and others' entities with what it adds to them."""

from codegen.modules.blueprint import Blueprint, ExtendedEntity
from codegen.modules.field_kinds import Field
from codegen.modules.templates.python_source import Imports, indented, python_file
from codegen.modules.words import spoken, with_article


def graph_types(wanted: Blueprint) -> str:
    enums = "\n".join(_enum(wanted, field) for field in wanted.fields if field.is_enum)
    return python_file(
        None,
        _imports(wanted),
        f"{enums}\n\n_readable = [requires({wanted.read})]",
        *(_extended(wanted, each) for each in wanted.extends),
        _owned(wanted),
        f"""
@strawberry.type(description="{with_article(wanted.said).capitalize()} that is no more.")
class Removed{wanted.entity}:
    id: strawberry.ID
""",
        *(_loader(wanted, each) for each in wanted.extends),
    )


def shown_type(wanted: Blueprint, field: Field) -> str:
    """A field's type in the graph, as Python has it; without its nullability."""
    if field.is_enum:
        return wanted.enum(field)
    return "strawberry.ID" if field.kind.word == "id" else field.kind.python


def _imports(wanted: Blueprint) -> Imports:
    imports = Imports(wanted.package)
    imports.take_module("strawberry")
    imports.take("datetime", "datetime")
    imports.take("typing", "Self")
    imports.take("foundation_subgraph.kit", "requires")
    imports.take(f"{wanted.module}.permissions", wanted.read)
    imports.take(f"{wanted.module}.tables", wanted.row)
    for field in wanted.fields:
        for module, name in field.kind.imports:
            if name != "UUID":
                imports.take(module, name)
        if field.is_enum:
            imports.take(f"{wanted.module}.service", wanted.enum(field))
    if wanted.extends:
        imports.take("collections.abc", "Sequence")
        imports.take("typing", "Annotated")
        imports.take("uuid", "UUID")
        imports.take("foundation_subgraph.kit", "Info", "RequestContext", "field")
        imports.take(f"{wanted.module}.service", f"latest_{wanted.plural}")
    return imports


def _enum(wanted: Blueprint, field: Field) -> str:
    said = f"The {spoken(field.name)} of {with_article(wanted.said)}."
    return f'strawberry.enum({wanted.enum(field)}, description="{said}")'


def _extended(wanted: Blueprint, each: ExtendedEntity) -> str:
    whose = "The foundation's" if each.owner == "foundation" else f"The {spoken(each.owner)} module's"
    return f'''
@strawberry.federation.type(keys=["id"])
class {each.name}:
    """{whose} entity, with what {wanted.id} knows of it."""

    id: strawberry.ID

    @field(requires({wanted.read}), description="The latest ten {wanted.said_plural}, newest first.")
    async def {wanted.plural}(
        self, info: Info
    ) -> list[Annotated["{wanted.entity}", strawberry.lazy(__name__)]] | None:
        return await info.context.loader(load_{wanted.plural}_of_{each.snake}).load(UUID(self.id))
'''


def _owned(wanted: Blueprint) -> str:
    declared = [
        f"{field.name}: {shown_type(wanted, field)} | None = strawberry.field(directives=_readable)"
        for field in wanted.fields
    ]
    declared += [
        f"{each.snake}: {each.name} | None = strawberry.field(directives=_readable)"
        for each in wanted.extends
    ]
    given = [f"{field.name}={_given(wanted, field)}," for field in wanted.fields]
    given += [
        f"{each.snake}={each.name}(id=strawberry.ID(str(row.{each.column})))," for each in wanted.extends
    ]
    return f"""
@strawberry.federation.type(keys=["id"], description="{with_article(wanted.said).capitalize()} of your tenant.")
class {wanted.entity}:
    # The id alone needs no permission: others may refer to it, and it tells nothing.
    id: strawberry.ID
    {indented(declared, 1)}
    created_at: datetime | None = strawberry.field(directives=_readable)

    @classmethod
    def of(cls, row: {wanted.row}) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            {indented(given, 3)}
            created_at=row.created_at,
        )
"""


def _given(wanted: Blueprint, field: Field) -> str:
    kept = f"row.{field.name}"
    if field.is_enum:
        made = f"{wanted.enum(field)}({kept})"
    elif field.kind.word == "id":
        made = f"strawberry.ID(str({kept}))"
    else:
        return kept
    return made if field.is_required else f"None if {kept} is None else {made}"


def _loader(wanted: Blueprint, each: ExtendedEntity) -> str:
    return f"""
async def load_{wanted.plural}_of_{each.snake}(
    context: RequestContext, ids: Sequence[UUID]
) -> list[list[{wanted.entity}]]:
    async with context.transaction() as session:
        found = await latest_{wanted.plural}(session, {wanted.row}.{each.column}, ids)
    return [[{wanted.entity}.of(row) for row in found.get(id_, [])] for id_ in ids]
"""
