"""Input types: the fields that every subgraph knows, as any other would be lost on some."""

from collections.abc import Sequence

from supergraph.composer.merge.applied_directives import merge_directives
from supergraph.composer.merge.arguments import merge_defaults
from supergraph.composer.merge.composites import join_types, type_elements
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.merging import (
    FieldSource,
    Merging,
    TypeSource,
    elements,
    fields_by_name,
    name_subgraphs,
)
from supergraph.composer.merge.type_references import merge_input_type
from supergraph.spec import Code, FieldJoin, FieldName, InputField, InputObjectType, NonNull, TypeName


def merge_input(merging: Merging, name: TypeName, sources: Sequence[TypeSource]) -> InputObjectType:
    described = type_elements(sources)
    directives, for_subgraphs = merge_directives(merging, name, described)
    merged = (
        _merge_field(merging, name, field_name, having, sources)
        for field_name, having in fields_by_name(sources).items()
    )
    fields = {each.name: each for each in merged if each is not None}
    if not fields:
        why = f"{name_subgraphs(source.subgraph for source in sources)} have no field of it in common"
        merging.report(Code.EMPTY_MERGED_INPUT_TYPE, name, described, why)
    return InputObjectType(
        name=name,
        description=merge_descriptions(merging, name, described),
        directives=directives,
        subgraph_directives=for_subgraphs,
        joins=join_types(merging, sources),
        fields=fields,
    )


def _merge_field(
    merging: Merging,
    owner: TypeName,
    name: FieldName,
    having: Sequence[FieldSource],
    sources: Sequence[TypeSource],
) -> InputField | None:
    at = f"{owner}.{name}"
    if len(having) < len(sources) and not any(each.field.inaccessible for each in having):
        _report_missing(merging, at, having, sources)
        return None
    described = elements(having)
    directives, for_subgraphs = merge_directives(merging, at, described)
    pairs = list(zip(described, having, strict=True))
    merged = merge_input_type(
        merging, at, [(source, each.field.type) for source, each in pairs], Code.FIELD_TYPE_MISMATCH
    )
    return InputField(
        name=name,
        type=merged,
        default=merge_defaults(
            merging,
            at,
            [(source, each.field.type, each.field.default) for source, each in pairs],
            Code.INPUT_FIELD_DEFAULT_MISMATCH,
        ),
        description=merge_descriptions(merging, at, described),
        directives=directives,
        subgraph_directives=for_subgraphs,
        joins=tuple(
            FieldJoin(
                merging.graph(each.subgraph), type=None if each.field.type == merged else each.field.type
            )
            for each in having
        ),
    )


def _report_missing(
    merging: Merging, at: str, having: Sequence[FieldSource], sources: Sequence[TypeSource]
) -> None:
    where = {source.subgraph.name for source in having}
    lacking = name_subgraphs(source.subgraph for source in sources if source.subgraph.name not in where)
    required = [
        each for each in having if isinstance(each.field.type, NonNull) and each.field.default is None
    ]
    if required:
        why = (
            f"the field is required in {name_subgraphs(each.subgraph for each in required)} "
            f"but does not exist in {lacking}"
        )
        merging.report(Code.REQUIRED_INPUT_FIELD_MISSING_IN_SOME_SUBGRAPH, at, elements(required), why)
        return
    why = (
        f"the field is left out of the supergraph: it exists in "
        f"{name_subgraphs(each.subgraph for each in having)} but not in {lacking}"
    )
    merging.report(Code.INCONSISTENT_INPUT_OBJECT_FIELD, at, elements(having), why)
