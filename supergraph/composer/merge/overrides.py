"""@override: which subgraph's field gives way to another's, and what remains of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from supergraph.composer.merge.merging import FieldSource, Merging
from supergraph.spec import Code, SubgraphName


@dataclass(frozen=True, slots=True)
class Overrides:
    """`gone`: subgraphs that no longer resolve the field. `still_used`: those of them whose field sets name it yet.

    `overridden`: the same and those that give way only where a label is active. `labels`: subgraphs on either side
    of such a progressive override, with its label.
    """

    gone: frozenset[SubgraphName] = frozenset()
    still_used: frozenset[SubgraphName] = frozenset()
    overridden: frozenset[SubgraphName] = frozenset()
    labels: Mapping[SubgraphName, str] = field(default_factory=dict)


NO_OVERRIDES = Overrides()


def merge_overrides(merging: Merging, at: str, sources: Sequence[FieldSource]) -> Overrides:
    if not any(source.field.override for source in sources):
        return NO_OVERRIDES
    by_name = {str(source.subgraph.name): source for source in sources}
    gone: set[SubgraphName] = set()
    overridden_in: set[SubgraphName] = set()
    still_used: set[SubgraphName] = set()
    labels: dict[SubgraphName, str] = {}
    for source in sources:
        override = source.field.override
        if override is None or override.source == source.subgraph.name:
            continue
        overridden = by_name.get(override.source)
        if not _can_override(merging, at, source, overridden):
            continue
        assert overridden is not None
        overridden_in.add(overridden.subgraph.name)
        if override.label:
            labels[source.subgraph.name] = labels[overridden.subgraph.name] = override.label
            _hint(
                merging,
                Code.OVERRIDE_MIGRATION_IN_PROGRESS,
                at,
                source,
                f'it is moving here from subgraph "{override.source}"; once it has, remove it there',
            )
            continue
        gone.add(overridden.subgraph.name)
        if overridden.field.used:
            still_used.add(overridden.subgraph.name)
            why = (
                f'subgraph "{override.source}" no longer resolves it but names it in a field set or interface; '
                "it can be marked @external there, or removed"
            )
        else:
            why = f'subgraph "{override.source}" no longer resolves it; it can be removed there'
        _hint(merging, Code.OVERRIDDEN_FIELD_CAN_BE_REMOVED, at, overridden, why)
    return Overrides(frozenset(gone), frozenset(still_used), frozenset(overridden_in), labels)


def nearest_subgraph(merging: Merging, name: str) -> str:
    """The subgraph that a name which is none's was probably meant for; empty where it is one, or none is near."""
    names = [str(subgraph.name) for subgraph in merging.subgraphs]
    return "" if name in names else next(iter(get_close_matches(name, names, 1)), "")


def _can_override(merging: Merging, at: str, source: FieldSource, overridden: FieldSource | None) -> bool:
    override = source.field.override
    assert override is not None
    if overridden is None:
        names = [subgraph.name for subgraph in merging.subgraphs]
        if override.source in names:
            why = f'subgraph "{override.source}" has no such field any more; @override can be removed'
            _hint(merging, Code.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED, at, source, why)
        else:
            why = (
                f'@override(from: "{override.source}") takes nothing over: there is no subgraph of that name'
            )
            mend = ""
            if meant := nearest_subgraph(merging, override.source):
                why += f'; did you mean "{meant}"?'
                mend = f'Write @override(from: "{meant}").'
            _hint(merging, Code.FROM_SUBGRAPH_DOES_NOT_EXIST, at, source, why, mend)
        return False
    if overridden.field.override is not None:
        _hint(
            merging,
            Code.OVERRIDE_SOURCE_HAS_OVERRIDE,
            at,
            source,
            f'@override(from: "{override.source}") cannot be obeyed: that subgraph has an @override on the field itself',
        )
        return False
    if source.field.external:
        _report_clash(merging, at, source, source, "@external")
        return False
    if overridden.field.external:
        why = f'subgraph "{override.source}" has it as @external only; @override can be removed'
        _hint(merging, Code.OVERRIDE_DIRECTIVE_CAN_BE_REMOVED, at, source, why)
        return False
    clash = "@requires" if overridden.field.requires is not None else "@provides"
    if overridden.field.requires is not None or overridden.field.provides is not None:
        _report_clash(merging, at, source, overridden, clash)
        return False
    return True


def _report_clash(merging: Merging, at: str, source: FieldSource, bearer: FieldSource, clash: str) -> None:
    why = (
        f'@override in subgraph "{source.subgraph.name}" cannot be combined with {clash} '
        f'on the field in subgraph "{bearer.subgraph.name}"'
    )
    merging.report(Code.OVERRIDE_COLLISION_WITH_ANOTHER_DIRECTIVE, at, [(source.subgraph, source.field)], why)


def _hint(merging: Merging, code: Code, at: str, source: FieldSource, why: str, mend: str = "") -> None:
    merging.report(code, at, [(source.subgraph, source.field)], why, mend=mend)
