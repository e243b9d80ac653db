"""Inventory: items, and the movements that make their stock. Owns Item(id); extends User(id)."""

from module_subgraphs.inventory.graph import subgraph

__all__ = ["subgraph"]
