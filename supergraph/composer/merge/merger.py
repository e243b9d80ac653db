"""The story of merging: group the subgraphs' types by name, merge each by its kind, join what only the whole can know."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from supergraph.composer.diagnostics import Diagnostic, any_error
from supergraph.composer.merge.access_rules import spread_access_rules
from supergraph.composer.merge.authorization import TooManyAlternativesError
from supergraph.composer.merge.composed_directives import ComposedDirectives, merge_composed_directives
from supergraph.composer.merge.directive_definitions import merge_directive_definitions
from supergraph.composer.merge.enums import merge_enum
from supergraph.composer.merge.features import Features, collect_features
from supergraph.composer.merge.graph_names import name_graphs
from supergraph.composer.merge.inputs import merge_input
from supergraph.composer.merge.interface_objects import add_interface_object_fields
from supergraph.composer.merge.interfaces import merge_interface
from supergraph.composer.merge.merging import Merging, TypeSource
from supergraph.composer.merge.objects import merge_object
from supergraph.composer.merge.roots import MUTATION, QUERY, SUBSCRIPTION, check_roots, join_query_everywhere
from supergraph.composer.merge.scalars import merge_scalar
from supergraph.composer.merge.schema_element import merge_schema_element
from supergraph.composer.merge.sharing import find_provided
from supergraph.composer.merge.type_kinds import merge_kind, merged_kind
from supergraph.composer.merge.unions import merge_union
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.spec import Code, JoinGraph, Supergraph, SupergraphType, TypeName


def merge_subgraphs(subgraphs: Sequence[Subgraph]) -> tuple[Supergraph, list[Diagnostic]]:
    """The supergraph, and the problems and hints met on the way; with an error among them it is not to be used.

    The order of the subgraphs does not matter.
    """
    ordered = tuple(sorted(subgraphs, key=lambda subgraph: subgraph.name))
    features, found = collect_features(ordered)
    composed, composition_problems = merge_composed_directives(ordered)
    merging = _begin(ordered, features, composed, [*found, *composition_problems])
    directives = merge_directive_definitions(merging)
    sources = _group_by_name(merging)
    types = _merge_types(merging, sources)
    check_roots(merging, types)
    supergraph = Supergraph(
        graphs={merging.graph(each): JoinGraph(each.name, merging.graph(each), each.url) for each in ordered},
        types={
            **join_query_everywhere(merging, types),
            **{scalar.name: scalar for scalar in features.scalars},
        },
        query=QUERY if QUERY in types else None,
        mutation=MUTATION if MUTATION in types else None,
        subscription=SUBSCRIPTION if SUBSCRIPTION in types else None,
        links=(*features.links, *composed.links),
        directives={**features.definitions, **composed.definitions, **directives},
        schema=merge_schema_element(merging),
    )
    if not any_error(merging.found):
        supergraph = _join_across_interfaces(merging, supergraph, sources)
    return supergraph, merging.found


def _begin(
    subgraphs: tuple[Subgraph, ...],
    features: Features,
    composed: ComposedDirectives,
    found: list[Diagnostic],
) -> Merging:
    definitions = {**features.definitions, **composed.definitions}
    enums = (
        definition.name
        for subgraph in subgraphs
        for definition in subgraph.types.values()
        if definition.kind is TypeKind.ENUM
    )
    return Merging(
        subgraphs=subgraphs,
        graphs=name_graphs(subgraph.name for subgraph in subgraphs),
        supertypes=_find_supertypes(subgraphs),
        implementations=_find_implementations(subgraphs),
        enums=frozenset(enums),
        directive_names=features.names,
        composed_names=composed.names,
        repeatable=frozenset(name for name, definition in definitions.items() if definition.repeatable),
        found=found,
        written={
            argument.type.named
            for definition in composed.definitions.values()
            for argument in definition.arguments
        },
    )


def _join_across_interfaces(merging: Merging, supergraph: Supergraph, sources: "_Sources") -> Supergraph:
    """What only holds once all types are there: fields from interface objects, rules of implementations."""
    types = add_interface_object_fields(supergraph.types, sources.interface_objects)
    supergraph = replace(supergraph, types=types)
    try:
        supergraph, differing = spread_access_rules(supergraph, sources.interface_objects)
    except TooManyAlternativesError as error:
        merging.report(Code.DIRECTIVE_COMPOSITION_ERROR, "", (), str(error))
        return supergraph
    for at in differing:
        why = (
            "the types that implement it are guarded differently; through the interface all of it is required"
        )
        merging.report(Code.MERGED_NON_REPEATABLE_DIRECTIVE_ARGUMENTS, at, (), why)
    return supergraph


@dataclass(frozen=True, slots=True)
class _Sources:
    """The subgraphs' types by name, the kind of each, and who stands in for interfaces."""

    types: Mapping[TypeName, Sequence[TypeSource]]
    kinds: Mapping[TypeName, TypeKind]
    interface_objects: Mapping[TypeName, Sequence[TypeSource]]


def _find_supertypes(subgraphs: Sequence[Subgraph]) -> Mapping[TypeName, frozenset[TypeName]]:
    supertypes: dict[TypeName, set[TypeName]] = {}
    for subgraph in subgraphs:
        for definition in subgraph.types.values():
            if definition.interfaces:
                supertypes.setdefault(definition.name, set()).update(definition.interfaces)
            for member in definition.members:
                supertypes.setdefault(member, set()).add(definition.name)
    return {name: frozenset(found) for name, found in supertypes.items()}


def _find_implementations(subgraphs: Sequence[Subgraph]) -> Mapping[TypeName, Sequence[TypeName]]:
    found: dict[TypeName, dict[TypeName, None]] = {}
    for subgraph in subgraphs:
        for definition in subgraph.types.values():
            if definition.kind is TypeKind.OBJECT and not definition.is_interface_object:
                for interface in definition.interfaces:
                    found.setdefault(interface, {})[definition.name] = None
    return {name: tuple(names) for name, names in found.items()}


def _group_by_name(merging: Merging) -> _Sources:
    grouped: dict[TypeName, list[TypeSource]] = {}
    for subgraph in merging.subgraphs:
        for definition in subgraph.types.values():
            grouped.setdefault(definition.name, []).append(TypeSource(subgraph, definition))
    kinds = {name: merge_kind(merging, name, sources) for name, sources in grouped.items()}
    # Where subgraphs disagree on the kind, those that agree with the first are looked at further.
    grouped = {
        name: [source for source in sources if merged_kind(source.type) is kinds[name]]
        for name, sources in grouped.items()
    }
    interface_objects = {
        name: objects
        for name, sources in grouped.items()
        if kinds[name] is TypeKind.INTERFACE
        and (objects := [source for source in sources if source.type.is_interface_object])
    }
    return _Sources(grouped, kinds, interface_objects)


def _merge_types(merging: Merging, sources: _Sources) -> dict[TypeName, SupergraphType]:
    provided = find_provided(merging.subgraphs)
    types: dict[TypeName, SupergraphType] = {}
    for name, same in sources.types.items():
        match sources.kinds[name]:
            case TypeKind.OBJECT:
                types[name] = merge_object(merging, name, same, sources.interface_objects, provided)
            case TypeKind.INTERFACE:
                types[name] = merge_interface(merging, name, same, provided)
            case TypeKind.UNION:
                types[name] = merge_union(merging, name, same)
            case TypeKind.SCALAR:
                types[name] = merge_scalar(merging, name, same)
            case TypeKind.INPUT_OBJECT:
                types[name] = merge_input(merging, name, same)
            case TypeKind.ENUM:
                pass
    for name, same in sources.types.items():
        # Only now it is known who reads and who writes each enum.
        if sources.kinds[name] is TypeKind.ENUM:
            types[name] = merge_enum(merging, name, same)
    return types
