"""A module's use cases."""

from typing import Final

from codegen.modules.blueprint import Blueprint
from codegen.modules.field_kinds import ENUM, Field
from codegen.modules.templates.python_source import Imports, indented, python_file
from codegen.modules.words import camel, spoken, with_article

_CHECKS: Final = {
    "str": """
def _text(name: str, text: str) -> str:
    text = text.strip()
    if not 0 < len(text) <= _MAX_TEXT:
        raise Refusal("BAD_USER_INPUT", f"{name} has between 1 and {_MAX_TEXT} characters")
    return text
""",
    "datetime": """
def _moment(name: str, moment: datetime) -> datetime:
    if moment.utcoffset() is None:
        raise Refusal("BAD_USER_INPUT", f"{name} says its offset from UTC, like 2026-03-01T09:00:00Z")
    return moment
""",
    "decimal": """
def _number(name: str, number: Decimal) -> Decimal:
    if not (number.is_finite() and abs(number) < _MAX_NUMBER and number == round(number, _MAX_PLACES)):
        raise Refusal("BAD_USER_INPUT", f"{name} lies below 10^15 and has at most {_MAX_PLACES} decimal places")
    return number
""",
}
_CHECK_NAMES: Final = {"str": "_text", "datetime": "_moment", "decimal": "_number"}


def service(wanted: Blueprint) -> str:
    imports = _imports(wanted)
    return python_file(
        f"What can be done with {wanted.said_plural}, over a session that sees one tenant.",
        imports,
        *_blocks(wanted),
    )


def value_type(wanted: Blueprint, field: Field) -> str:
    """A field's type in the service."""
    named = wanted.enum(field) if field.is_enum else field.kind.python
    return named if field.is_required else f"{named} | None"


def _imports(wanted: Blueprint) -> Imports:
    imports = Imports(wanted.package)
    imports.take("collections.abc", "Sequence")
    imports.take("dataclasses", "dataclass")
    imports.take("typing", "Final")
    imports.take("uuid", "UUID")
    imports.take("sqlalchemy", "Select", "select")
    imports.take("sqlalchemy.ext.asyncio", "AsyncSession")
    imports.take("foundation_subgraph.kit", "Refusal", "among")
    imports.take(f"{wanted.module}.tables", wanted.row)
    for field in wanted.fields:
        for module, name in field.kind.imports:
            imports.take(module, name)
        if field.is_enum:
            imports.take("enum", "StrEnum")
    if wanted.extends:
        imports.take("sqlalchemy.orm", "InstrumentedAttribute")
        imports.take("foundation_subgraph.kit", "first_rows_of_each")
    return imports


def _blocks(wanted: Blueprint) -> list[str]:
    kinds = {field.kind.word for field in wanted.fields}
    return [
        _constants(wanted, kinds),
        *(_enum(wanted, field) for field in wanted.fields if field.is_enum),
        _values(wanted),
        _reading(wanted),
        _latest(wanted) if wanted.extends else "",
        _writing(wanted),
        *(check for word, check in _CHECKS.items() if word in kinds),
    ]


def _constants(wanted: Blueprint, kinds: set[str]) -> str:
    order = ", ".join(f"{wanted.row}.{column}" for column in wanted.order)
    lines = [f"ORDER: Final = ({order})"]
    if wanted.extends:
        lines.append("LATEST: Final = 10")
    if "str" in kinds:
        lines.append("_MAX_TEXT: Final = 200")
    if "decimal" in kinds:
        lines += ["_MAX_NUMBER: Final = 10**15", "_MAX_PLACES: Final = 6"]
    return "\n".join(lines)


def _enum(wanted: Blueprint, field: Field) -> str:
    members = [f'{value} = "{value.lower()}"' for value in field.values]
    return f'''
class {wanted.enum(field)}(StrEnum):
    """The {spoken(field.name)} of {with_article(wanted.said)}, as the table keeps it."""

    {indented(members, 1)}
'''


def _values(wanted: Blueprint) -> str:
    lines = [f"{field.name}: {value_type(wanted, field)}" for field in wanted.fields]
    lines += [f"{each.column}: UUID" for each in wanted.sent]
    return f'''
@dataclass(frozen=True, slots=True)
class {wanted.entity}Values:
    """What somebody says of {with_article(wanted.said)}, not checked yet."""

    {indented(lines, 1)}
'''


def _reading(wanted: Blueprint) -> str:
    return f'''
def all_{wanted.plural}() -> Select[{wanted.row}]:
    """The {wanted.said_plural} of the session's tenant, not ordered yet."""
    return select({wanted.row})


async def find_{wanted.plural}(session: AsyncSession, ids: Sequence[UUID]) -> dict[UUID, {wanted.row}]:
    """Those of the {wanted.said_plural} that exist, in one query."""
    rows = await session.scalars(select({wanted.row}).where(among({wanted.row}.id, ids)))
    return {{row.id: row for row in rows}}
'''


def _latest(wanted: Blueprint) -> str:
    return f'''
async def latest_{wanted.plural}(
    session: AsyncSession, column: InstrumentedAttribute[UUID], ids: Sequence[UUID]
) -> dict[UUID, list[{wanted.row}]]:
    """The latest {wanted.said_plural} of each id in a column, newest first, in one query for all of them."""
    return await first_rows_of_each(
        session,
        select({wanted.row}),
        column,
        ids,
        order=({wanted.row}.created_at.desc(), {wanted.row}.id),
        limit=LATEST,
    )
'''


def _writing(wanted: Blueprint) -> str:
    writes = [f"row.{field.name} = {_checked(field)}" for field in wanted.fields]
    writes += [f"row.{each.column} = values.{each.column}" for each in wanted.sent]
    one, row, values = wanted.one, wanted.row, f"{wanted.entity}Values"
    return f'''
async def add_{one}(session: AsyncSession, values: {values}) -> {row}:
    """Raises Refusal, as all that follow."""
    return await _save(session, _filled({row}(), values))


async def change_{one}(session: AsyncSession, id_: UUID, values: {values}) -> {row}:
    """Give {with_article(wanted.said)} other values: all of them, so that what is not said is taken away."""
    return await _save(session, _filled(await _find_to_change(session, id_), values))


async def remove_{one}(session: AsyncSession, id_: UUID) -> None:
    await session.delete(await _find_to_change(session, id_))


async def _find_to_change(session: AsyncSession, id_: UUID) -> {row}:
    query = select({row}).where({row}.id == id_).with_for_update()
    row = (await session.scalars(query)).one_or_none()
    if row is None:
        raise Refusal("{wanted.not_found}", "There is no such {wanted.said}")
    return row


def _filled(row: {row}, values: {values}) -> {row}:
    {indented(writes, 1)}
    return row


async def _save(session: AsyncSession, row: {row}) -> {row}:
    session.add(row)
    await session.flush()
    await session.refresh(row)
    return row
'''


def _checked(field: Field) -> str:
    given = f"values.{field.name}"
    if field.kind.word == ENUM:
        return given
    check = _CHECK_NAMES.get(field.kind.word)
    if check is None:
        return given
    called = f'{check}("{camel(field.name)}", {given})'
    if field.is_required:
        return called
    if field.kind.word == "str":
        return f"{called} if {given} and {given}.strip() else None"
    return f"None if {given} is None else {called}"
