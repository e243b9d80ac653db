"""Customers: the people and companies that a tenant sells to. Owns Customer(id); refers to nothing."""

from module_subgraphs.customers.graph import subgraph

__all__ = ["subgraph"]
