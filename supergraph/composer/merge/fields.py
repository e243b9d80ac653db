"""One field of an object or interface, from every subgraph that has it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supergraph.composer.merge.applied_directives import context_name, merge_directives
from supergraph.composer.merge.arguments import merge_field_arguments
from supergraph.composer.merge.descriptions import merge_descriptions
from supergraph.composer.merge.external_fields import check_external_declarations, check_external_types
from supergraph.composer.merge.merging import ElementSource, FieldSource, Merging, TypeSource, elements
from supergraph.composer.merge.overrides import NO_OVERRIDES, Overrides, merge_overrides
from supergraph.composer.merge.sharing import Provided, check_sharing
from supergraph.composer.merge.type_references import merge_output_type
from supergraph.composer.subgraph import SubgraphField
from supergraph.spec import ContextArgument, Field, FieldJoin, FieldName, TypeName, TypeReference


@dataclass(frozen=True, slots=True)
class FieldMerge:
    """How the fields of one type are merged.

    `through_interfaces`: fields that other subgraphs give the type by an
    interface object of an interface that it implements.
    """

    merging: Merging
    owner: TypeName
    is_object: bool
    provided: Provided
    through_interfaces: Mapping[FieldName, Sequence[FieldSource]]


def merge_fields(
    merge: FieldMerge, fields: Mapping[FieldName, Sequence[FieldSource]]
) -> dict[FieldName, Field]:
    merged = (_merge_field(merge, name, sources) for name, sources in fields.items())
    return {each.name: each for each in merged if each is not None}


def _merge_field(merge: FieldMerge, name: FieldName, own: Sequence[FieldSource]) -> Field | None:
    """None, and an error, when no subgraph resolves the field."""
    merging, at = merge.merging, f"{merge.owner}.{name}"
    through = merge.through_interfaces.get(name, ())
    overrides = NO_OVERRIDES
    defining = own
    has_external = any(source.field.external for source in own)
    if merge.is_object:
        if has_external:
            if not check_external_declarations(merging, at, [*own, *through]):
                return None
            defining = [source for source in own if not source.field.external] or through
        overrides = merge_overrides(merging, at, own)
        if len(own) + len(through) > 1:
            resolving = sorted((*own, *through), key=lambda source: source.subgraph.name)
            check_sharing(merging, at, resolving, overrides, merge.provided)
    described = elements(defining)
    directives, for_subgraphs = merge_directives(merging, at, described)
    field_type = merge_output_type(
        merging, at, [(source, each.field.type) for source, each in zip(described, defining, strict=True)]
    )
    field = Field(
        name=name,
        type=field_type,
        arguments=merge_field_arguments(merging, at, defining),
        description=merge_descriptions(merging, at, described),
        joins=_join(merging, own, field_type, overrides),
        directives=directives,
        subgraph_directives=for_subgraphs,
    )
    if has_external and merge.is_object:
        check_external_types(merging, at, field, [*own, *through])
    return field


def _join(
    merging: Merging, sources: Sequence[FieldSource], merged: TypeReference, overrides: Overrides
) -> tuple[FieldJoin, ...]:
    return tuple(
        _join_one(merging, source, merged, overrides)
        for source in sources
        if source.subgraph.name not in overrides.gone or source.subgraph.name in overrides.still_used
    )


def _join_one(
    merging: Merging, source: FieldSource, merged: TypeReference, overrides: Overrides
) -> FieldJoin:
    name, field = source.subgraph.name, source.field
    if not overrides.labels and not overrides.still_used and _is_plain(field) and field.type == merged:
        return merging.plain_joins[name]
    return FieldJoin(
        merging.graph(source.subgraph),
        type=None if field.type == merged else field.type,
        external=field.external,
        requires=field.requires,
        provides=field.provides,
        override=field.override.source if field.override else None,
        override_label=overrides.labels.get(name),
        used_overridden=name in overrides.still_used,
        context_arguments=tuple(
            ContextArgument(
                context_name(merging, ElementSource(source.subgraph, source.owner), use.context),
                use.argument,
                use.type,
                use.selection,
            )
            for use in field.context_uses
        ),
    )


def _is_plain(field: SubgraphField) -> bool:
    """Nothing is to be said of the field in its subgraph but that it is there."""
    return not (
        field.external
        or field.requires is not None
        or field.provides is not None
        or field.override
        or field.context_uses
    )


def fields_through_interface_objects(
    sources: Sequence[TypeSource], interface_objects: Mapping[TypeName, Sequence[TypeSource]]
) -> dict[FieldName, list[FieldSource]]:
    """Fields that subgraphs without the type itself give it by an interface object of one of its interfaces."""
    having = {source.subgraph.name for source in sources}
    implemented = dict.fromkeys(name for source in sources for name in source.type.interfaces)
    found: dict[FieldName, list[FieldSource]] = {}
    for interface in implemented:
        for subgraph, definition in interface_objects.get(interface, ()):
            if subgraph.name in having:
                continue
            for name, field in definition.fields.items():
                known = found.setdefault(name, [])
                if all(source.subgraph is not subgraph for source in known):
                    known.append(FieldSource(subgraph, definition, field))
    return found
