"""Supergraph <-> document of the join specification; the two directions are exact inverses."""

from supergraph.spec.supergraph_sdl.dialect import InvalidSupergraphError
from supergraph.spec.supergraph_sdl.printing import print_supergraph
from supergraph.spec.supergraph_sdl.reading import read_supergraph

__all__ = ["InvalidSupergraphError", "print_supergraph", "read_supergraph"]
