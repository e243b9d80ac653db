"""`extend type`: some subgraph defines what another extends."""

from collections.abc import Iterator, Sequence
from typing import Final

from supergraph.composer.diagnostics import Diagnostic, report
from supergraph.composer.folding import ROOT_NAMES
from supergraph.composer.subgraph import Subgraph
from supergraph.spec import Code

_ROOTS: Final = frozenset(ROOT_NAMES.values())


def extensions_have_a_base(subgraphs: Sequence[Subgraph]) -> Iterator[Diagnostic]:
    """Root types need none. One diagnostic for each subgraph that extends."""
    defined = {
        (name, each.kind) for subgraph in subgraphs for name, each in subgraph.types.items() if each.has_base
    }
    for subgraph in subgraphs:
        for definition in subgraph.types.values():
            if definition.name in _ROOTS or (definition.name, definition.kind) in defined:
                continue
            why = "it is extended here, and no subgraph defines it"
            yield report(Code.EXTENSION_WITH_NO_BASE, definition.name, [(subgraph, definition.at)], why=why)
