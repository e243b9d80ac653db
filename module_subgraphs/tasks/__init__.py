"""Tasks: what users have to do, and what they say about it. Owns Task(id); extends User(id); refers to Customer(id) and Item(id)."""

from module_subgraphs.tasks.graph import subgraph

__all__ = ["subgraph"]
