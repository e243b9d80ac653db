"""What somebody typed -> a Blueprint, or one line that says what is wrong with it and how to write it."""

import builtins
import difflib
import keyword
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from typing import Final, NoReturn

from codegen.modules.blueprint import Blueprint, ExtendedEntity
from codegen.modules.field_kinds import ENUM, KINDS, Field
from codegen.modules.house import FOUNDATION, House
from codegen.modules.words import camel, plural_of, snake

_ID: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST_ID: Final = 40
_ENTITY: Final = re.compile(r"[A-Z][A-Za-z0-9]*")
_LONGEST_NAME: Final = 26
"""Two names and some letters make the name of an index, of which PostgreSQL keeps 63."""
_SNAKE: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_FIELD: Final = re.compile(
    r"(?P<name>[^\s:]+)\s*:\s*(?P<kind>[A-Za-z]+)\s*(\((?P<values>[^()]*)\))?\s*(?P<required>!)?"
)
_ENUM_VALUE: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*(_[A-Za-z0-9]+)*")

RESERVED_IDS: Final = frozenset(
    {FOUNDATION, "public", "information_schema", "kit", "supergraph", "schema", "codegen", "tests", "test"}
)
"""Schemas of PostgreSQL's, subgraphs and rooms of the house."""

RESERVED_TYPES: Final = frozenset(
    {
        "Annotated",
        "Access",
        "After",
        "Any",
        "Base",
        "Before",
        "Batched",
        "Boolean",
        "Conflict",
        "Connection",
        "Date",
        "DateTime",
        "Decimal",
        "Edge",
        "Entity",
        "Enum",
        "Final",
        "First",
        "Float",
        "ID",
        "Info",
        "Int",
        "InvalidInput",
        "JSON",
        "Last",
        "Manifest",
        "Mutation",
        "Node",
        "NotFound",
        "NotPermitted",
        "None",
        "PageInfo",
        "Path",
        "Permission",
        "Principal",
        "Problem",
        "Query",
        "RequestContext",
        "Refusal",
        "Select",
        "Self",
        "Sequence",
        "String",
        "StrEnum",
        "Subgraph",
        "Subscription",
        "TenantScoped",
        "Time",
        "Topic",
        "UTC",
        "UUID",
        "Void",
        "Window",
        "True",
        "False",
        "Mapped",
        "ThrowAwayDatabase",
        "AsyncSession",
        "Reference",
        "DemoTenant",
        "ACME",
        "GLOBEX",
        "SOMEBODY",
        "ORDER",
        "LATEST",
        "PROBLEMS",
        "MANIFEST",
        "SDL",
        "DENIED",
        "READER",
        "WRITER",
        "VALUES",
        "SENT",
        "ANONYMOUS",
        "OPERATIONS",
    }
)
"""Types of GraphQL's, of the kit's and of Python's, which the module's files use under these names."""

_OUR_FIELDS: Final = frozenset({"id", "tenant_id", "created_at"})
_PYTHONS: Final = frozenset(dir(builtins)) | frozenset(keyword.kwlist) | frozenset(keyword.softkwlist)
_LIBRARYS: Final = frozenset(
    {
        "metadata",
        "registry",
        "date",
        "datetime",
        "decimal",
        "uuid",
        "self",
        "cls",
        "info",
        "values",
        "session",
    }
    | {"strawberry", "of", "row"}
)


class UnfitWishError(Exception):
    """No module can be made of this. The message is one line."""


@dataclass(frozen=True, slots=True)
class Wish:
    """As typed: `fields` like "name:str!, points:int", `extends` like "User,Tenant"."""

    id: str
    entity: str
    fields: str = "name:str!"
    extends: str = ""
    owner: str | None = None
    title: str | None = None
    plural: str | None = None


def read_wish(wish: Wish, house: House, package: str) -> Blueprint:
    """The blueprint. Raises UnfitWishError."""
    blueprint = blueprint_of(wish, house, package)
    _refuse_taken_names(blueprint, house)
    return blueprint


def blueprint_of(wish: Wish, house: House, package: str) -> Blueprint:
    """The blueprint, whatever names are taken. Raises UnfitWishError for a wish that contradicts itself."""
    check_id(wish.id)
    _check_entity(wish.entity)
    singular = snake(wish.entity)
    plural = plural_of(singular) if wish.plural is None else wish.plural
    if not _SNAKE.fullmatch(plural) or len(plural) > _LONGEST_NAME + 2:
        _refuse(f'"{plural}" is no plural in snake case; write it like --plural point_awards')
    if camel(plural) == camel(singular) or plural in _PYTHONS:
        _refuse(f'the plural "{plural}" cannot stand beside "{singular}"; say another with --plural')
    extends = tuple(_read_extends(wish, house))
    return Blueprint(
        package=package,
        id=wish.id,
        title=_line(wish.title, "--title", wish.id.replace("_", " ").capitalize()),
        owner=_line(wish.owner, "--owner", wish.id),
        entity=wish.entity,
        plural=plural,
        fields=tuple(_read_fields(wish.fields, wish.entity, extends)),
        extends=extends,
    )


def check_id(id_: str) -> None:
    """Raises UnfitWishError for what can be no module's id."""
    if not _ID.fullmatch(id_) or len(id_) > _LONGEST_ID:
        _refuse(
            f'"{id_}" is no id of a module: small letters and digits, parted by single _, a letter first, '
            f"at most {_LONGEST_ID}; write it like loyalty"
        )
    if id_ in RESERVED_IDS or id_ in _PYTHONS or id_.startswith("pg_"):
        _refuse(f'the id "{id_}" is reserved; choose another')


def _check_entity(entity: str) -> None:
    if not _ENTITY.fullmatch(entity) or len(snake(entity)) > _LONGEST_NAME:
        _refuse(
            f'"{entity}" is no name of an entity: letters and digits, a capital first, at most {_LONGEST_NAME}; '
            "write it like Customer or PointAward"
        )
    if entity in RESERVED_TYPES or hasattr(builtins, entity):
        _refuse(f'the name "{entity}" is reserved; choose another for the entity')
    if snake(entity) in _PYTHONS or snake(entity) in _LIBRARYS:
        _refuse(f'"{snake(entity)}" means something else in Python; choose another name than {entity}')


def _read_extends(wish: Wish, house: House) -> Iterable[ExtendedEntity]:
    seen: set[str] = set()
    for name in _listed(wish.extends):
        if name == wish.entity:
            _refuse(f"{name} is the module's own entity; --extends names entities of others")
        if name in seen:
            _refuse(f"--extends names {name} twice")
        seen.add(name)
        owner = house.owners.get(name)
        if owner is None or owner == wish.id:
            _refuse(f"--extends: the graph has no entity {name}{_near(name, house.owners)}")
        if "id" not in house.keys.get(name, frozenset()):
            _refuse(f"--extends: {name} is not found by an id, so a new module cannot refer to it by one")
        yield ExtendedEntity(name, owner)


def _read_fields(typed: str, entity: str, extends: Collection[ExtendedEntity]) -> Iterable[Field]:
    listed = list(_listed(typed))
    if not listed:
        _refuse("--fields names no field; write it like --fields 'name:str!, points:int'")
    taken = {camel(name): name for name in _OUR_FIELDS}
    for each in extends:
        taken |= {camel(each.snake): each.snake, camel(each.column): each.column}
    for one in listed:
        field = _read_field(one)
        if field.name in _PYTHONS or field.name in _LIBRARYS:
            _refuse(
                f'--fields: "{field.name}" means something else in Python; name it like {snake(entity)}_{field.name}'
            )
        if (before := taken.get(camel(field.name))) is not None:
            what = "is there already" if before == field.name else f"would be {before} in the graph"
            _refuse(f"--fields: {field.name} {what}")
        taken[camel(field.name)] = field.name
        yield field


def _read_field(typed: str) -> Field:
    read = _FIELD.fullmatch(typed)
    if read is None:
        _refuse(
            f'--fields: "{typed}" is no field; write it like name:str!, points:int or status:enum(open|closed)'
        )
    name, word = read["name"], read["kind"]
    if not _SNAKE.fullmatch(name) or len(name) > _LONGEST_NAME:
        _refuse(
            f'--fields: "{name}" is no name of a field: snake case, at most {_LONGEST_NAME}; like valid_until'
        )
    is_required = read["required"] is not None
    if word == ENUM:
        values = _read_values(name, read["values"])
        sample, changed = f'"{values[0]}"', f'"{values[-1]}"'
        kind = replace(KINDS["str"], word=ENUM, sent=sample, sent_changed=changed)
        return Field(name, kind, is_required, values)
    if word not in KINDS:
        known = [*KINDS, f"{ENUM}(a|b)"]
        _refuse(
            f'--fields: {name} has the unknown type "{word}"{_near(word, KINDS)}; known are {", ".join(known)}'
        )
    if read["values"] is not None:
        _refuse(f"--fields: {word} takes no values; {name}:{word} is enough")
    return Field(name, KINDS[word], is_required)


def _read_values(name: str, typed: str | None) -> tuple[str, ...]:
    values = tuple(value.strip().upper() for value in (typed or "").split("|"))
    if not all(_ENUM_VALUE.fullmatch(value) and len(value) <= _LONGEST_NAME for value in values):
        _refuse(f"--fields: the values of {name} are words parted by |, like {name}:enum(open|closed)")
    if len(set(values)) < len(values) or len(values) < 2:
        _refuse(f"--fields: {name} needs at least two different values, like {name}:enum(open|closed)")
    return values


def _refuse_taken_names(blueprint: Blueprint, house: House) -> None:
    for name in blueprint.type_names():
        if name in house.types:
            _refuse(
                f"the graph has a type {name} already, of {house.types[name]}; choose another entity's name"
            )
    for root, field in blueprint.root_fields():
        if field in house.fields.get(root, frozenset()):
            _refuse(f"the graph has a field {root}.{field} already; choose another entity's name or --plural")
    for each in blueprint.extends:
        if camel(blueprint.plural) in house.fields.get(each.name, frozenset()):
            _refuse(f"{each.name} has a field {camel(blueprint.plural)} already; choose another --plural")


def _listed(typed: str) -> Iterable[str]:
    return (part.strip() for part in typed.split(",") if part.strip())


def _line(given: str | None, option: str, otherwise: str) -> str:
    if given is None:
        return otherwise
    if not given.strip() or not given.isprintable() or any(sign in given for sign in '"\\'):
        _refuse(f"{option} is one line of words, without quotation marks and backslashes")
    return given.strip()


def _near(name: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _refuse(why: str) -> NoReturn:
    raise UnfitWishError(why)
