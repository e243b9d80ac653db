"""One type for a field or argument that subgraphs give different types.

What is read gets the most general type (any subgraph's answer fits it); what is written gets the most special one
(any subgraph accepts it). Types that are compatible with neither are an error.
"""

from collections.abc import Mapping, Sequence

from supergraph.composer.merge.merging import ElementSource, Merging, contrast, describe_groups, group_by_text
from supergraph.composer.subgraph import Subgraph
from supergraph.spec import Code, ListOf, Named, NonNull, TypeName, TypeReference


def is_subtype(
    special: TypeReference, general: TypeReference, supertypes: Mapping[TypeName, frozenset[TypeName]]
) -> bool:
    """Whether every value of `special` is one of `general`. Spec: IsSubType."""
    match special, general:
        case NonNull(inner), NonNull(outer):
            return is_subtype(inner, outer, supertypes)
        case NonNull(inner), _:
            return is_subtype(inner, general, supertypes)
        case ListOf(inner), ListOf(outer):
            return is_subtype(inner, outer, supertypes)
        case Named(name), Named(other):
            return name == other or other in supertypes.get(name, frozenset())
        case _:
            return False


def merge_output_type(
    merging: Merging, at: str, typed: Sequence[tuple[ElementSource, TypeReference]]
) -> TypeReference:
    """The most general of the types; the first of them, and an error, where they do not fit."""
    merged = typed[0][1]
    for _, each in typed:
        if each == merged or is_subtype(each, merged, merging.supertypes):
            continue
        if not is_subtype(merged, each, merging.supertypes):
            _report_mismatch(merging, Code.FIELD_TYPE_MISMATCH, at, typed)
            merging.read.add(merged.named)
            return merged
        merged = each
    if any(each != merged for _, each in typed):
        _hint_at_difference(merging, Code.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE, at, typed, merged)
    merging.read.add(merged.named)
    return merged


def merge_input_type(
    merging: Merging, at: str, typed: Sequence[tuple[ElementSource, TypeReference]], mismatch: Code
) -> TypeReference:
    """The most special of the types; the first of them, and an error, where they do not fit."""
    merged = typed[0][1]
    for _, each in typed:
        if each == merged or is_subtype(merged, each, {}):
            continue
        if not is_subtype(each, merged, {}):
            _report_mismatch(merging, mismatch, at, typed)
            merging.written.add(merged.named)
            return merged
        merged = each
    if any(each != merged for _, each in typed):
        hint = (
            Code.INCONSISTENT_BUT_COMPATIBLE_FIELD_TYPE
            if mismatch is Code.FIELD_TYPE_MISMATCH
            else Code.INCONSISTENT_BUT_COMPATIBLE_ARGUMENT_TYPE
        )
        _hint_at_difference(merging, hint, at, typed, merged)
    merging.written.add(merged.named)
    return merged


def _groups(typed: Sequence[tuple[ElementSource, TypeReference]]) -> dict[str, list[Subgraph]]:
    return group_by_text((str(each), source.subgraph) for source, each in typed)


def _report_mismatch(
    merging: Merging, code: Code, at: str, typed: Sequence[tuple[ElementSource, TypeReference]]
) -> None:
    why = f"its type differs across subgraphs: it is {contrast(_groups(typed))}"
    merging.report(code, at, (source for source, _ in typed), why)


def _hint_at_difference(
    merging: Merging,
    code: Code,
    at: str,
    typed: Sequence[tuple[ElementSource, TypeReference]],
    merged: TypeReference,
) -> None:
    others = {text: subgraphs for text, subgraphs in _groups(typed).items() if text != str(merged)}
    why = f'the supergraph uses "{merged}", while it is {" and ".join(describe_groups(others))}'
    merging.report(code, at, (source for source, _ in typed), why)
