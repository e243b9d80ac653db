"""An input type that needs itself could never be written down. Spec: Input Objects, circular references."""

from collections.abc import Iterator, Mapping, Sequence

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.linking import Linking
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.spec import Code, Named, NonNull, TypeName


def inputs_can_be_written_down(subgraph: Subgraph, _linking: Linking) -> Iterator[Diagnostic]:
    needs = {
        name: [
            field.type.of.name
            for field in definition.fields.values()
            if isinstance(field.type, NonNull) and isinstance(field.type.of, Named)
        ]
        for name, definition in subgraph.types.items()
        if definition.kind is TypeKind.INPUT_OBJECT
    }
    for name in _in_cycles(needs):
        why = "the input needs itself through fields that cannot be null"
        yield report(Code.INVALID_GRAPHQL, name, [(subgraph, subgraph.types[name].at)], why=why)


def _in_cycles(needs: Mapping[TypeName, Sequence[TypeName]]) -> list[TypeName]:
    """What is left when whatever needs nothing, and whatever nothing needs, is taken away again and again."""
    needed_by: dict[TypeName, list[TypeName]] = {name: [] for name in needs}
    known = {name: [need for need in wanted if need in needs] for name, wanted in needs.items()}
    for name, wanted in known.items():
        for need in wanted:
            needed_by[need].append(name)
    left = _without_ends(known, needed_by, set(needs))
    left = _without_ends(needed_by, known, left)
    return [name for name in needs if name in left]


def _without_ends(
    ahead: Mapping[TypeName, Sequence[TypeName]],
    behind: Mapping[TypeName, Sequence[TypeName]],
    names: set[TypeName],
) -> set[TypeName]:
    left = set(names)
    open_ends = {name: sum(need in left for need in ahead[name]) for name in left}
    waiting = [name for name, count in open_ends.items() if count == 0]
    while waiting:
        name = waiting.pop()
        left.discard(name)
        for other in behind[name]:
            if other in left:
                open_ends[other] -= 1
                if open_ends[other] == 0:
                    waiting.append(other)
    return left
