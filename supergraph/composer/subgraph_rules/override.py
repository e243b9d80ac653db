"""@override: from another subgraph, on fields of objects, with a label that can be read.

These are found together with the problems of merging, as the field is compared with its source there.
"""

import re
from collections.abc import Container, Iterator, Sequence
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.facts import field_at
from supergraph.composer.subgraph import Subgraph, TypeKind
from supergraph.spec import Code, TypeName

_LABEL: Final = re.compile(r"[A-Za-z][A-Za-z0-9_\-:./]*\Z")
_PERCENTAGE: Final = re.compile(r"percent\((\d{1,3}(?:\.\d{1,8})?)\)\Z")


def overrides_can_be_obeyed(
    subgraphs: Sequence[Subgraph], disputed: Container[TypeName]
) -> Iterator[Diagnostic]:
    """`disputed` are types whose very kind differs between subgraphs: there is nothing to say about their fields."""
    by_name = {str(subgraph.name): subgraph for subgraph in subgraphs}
    for subgraph in subgraphs:
        for definition in subgraph.types.values():
            if definition.name in disputed:
                continue
            for field in definition.fields.values():
                override = field.override
                if override is None:
                    continue
                at, where = f"{definition.name}.{field.name}", [(subgraph, override.at)]
                source = by_name.get(override.source)
                if definition.kind is TypeKind.INTERFACE:
                    why = "@override stands on a field of an interface, which no subgraph resolves"
                    yield report(Code.OVERRIDE_ON_INTERFACE, at, where, why=why)
                elif source is subgraph:
                    why = f'@override(from: "{override.source}") names the subgraph that it stands in'
                    yield report(Code.OVERRIDE_FROM_SELF_ERROR, at, where, why=why)
                elif override.label is None or _can_be_read(override.label):
                    continue
                elif source is not None and field_at(source.types, definition.name, field.name):
                    why = f'the label "{override.label}" of @override is neither a name nor percent(0-100)'
                    yield report(Code.OVERRIDE_LABEL_INVALID, at, where, why=why)


def _can_be_read(label: str) -> bool:
    percentage = _PERCENTAGE.match(label)
    if percentage is not None:
        return float(percentage[1]) <= 100
    return _LABEL.match(label) is not None
