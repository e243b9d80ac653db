"""Loyalty: points that customers collect. Extends Customer(id) and User(id); owns PointAward, which is no entity."""

from module_subgraphs.loyalty.graph import subgraph

__all__ = ["subgraph"]
