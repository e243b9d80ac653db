"""@listSize: on lists, sliced by integer arguments."""

from collections.abc import Iterator
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import federation_uses
from supergraph.composer.subgraph import DirectiveUse, Subgraph, SubgraphField
from supergraph.spec import (
    NULL,
    Code,
    FieldName,
    ListOf,
    ListValue,
    NonNull,
    NumberValue,
    StringValue,
    TypeReference,
    Value,
)

_LISTS_OF_NAMES: Final = {
    "slicingArguments": Code.LIST_SIZE_INVALID_SLICING_ARGUMENT,
    "sizedFields": Code.LIST_SIZE_INVALID_SIZED_FIELD,
}


def list_sizes_fit_their_field(subgraph: Subgraph) -> Iterator[Diagnostic]:
    for definition in subgraph.types.values():
        for field in definition.fields.values():
            for use in federation_uses(field, "listSize") if field.directives else ():
                at = f"{definition.name}.{field.name}"
                for code, why in _problems(subgraph, field, use):
                    yield report(code, at, [(subgraph, use.at)], why=why)


def _problems(subgraph: Subgraph, field: SubgraphField, use: DirectiveUse) -> Iterator[tuple[Code, str]]:
    sized = _texts(use.argument("sizedFields"))
    if use.argument("sizedFields") in {None, NULL} and not _is_list(field.type):
        yield (
            Code.LIST_SIZE_APPLIED_TO_NON_LIST,
            f"@listSize stands on a field of type {field.type}, not a list",
        )
    size = use.argument("assumedSize")
    if isinstance(size, NumberValue) and size.text.startswith("-"):
        yield Code.LIST_SIZE_INVALID_ASSUMED_SIZE, f"its assumedSize is {size.text}"
    for name in _texts(use.argument("slicingArguments")):
        if why := _why_not_slicing(field, name):
            yield Code.LIST_SIZE_INVALID_SLICING_ARGUMENT, why
    for argument, code in _LISTS_OF_NAMES.items():
        value = use.argument(argument)
        if isinstance(value, StringValue):
            yield code, f'its {argument} are the string "{value.value}", and a list is wanted'
    target = subgraph.types.get(field.type.named)
    for name in sized:
        child = target.fields.get(FieldName(name)) if target is not None and target.is_composite else None
        if child is None:
            why = f"its sized field {name} is not a field of {field.type.named}"
            yield Code.LIST_SIZE_INVALID_SIZED_FIELD, why
        elif not _is_list(child.type):
            why = f"its sized field {name} is of type {child.type}, not a list"
            yield Code.LIST_SIZE_APPLIED_TO_NON_LIST, why


def _why_not_slicing(field: SubgraphField, name: str) -> str:
    argument = field.argument(name)
    if argument is None:
        return f"its slicing argument {name} is not an argument of the field"
    if str(argument.type).removesuffix("!") != "Int":
        return f"its slicing argument {name} is of type {argument.type}, not Int"
    return ""


def _is_list(type_: TypeReference) -> bool:
    return isinstance(type_.of if isinstance(type_, NonNull) else type_, ListOf)


def _texts(value: Value | None) -> list[str]:
    if not isinstance(value, ListValue):
        return []
    return [each.value for each in value.values if isinstance(each, StringValue)]
