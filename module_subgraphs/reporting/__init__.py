"""Reporting: what several modules know, in one table. Owns no entity; asks the gateway on behalf of its caller."""

from module_subgraphs.reporting.graph import subgraph

__all__ = ["subgraph"]
