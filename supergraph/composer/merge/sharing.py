"""@shareable: a field that several subgraphs resolve must be meant to be shared in each."""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from supergraph.composer.merge.merging import FieldSource, Merging, name_subgraphs
from supergraph.composer.merge.overrides import Overrides, nearest_subgraph
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.spec import (
    Code,
    FieldName,
    FieldSelection,
    FieldSet,
    FieldSetSyntaxError,
    SubgraphName,
    TypeName,
    read_field_set,
)

Provided = Mapping[SubgraphName, frozenset[tuple[TypeName, FieldName]]]
"""Fields that some `@provides` of a subgraph names: it resolves them along that path, external or not."""


def check_sharing(
    merging: Merging, at: str, sources: Sequence[FieldSource], overrides: Overrides, provided: Provided
) -> None:
    resolving = [
        source
        for source in sources
        if source.subgraph.name not in overrides.overridden
        and (
            not source.field.external
            or (source.owner.name, source.field.name) in provided[source.subgraph.name]
        )
    ]
    unshared = [source for source in resolving if not source.field.external and not source.field.shareable]
    if not unshared or len(resolving) < 2:
        return
    extent = (
        "none of them marks it @shareable"
        if len(unshared) == len(resolving)
        else f"it is not @shareable in {name_subgraphs(each.subgraph for each in unshared)}"
    )
    through = "".join(
        f' (in "{source.subgraph.name}" through the @interfaceObject {source.owner.name})'
        for source in resolving
        if source.owner.is_interface_object
    )
    merging.report(
        Code.INVALID_FIELD_SHARING,
        at,
        [(source.subgraph, source.field) for source in resolving],
        f"{name_subgraphs(source.subgraph for source in resolving)} resolve it{through}, but {extent}",
        mend=_mend_of_sharing(merging, resolving, unshared),
    )


def _mend_of_sharing(
    merging: Merging, resolving: Sequence[FieldSource], unshared: Sequence[FieldSource]
) -> str:
    """What was probably forgotten: the right name of an @override, the @key of an entity, or to share the field."""
    for source in resolving:
        if source.field.override and (meant := nearest_subgraph(merging, source.field.override.source)):
            return f'Write @override(from: "{meant}") in subgraph "{source.subgraph.name}".'
    field = resolving[0].field.name
    forgot_key = [source for source in unshared if not source.owner.keys]
    key = next((key for source in resolving for key in _keys_with(source, field)), "")
    if key and len(forgot_key) == len(unshared):
        owner = forgot_key[0].owner.name
        return (
            f'Add @key(fields: "{key}") to {owner} in {name_subgraphs(each.subgraph for each in forgot_key)}.'
        )
    where = name_subgraphs(each.subgraph for each in unshared)
    return f"Where all give the same value, mark it @shareable in {where}; else rename it, or remove all but one."


def _keys_with(source: FieldSource, field: str) -> Iterator[str]:
    """The keys of the source's type that select the field itself."""
    for key in source.owner.keys:
        try:
            selections = read_field_set(key.fields)
        except FieldSetSyntaxError:
            continue
        if any(isinstance(each, FieldSelection) and each.name == field for each in selections):
            yield str(key.fields)


def find_provided(subgraphs: Iterable[Subgraph]) -> Provided:
    return {subgraph.name: frozenset(_provided_by(subgraph)) for subgraph in subgraphs}


def _provided_by(subgraph: Subgraph) -> set[tuple[TypeName, FieldName]]:
    provided: set[tuple[TypeName, FieldName]] = set()
    implementers: dict[TypeName, list[TypeName]] = {}
    for definition in subgraph.types.values():
        for interface in definition.interfaces:
            implementers.setdefault(interface, []).append(definition.name)
    for definition in subgraph.types.values():
        for each in definition.fields.values():
            if each.provides is not None:
                try:
                    selections = read_field_set(each.provides)
                except FieldSetSyntaxError:
                    continue
                _add_selected(subgraph, each.type.named, selections, implementers, provided)
    return provided


def _add_selected(
    subgraph: Subgraph,
    parent: TypeName,
    selections: FieldSet,
    implementers: Mapping[TypeName, Sequence[TypeName]],
    provided: set[tuple[TypeName, FieldName]],
) -> None:
    definition = subgraph.types.get(parent)
    if definition is None:
        return
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            inner = selection.condition or parent
            _add_selected(subgraph, inner, selection.selections, implementers, provided)
            continue
        provided.add((parent, selection.name))
        if definition.kind is TypeKind.INTERFACE:
            provided.update((name, selection.name) for name in implementers.get(parent, ()))
        found = definition.fields.get(selection.name)
        if found is not None and selection.selections:
            _add_selected(subgraph, found.type.named, selection.selections, implementers, provided)
