"""Subgraph documents -> supergraph document, or diagnostics that say what to mend."""

from supergraph.composer.batch import compose_batch_line
from supergraph.composer.composition import Composition, compose
from supergraph.composer.diagnostics import Diagnostic, Location
from supergraph.composer.reading import SubgraphSource

__all__ = ["Composition", "Diagnostic", "Location", "SubgraphSource", "compose", "compose_batch_line"]
