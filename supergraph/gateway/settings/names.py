"""The names that settings have: which there are at a place, and which may have been meant by another."""

import difflib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, TypeGuard, get_args, get_origin

from pydantic import BaseModel

from supergraph.gateway.settings.document import Location


def fields_at(model: type[BaseModel], location: Location) -> tuple[str, ...]:
    """The keys that may stand at a place; none where any may, or where no section is."""
    found = tuple(_sections(model))
    for step in location:
        found = tuple(section for each in found for section in _below(each, step))
    return tuple(dict.fromkeys(name for each in found if _is_model(each) for name in each.model_fields))


def suggest(model: type[BaseModel], location: Location) -> str:
    """What may have been meant by a setting that there is not, as the end of a sentence."""
    *parent, name = location
    here = fields_at(model, tuple(parent))
    before = [str(each) for each in parent]
    everywhere = list(setting_names(model))
    closest = difflib.get_close_matches(str(name), here, n=1)
    near = [".".join([*before, each]) for each in closest]
    meant = [
        *(near if difflib.get_close_matches(str(name), here, n=1, cutoff=0.75) else ()),
        *(each for each in everywhere if each.rpartition(".")[2] == name),
        *near,
        *difflib.get_close_matches(".".join([*before, str(name)]), everywhere, n=1),
    ]
    if meant:
        return f"did you mean {meant[0]}?"
    return f"there are {', '.join(here)}" if here else "no settings are here"


def setting_names(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """All names with their sections, `limits.depth`; what is in each item of a list or mapping after `*`."""
    for name, field in model.model_fields.items():
        yield f"{before}{name}"
        for section, many in _described(field.annotation):
            yield from setting_names(section, f"{before}{name}.{'*.' if many else ''}")


def _below(section: object, step: str | int) -> Iterator[object]:
    """What may stand under a key of a section, or at an item of a list or mapping."""
    if _is_model(section):
        field = section.model_fields.get(str(step))
        if field is not None:
            yield from _sections(field.annotation)
    elif get_origin(section) is not None:
        yield from _sections(get_args(section)[-1 if _is_mapping(section) else 0])


def _sections(annotation: object) -> Iterator[object]:
    """The models within an annotation, and the lists and mappings that may hold some."""
    if _is_model(annotation):
        yield annotation
    elif get_origin(annotation) is Annotated:
        yield from _sections(get_args(annotation)[0])
    elif _is_mapping(annotation) or _is_list(annotation):
        yield annotation
    else:
        for each in get_args(annotation):
            yield from _sections(each)


def _described(annotation: object) -> Iterator[tuple[type[BaseModel], bool]]:
    for each in _sections(annotation):
        if _is_model(each):
            yield each, False
        else:
            inner = get_args(each)[-1 if _is_mapping(each) else 0]
            yield from ((section, True) for section, _ in _described(inner))


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return (
        get_origin(annotation) is None and isinstance(annotation, type) and issubclass(annotation, BaseModel)
    )


def _is_mapping(annotation: object) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _is_list(annotation: object) -> bool:
    origin = get_origin(annotation)
    return isinstance(origin, type) and issubclass(origin, Sequence | frozenset | set)
