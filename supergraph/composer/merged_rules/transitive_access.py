"""A field that is computed from guarded ones must be guarded as well, or it would leak what they protect."""

from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic
from supergraph.composer.merge import AccessDirectives, Rules, access_directives, implies, join_rules
from supergraph.composer.merged_rules.merged import Merged
from supergraph.spec import (
    CONTEXT,
    Code,
    ContextArgument,
    Field,
    FieldSelection,
    FieldSet,
    InterfaceType,
    ObjectType,
    SupergraphType,
    TypeName,
    UnionType,
    read_field_set,
)


def computed_fields_require_what_they_are_computed_from(merged: Merged) -> Iterator[Diagnostic]:
    access = access_directives(merged.supergraph)
    if not access.arguments:
        return
    for definition in merged.supergraph.types.values():
        if not isinstance(definition, ObjectType | InterfaceType):
            continue
        for field in definition.fields.values():
            ours: Rules | None = None
            for join in field.joins:
                if join.requires is None and not join.context_arguments:
                    continue
                if ours is None:
                    ours = join_rules((access.of(definition), access.of(field)))
                needed = list(_needed(merged, access, definition, join.requires, join.context_arguments))
                for at, theirs in needed:
                    if not _implies(ours, theirs):
                        yield _lacking(merged, definition, field, at)
                        break


def _lacking(merged: Merged, owner: ObjectType | InterfaceType, field: Field, at: str) -> Diagnostic:
    why = f"it is computed from {at} but does not require the authorization that {at} requires"
    coordinate = f"{owner.name}.{field.name}"
    return merged.report(Code.MISSING_TRANSITIVE_AUTH_REQUIREMENTS, coordinate, why, owner.name, field.name)


def _needed(
    merged: Merged,
    access: AccessDirectives,
    owner: ObjectType | InterfaceType,
    requires: str | None,
    contexts: tuple[ContextArgument, ...],
) -> Iterator[tuple[str, Rules]]:
    if requires is not None:
        yield from _selected(merged, access, owner, read_field_set(requires))
    for context in contexts:
        for source in _context_types(merged, context.context):
            yield source.name, access.of(source)
            yield from _selected(merged, access, source, read_field_set(context.selection))


def _context_types(merged: Merged, context: str) -> Iterator[SupergraphType]:
    name = merged.supergraph.directive_name(CONTEXT, "context")
    for definition in merged.supergraph.types.values():
        if any(
            each.name == name and each.argument("name") == f'"{context}"' for each in definition.directives
        ):
            yield definition


def _selected(
    merged: Merged, access: AccessDirectives, parent: SupergraphType, selections: FieldSet
) -> Iterator[tuple[str, Rules]]:
    """Every field selected and every type passed through, with the rules of each."""
    for selection in selections:
        if not isinstance(selection, FieldSelection):
            condition = merged.supergraph.types.get(selection.condition or parent.name)
            if condition is not None:
                yield condition.name, access.of(condition)
                # A context's selection lists a fragment for each type that may set it.
                if _overlap(merged, parent, condition):
                    yield from _selected(merged, access, condition, selection.selections)
            continue
        if not isinstance(parent, ObjectType | InterfaceType) or selection.name not in parent.fields:
            continue
        field = parent.fields[selection.name]
        yield f"{parent.name}.{field.name}", access.of(field)
        returned = merged.supergraph.types.get(field.type.named)
        if returned is not None:
            yield returned.name, access.of(returned)
            yield from _selected(merged, access, returned, selection.selections or ())


def _overlap(merged: Merged, one: SupergraphType, other: SupergraphType) -> bool:
    return bool(_possible(merged, one) & _possible(merged, other))


def _possible(merged: Merged, definition: SupergraphType) -> frozenset[TypeName]:
    match definition:
        case InterfaceType(name=name):
            return frozenset(each.name for each in merged.implementations.get(name, ())) | {name}
        case UnionType(members=members):
            return frozenset(members)
        case _:
            return frozenset({definition.name})


def _implies(ours: Rules, theirs: Rules) -> bool:
    return all(name in ours and implies(ours[name], required) for name, required in theirs.items())
