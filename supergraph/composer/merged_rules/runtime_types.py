"""A shared field of an abstract type may meet different types in each subgraph; somewhere they must overlap."""

from collections.abc import Iterator

from supergraph.composer.diagnostics import Diagnostic
from supergraph.composer.merged_rules.merged import Merged
from supergraph.composer.subgraph import Subgraph, SubgraphType, TypeKind
from supergraph.spec import Code, ObjectType, TypeName


def shared_fields_meet_the_same_types(merged: Merged) -> Iterator[Diagnostic]:
    for definition in merged.supergraph.types.values():
        if not isinstance(definition, ObjectType):
            continue
        for field in definition.fields.values():
            resolving = [join for join in field.joins if not join.external and not join.used_overridden]
            if len(resolving) < 2 or isinstance(merged.supergraph.types.get(field.type.named), ObjectType):
                continue
            met: dict[str, frozenset[TypeName]] = {}
            abstract = 0
            for join in resolving:
                subgraph = merged.by_graph[join.graph]
                reference = join.type or field.type
                found = subgraph.types.get(reference.named)
                if found is None or definition.name not in merged.reachable[subgraph.name]:
                    continue
                possible = _possible_types(subgraph, found)
                if possible is not None:
                    met[subgraph.name] = possible
                    abstract += found.kind is not TypeKind.OBJECT
            # Where only one subgraph leaves the type open, the others have made it known.
            if abstract < 2 or len(set(met.values())) < 2:
                continue
            at = f"{definition.name}.{field.name}"
            said = "; ".join(
                f'{", ".join(sorted(types)) or "no type"} in subgraph "{name}"' for name, types in met.items()
            )
            common = frozenset.intersection(*met.values())
            if common:
                why = f"the shared field may be of different types in different subgraphs: {said}"
                code = Code.INCONSISTENT_RUNTIME_TYPES_FOR_SHAREABLE_RETURN
            else:
                why = f"the shared field is never of the same type in different subgraphs: {said}"
                code = Code.SHAREABLE_HAS_MISMATCHED_RUNTIME_TYPES
            yield merged.report(code, at, why, definition.name, field.name)


def _possible_types(subgraph: Subgraph, definition: SubgraphType) -> frozenset[TypeName] | None:
    """The objects a value may be there; None when that cannot be known there."""
    match definition.kind:
        case TypeKind.UNION:
            return frozenset(definition.members)
        case TypeKind.INTERFACE:
            return frozenset(
                each.name
                for each in subgraph.types.values()
                if each.kind is TypeKind.OBJECT and definition.name in each.interfaces
            )
        case TypeKind.OBJECT if not definition.is_interface_object:
            return frozenset({definition.name})
        case _:
            return None
